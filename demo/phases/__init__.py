"""The phases of the sample contest, in order."""

from demo.phases.collection import collect_cases
from demo.phases.formal import review_formally
from demo.phases.opening import open_contest
from demo.phases.prizes import award_prizes
from demo.phases.qualification import qualify_units
from demo.phases.rounds import hold_final, hold_track_rounds
from demo.phases.signup import enroll_experts, sign_up_units

PHASES = (
    ("开赛", "Opening", open_contest),
    ("单位报名", "Sign-up of units", sign_up_units),
    ("专家入库", "Enrolment of experts", enroll_experts),
    ("案例征集", "Collection of cases", collect_cases),
    ("资格审核", "Qualification review", qualify_units),
    ("形式审查", "Formal review", review_formally),
    ("专题赛", "Track rounds", hold_track_rounds),
    ("全国总决赛", "National final", hold_final),
    ("公示与颁奖", "Publicity and prizes", award_prizes),
)

__all__ = ["PHASES"]
