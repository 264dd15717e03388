"""Files of a case: announce, confirm, remove. The bytes go from browser to storage, never through here."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound
from contracts.words import MaterialStatus
from plumbing.store.ids import new_id
from services.submission import repository
from services.submission.access import active_unit, load_own_case, own_unit
from services.submission.domain.material import UPLOAD_LIFE, Material, check_announcement
from services.submission.views import case_view, material_view

INCOMING, MATERIALS = "incoming", "materials"


def sign_upload(context: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Sign the form for one object of a new key; for a stranger nothing is done, not even that."""
    entry = load_own_case(context, args["case_id"])
    edition = repository.load_edition(context, entry.edition_id)
    name, size = args["file_name"], args["size"]
    _, media_type = check_announcement(edition, args["kind"], name, size, args["media_type"])
    material_id = new_id("file")
    key = f"{entry.edition_id}/{entry.id}/{material_id}"
    upload = context.parts.materials.presign_upload(key, media_type, least=size, most=size, life=UPLOAD_LIFE)
    return {"material_id": material_id, "key": key, "media_type": media_type, "upload": upload}


def upload_material(tx: Any, args: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Announce a file; answer with the form that sends it to storage."""
    entry = load_own_case(tx, args["case_id"])
    active_unit(tx, own_unit(tx.caller))
    edition = repository.load_edition(tx, entry.edition_id)
    entry.announce(
        Material(
            id=facts["material_id"],
            kind=args["kind"],
            file_name=args["file_name"],
            media_type=facts["media_type"],
            size=args["size"],
            key=facts["key"],
            announced_at=tx.now,
        ),
        edition,
        tx.now,
    )
    repository.save_case(tx, entry)
    upload = facts["upload"]
    return {
        "material_id": facts["material_id"],
        "url": upload.url,
        "form": upload.form,
        "expires_at": upload.expires_at,
    }


def keep_upload(context: Any, args: dict[str, Any]) -> Any:
    """Copy what was uploaded to where it stays, as one version; None when that is done already."""
    entry = load_own_case(context, args["case_id"])
    material = entry.material(args["material_id"])
    if material.status != MaterialStatus.AWAITING_UPLOAD:
        return None
    # what would be refused afterwards must not be copied first: each try would leave a version behind
    active_unit(context, entry.unit_id)
    entry.require_room(material.id, repository.load_edition(context, entry.edition_id), context.now)
    uploaded = context.parts.materials.stat(INCOMING, material.key)
    if uploaded is None:
        raise NotFound("没有收到文件，请重新上传。", "Nothing was uploaded yet.", material_id=material.id)
    kept = context.parts.materials.keep(uploaded)
    repository.note_kept(context, kept.key, kept.version_id)
    return kept


def confirm_material(tx: Any, args: dict[str, Any], kept: Any) -> dict[str, Any]:
    """Take an uploaded file under quarantine; confirming it again changes nothing."""
    entry = load_own_case(tx, args["case_id"])
    material = entry.material(args["material_id"])
    if kept is None:
        return material_view(material)
    edition = repository.load_edition(tx, entry.edition_id)
    entry.confirm(material.id, edition, tx.now, etag=kept.etag, version_id=kept.version_id, size=kept.size)
    repository.save_case(tx, entry)
    repository.discard(tx, INCOMING, material.key)
    repository.own_kept(tx, kept.key, kept.version_id)
    return material_view(material)


def remove_material(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take a file out; its bytes are removed unless a revision that was handed in holds them."""
    entry = load_own_case(tx, args["case_id"])
    edition = repository.load_edition(tx, entry.edition_id)
    material = entry.remove(args["material_id"], edition, tx.now)
    repository.save_case(tx, entry)
    if material.status == MaterialStatus.AWAITING_UPLOAD:
        repository.discard(tx, INCOMING, material.key)
    elif not repository.was_handed_in(tx, entry.id, material.id):
        repository.discard(tx, MATERIALS, material.key, material.version_id)
    return case_view(entry)
