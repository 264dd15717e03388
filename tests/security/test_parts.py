"""What a release is made of: every package and program is on the parts list, locked by hash."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
from typing import Any

import pytest

from runner.security.sbom import ROOT, read_lock, write_sbom
from runner.stack import minio, mongod, toxiproxy

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
OWN_TOOLS = {"pip", "setuptools", "wheel", "xinlv", "uv"}


@pytest.fixture(scope="module")
def sbom() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "sbom.cdx.json").read_text("utf-8"))
    return document


def test_the_kept_list_is_current(sbom: dict[str, Any]) -> None:
    assert json.loads(write_sbom()) == sbom, "run ./xinlv docs"


def test_it_is_what_cyclonedx_asks_for(sbom: dict[str, Any]) -> None:
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", sbom["serialNumber"])
    refs = [component["bom-ref"] for component in sbom["components"]]
    assert len(refs) == len(set(refs))
    known = {*refs, sbom["metadata"]["component"]["bom-ref"]}
    for row in sbom["dependencies"]:
        assert {row["ref"], *row["dependsOn"]} <= known
    for component in sbom["components"]:
        assert component["purl"].startswith("pkg:") and component["version"]


def test_nothing_installed_is_missing(sbom: dict[str, Any]) -> None:
    listed = {component["name"] for component in sbom["components"]}
    installed = {
        re.sub(r"[-_.]+", "-", dist.metadata["Name"]).lower() for dist in importlib.metadata.distributions()
    }
    assert installed - listed - OWN_TOOLS == set()


def test_every_package_is_locked_by_hash() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9._-]+==)", LOCK)[1:]
    assert len(blocks) == len(read_lock(LOCK)) > 80
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "--index-url" not in LOCK and "://" not in LOCK


def test_what_the_project_asks_for_is_needed_to_run(sbom: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    packages = [component for component in sbom["components"] if component["type"] == "library"]
    scopes = {package["name"]: package["scope"] for package in packages}
    for requirement in project["dependencies"]:
        assert scopes[re.split(r"[\[=<>]", requirement)[0].lower()] == "required"
    for tool in ("pytest", "ruff", "mypy", "hypothesis"):
        assert scopes[tool] == "optional"
    assert scopes["kombu"] == scopes["cryptography"] == "required", "what is needed by what is needed"


def test_programs_stand_there_with_their_pins(sbom: dict[str, Any]) -> None:
    purls = {component["purl"] for component in sbom["components"]}
    assert f"pkg:golang/github.com/minio/minio@{minio.VERSION}" in purls
    assert f"pkg:golang/github.com/Shopify/toxiproxy/v2@{toxiproxy.VERSION}" in purls
    assert any(mongod.PIN.replace("==", "@") in purl for purl in purls)
    assert {"pkg:docker/mongo@8.0", "pkg:docker/python@3.11-slim-bookworm"} <= purls
