"""Formal review: two experts a case must agree; one case is returned and corrected, one fails."""

from __future__ import annotations

from typing import Any

from demo.cast import Case
from demo.phases.judging import accept_duties, close, fill_panels, hand_in_sheets, open_and_assign
from demo.stage import Impatience, Stage


def review_formally(stage: Stage) -> None:
    """Judge every qualified case by the checklist, return one, fail one, close."""
    stage.move_to("formal_review")
    qualified = _qualified_cases(stage)
    returned, failed = qualified[3], qualified[11 % len(qualified)]
    opened = open_and_assign(stage, "formal")
    round_id = opened["round_id"]
    if opened["cases"] != len(qualified):
        raise Impatience(f"the formal round has {opened['cases']} cases instead of {len(qualified)}")
    accept_duties(stage, round_id)

    def marks(case: Case, _: int, shown: dict[str, Any]) -> dict[str, Any]:
        first_time = shown["case_revision"] == 1
        missing = {returned.case_id: "complete"} if first_time else {}
        missing[failed.case_id] = "on_track"
        values = [
            {
                "criterion": row["criterion"],
                "value": "0" if missing.get(case.case_id) == row["criterion"] else "1",
            }
            for row in shown["criteria"]
        ]
        decision = "fail" if case is failed else "return" if case is returned and first_time else "pass"
        return {"marks": values, "decision": decision, "comment": "按核对清单逐项审查。"}

    sheets = hand_in_sheets(stage, round_id, marks)
    _correct(stage, returned)
    fill_panels(stage, round_id)
    accept_duties(stage, round_id)
    sheets += hand_in_sheets(stage, round_id, marks)
    close(stage, round_id)
    stage.facts |= {"returned_case": returned, "failed_case": failed}
    stage.show.say(
        f"{len(qualified)} 个案例、{sheets} 份核对表：1 件退回修改后通过（{returned.receipt['number']}），"
        f"1 件未通过（{failed.receipt['number']}）",
        f"{len(qualified)} cases, {sheets} checklists: one returned and then passed, one failed",
    )


def _qualified_cases(stage: Stage) -> list[Case]:
    rejected = stage.facts["rejected_unit"]
    wanted = [case for case in stage.cast.cases if case.receipt and case.unit is not rejected]

    def arrived() -> bool:
        rows = stage.every(
            stage.cast.secretariat[0],
            "review.list_assessments",
            edition_id=stage.edition.id,
            status="waiting",
        )
        ready = {row["case_id"] for row in rows if row["unit_passed"]}
        return {case.case_id for case in wanted} <= ready

    stage.await_until("all qualified cases to wait for formal review", arrived)
    return wanted


def _correct(stage: Stage, case: Case) -> None:
    contact = case.unit.contact

    def is_back() -> Any:
        shown = stage.call(contact, "submission.get_case", case_id=case.case_id)
        return shown if shown["status"] == "returned" else None

    shown = stage.await_until("the returned case to reach its unit", is_back)
    saved = stage.call(
        contact,
        "submission.save_draft",
        edition_id=stage.edition.id,
        case_id=case.case_id,
        draft_version=shown["draft_version"],
        summary=case.summary + "已补充全年逐月计量数据与核算边界说明。",
    )
    case.receipt = stage.call(
        contact, "submission.revise_case", case_id=case.case_id, draft_version=saved["draft_version"]
    )

    def taken_in() -> bool:
        row = stage.call(stage.cast.secretariat[0], "review.get_assessment", case_id=case.case_id)
        return bool(row["revision"] == 2)

    stage.await_until("the corrected case to reach the experts", taken_in)
