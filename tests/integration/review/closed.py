"""A real closed round: sheets handed in anew, an expert who stood back, a case knocked out, a wide gap."""

from __future__ import annotations

from typing import Any

from contracts.rpc import review as rpc
from tests.integration.review.contest import TRACKS, Contest

RULES = {
    "track": {"panel": 5, "least_sheets": 5, "quota": {"count": 2}},
    "final": {"panel": 5, "least_sheets": 5},
}  # fmt: skip
FALSE = [{"code": "D-FALSE", "note": "数据不实"}]


def close_a_track_round(contest: Any) -> tuple[Contest, str]:
    """Return a contest with a closed track round of four judged cases and one that was knocked out."""
    world: Contest = contest(**RULES)
    world.begin(units=5, cases_each=1, experts=8)
    world.pass_formal()
    round_id = world.open("track", TRACKS[0])
    seats = world.seats(round_id)
    for place, seat in enumerate(seats):
        world.score(seat, 60 + int(seat["case_id"][-1]) * 5 + place % 5)
    world.score(seats[0], 71, "更正：复核材料后提高分数，理由充分。")
    world.do(rpc.recuse, world.as_expert(seats[1]["expert_id"]), assignment_id=seats[1]["assignment_id"],
             reason="曾任顾问")  # fmt: skip
    world.do(rpc.disqualify_case, case_id="case-5", reasons=FALSE)
    world.do(rpc.confirm_disqualification, world.review.secretariat("acc-second"), case_id="case-5")
    world.review.run_jobs()
    world.accept(round_id)
    for seat in world.seats(round_id):
        world.score(seat, 66)
    world.do(rpc.close_round, round_id=round_id)
    world.review.run_jobs()
    assert world.do(rpc.get_round, round_id=round_id)["status"] == "closed"
    return world, round_id
