"""Every published award has a certificate that verifies, and whose stored PDF is the one that was issued."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.parse import urlsplit

from contracts.errors import NotAllowed, NotFound, NotYet
from contracts.words import AwardStatus
from desk.check.inspection import Finding, Inspection, NotMade, Row

TITLE = ("每个已公布奖项都有可核验的证书", "every published award has a certificate that verifies")
TIMEOUT = 20.0
MOST_BYTES = 50 * 2**20


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield awards without a certificate, and certificates that say something else than the award."""
    bare = inspection.until_empty(lambda: _without_certificate(inspection))
    for award in bare:
        yield Finding(award["award_id"], f"{award['laureate']} has no certificate")
    numbers: dict[str, str] = {}
    for award in _awards(inspection, AwardStatus.CERTIFIED, AwardStatus.WITHDRAWN):
        number = award["certificate_number"]
        if number is None:
            continue
        inspection.tell(1)
        if number in numbers:
            yield Finding(number, f"stands on two awards: {numbers[number]} and {award['award_id']}")
        numbers[number] = award["award_id"]
        yield from _verify(inspection, award, number)


def _awards(inspection: Inspection, *statuses: AwardStatus) -> Iterator[Row]:
    for status in statuses:
        yield from inspection.every("awards", "list_awards", status=str(status))


def _without_certificate(inspection: Inspection) -> list[Row]:
    made = _awards(inspection, AwardStatus.CERTIFIED)
    return [
        *_awards(inspection, AwardStatus.PUBLISHED),
        *(row for row in made if not row["certificate_number"]),
    ]


def _verify(inspection: Inspection, award: Row, number: str) -> Iterator[Finding]:
    try:
        said = inspection.ask("awards", "verify_certificate", number=number)
    except NotFound:
        yield Finding(number, "does not verify: nobody knows it")
        return
    expected = "withdrawn" if award["status"] == AwardStatus.WITHDRAWN else "valid"
    if said["status"] != expected:
        yield Finding(number, f"is {said['status']}, but its award is {award['status']}")
    for name in ("prize", "laureate", "title"):
        if said[name] != award[name]:
            yield Finding(number, f"says {name} {said[name]!r}, the award {award[name]!r}")
    if expected == "valid":
        stored = _digest_of_pdf(inspection, award["award_id"])
        if stored is None:
            yield Finding(number, "its PDF is not in storage")
        elif stored != said["sha256"]:
            yield Finding(number, f"its stored PDF has SHA-256 {stored}, not {said['sha256']}")


def _digest_of_pdf(inspection: Inspection, award_id: str) -> str | None:
    try:
        url = inspection.ask("awards", "certificate_link", award_id=award_id)["url"]
    except (NotAllowed, NotYet) as refusal:
        raise NotMade(f"不能取得证书文件 no link to the PDF: {refusal.en}") from None
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotMade(f"不能取得证书文件 the link leads to {urlsplit(url).scheme}")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310
            return sha256(answer.read(MOST_BYTES)).hexdigest()
    except HTTPError as error:
        with error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
        raise NotMade(f"不能取得证书文件 storage refuses: {error}") from None
    except OSError as error:
        raise NotMade(f"不能取得证书文件 storage does not answer from here: {error}") from None
