"""`python -m benchmarks.human`: word error rate and real-time factor of the engine on recorded human speech.

The recordings ship in Debian's package asterisk-core-sounds-en-wav (one professional speaker, 8 kHz telephone
quality); it is unpacked into a folder of its own and not installed. What is said in them is in prompts.tsv.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import soundfile

from benchmarks.engine import listen, misheard, running_engine, words

PACKAGE = "asterisk-core-sounds-en-wav"


def recordings(folder: Path) -> Path:
    """Fetch and unpack the package; the folder with its recordings."""
    subprocess.run(["apt-get", "download", "-q", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob(f"{PACKAGE}*.deb"))
    subprocess.run(["dpkg", "-x", archive, folder], check=True)
    return next(folder.glob("usr/share/asterisk/sounds/*/conf-muted.wav")).parent


def measure(api: httpx.Client, sounds: Path) -> None:
    """Print one line: words, errors, real-time factor of the second time round."""
    wrong = total = 0
    clips = [line.split("\t") for line in (Path(__file__).parent / "prompts.tsv").read_text("utf-8").splitlines()]
    listen(api, (sounds / f"{clips[0][0]}.wav").read_bytes())  # the model loads
    seconds, took = 0.0, 0.0
    for name, said in clips:
        clip = sounds / f"{name}.wav"
        began = time.perf_counter()
        heard = listen(api, clip.read_bytes())
        took, seconds = took + time.perf_counter() - began, seconds + soundfile.info(clip).duration
        errors = misheard(words(said), words(heard))
        if errors:
            print(f"  {name}: {heard}", file=sys.stderr)
        wrong, total = wrong + errors, total + len(words(said))
    what = f"human speech ({len(clips)} prompts, {total} words, {seconds:.0f} s)"
    print(f"| {what}, word errors | {100 * wrong / total:.1f} % |")
    print(f"| human speech, real-time factor | {took / seconds:.3f} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sounds", type=Path, help="a folder with the package's recordings, if it is there already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_engine() as (api, _):
        measure(api, asked.sounds or recordings(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
