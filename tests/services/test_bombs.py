"""Small files that want to become large ones: how much memory each takes, measured in a process of its own.

Run as a script, with a bomb's name, it prints by how many megabytes the peak rose above what the process took idle.
"""

import asyncio
import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = 250  # MB


def as_reply(picture):
    return json.dumps({"data": [{"b64_json": base64.b64encode(picture).decode()}]}).encode()


def whole(body, kind=b"application/json"):
    from upstream.raw import saying

    return saying(b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (kind, len(body)) + body)


def answers(name):
    """What the upstream says."""
    from upstream.explosives import png, silence
    from upstream.raw import bomb

    match name:
        case "declared":
            return whole(as_reply(png(50_000, 50_000, 1)))
        case "real":
            return whole(as_reply(png(13_000, 13_000, 13_000)))
        case "largest":
            return whole(as_reply(png(5_000, 5_000, 5_000)))
        case "compressed":
            return bomb(400)
        case "base64":
            return whole(b'{"data": [{"b64_json": "' + b"A" * 63_000_000 + b'"}]}')
        case "deep":
            return whole(b"[" * 30_000_000)
        case _:
            return whole(silence(3700, 8000), b"audio/flac")


async def ask(name, folder, fault):
    from upstream import RawUpstream

    from services.catalog import Model
    from services.endpoint import Endpoint
    from services.errors import ServiceError
    from services.fetch import Fetcher
    from services.image import ImageService
    from services.routes import Route
    from services.speech import SpeechService
    from services.transport import Transport

    transport = Transport()
    with RawUpstream(fault) as upstream:
        task = "speech" if name == "sound" else "image"
        route = Route(Endpoint.at(upstream.root, dialect="v1"), Model("m", task))
        try:
            if task == "speech":
                await SpeechService(transport, Fetcher(), folder).synthesize(route, "Hello.")
            else:
                await ImageService(transport, Fetcher(), folder).generate(route, "a boat")
            print("made")  # noqa: T201
        except ServiceError as error:
            print(f"{type(error).__name__}: {error.message}")  # noqa: T201
    await transport.close()


def megabytes(figure):
    """`VmRSS` now, `VmHWM` at most; the peak that getrusage tells comes from the starting process at times."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(figure)]
    return int(line.split()[1]) / 1000


def main(name):
    from upstream.explosives import png

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(ask("small", Path(folder), whole(as_reply(png(64, 64, 64)))))
        fault = answers(name)
        idle = megabytes("VmRSS")
        asyncio.run(ask(name, Path(folder), fault))
        print(megabytes("VmHWM") - idle)  # noqa: T201


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("declared", "25 million pixels"),
        ("real", "25 million pixels"),
        ("largest", "made"),
        ("compressed", "more than 64 MB"),
        ("base64", "not a picture"),
        ("deep", "unexpected reply"),
        ("sound", "can't be read"),
    ],
)
def test_a_bomb_takes_less_than_250_megabytes_above_idle(name, ends):
    """C39 and the like: pictures, sound, compressed and deep replies; each ends in a result or in words."""
    ran = subprocess.run(
        [sys.executable, __file__, name],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    *_, ended, grown = ran.stdout.splitlines()
    assert ends in ended
    assert float(grown) < ALLOWED


if __name__ == "__main__":
    main(sys.argv[1])
