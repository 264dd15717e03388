"""Values and enumerations of the field, named as in the glossary (docs/architecture.md)."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

TIMEZONE: Final = "Asia/Shanghai"
"""In which people are told times where no edition says otherwise."""


class Role(StrEnum):
    """What an account may be; a token carries one or more."""

    ENTRANT = "entrant"
    RECOMMENDER = "recommender"
    EXPERT = "expert"
    SECRETARIAT = "secretariat"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    SERVICE = "service"


class UnitKind(StrEnum):
    """The four kinds of unit that may enter."""

    ENTERPRISE = "enterprise"
    PUBLIC_INSTITUTION = "public_institution"
    RESEARCH_INSTITUTE = "research_institute"
    SCHOOL = "school"


class UnitStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class ExpertStatus(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    DECLINED = "declined"
    SUSPENDED = "suspended"


class EntryStatus(StrEnum):
    """Where an entry (a case on the entrant's side) stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    LOCKED = "locked"
    WITHDRAWN = "withdrawn"


class MaterialStatus(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    QUARANTINED = "quarantined"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class QualificationStatus(StrEnum):
    PENDING = "pending"
    PASSED = "passed"
    RETURNED = "returned"
    REJECTED = "rejected"


class AssessmentStatus(StrEnum):
    """Where a case stands on the judging side."""

    WAITING = "waiting"
    IN_FORMAL_REVIEW = "in_formal_review"
    RETURNED = "returned"
    QUALIFIED = "qualified"
    FAILED = "failed"
    IN_ROUND = "in_round"
    ADVANCED = "advanced"
    STOPPED = "stopped"
    FINALIST = "finalist"
    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"


class StageKind(StrEnum):
    """A stage is the formal review (checklist, decided case by case), a track round, or the final."""

    FORMAL = "formal"
    TRACK = "track"
    FINAL = "final"


class RoundStatus(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class AssignmentStatus(StrEnum):
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    SCORED = "scored"
    RECUSED = "recused"
    REVOKED = "revoked"


class FormalDecision(StrEnum):
    PASS = "pass"  # noqa: S105
    RETURN = "return"
    FAIL = "fail"


class Outcome(StrEnum):
    """What a closed round says of a case."""

    ADVANCED = "advanced"
    STOPPED = "stopped"


class AwardStatus(StrEnum):
    PROPOSED = "proposed"
    IN_PUBLICITY = "in_publicity"
    OBJECTED = "objected"
    PUBLISHED = "published"
    CERTIFIED = "certified"
    WITHDRAWN = "withdrawn"


class ObjectionStatus(StrEnum):
    FILED = "filed"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class LetterStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Audience(StrEnum):
    """Who may hear an event."""

    INTERNAL = "internal"
    PARTNER = "partner"
    PUBLIC = "public"


SERVICES: Final = ("registration", "submission", "review", "awards", "notify")

MEDIA_TYPES: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
"""By extension, the types of file that the checker can look into; no case takes any other."""

# GB/T 2260 province-level divisions, mainland and special regions.
PROVINCES: Final[dict[str, str]] = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省",
    "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省",
    "43": "湖南省", "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省",
    "52": "贵州省", "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省",
    "64": "宁夏回族自治区", "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区",
    "82": "澳门特别行政区",
}  # fmt: skip


def quantize_score(value: Decimal, decimals: int = 2) -> Decimal:
    """Round a score half up to ``decimals`` places, as score sheets in this field do."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def plain_name(name: str | None) -> str:
    """Return an organisation's name as compared: width, case and blanks make no difference."""
    return "".join(unicodedata.normalize("NFKC", name or "").casefold().split())
