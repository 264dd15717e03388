"""Cases go from qualification through formal review and a track round to the final."""

from __future__ import annotations

from decimal import Decimal

from contracts.rpc import review as rpc
from tests.integration.review.contest import TRACKS

SMALL = {
    "track": {"panel": 5, "least_sheets": 5, "quota": {"count": 2}},
    "final": {"panel": 5, "least_sheets": 5},
}


def test_cases_go_the_whole_way(contest):
    world = contest(**SMALL)
    world.begin(units=4, cases_each=1, experts=8)
    formal = world.pass_formal()
    assert len(world.told("FormalReviewPassed")) == 4
    assert world.told("RoundClosed")[0].data["advanced"] == 4
    assert world.do(rpc.get_round, round_id=formal)["status"] == "closed"

    track = world.open("track", TRACKS[0])
    for seat in world.seats(track):
        world.score(seat, 60 + int(seat["case_id"][-1]) * 5)
    preview = world.do(rpc.close_round, round_id=track, dry_run=True)["summary"]
    assert [line["case_id"] for line in preview["ranking"]] == ["case-4", "case-3", "case-2", "case-1"]
    assert world.do(rpc.get_round, round_id=track)["status"] == "open"
    job = world.do(rpc.close_round, round_id=track)["job_id"]
    done = world.review.run_job(job)
    assert done["state"] == "done"

    scored = world.told("RoundScored")
    assert {event.data["case_id"]: event.data["score"] for event in scored} == {
        "case-4": "80.00", "case-3": "75.00", "case-2": "70.00", "case-1": "65.00",
    }  # fmt: skip
    outcomes = {event.data["case_id"]: event.data["outcome"] for event in scored}
    assert outcomes == {"case-4": "advanced", "case-3": "advanced", "case-2": "stopped", "case-1": "stopped"}
    closed = world.told("RoundClosed")[-1].data
    assert (closed["cases"], closed["sheets"], closed["advanced"]) == (4, 20, 2)

    final = world.open("final")
    assert world.do(rpc.get_round, round_id=final)["cases"] == 2
    for seat in world.seats(final):
        world.score(seat, Decimal("90.5") if seat["case_id"] == "case-3" else 88)
    world.do(rpc.close_round, round_id=final)
    world.review.run_jobs()
    result = world.do(rpc.get_round, round_id=final)["result_id"]
    lines = world.everything(rpc.list_scores, result_id=result)
    assert [(line["case_id"], line["score"], line["rank"]) for line in lines] == [
        ("case-3", "90.50", 1), ("case-4", "88.00", 2),
    ]  # fmt: skip
    states = {row["case_id"]: row["status"] for row in world.everything(rpc.list_assessments)}
    assert states == {"case-1": "stopped", "case-2": "stopped", "case-3": "finalist", "case-4": "finalist"}
    assert world.findings() == []
    for round_id in (formal, track, final):
        seal = world.do(rpc.round_seal, round_id=round_id)
        assert seal["merkle_root"] == seal["recomputed"] and seal["findings"] == []


def test_a_changed_sheet_or_score_is_found(contest):
    world = contest(**SMALL)
    world.begin(units=3, cases_each=1, experts=6)
    world.pass_formal()
    track = world.open("track", TRACKS[0])
    for seat in world.seats(track):
        world.score(seat, 70)
    world.do(rpc.close_round, round_id=track)
    world.review.run_jobs()
    scores = world.review.store.collection("scores")
    scores.update_one({"case_id": "case-1"}, {"$set": {"score": "99.00"}})
    assert {finding["check"] for finding in world.findings()} == {"result", "sheets_follow_record"}
    scores.update_one({"case_id": "case-1"}, {"$set": {"score": "70.00"}})
    world.review.store.collection("records").update_one(
        {"chain": "case:case-1", "kind": "score_sheet"}, {"$set": {"content.total": "1.0000"}}
    )
    assert world.do(rpc.round_seal, round_id=track)["findings"][0]["problem"] == "content was changed"
    world.review.store.collection("sheets").update_one({"case_id": "case-2"}, {"$set": {"current": False}})
    assert {finding["check"] for finding in world.findings()} >= {"score sheet"}
