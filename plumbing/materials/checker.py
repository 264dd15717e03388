"""The checker of files. Runs in a child process with limits: what it reads was made by strangers.

It never executes, renders or follows anything; it only reads bytes. Findings are codes of contracts.findings.
"""

from __future__ import annotations

import hashlib
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contracts.words import MEDIA_TYPES
from plumbing.materials import clamd, image, ooxml, pdf

MAGIC = {
    "pdf": b"%PDF-",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "pptx": b"PK\x03\x04",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
}
# split, so that a scanner does not take this source for the thing
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MOST_FINDINGS = 20
FILE_SECONDS = 10.0
"""Processor time that one file may take."""
ALL_SECONDS = 30.0
"""No further file is begun after this."""


class _TooSlowError(Exception):
    """A file took more than its time."""


def check_files(payload: dict[str, Any]) -> dict[str, Any]:
    """Check {"files": [{"path", "size", "extension", "media_type"}], "clamd_url"}.

    Answers {"results": [{"sha256", "size", "findings"}]} in the same order; ``findings`` is null where the
    configured virus scanner did not answer, so that nothing is decided without it. A file that took too long
    is {"slow": true}, one that was not begun any more is null.
    """
    until = time.monotonic() + ALL_SECONDS
    results: list[dict[str, Any] | None] = []
    for file in payload["files"]:
        if time.monotonic() > until:
            results.append(None)
            continue
        try:
            with _limited():
                results.append(check_file(file, payload.get("clamd_url", "")))
        except _TooSlowError:
            results.append({"slow": True})
    return {"results": results}


@contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, FILE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def check_file(file: dict[str, Any], clamd_url: str = "") -> dict[str, Any]:
    """Check one file; see check_files."""
    content = Path(file["path"]).read_bytes()
    result: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    findings = _look(content, file)
    if clamd_url and not findings:
        try:
            findings += clamd.scan(clamd_url, content)
        except (OSError, ValueError):
            return {**result, "findings": None}
    return {**result, "findings": list(dict.fromkeys(findings))[:MOST_FINDINGS]}


def _look(content: bytes, file: dict[str, Any]) -> list[str]:
    if not content:
        return ["empty"]
    if len(content) != file["size"]:
        return ["size_differs"]
    extension = str(file["extension"]).lower()
    if extension not in MAGIC:
        return ["type_unsupported"]
    findings = ["virus"] if EICAR in content else []
    if not content.startswith(MAGIC[extension]):
        return [*findings, "type_mismatch"]
    if file["media_type"] != MEDIA_TYPES[extension]:
        findings.append("media_type_mismatch")
    look = {"pdf": pdf.look, "png": image.look_png, "jpg": image.look_jpeg, "jpeg": image.look_jpeg}.get(
        extension
    )
    return findings + (look(content) if look else ooxml.look(content, extension, EICAR))
