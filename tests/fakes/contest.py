"""A small contest to tell of: one event of every kind that concerns somebody, fitting together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from contracts.edition import edition_from_dict
from contracts.events import EventType, all_events

FILE = Path(__file__).resolve().parents[2] / "editions" / "xinlv-3.yaml"
RULES: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
EDITION = edition_from_dict(RULES)
EDITION_ID = EDITION.id
WHEN = datetime(2025, 5, 9, 6, 30, tzinfo=UTC)
DUE = datetime(2025, 5, 16, 16, 0, tzinfo=UTC)
HASH = "ab" * 32
TITLE = "钢铁园区能碳一体化智慧管控"
UNIT_NAME = "绿源数字科技有限公司"
CONTACT = "acc-contact"

UNIT = {
    "unit_id": "unit-1", "name": UNIT_NAME, "uscc": "91350100M000100Y43", "kind": "enterprise",
    "province": "35", "group_unit": None, "recommender": None, "status": "active", "contact_account": CONTACT,
}  # fmt: skip
EXPERT = {
    "expert_id": "expert-1", "account_id": "acc-expert", "employer": "某研究院", "employer_uscc": None,
    "group_unit": None, "province": "11", "past_employers": [], "tracks": ["industry"], "capacity": 10,
    "status": "suspended",
}  # fmt: skip
CASE = {
    "case_id": "case-1", "number": "XL3-01-0001", "edition_id": EDITION_ID, "edition_version": 1,
    "track": "industry", "title": TITLE, "summary": "摘要", "answers": {}, "unit_id": "unit-1",
    "joint_units": [], "contact_account": CONTACT, "materials": [], "revision": 1, "submitted_at": WHEN,
}  # fmt: skip
CASE_REF = {name: CASE[name] for name in ("case_id", "edition_id", "unit_id", "track", "contact_account")}
DECIDED = {"unit_id": "unit-1", "edition_id": EDITION_ID, "contact_account": CONTACT, "decided_at": WHEN}
OBJECTION = {"objection_id": "objection-1", "award_id": "award-1", "edition_id": EDITION_ID, "filed_at": WHEN}
AWARD = {
    "award_id": "award-1", "edition_id": EDITION_ID, "prize": "first", "prize_name": "一等奖",
    "laureate": UNIT_NAME, "title": TITLE, "case_id": "case-1", "unit_id": "unit-1", "track": "industry",
    "contact_account": CONTACT, "status": "published",
}  # fmt: skip
PROPOSED = {
    name: AWARD[name] for name in ("award_id", "prize", "laureate", "case_id", "unit_id", "contact_account")
}


def _reasons(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "note": "第2页缺少盖章" if place == 0 else ""} for place, code in enumerate(codes)]


# event name -> subject, sequence, data
HAPPENINGS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "EditionPublished": (EDITION_ID, 1, {"edition_id": EDITION_ID, "version": 1, "edition": RULES}),
    "ScheduleMoved": (EDITION_ID, 2, {
        "edition_id": EDITION_ID, "version": 2, "window": "collection",
        "old_opens_at": WHEN, "old_closes_at": DUE, "opens_at": WHEN,
        "closes_at": datetime(2025, 5, 31, 16, tzinfo=UTC), "reason": "应多家单位请求",
    }),
    "UnitRegistered": ("unit-1", 1, UNIT),
    "UnitUpdated": ("unit-1", 2, UNIT),
    "UnitSuspended": ("unit-1", 3, {**UNIT, "status": "suspended", "reason": "信用代码有争议"}),
    "ExpertSuspended": ("expert-1", 4, {**EXPERT, "reason": "本人申请"}),
    "AccountInvited": ("acc-expert", 1, {
        "account_id": "acc-expert", "role": "expert", "unit_id": None, "expert_id": "expert-1",
        "invited_by": "acc-s",
    }),
    "PasswordResetRequested": ("acc-contact", 5, {"account_id": "acc-contact"}),
    "CaseSubmitted": ("case-1", 3, CASE),
    "CaseRevised": ("case-1", 7, {**CASE, "revision": 2}),
    "CaseWithdrawn": ("case-1", 9, {
        "case_id": "case-1", "edition_id": EDITION_ID, "unit_id": "unit-1", "reason": "材料有误",
    }),
    "MaterialQuarantined": ("material-1", 2, {
        "material_id": "material-1", "case_id": "case-1", "kind": "proof", "sha256": HASH, "size": 1024,
        "findings": ["macros", "type_mismatch"], "contact_account": CONTACT, "submitted": True, "due_at": DUE,
    }),
    "QualificationPassed": ("unit-1:xinlv-3", 2, DECIDED),
    "QualificationReturned": ("unit-1:xinlv-3", 2, {
        **DECIDED, "reasons": _reasons("Q-PAPERS", "Q-NAME"), "due_at": DUE,
    }),
    "QualificationRejected": ("unit-1:xinlv-3", 2, {**DECIDED, "reasons": _reasons("Q-KIND")}),
    "CaseReturned": ("case-1", 4, {**CASE_REF, "reasons": _reasons("F-TEMPLATE", "F-PROOF"), "due_at": DUE}),
    "FormalReviewPassed": ("case-1", 5, CASE_REF),
    "FormalReviewFailed": ("case-1", 5, {**CASE_REF, "reasons": _reasons("F-OFF-TRACK")}),
    "CaseDisqualified": ("case-1", 6, {**CASE_REF, "reasons": _reasons("D-PLAGIARISM")}),
    "CaseReinstated": ("case-1", 7, {**CASE_REF, "reason": "复核后撤销"}),
    "ExpertsAssigned": ("run-1:expert-1", 1, {
        "round_id": "round-1", "edition_id": EDITION_ID, "stage": "track", "track": "industry",
        "expert_id": "expert-1", "account_id": "acc-expert", "assignments": ["a-1", "a-2", "a-3"],
    }),
    "PublicityOpened": ("proposal-1", 2, {
        "proposal_id": "proposal-1", "edition_id": EDITION_ID, "chunk": 1, "chunks": 1, "total": 3,
        "awards": [
            PROPOSED,
            {**PROPOSED, "award_id": "award-2", "prize": "third", "case_id": "case-2"},
            {**PROPOSED, "award_id": "award-3", "prize": "best_organisation", "laureate": "某集团",
             "case_id": None, "unit_id": None, "contact_account": None},
        ],
        "opens_at": WHEN, "closes_at": DUE, "working_days": 5,
    }),
    "ObjectionFiled": ("objection-1", 1, OBJECTION),
    "ObjectionResolved": ("objection-1", 2, {**OBJECTION, "outcome": "dismissed"}),
    "AwardPublished": ("award-1", 4, AWARD),
    "CertificateIssued": ("XL3-1-0001-7K", 1, {
        "award_id": "award-1", "edition_id": EDITION_ID, "certificate_number": "XL3-1-0001-7K",
        "verify_url": "http://localhost:8000/verify/XL3-1-0001-7K", "sha256": HASH, "unit_id": "unit-1",
        "case_id": "case-1", "contact_account": CONTACT,
    }),
    "AwardWithdrawn": ("award-1", 6, {**AWARD, "status": "withdrawn", "reason": "知识产权纠纷成立"}),
}  # fmt: skip
KINDS: dict[str, EventType] = {kind.name: kind for kind in all_events()}


def told(harness: Any, name: str, *, id: str = "", **changes: Any) -> Any:
    """Return one of the contest's events as a service under test receives it."""
    subject, sequence, data = HAPPENINGS[name]
    return harness.event(KINDS[name], subject, sequence, {**data, **changes}, id=id)
