"""A sheet of pictures of the illustration composer, one for each line of a text file. For looking, not for tests.

    python scripts/contact_sheet.py prompts.txt sheet.png --columns 5 --size 512x512 --tile 320

A line may begin with its own size: `512x1024 | a lighthouse`.
"""

import argparse
import resource
import sys
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from services.embedded.composer import compose

CAPTION = 34


def sheet(prompts: list[str], columns: int, size: str, tile: int, seed: int) -> Image.Image:
    rows = -(-len(prompts) // columns)
    whole = Image.new("RGB", (columns * (tile + 8) + 8, rows * (tile + CAPTION + 8) + 8), "white")
    draw = ImageDraw.Draw(whole)
    for index, line in enumerate(prompts):
        own, bar, prompt = line.partition(" | ")
        wide, high = (int(side) for side in (own if bar else size).split("x"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        picture = compose(prompt if bar else line, width=wide, height=high, seed=seed)
        seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
        picture.thumbnail((tile, tile), Image.Resampling.LANCZOS)
        x, y = 8 + index % columns * (tile + 8), 8 + index // columns * (tile + CAPTION + 8)
        whole.paste(picture, (x + (tile - picture.width) // 2, y + (tile - picture.height) // 2))
        draw.multiline_text(
            (x, y + tile + 2), textwrap.fill(prompt if bar else line, tile // 6)[: tile // 3], fill="black", spacing=1
        )
        print(f"{seconds:5.2f} s  {line[:90]}")
    return whole


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--columns", type=int, default=5)
    parser.add_argument("--size", default="1024x1024")
    parser.add_argument("--tile", type=int, default=320)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    lines = [line.strip() for line in chosen.prompts.read_text(encoding="utf-8").splitlines() if line.strip()]
    sheet(lines, chosen.columns, chosen.size, chosen.tile, chosen.seed).save(chosen.out)
