"""Make certificates of published awards: allot a number, print, store, tell; safe to repeat."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.edition import Edition
from contracts.errors import Unavailable
from contracts.events import awards as events
from services.awards import repository
from services.awards.domain.award import PUBLISHED, Award
from services.awards.domain.numbering import certificate_number, prize_codes
from services.awards.recording import Sign, record_certificate

BATCH = 20
# in a child process: the fonts would stay in this one's memory
RENDER = "services.awards.certificate:render_batch"
LONGEST_REST = timedelta(hours=1)


def issue_certificates(context: Any) -> int:
    """Take the next published awards and certificates not yet made; return how many were made or allotted."""
    key = os.urandom(32).hex()
    allotted = context.transact("allot_certificates", lambda tx: allot_numbers(tx, key))
    waiting = {"state": "allotted", "$or": [{"not_before": None}, {"not_before": {"$lte": context.now}}]}
    rows = list(context.collection("certificates").find(waiting, sort=[("_id", 1)], limit=BATCH))
    if not rows:
        return int(allotted)
    site, font_dir = context.parts.settings.site_url, context.parts.settings.font_dir
    payload = {"font_dir": font_dir, "certificates": [describe_page(row, site) for row in rows]}
    printed = context.parts.offload.call(RENDER, payload, timeout=25)
    return int(allotted) + sum(settle(context, row, printed) for row in rows)


def allot_numbers(tx: Any, new_key: str) -> int:
    """Give the next published awards their numbers, in the order of their proposal."""
    query = {"status": PUBLISHED, "certificate_number": None}
    found = tx.collection("awards").find(query, sort=[("published_at", 1), ("position", 1)], limit=BATCH)
    awards = [repository.to_award(row) for row in found]
    for edition_id in sorted({award.edition_id for award in awards}):
        edition = repository.load_edition(tx, edition_id)
        _allot(tx, edition, [award for award in awards if award.edition_id == edition_id], new_key)
    return len(awards)


def _allot(tx: Any, edition: Edition, awards: Sequence[Award], new_key: str) -> None:
    book = tx.collection("numbering").find_one({"_id": edition.id}) or {}
    key = book.get("key", new_key)
    proposal = repository.load_proposal(tx, awards[0].proposal_id)
    codes = prize_codes(
        [*edition.prizes, *repository.prizes_of(proposal.prizes)], dict(book.get("codes", [])),
    )  # fmt: skip
    serials: dict[str, int] = book.get("serials", {})
    for award in awards:
        code = codes[award.prize]
        serials[code] = serials.get(code, 0) + 1
        award.allot(certificate_number(edition.code, code, serials[code], bytes.fromhex(key)))
        repository.save(tx, award)
        tx.collection("certificates").insert_one(make_row(award, edition))
    changes = {"key": key, "codes": [list(pair) for pair in codes.items()], "serials": serials}
    tx.collection("numbering").update_one({"_id": edition.id}, {"$set": changes}, upsert=True)


def make_row(award: Award, edition: Edition) -> dict[str, Any]:
    """Return a certificate that is yet to be made, with all that stands on it."""
    published = award.published_at
    assert published is not None
    return {
        "_id": award.certificate_number, "award_id": award.id, "edition_id": edition.id, "state": "allotted",
        "edition_name": {"zh": edition.name.zh, "en": edition.name.en},
        "theme": {"zh": edition.theme.zh, "en": edition.theme.en},
        "signatories": [host.zh for host in edition.hosts[:4]],
        "prize": award.prize, "prize_name": award.prize_name, "laureate": award.laureate,
        "joint_units": award.joint_units, "title": award.title,
        "date": published.astimezone(ZoneInfo(edition.timezone)).date().isoformat(),
        "key": f"certificates/{edition.id}/{award.certificate_number}.pdf",
        "correlation_id": award.correlation_id, "issued_at": None, "sha256": None,
        "problem": None, "attempts": 0, "not_before": None,
    }  # fmt: skip


def describe_page(row: dict[str, Any], site: str) -> dict[str, Any]:
    """Return what the template prints of a certificate."""
    day = date.fromisoformat(row["date"])
    return {
        "edition": row["edition_name"], "theme": row["theme"], "prize": row["prize_name"],
        "laureate": row["laureate"], "joint": row["joint_units"], "title": row["title"], "number": row["_id"],
        "verify_url": verify_url(site, row["_id"]), "alt": f"二维码 QR code: {verify_url(site, row['_id'])}",
        "signatories": row["signatories"], "issued": {"year": day.year, "month": day.month, "day": day.day},
        "date_en": f"{day.day} {day:%B} {day.year}",
    }  # fmt: skip


def verify_url(site: str, number: str) -> str:
    """Return where anybody can verify a certificate."""
    return f"{site}/verify/{number}"


def settle(context: Any, row: dict[str, Any], printed: dict[str, Any]) -> bool:
    """Store one printed certificate and tell it, or note why not; say whether it is made."""
    if row["_id"] not in printed["pdfs"]:
        unprintable = printed["problems"].get(row["_id"])
        context.transact("postpone_certificate", lambda tx: postpone(tx, row, unprintable))
        return False
    pdf = base64.b64decode(printed["pdfs"][row["_id"]])
    try:
        context.parts.materials.put_publication(row["key"], pdf, "application/pdf")
    except Unavailable as error:
        problem = error.en
        context.transact("postpone_certificate", lambda tx: postpone(tx, row, problem))
        return False
    sha256, url = hashlib.sha256(pdf).hexdigest(), verify_url(context.parts.settings.site_url, row["_id"])
    sign = context.parts.tokens.sign_text
    made: bool = context.transact(
        "issue_certificate", lambda tx: record_issue(tx, row["_id"], sha256, url, sign),
        correlation_id=row["correlation_id"],
    )  # fmt: skip
    return made


def record_issue(tx: Any, number: str, sha256: str, url: str, sign: Sign) -> bool:
    """Certify the award of a stored certificate and tell it; one withdrawn meanwhile gets none."""
    row = tx.collection("certificates").find_one({"_id": number, "state": "allotted"})
    if row is None:
        return False
    award = repository.load_award(tx, row["award_id"])
    award.certify()
    repository.save(tx, award)
    changes = {"state": "issued", "sha256": sha256, "issued_at": tx.now, "problem": None}
    tx.collection("certificates").update_one({"_id": number}, {"$set": changes})
    record_certificate(tx, row | changes, sign)
    tx.emit(events.CertificateIssued, number, 1, {
        "award_id": award.id, "edition_id": award.edition_id, "certificate_number": number, "verify_url": url,
        "sha256": sha256, "unit_id": award.unit_id, "case_id": award.case_id,
        "contact_account": award.contact_account,
    })  # fmt: skip
    return True


def postpone(tx: Any, row: dict[str, Any], problem: str | None) -> None:
    """Note why a certificate could not be made and when to try again."""
    rest = min(timedelta(seconds=10 * 2 ** min(row["attempts"], 10)), LONGEST_REST)
    tx.collection("certificates").update_one(
        {"_id": row["_id"], "state": "allotted"},
        {"$set": {"problem": problem or "unknown", "not_before": tx.now + rest}, "$inc": {"attempts": 1}},
    )
