"""`python -m benchmarks.page`: the page against the bare wire, stock Gradio and its peers, on this machine, in one run.

Without options three minutes, enough to see whether something was lost. Each pair is measured in turns, so that a busy
machine slows both; what counts is the ratio of the medians, processor seconds, counts and bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.page import peers, report
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure
from benchmarks.page.ours import WAYS
from benchmarks.page.processes import PROJECT
from benchmarks.page.rows import ROWS, Row


async def measured(rows: Sequence[Row], bench: Bench) -> list[Figure]:
    """The rows' figures. Raises RuntimeError when a row has none."""
    figures: list[Figure] = []
    async with bench:
        for row in rows:
            began = time.perf_counter()
            found = await row.measure(bench)
            if not found:
                raise RuntimeError(f"{row.name} measured nothing")
            figures += found
            print(f"{row.name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    earlier = json.loads(asked.compare.read_text("utf-8")) if asked.compare else None
    with_peers = asked.long if asked.peers is None else asked.peers
    if with_peers:
        peers.environment()
    rows = [row for row in ROWS if (row.name in asked.only if asked.only else asked.long or row.short)]
    machine, load = _machine(), os.getloadavg()[0]
    figures = asyncio.run(measured(rows, Bench(asked.times, long=asked.long, peers=with_peers, way=asked.way)))
    how = {"times": asked.times, "long": asked.long, "way": asked.way}
    about = {**how, "load": [load, os.getloadavg()[0]], **machine}
    said = report.markdown(figures, about, earlier)
    print(said)
    files = {asked.json: report.as_json(figures, about), asked.plot: report.plot(figures), asked.markdown: said}
    for file, text in files.items():
        if file:
            file.write_text(text, "utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("--long", action="store_true", help="every row, with stock Gradio and the peers in every turn")
    parser.add_argument(
        "--peers",
        action=argparse.BooleanOptionalAction,
        help=f"with {' and '.join(peers.NAMES)}, installed apart (default: in the long form)",
    )
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--times", type=_times, default=3, help="how often each way is measured (default: 3)")
    parser.add_argument("--way", choices=WAYS, default="lane", help="how our page asks (default: lane, as it does)")
    for name, what in {
        "json": "write all samples here",
        "markdown": "write the table here",
        "plot": "draw the figures here, as SVG",
        "compare": "show the figures beside those of an earlier --json",
    }.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=what)
    return parser


def _times(said: str) -> int:
    if (times := int(said)) < 1:
        raise argparse.ArgumentTypeError("measure at least once")
    return times


def _machine() -> dict[str, Any]:
    git = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=PROJECT, capture_output=True, text=True)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    commit = git.stdout.strip() or "unknown"
    return {"cores": os.cpu_count(), "python": python, "system": platform.system(), "commit": commit}


if __name__ == "__main__":
    sys.exit(main())
