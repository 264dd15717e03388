"""What can be asked of review: qualification, rounds, judging, results, cases."""

from contracts.rpc.review.cases import (
    case_timeline,
    confirm_disqualification,
    disqualify_case,
    drop_disqualification,
    get_assessment,
    list_assessments,
    reinstate_case,
)
from contracts.rpc.review.judging import (
    accept_duty,
    case_for_review,
    material_for_review,
    my_assignments,
    recuse,
    resolve_gap,
    submit_score_sheet,
)
from contracts.rpc.review.qualification import (
    decide_qualification,
    decide_qualifications,
    list_qualifications,
)
from contracts.rpc.review.results import (
    close_round,
    get_result,
    list_results,
    list_scores,
    round_leaves,
    round_record,
    round_seal,
    supersede_result,
)
from contracts.rpc.review.rounds import (
    add_waiting_cases,
    assign_experts,
    get_round,
    list_assignments,
    list_round_cases,
    list_rounds,
    open_round,
    reassign,
    round_progress,
)

__all__ = [
    "accept_duty", "add_waiting_cases", "assign_experts", "case_for_review", "case_timeline", "close_round",
    "confirm_disqualification", "decide_qualification", "decide_qualifications", "disqualify_case",
    "drop_disqualification", "get_assessment", "get_result", "get_round", "list_assessments",
    "list_assignments",
    "list_qualifications", "list_results", "list_round_cases", "list_rounds", "list_scores",
    "material_for_review", "my_assignments", "open_round", "reassign", "recuse", "reinstate_case",
    "resolve_gap",
    "round_leaves", "round_progress", "round_record", "round_seal", "submit_score_sheet", "supersede_result",
]  # fmt: skip
