"""`python -m scripts.soak [short|long|stops|bombs|kills ...]`: run trials and print one table. Nothing given: short."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

TRIALS = ("short", "long", "stops", "bombs", "kills")


def main(names: list[str]) -> int:
    """Run them one after the other; 1 when a promise was broken."""
    from scripts.soak.runs import LONG, SHORT, Row, bombs, soak, stops

    if unknown := [name for name in names if name not in TRIALS]:
        sys.exit(f"There is no trial named {', '.join(unknown)}; there are {', '.join(TRIALS)}.")
    rows: list[Row] = []
    for name in names or ["short"]:
        began = time.monotonic()
        if name == "kills":
            from scripts.soak.kills import kills

            found = kills()
        elif name in ("short", "long"):
            found = asyncio.run(soak(SHORT if name == "short" else LONG))
        else:
            found = asyncio.run(stops() if name == "stops" else bombs())
        rows += found
        print(f"{name}: {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    print("| promise | goal | seen | |\n| --- | --- | --- | --- |")
    for row in rows:
        print(f"| {row.promise} | {row.goal} | {row.seen} | {'kept' if row.kept else '**broken**'} |")
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
