"""Who may object, how and until when: by real name or under seal, with evidence, within the period."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from contracts.errors import Conflict, FieldError, InvalidInput, NotAllowed, OutsideWindow
from contracts.words import ObjectionStatus

# What people write who do not want to be named; a name that is one of these is no name.
NO_NAMES = re.compile(
    r"匿名.*|.*某某.*|.*某$|.某.?|无名.*|热心(群众|网友|市民)|网友|群众|知情(人|人士|者)|不愿透露.*|"
    r"(an )?anonymous.*|nobody|unknown|n/?a|none|test|[xX*?？＊×\-—.。\d\s]+",
    re.IGNORECASE,
)
HAN = r"[\u3400-\u9fff\U00020000-\U000323af]"
CHINESE_NAME = re.compile(rf"{HAN}{{2,20}}([·•．]{HAN}{{1,20}})*")
LATIN_NAME = re.compile(r"[^\W\d_][\w'’.-]*( [^\W\d_][\w'’.-]*)+")
PERSON, UNIT = "person", "unit"


@dataclass(frozen=True)
class Objector:
    """Who objects. A person gives his real name; a unit its name, credit code and sealed letter."""

    kind: str
    name: str
    uscc: str | None
    sealed_letter: str
    phone: str
    email: str

    def contacts(self) -> list[str]:
        """Return what he can be reached by, written alike however he wrote it."""
        phone = "".join(re.findall(r"\d", self.phone))[-11:]
        return [contact for contact in (phone, self.email.strip().casefold()) if contact]


@dataclass
class Objection:
    """One objection to one award; personal data stays in it and never enters an event."""

    id: str
    award_id: str
    edition_id: str
    objector: Objector
    grounds: str
    evidence: list[dict[str, str]]
    filed_at: datetime
    filed_by: str
    status: ObjectionStatus = ObjectionStatus.FILED
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    resolution: str = ""
    version: int = 0

    def resolve(self, outcome: ObjectionStatus, resolution: str, by: str, at: datetime) -> None:
        """Uphold or dismiss it, with a reason, by somebody who did not file it.

        Raises NotAllowed, Conflict when it is resolved already, InvalidInput without a reason.
        """
        if by == self.filed_by:
            raise NotAllowed(
                "提出异议的人不能自己处理该异议。", "Whoever filed an objection may not resolve it."
            )
        if self.status != ObjectionStatus.FILED:
            raise Conflict("该异议已经处理过。", "It has been resolved already.", status=str(self.status))
        if not resolution.strip():
            raise InvalidInput.of("resolution", "required", "须写明处理理由", "A reason is needed.")
        self.status, self.resolution, self.resolved_by, self.resolved_at = outcome, resolution, by, at


def check_objection(
    objector: Objector, evidence: list[dict[str, str]], opens_at: datetime, closes_at: datetime, now: datetime
) -> None:
    """Accept an objection or say why not.

    Raises OutsideWindow when it is early or late, InvalidInput when it is anonymous, cannot be answered, or
    comes without evidence; every fault is named.
    """
    if not opens_at <= now < closes_at:
        raise OutsideWindow(
            "异议须在公示期内提出。",
            "An objection must be filed within the publicity period.",
            window="publicity", opens_at=opens_at.isoformat(), closes_at=closes_at.isoformat(),
            decided_at=now.isoformat(),
        )  # fmt: skip
    faults = _faults_of_objector(objector)
    if not evidence:
        faults.append(FieldError("evidence", "required", "异议须附证据材料", "An objection needs evidence."))
    if faults:
        raise InvalidInput(faults)


def _faults_of_objector(objector: Objector) -> list[FieldError]:
    faults: list[FieldError] = []
    if not is_real_name(objector.name, objector.kind):
        faults.append(
            FieldError("objector.name", "anonymous", "匿名异议不予受理，请写真实姓名或单位全称",
                       "Anonymous objections are not taken: give your real name or the unit's full name.")
        )  # fmt: skip
    if objector.kind == UNIT:
        if not objector.uscc:
            faults.append(FieldError("objector.uscc", "required", "单位异议须写统一社会信用代码",
                                     "A unit gives its credit code."))  # fmt: skip
        if not objector.sealed_letter:
            faults.append(FieldError("objector.sealed_letter", "required", "单位异议须写明加盖公章的函件",
                                     "A unit names its letter under seal."))  # fmt: skip
    if not objector.phone and not objector.email:
        faults.append(FieldError("objector.phone", "required", "请留电话或电子邮箱，以便核实",
                                 "Leave a phone number or mail address, so that we can ask."))  # fmt: skip
    return faults


def is_real_name(name: str, kind: str) -> bool:
    """Say whether this can be somebody's name; whether it is, the secretariat asks him."""
    name = " ".join(name.split())
    if not name or NO_NAMES.fullmatch(name):
        return False
    if kind == UNIT:
        return len(name) >= 4
    return bool(CHINESE_NAME.fullmatch(name) or LATIN_NAME.fullmatch(name))
