"""`python -m benchmarks.page`: the page against the bare wire, stock Gradio and its peers, on this machine, in one run.

Without options about three minutes, enough to see whether something was lost. Each pair is measured in turns, so that a
busy machine slows both; what counts is the ratio of the medians, processor seconds, counts and bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from benchmarks.page import peers, report
from benchmarks.page.bench import Bench, Figure
from benchmarks.page.rows import ROWS, Row


async def measured(rows: list[Row], bench: Bench) -> list[Figure]:
    figures: list[Figure] = []
    async with bench:
        for row in rows:
            began = time.perf_counter()
            figures += await row.measure(bench)
            print(f"{row.name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument(
        "--long", action="store_true", help="every row, stock Gradio in every turn (a quarter of an hour)"
    )
    parser.add_argument("--peers", action="store_true", help=f"also {' and '.join(peers.NAMES)}, installed apart")
    names = [row.name for row in ROWS]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--times", type=int, default=3, help="how often each way is measured (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples here")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the figures here, as SVG")
    asked = parser.parse_args()
    if asked.peers:
        peers.environment()
    rows = [row for row in ROWS if (row.name in asked.only if asked.only else asked.long or row.short)]
    figures = asyncio.run(measured(rows, Bench(asked.times, long=asked.long, peers=asked.peers)))
    print(report.table(figures))
    if asked.json:
        asked.json.write_text(report.as_json(figures, asked.times), "utf-8")
    if asked.plot:
        asked.plot.write_text(report.plot(figures), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
