"""Review's table of contents: which function does what the contracts name."""

from __future__ import annotations

from contracts.events import registration, submission
from contracts.rpc import review as rpc
from plumbing.service import Command, JobKind, Service
from services.review import evidence, invariants, panel_check, repository, roundbook, whereabouts
from services.review.commands import (
    assign_experts,
    close_round,
    decide_qualification,
    disqualify_case,
    fill_panels,
    judge,
    open_round,
    resolve_gap,
    write_result,
)
from services.review.panels import FILL
from services.review.personal import erase_personal, show_personal
from services.review.queries import cases as case_queries
from services.review.queries import judging, results, rounds
from services.review.reactions import cases, copies, people

SERVICE = Service(
    name="review",
    commands={
        rpc.decide_qualification: decide_qualification.decide_qualification,
        rpc.decide_qualifications: decide_qualification.decide_qualifications,
        rpc.open_round: open_round.open_round,
        rpc.add_waiting_cases: open_round.add_waiting_cases,
        rpc.assign_experts: Command(assign_experts.assign_experts, assign_experts.prepare_assignment),
        rpc.reassign: assign_experts.reassign,
        rpc.accept_duty: judge.accept_duty,
        rpc.recuse: judge.recuse,
        rpc.submit_score_sheet: Command(judge.submit_score_sheet, small=True),
        rpc.resolve_gap: resolve_gap.resolve_gap,
        rpc.close_round: Command(close_round.close_round, close_round.prepare_closing),
        rpc.supersede_result: Command(close_round.supersede_result, close_round.prepare_superseding),
        rpc.disqualify_case: disqualify_case.disqualify_case,
        rpc.confirm_disqualification: disqualify_case.confirm_disqualification,
        rpc.drop_disqualification: disqualify_case.drop_disqualification,
        rpc.reinstate_case: disqualify_case.reinstate_case,
    },
    queries={
        rpc.list_qualifications: case_queries.list_qualifications,
        rpc.list_assessments: case_queries.list_assessments,
        rpc.get_assessment: case_queries.get_assessment,
        rpc.case_timeline: case_queries.case_timeline,
        rpc.list_rounds: rounds.list_rounds,
        rpc.get_round: rounds.get_round,
        rpc.list_round_cases: rounds.list_round_cases,
        rpc.list_assignments: rounds.list_assignments,
        rpc.round_progress: rounds.round_progress,
        rpc.my_assignments: judging.my_assignments,
        rpc.case_for_review: judging.case_for_review,
        rpc.material_for_review: judging.material_for_review,
        rpc.list_results: results.list_results,
        rpc.get_result: results.get_result,
        rpc.list_scores: results.list_scores,
        rpc.round_leaves: results.round_leaves,
        rpc.round_record: results.round_record,
        rpc.round_seal: results.round_seal,
    },
    reactions={
        registration.EditionPublished: [copies.copy_edition],
        registration.UnitRegistered: [copies.copy_unit, people.recuse_over_unit],
        registration.UnitUpdated: [
            copies.copy_unit, people.resubmit_qualification, people.recuse_over_unit,
        ],
        registration.UnitSuspended: [copies.copy_unit],
        registration.ExpertEnrolled: [copies.copy_expert],
        registration.ExpertUpdated: [
            copies.copy_expert, people.revoke_assignments, people.recuse_expert,
        ],
        registration.ExpertSuspended: [copies.copy_expert, people.revoke_assignments],
        submission.CaseSubmitted: [copies.copy_case, cases.take_in_case],
        submission.CaseRevised: [copies.copy_case, cases.take_in_case, people.recuse_over_case],
        submission.CaseWithdrawn: [cases.withdraw_case],
    },
    jobs={
        FILL: JobKind(fill_panels.fill_panels, fill_panels.prepare_filling),
        write_result.WRITE: JobKind(write_result.write_result, write_result.prepare_result),
    },
    indexes=repository.INDEXES,
    show_personal=show_personal,
    erase_personal=erase_personal,
    invariants=[
        invariants.closed_rounds_recompute,
        invariants.scored_seats_have_one_sheet,
        panel_check.panels_are_without_conflict,
        roundbook.rounds_follow_record,
        evidence.sheets_follow_record,
        whereabouts.cases_stand_as_decided,
        whereabouts.qualifications_follow_record,
    ],
)
