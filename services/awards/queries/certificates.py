"""Certificates for whom they were made."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotFound, NotYet
from contracts.words import AwardStatus
from plumbing.materials.storage import LINK_LIFE
from services.awards.queries.awards import find_visible


def certificate_link(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return a short-lived link to the PDF of an award's certificate.

    Raises NotYet while it is being made, NotFound for an award that was withdrawn or is not the caller's.
    """
    award = find_visible(view, args["award_id"])
    if award["status"] == AwardStatus.WITHDRAWN:
        raise NotFound("该奖项已撤销，证书不再提供。", "The prize was withdrawn; there is no certificate.")
    row = view.collection("certificates").find_one({"award_id": award["_id"], "state": "issued"})
    if row is None:
        raise NotYet("证书尚未制成，请稍后再来。", "The certificate has not been made yet: try again later.",
                     award_id=award["_id"])  # fmt: skip
    name = f"{row['_id']} {row['laureate']} {row['prize_name']['zh']}.pdf"
    url = view.parts.materials.presign_download(
        "publications", row["key"], name, media_type="application/pdf", life=LINK_LIFE
    )
    return {"url": url, "expires_in": int(LINK_LIFE.total_seconds())}
