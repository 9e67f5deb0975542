"""Runs the scripted upstream by hand, so that the page can be driven against it in a browser."""

import argparse
import contextlib
import time

from .server import BOTH, Upstream


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--form", choices=BOTH, help="speak one published form only (default: both)")
    parser.add_argument("--rate", type=float, default=50, help="tokens per second (default: 50; 0: at once)")
    parser.add_argument("--first-token", type=float, default=0.3, metavar="SECONDS")
    parser.add_argument("--polls", type=int, default=2, help="how often a speech job is still pending")
    parser.add_argument("--urls", action="store_true", help="answer media as URLs on this host instead of inline")
    parser.add_argument("--key", action="append", help="accept this key only (may be given several times)")
    asked = parser.parse_args()
    forms = (asked.form,) if asked.form else BOTH
    with Upstream(
        forms, keys=asked.key, port=asked.port, rate=asked.rate, first_token=asked.first_token, polls=asked.polls,
        inline=not asked.urls,
    ) as upstream:  # fmt: skip
        print(f"{upstream.base}  (run the page with AIML_API_BASE={upstream.base}; Ctrl+C ends)", flush=True)  # noqa: T201
        shown = 0
        while True:
            for call in upstream.calls[shown:]:
                shown += 1
                print(f"{call.method} {call.path} {call.fields.get('model', '')}", flush=True)  # noqa: T201
            time.sleep(0.2)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
