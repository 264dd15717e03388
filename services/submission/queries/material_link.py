"""A link to download a file. Who asked, and for whom, stands in the audit log: the method is personal."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotAllowed, NotFound, NotYet
from contracts.words import MaterialStatus, Role
from plumbing.materials.storage import LINK_LIFE
from services.submission import repository
from services.submission.access import load_visible_case
from services.submission.domain.entry import Entry
from services.submission.domain.material import Material

JUDGES = "service:review"


def material_link(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Sign a link to the very bytes that were checked."""
    if view.caller.has(Role.SERVICE) and view.caller.subject != JUDGES:
        raise NotAllowed("只有评审服务可以代评委取得材料。", "Only the review service asks for experts.")
    if args["for_account"] is not None and not view.caller.has(Role.SERVICE):
        raise NotAllowed(
            "只有平台服务可以代他人取得材料。", "Only a service asks for somebody else.", field="for_account"
        )
    entry = load_visible_case(view, args["case_id"])
    material = entry.materials.get(args["material_id"]) or _of_a_revision(view, entry, args["material_id"])
    if material.status == MaterialStatus.REFUSED:
        raise NotFound(
            "该文件未通过检查，不提供下载。",
            "The file did not pass the check and is shown to nobody.",
            material_id=material.id,
        )
    if material.status != MaterialStatus.ACCEPTED:
        raise NotYet("文件仍在检查中。", "The file is still being checked.", material_id=material.id)
    url = view.parts.materials.presign_download(
        "materials",
        material.key,
        _shown_name(view, entry, material),
        media_type=material.media_type,
        version_id=material.version_id,
        life=LINK_LIFE,
    )
    return {"url": url, "expires_in": int(LINK_LIFE.total_seconds())}


def _of_a_revision(view: Any, entry: Entry, material_id: str) -> Material:
    """A file that was taken out since, but belongs to what was handed in."""
    found = view.collection("case_versions").find_one(
        {"case_id": entry.id, "materials.id": material_id}, {"materials": 1}, sort=[("revision", -1)]
    )
    if found is None:
        raise NotFound("没有这个文件。", "There is no such file.", material_id=material_id)
    return repository.material_of(next(m for m in found["materials"] if m["id"] == material_id))


def _shown_name(view: Any, entry: Entry, material: Material) -> str:
    """A service asks for those who judge, and a file name often tells whose the case is."""
    if not view.caller.has(Role.SERVICE):
        return material.file_name
    return f"{entry.number or 'draft'}-{material.kind}-{material.id[-6:]}.{material.extension}"
