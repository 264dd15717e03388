"""The final: equal scores are ranked by its cascade, for the prizes are dealt out by its ranks."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.rpc import review as rpc
from desk.commands.evidence import gather_record
from tests.integration.review.closed import close_a_track_round
from tests.integration.review.test_signed_record import (
    chain_again,
    desk_of,
    line,
    root_again,
    sign_as,
    verify,
)

# 0.30 effect + 0.25 novelty: 44 points either way
BETTER_EFFECT, BETTER_NOVELTY = {"effect": "90", "novelty": "68"}, {"effect": "80", "novelty": "80"}


@pytest.fixture
def world(contest):
    """A final over two cases of equal score; the later one saves more energy."""
    made, _ = close_a_track_round(contest)
    made.round_id = made.open("final")
    marks = {"case-3": BETTER_NOVELTY, "case-4": BETTER_EFFECT}
    for seat in made.seats(made.round_id):
        caller, key = made.as_expert(seat["expert_id"]), {"assignment_id": seat["assignment_id"]}
        shown = made.do(rpc.case_for_review, caller, **key)
        given = [
            {"criterion": name, "value": marks[seat["case_id"]].get(name, "80")}
            for name in (item["criterion"] for item in shown["criteria"])
        ]
        made.do(rpc.submit_score_sheet, caller, **key, case_revision=1, marks=given, comment="总体较好。")
    return made


def test_equal_scores_get_the_ranks_their_cascade_gives_and_all_checks_recompute_them(world, tmp_path):
    preview = world.do(rpc.close_round, round_id=world.round_id, dry_run=True)["summary"]
    assert [row["case_id"] for row in preview["ranking"]] == ["case-4", "case-3"]
    world.do(rpc.close_round, round_id=world.round_id)
    world.review.run_jobs()
    result_id = world.do(rpc.get_round, round_id=world.round_id)["result_id"]
    lines = world.everything(rpc.list_scores, result_id=result_id)
    assert [(row["case_id"], row["score"], row["rank"], row["tied"]) for row in lines] == [
        ("case-4", "80.00", 1, False), ("case-3", "80.00", 2, False),
    ]  # fmt: skip
    assert world.do(rpc.get_result, result_id=result_id)["decided_by"] == ["criterion:effect"]
    told = {event.data["case_id"]: event.data["rank"] for event in world.told("RoundScored")[-2:]}
    assert told == {"case-4": 1, "case-3": 2}
    assert world.findings() == []

    record = gather_record(desk_of(world), world.round_id)
    assert verify(record, tmp_path)[0] == 0
    first, second = line(record, "case-4"), line(record, "case-3")
    first["rank"], second["rank"] = second["rank"], first["rank"]
    for case_id in ("case-3", "case-4"):
        chain_again(record, case_id)
    root_again(record)
    sign_as(Ed25519PrivateKey.generate(), record)
    assert verify(record, tmp_path) == (1, "WRONG: case-3: its rank")
    results = world.review.store.collection("results")
    results.update_one({"_id": result_id}, {"$set": {"decided_by": ["criterion:novelty"]}})
    assert ("result", "decided_by differ") in [(f["check"], f["problem"]) for f in world.findings()]
