"""The parts list of a release in CycloneDX 1.6: locked Python packages, the stack's programs, base images.

Made from requirements.lock and the pins in the code alone, so that the same tree always gives the same list.
"""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from runner.stack import fonts, minio, mongod, toxiproxy

ROOT: Final = Path(__file__).resolve().parents[2]
NAMESPACE: Final = uuid.UUID("5d3c0b0e-6a0c-5c64-9f7e-2f0d7f3f6f11")
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")
IMAGE = re.compile(
    r"^\s*(?:image:|FROM)\s+(?:\$\{[A-Z_]+:-)?(?P<name>[a-z0-9./-]+):(?P<tag>[\w.-]+)", re.MULTILINE
)
OWN = "xinlv"


@dataclass
class Locked:
    """One package of the lock file; ``wanted_by`` are the packages that need it."""

    name: str
    version: str
    wanted_by: list[str] = field(default_factory=list)


def read_lock(text: str) -> list[Locked]:
    """Return the packages of a lock file as uv writes it."""
    found: list[Locked] = []
    for line in text.splitlines():
        if pinned := PINNED.match(line):
            found.append(Locked(_normal(pinned["name"]), pinned["version"]))
        elif found and line.startswith("    #"):
            word = line.strip(" #").removeprefix("via").strip()
            if word:
                found[-1].wanted_by.append(_normal(word.split()[0]))
    return found


def write_sbom() -> str:
    """Return the whole document as JSON."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = read_lock((ROOT / "requirements.lock").read_text("utf-8"))
    needed = _needed_to_run(locked, [_normal(name) for name in project["dependencies"]])
    packages = [_package(one, one.name in needed) for one in locked]
    components = [*packages, *_programs(), *_images()]
    own = {
        "type": "application", "bom-ref": OWN, "name": OWN, "version": project["version"],
        "description": project["description"], "licenses": [{"license": {"id": project["license"]["text"]}}],
    }  # fmt: skip
    body: dict[str, Any] = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": own}, "components": components, "dependencies": _dependencies(locked),
    }  # fmt: skip
    serial = uuid.uuid5(NAMESPACE, json.dumps(body, sort_keys=True))
    return json.dumps({**body, "serialNumber": f"urn:uuid:{serial}"}, indent=1, ensure_ascii=False) + "\n"


def _normal(requirement: str) -> str:
    name = re.split(r"[\s\[=<>!~;(]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def _needed_to_run(locked: list[Locked], roots: list[str]) -> set[str]:
    """Everything the roots need, and what these need; the rest is for development."""
    found = set(roots)
    while more := {one.name for one in locked if found & set(one.wanted_by)} - found:
        found |= more
    return found


def _package(one: Locked, needed: bool) -> dict[str, Any]:
    return {
        **_component("library", one.name, one.version, f"pkg:pypi/{one.name}@{one.version}"),
        # the hashes of its files, one for each kind of machine, stand in the lock file
        "scope": "required" if needed else "optional",
    }


def _programs() -> Iterator[dict[str, Any]]:
    name, _, version = mongod.PIN.partition("==")
    yield {
        **_component("application", "mongod", "6.0.5", f"pkg:pypi/{name}@{version}"),
        "hashes": [{"alg": "SHA-256", "content": mongod.DIGEST}],
    }
    for part, module, version in (
        ("minio", "github.com/minio/minio", minio.VERSION),
        ("toxiproxy", toxiproxy.PACKAGE.removesuffix("/cmd/server"), toxiproxy.VERSION),
    ):
        yield _component("application", part, version, f"pkg:golang/{module}@{version}")
    for part, package in (("rabbitmq-server", "rabbitmq-server"), ("fonts", fonts.PACKAGE)):
        # the distribution's own, as signed by its archive on the day it is fetched
        yield _component("application", part, "the distribution's", f"pkg:deb/debian/{package}")


def _images() -> Iterator[dict[str, Any]]:
    seen = set()
    for path in sorted((ROOT / "deploy").iterdir()):
        if path.suffix in (".yaml", ".yml") or path.name == "Dockerfile":
            for found in IMAGE.finditer(path.read_text("utf-8")):
                name, tag = found["name"], found["tag"]
                if (name, tag) not in seen and name != OWN:
                    seen.add((name, tag))
                    yield _component("container", name, tag, f"pkg:docker/{quote(name)}@{tag}")


def _component(kind: str, name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _dependencies(locked: list[Locked]) -> list[dict[str, Any]]:
    refs = {one.name: f"pkg:pypi/{one.name}@{one.version}" for one in locked}
    wants: dict[str, list[str]] = {ref: [] for ref in (OWN, *refs.values())}
    for one in locked:
        for parent in one.wanted_by:
            wants[refs.get(parent, OWN)].append(refs[one.name])
    return [{"ref": ref, "dependsOn": sorted(set(found))} for ref, found in wants.items()]
