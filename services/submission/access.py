"""Who may touch or see which case."""

from __future__ import annotations

from typing import Any

from contracts.errors import NotAllowed
from contracts.words import Role, UnitStatus
from plumbing.identity.caller import Caller
from services.submission import repository
from services.submission.domain.entry import Entry

SEES_ALL = (Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR, Role.SERVICE)


def own_unit(caller: Caller) -> str:
    """Return the unit an entrant acts for. Raises NotAllowed when his account belongs to none."""
    if caller.unit_id is None:
        raise NotAllowed("您的账号不属于任何参赛单位。", "Your account does not belong to a unit.")
    return caller.unit_id


def active_unit(source: Any, unit_id: str) -> dict[str, Any]:
    """Return the copy of a unit that may act. Raises NotYet while unknown, NotAllowed when suspended."""
    unit = repository.load_unit(source, unit_id)
    if unit["status"] != UnitStatus.ACTIVE:
        raise NotAllowed("该单位已被暂停参赛。", "This unit is suspended.", unit_id=unit_id)
    return unit


def load_own_case(tx: Any, case_id: str) -> Entry:
    """Return a case of the caller's unit. Raises NotFound for any other, so that nothing is given away."""
    entry = repository.load_case(tx, case_id)
    if entry.unit_id != own_unit(tx.caller):
        raise repository.case_not_found(case_id)
    return entry


def load_visible_case(source: Any, case_id: str) -> Entry:
    """Return a case that the caller may see: staff and services any, a unit its own. Raises NotFound."""
    entry = repository.load_case(source, case_id)
    if not source.caller.has(*SEES_ALL) and entry.unit_id != source.caller.unit_id:
        raise repository.case_not_found(case_id)
    return entry
