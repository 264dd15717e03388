"""What is written from the code, never by hand: schemas, reference pages, AsyncAPI, rights, parts list."""

from __future__ import annotations

from pathlib import Path

from runner.generate.asyncapi import write_asyncapi
from runner.generate.events_page import write_events_page
from runner.generate.rpc_page import write_rpc_page
from runner.generate.schemas import event_schemas
from runner.security.page import write_security_page
from runner.security.sbom import write_sbom

ROOT = Path(__file__).resolve().parents[2]


def pages() -> dict[Path, str]:
    """Return every generated file with its content."""
    written = {ROOT / "contracts/events/schemas" / name: text for name, text in event_schemas().items()}
    return {
        **written,
        ROOT / "docs/events.md": write_events_page(),
        ROOT / "docs/rpc.md": write_rpc_page(),
        ROOT / "docs/asyncapi.yaml": write_asyncapi(),
        ROOT / "docs/security.md": write_security_page(ROOT / "docs/security.md"),
        ROOT / "sbom.cdx.json": write_sbom(),
    }


def generate(*, check: bool = False) -> list[str]:
    """Write every page that is not current and return their names; with ``check`` only say which.

    Schemas of versions that nobody declares any more stay: old events must be readable for ever.
    """
    differing = []
    for path, text in pages().items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        differing.append(path.relative_to(ROOT).as_posix())
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return differing
