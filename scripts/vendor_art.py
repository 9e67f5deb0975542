"""Copy the art named in objects.csv out of unpacked npm packages. Development only; nothing of it runs in the app.

    npm pack @lobehub/fluent-emoji-3d@1.1.0 emojilib@4.0.3      # in a folder outside of this tree
    for f in *.tgz; do mkdir -p ${f%.tgz}; tar xzf $f -C ${f%.tgz}; done
    python scripts/vendor_art.py FOLDER

Writes `art/<name>.webp` (256 px, as upstream made them) and `data/tags.csv` (emojilib's keywords of these objects).
An object without an emoji is our own drawing (`scripts/draw_art.py`) and comes back with that script.
"""

import argparse
import csv
import json
import shutil
from pathlib import Path

COMPOSER = Path(__file__).resolve().parent.parent / "services" / "embedded" / "composer"


def upstream_file(assets: Path, emoji: str) -> Path:
    """Upstream names a file by its code points; some keep the variation selector, some do not."""
    code = "-".join(f"{ord(character):x}" for character in emoji)
    candidates = [assets / f"{name}.webp" for name in (code, code.replace("-fe0f", ""))]
    return next((path for path in candidates if path.exists()), candidates[0])


def vendor(folder: Path) -> None:
    assets = next(folder.glob("**/fluent-emoji-3d*/package/assets"), None) or next(folder.glob("**/assets"))
    keywords = json.loads(next(folder.glob("**/emoji-en-US.json")).read_text(encoding="utf-8"))
    with (COMPOSER / "data" / "objects.csv").open(encoding="utf-8", newline="") as table:
        objects = [row for row in csv.DictReader(table) if row["emoji"]]
    (COMPOSER / "art").mkdir(exist_ok=True)
    for path in (COMPOSER / "art").glob("*.webp"):
        path.unlink()
    with (COMPOSER / "data" / "tags.csv").open("w", encoding="utf-8", newline="") as tags:
        writer = csv.writer(tags, lineterminator="\n")
        writer.writerow(["name", "tags"])
        for row in objects:
            shutil.copyfile(upstream_file(assets, row["emoji"].split()[0]), COMPOSER / "art" / f"{row['name']}.webp")
            words = [word.replace("_", " ").lower() for word in keywords.get(row["emoji"].split()[0], [])]
            writer.writerow([row["name"], ";".join(word for word in words if word.isascii())])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where both packages were unpacked")
    vendor(parser.parse_args().folder)
