"""A complete entry of the default edition, and the parts to change one with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts.words import MEDIA_TYPES, MaterialStatus
from services.submission.domain.content import Content
from services.submission.domain.entry import Entry
from services.submission.domain.material import Material, extension_of
from tests.fakes.contest import EDITION

IN_TIME = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
TRACK = EDITION.tracks[0].id


def filled(**changes: Any) -> dict[str, Any]:
    """Return everything a case must say, as ``save_draft`` takes it."""
    return {
        "track": TRACK,
        "title": "钢铁园区能碳一体化智慧管控",
        "summary": "以数字孪生管控全流程能耗。",
        "answers": {question.id: "有据可查的说明" for question in EDITION.questions},
        "declarations": [declaration.id for declaration in EDITION.declarations],
        "joint_units": [],
        **changes,
    }


def a_material(
    id: str, kind: str, file_name: str, status: MaterialStatus = MaterialStatus.ACCEPTED
) -> Material:
    """Return a file that has come as far as ``status``."""
    material = Material(id, kind, file_name, MEDIA_TYPES[extension_of(file_name)], 1000, f"e/c/{id}", IN_TIME)
    if status != MaterialStatus.AWAITING_UPLOAD:
        material.confirm(etag="e" * 32, version_id="v1", size=1000)
    if status == MaterialStatus.ACCEPTED:
        material.accept("a" * 64)
    return material


def an_entry(**changes: Any) -> Entry:
    """Return a complete draft."""
    entry = Entry("case-1", EDITION.id, "unit-1", IN_TIME, IN_TIME)
    entry.content = Content().merged(filled(**changes))
    for material in (
        a_material("file-1", "application_form", "申报书.docx"),
        a_material("file-2", "proof_of_rights", "专利.pdf"),
        a_material("file-3", "site_picture", "现场.png", MaterialStatus.QUARANTINED),
    ):
        entry.materials[material.id] = material
    return entry
