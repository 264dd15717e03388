"""Recording what a panel decided where experts differ."""

from __future__ import annotations

from typing import Any

from contracts.errors import Conflict, InvalidInput
from contracts.words import FormalDecision, StageKind
from plumbing.store import chain
from services.review import repository
from services.review.domain.formal import reasons_of
from services.review.domain.reasons import check_reasons
from services.review.domain.record import case_chain, decision_content
from services.review.domain.round import Round
from services.review.domain.round_case import RoundCase, round_case_id
from services.review.verdicts import conclude_formal


def resolve_gap(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Settle a formal case by the panel's decision, or let the sheets of a scored one stand."""
    round_ = repository.get(tx, Round, args["round_id"])
    round_.require_open()
    case = repository.get(tx, RoundCase, round_case_id(round_.id, args["case_id"]))
    case.require_in()
    if round_.kind == StageKind.FORMAL:
        _settle_formal(tx, args, round_, case)
    else:
        _let_stand(tx, args, round_, case)
    return {"round_id": round_.id, "case_id": case.case_id, "decision": case.decision}


def _settle_formal(tx: Any, args: dict[str, Any], round_: Round, case: RoundCase) -> None:
    if args["decision"] is None:
        raise InvalidInput.of("decision", "required", "须填结论", "A decision is needed.")
    if not case.gap:
        raise Conflict("专家意见没有分歧。", "The experts do not differ on this case.", case_id=case.case_id)
    edition, stage = repository.rules_of(tx, round_)
    reasons: list[dict[str, str]] = []
    if args["decision"] != FormalDecision.PASS:
        sheets = [repository.checklist(doc) for doc in repository.current_sheets(tx, round_.id, case.case_id)]
        given = args["reasons"] or reasons_of(edition, stage, sheets, args["decision"])
        reasons = check_reasons(edition, f"formal_{args['decision']}", given)
    elif args["reasons"]:
        raise InvalidInput.of("reasons", "unknown", "通过不需要理由代码", "Passing takes no reason codes.")
    _record(tx, args, round_, case, "panel_decision")
    conclude_formal(tx, round_, case, args["decision"], reasons, edition, stage, tx.caller.subject)


def _let_stand(tx: Any, args: dict[str, Any], round_: Round, case: RoundCase) -> None:
    if args["decision"] is not None or args["reasons"]:
        raise InvalidInput.of("decision", "unknown", "本阶段不填结论", "This stage takes no decision.")
    _, stage = repository.rules_of(tx, round_)
    sheets = repository.current_sheets(tx, round_.id, case.case_id)
    case.rule([repository.full_sheet(sheet).total for sheet in sheets], stage.method.gap)
    _record(tx, args, round_, case, "gap_accepted")
    repository.save(tx, case)


def _record(tx: Any, args: dict[str, Any], round_: Round, case: RoundCase, what: str) -> None:
    content = decision_content(
        what, tx.caller.subject, tx.now, round_id=round_.id, case_id=case.case_id, decision=args["decision"],
        reason=args["reason"], spread=case.spread,
    )  # fmt: skip
    chain.append(tx, case_chain(case.case_id), "panel_decision", content)
