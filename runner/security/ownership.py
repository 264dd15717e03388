"""Whose objects a role reaches by a method that the contracts let it call: the second half of every right.

Roles of the contest's own staff reach every object unless they stand here. Those of outsiders (entrant,
recommender, expert) and of services must stand here for each method they may call: a new method without a
line fails the tests, so that nobody forgets to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from contracts.rpc import PUBLIC, Method
from contracts.words import Role

E, R, X, S = Role.ENTRANT, Role.RECOMMENDER, Role.EXPERT, Role.SERVICE
EVERYBODY: Final = tuple(role for role in Role if role is not S)
DECLARED: Final = (E, R, X, S)


class Reach(StrEnum):
    """How far a cell reaches."""

    NONE = "–"
    OWN = "own"
    """His own or his unit's; a foreign one is answered as if it were not there."""
    ALL = "all"
    ONE = "one"
    """One service alone, named beside; to the others it is refused."""


OWN: Final[Mapping[str, tuple[Role, ...]]] = {
    "registration.get_expert": (X,),
    "registration.get_unit": (E,),
    "registration.invite_member": (E,),
    "registration.revoke_sessions": (E, R, X, Role.SECRETARIAT, Role.AUDITOR),
    "registration.update_expert": (X,),
    "registration.update_unit": (E,),
    "registration.who_am_i": EVERYBODY,
    "submission.checklist": (E,),
    "submission.confirm_material": (E,),
    "submission.get_case": (E,),
    "submission.get_receipt": (E,),
    "submission.list_cases": (E,),
    "submission.list_versions": (E,),
    "submission.material_link": (E,),
    "submission.remove_material": (E,),
    "submission.revise_case": (E,),
    "submission.save_draft": (E,),
    "submission.submit_case": (E,),
    "submission.upload_material": (E,),
    "submission.withdraw_case": (E,),
    "review.accept_duty": (X,),
    "review.case_for_review": (X,),
    "review.material_for_review": (X,),
    "review.my_assignments": (X,),
    "review.recuse": (X,),
    "review.submit_score_sheet": (X,),
    "awards.certificate_link": (E,),
    "awards.get_award": (E,),
    "awards.list_awards": (E,),
    "notify.mark_message_read": EVERYBODY,
    "notify.my_messages": EVERYBODY,
}
ONE_SERVICE: Final[Mapping[str, str]] = {
    "registration.letter_link": "notify",
    "registration.letter_recipient": "notify",
    "submission.material_link": "review",
    **{f"{service}.personal_data": "registration"
       for service in ("registration", "submission", "review", "awards", "notify")},
}  # fmt: skip
ALL: Final[Mapping[str, tuple[Role, ...]]] = {
    # experts name and vote for whom they think best: nominations belong to nobody
    "awards.list_nominations": (X,),
    "awards.nominate_contribution": (X,),
    "awards.vote_contribution": (X,),
    # read by services: cases and results are what they work on, and hold nobody's contact
    **{f"submission.{name}": (S,) for name in (
        "checklist", "get_case", "get_receipt", "list_cases", "list_versions",
    )},
    **{f"review.{name}": (S,) for name in (
        "case_timeline", "get_assessment", "get_result", "get_round", "list_assessments", "list_assignments",
        "list_qualifications", "list_results", "list_round_cases", "list_rounds", "list_scores",
        "round_leaves", "round_progress", "round_record", "round_seal",
    )},
}  # fmt: skip
MORE: Final[Mapping[str, str]] = {
    "registration.advance_clock": "in the local profile only",
    "registration.bootstrap_operator": "once, with the installation's secret",
    "registration.erase_personal_data": "not himself; only the version a dry run showed",
    "registration.invite_account": "each role only those it may appoint: see domain/account.py",
    "registration.suspend_account": "not himself",
    "registration.revoke_sessions": "an operator anybody's",
    "review.confirm_disqualification": "a second person",
    "review.submit_score_sheet": "after the declarations, within the window",
    "awards.resolve_objection": "not who filed it",
    "awards.vote_contribution": "one vote an account",
}
"""Conditions beyond role and ownership that a reader of the table should know."""


def reach(method: Method, role: Role | None) -> Reach:
    """Return how far a role reaches by a method; None is nobody signed in.

    Raises KeyError for an outsider's or a service's right that nobody has decided on.
    """
    if method.roles is PUBLIC:
        return Reach.ALL
    if role is None or not method.allows([role]):
        return Reach.NONE
    if role is S and method.full_name in ONE_SERVICE:
        return Reach.ONE
    if role in OWN.get(method.full_name, ()):
        return Reach.OWN
    if role in DECLARED and role not in ALL.get(method.full_name, ()):
        raise KeyError(f"{method.full_name}: decide in runner/security/ownership.py what is the {role}'s")
    return Reach.ALL
