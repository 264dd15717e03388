"""The image holds what running needs and nothing else: its part of the lock is derived, never kept."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from runner.security.sbom import write_sbom

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "deploy" / "needed_to_run.py"
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def names_of(lock: str) -> set[str]:
    return {normal(name) for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", lock)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def run_lock() -> str:
    command = [sys.executable, "-I", str(SCRIPT)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


def closure(requirements: list[str]) -> set[str]:
    """What these need on this machine, by what the installed packages themselves say."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        one = waiting.pop()
        name, extras = normal(one.name), {"", *one.extras}
        if extras <= found.get(name, set()):
            continue
        found.setdefault(name, set()).update(extras)
        for text in importlib.metadata.requires(name) or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)
    return set(found)


def test_nothing_needed_is_missing_and_nothing_is_there_for_tests_only(run_lock):
    kept = names_of(run_lock)
    assert closure(PROJECT["dependencies"]) <= kept
    assert kept < names_of(LOCK)
    tests_only = closure(PROJECT["optional-dependencies"]["dev"]) - closure(PROJECT["dependencies"])
    assert not tests_only & kept
    assert {
        "pytest-xdist",
        "execnet",
        "iniconfig",
        "pluggy",
        "pathspec",
        "librt",
        "sortedcontainers",
    } <= tests_only


def test_hashes_and_versions_are_those_of_the_lock(run_lock):
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", run_lock)[1:]
    assert len(blocks) == len(names_of(run_lock)) and blocks[0] == run_lock[: len(blocks[0])]
    for block in blocks:
        assert block in LOCK and "--hash=sha256:" in block


def test_it_is_what_the_parts_list_calls_required(run_lock):
    import json

    parts = [part for part in json.loads(write_sbom())["components"] if part["type"] == "library"]
    assert {part["name"] for part in parts if part["scope"] == "required"} == names_of(run_lock)


def test_a_dependency_that_the_lock_lacks_is_named(tmp_path):
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["lacking>=1"]\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and done.stdout == "" and "lacks lacking" in done.stderr


def test_what_the_image_copies_imports_nothing_else(run_lock):
    owners = {
        module: {normal(name) for name in names}
        for module, names in importlib.metadata.packages_distributions().items()
    }
    kept = names_of(run_lock)
    rooms = re.findall(r"(?m)^COPY (\w+) \1$", DOCKERFILE)
    assert {"contracts", "plumbing", "services", "runner", "desk"} <= set(rooms)
    for file in (file for room in rooms for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for top in {name.partition(".")[0] for name in names} & owners.keys():
                assert owners[top] & kept, f"{file.relative_to(ROOT)} imports {top}, which the image lacks"


def test_the_image_is_built_of_it():
    assert "python needed_to_run.py > run.lock" in DOCKERFILE
    assert "--require-hashes -r run.lock" in DOCKERFILE
    assert "-r requirements.lock" not in DOCKERFILE
