"""`make run` and `make test` before anything is installed: what scripts/prepare.py does, on a folder of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "prepare.py"


@pytest.fixture
def prepare(tmp_path, monkeypatch) -> ModuleType:
    """The script in an empty project; what would take minutes is written down in `prepare.did` instead."""
    spec = importlib.util.spec_from_file_location("prepare", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.STAMP, module.PYTHON = module.VENV / "installed.json", module.VENV / "bin" / "python"
    module.did = []
    (tmp_path / "requirements.txt").write_text("gradio\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest\n")

    def make_environment():
        module.did.append("make")
        module.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        module.PYTHON.touch()

    class Weights(contextlib.nullcontext):
        wait = staticmethod(lambda: module.did.append("weights"))

        def __exit__(self, *_):
            self.wait()

    monkeypatch.setattr(module, "make_environment", make_environment)
    monkeypatch.setattr(module, "install", lambda names: module.did.append(" ".join(names)))
    monkeypatch.setattr(module, "fetch_weights", Weights)
    monkeypatch.setattr(sys, "argv", ["prepare.py"])
    return module


def again(prepare: ModuleType, *arguments: str) -> list[str]:
    """Run it once more; tell what it did this time."""
    prepare.did.clear()
    sys.argv[1:] = arguments
    assert prepare.main() == 0
    return list(prepare.did)


def test_the_first_time_everything_is_made(prepare):
    assert again(prepare) == ["make", "requirements.txt", "weights"]


def test_the_second_time_only_the_weights_are_looked_for(prepare):
    again(prepare)
    assert again(prepare) == ["weights"]


def test_a_changed_requirement_is_installed_into_the_same_environment(prepare):
    again(prepare)
    (prepare.ROOT / "requirements.txt").write_text("gradio\nopenai\n")
    assert again(prepare) == ["requirements.txt", "weights"]


def test_the_tests_tools_come_on_top_and_do_not_come_again(prepare):
    again(prepare)
    assert again(prepare, "--dev") == ["requirements.txt requirements-dev.txt", "weights"]
    assert again(prepare) == again(prepare, "--dev") == ["weights"]


def test_an_environment_whose_install_broke_off_is_made_anew(prepare, monkeypatch):
    def broken_off(names):
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(prepare, "install", broken_off)
        assert prepare.main() == 130
    assert again(prepare) == ["make", "requirements.txt", "weights"]


def test_an_upgrade_that_broke_off_is_not_trusted_either(prepare, monkeypatch):
    again(prepare)
    (prepare.ROOT / "requirements.txt").write_text("gradio\nopenai\n")

    def failing(names):
        sys.exit("no connection")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(prepare, "install", failing)
        with pytest.raises(SystemExit, match="no connection"):
            prepare.main()
    assert again(prepare) == ["make", "requirements.txt", "weights"]


def test_an_environment_of_another_python_is_made_anew(prepare):
    again(prepare)
    prepare.STAMP.write_text(json.dumps({**json.loads(prepare.STAMP.read_text()), "python": "3.11.0"}))
    assert again(prepare) == ["make", "requirements.txt", "weights"]


def test_a_stamp_that_cannot_be_read_counts_as_none(prepare):
    again(prepare)
    prepare.STAMP.write_text("{")
    assert again(prepare)[0] == "make"


def test_an_environment_whose_python_is_gone_is_made_anew(prepare):
    again(prepare)
    prepare.PYTHON.unlink()
    assert again(prepare)[0] == "make"


def test_an_old_python_is_refused_in_a_sentence(prepare, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is 3\.9"):
        prepare.main()
    assert prepare.did == []


def test_a_python_without_venv_is_refused_with_the_package_to_install(prepare, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        prepare.main()


def test_uv_is_told_of_the_registry_that_pip_was_told_of(prepare, monkeypatch):
    listed = "global.index-url='https://packages.example/simple'\n:env:.cert='/certificates.pem'\nglobal.timeout='9'\n"
    answer = subprocess.CompletedProcess([], 0, stdout=listed)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    environment = prepare.uv_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert environment["SSL_CERT_FILE"] == "/certificates.pem"
    assert environment["PATH"] == os.environ["PATH"]


def test_pip_takes_over_where_uv_fails(tmp_path):
    """The real `install`, with a uv and a pip that only write down that they were called."""
    project = tmp_path / "project"
    (project / "scripts").mkdir(parents=True)
    (project / "scripts" / "prepare.py").write_bytes(SCRIPT.read_bytes())
    (project / "requirements.txt").write_text("gradio\n")
    tools = {tmp_path / "uv": "exit 1", project / ".venv" / "bin" / "python": f'echo "$@" >> {tmp_path}/calls'}
    for tool, does in tools.items():
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text(f"#!/bin/sh\n{does}\n")
        tool.chmod(0o755)
    (project / ".venv" / "installed.json").write_text(json.dumps({"python": sys.version}))
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    script = [sys.executable, str(project / "scripts" / "prepare.py")]
    ran = subprocess.run(script, env=environment, capture_output=True, text=True)
    calls = (tmp_path / "calls").read_text()
    assert ran.returncode == 0, ran.stderr
    assert "pip takes over" in ran.stdout
    assert f"install --progress-bar off -r {project}/requirements.txt" in calls
    assert "-m services.embedded.weights" in calls
