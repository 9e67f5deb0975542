"""How often the engine's chat model is right: 60 prompts and what a right answer contains. Talks to it over HTTP.

`python -m benchmarks.chat --temperature 0.2 --system "Answer briefly."` compares settings; every wrong answer is shown.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.engine import running_engine


def answer(api: httpx.Client, turns: list[str], system: str, options: dict[str, float]) -> str:
    """What the model says to the last turn, having answered the ones before."""
    messages, said = [{"role": "system", "content": system}], ""
    for turn in turns:
        messages.append({"role": "user", "content": turn})
        body = {"model": "embedded/smollm2-135m", "messages": messages, "max_tokens": 80, "seed": 1, **options}
        reply = api.post("/v1/chat/completions", json=body).raise_for_status().json()
        said = reply["choices"][0]["message"]["content"]
        messages.append({"role": "assistant", "content": said})
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--system", default="You are a helpful assistant.")
    chosen = parser.parse_args()
    prompts = json.loads((Path(__file__).parent / "chat_prompts.json").read_text("utf-8"))
    asked, right = Counter[str](), Counter[str]()
    with running_engine() as (api, _):
        for prompt in prompts:
            said = answer(api, prompt["turns"], chosen.system, {"temperature": chosen.temperature})
            asked[prompt["kind"]] += 1
            if re.search(prompt["expect"], said, re.IGNORECASE):
                right[prompt["kind"]] += 1
            else:
                print(f"  {prompt['turns'][-1]} → {' '.join(said.split())[:150]}", file=sys.stderr)
    for kind, count in asked.items():
        print(f"| {kind} | {right[kind]} of {count} |")
    print(f"| all | {right.total()} of {asked.total()} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
