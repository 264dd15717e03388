"""What must hold of a life when everything was delivered: services, model and records agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contracts.rpc import awards as awards_rpc
from contracts.rpc import submission as submission_rpc
from contracts.words import AssessmentStatus as At
from contracts.words import EntryStatus
from tests.fakes.contest import EDITION_ID
from tests.lives.world import World
from tests.support.tampering import findings_of

OPEN = {At.WAITING, At.IN_FORMAL_REVIEW}
ENTRY = {
    **dict.fromkeys(OPEN, EntryStatus.SUBMITTED), At.RETURNED: EntryStatus.RETURNED,
    At.WITHDRAWN: EntryStatus.WITHDRAWN,
}  # fmt: skip
PASSED = (At.QUALIFIED, At.IN_ROUND, At.ADVANCED, At.STOPPED, At.FINALIST)
LOCKED_BY = {**dict.fromkeys(PASSED, "passed"), At.FAILED: "failed", At.DISQUALIFIED: "disqualified"}
LETTERS = ("CaseSubmitted", "QualificationPassed", "QualificationRejected", "FormalReviewPassed",
           "FormalReviewFailed", "CaseReturned", "CaseDisqualified", "AwardPublished")  # fmt: skip


def check_services(world: World) -> None:
    """Every service finds its own records in order, and handled every event exactly once."""
    for name, harness in world.at.items():
        found = [finding for finding in findings_of(harness) if "no certificate was made" not in str(finding)]
        assert found == [], (name, found)
    told = [event for harness in world.at.values() for event in harness.emitted()]
    assert len({event.id for event in told}) == len(told)
    for name, harness in world.at.items():
        wanted = {
            (event.id, reaction.__name__) for event in told for reaction in harness.reactions_to(event)
        }
        inbox = harness.store.collection("inbox").find({})
        rows = Counter((row["event_id"], row["reaction"]) for row in inbox)
        assert rows.keys() == wanted and set(rows.values()) <= {1}, name


def check_cases(world: World, model: dict[str, Any]) -> None:
    """Entry, assessment and award of each case agree with one another and with what was accepted."""
    handed_in = {"revision": {"$gt": 0}}
    entries = {row["_id"]: row for row in world.at["submission"].rows("cases", handed_in)}
    assessed = {row["_id"]: row for row in world.at["review"].rows("assessments")}
    assert set(assessed) == set(model["cases"]) == set(entries)
    staff = world.at["submission"].secretariat()
    for case_id, said in model["cases"].items():
        status = At(assessed[case_id]["status"])
        shown = world.ask(submission_rpc.get_case, staff, case_id=case_id)
        assert shown["status"] == ENTRY.get(status, EntryStatus.LOCKED), (case_id, status, shown["status"])
        if not said["withdrawn"]:
            assert shown["locked_by"] == LOCKED_BY.get(status), (case_id, status, shown["locked_by"])
        assert shown["revision"] == assessed[case_id]["revision"] == said["revisions"]
        assert (status == At.WITHDRAWN) == said["withdrawn"]
        assert (status == At.DISQUALIFIED) == (said["out"] and not said["withdrawn"])
    _check_awards(world, model, assessed)


def _check_awards(world: World, model: dict[str, Any], assessed: dict[str, Any]) -> None:
    awards = world.at["awards"].rows("awards", {"status": {"$in": ["published", "certified"]}})
    holders = [award["case_id"] for award in awards if award["case_id"]]
    assert len(holders) == len(set(holders))
    for case_id in holders:
        assert assessed[case_id]["status"] == At.FINALIST, case_id
    public = list(world.every(awards_rpc.list_results, world.at["awards"].anonymous, edition_id=EDITION_ID))
    assert {row["case_id"] for row in public if row.get("case_id")} <= set(holders)


def check_letters(world: World) -> None:
    """Each of these events wrote one letter, and no other one was written twice."""
    letters = Counter(row["cause_id"] for row in world.at["notify"].rows("letters"))
    for harness in world.at.values():
        for event in harness.emitted():
            if event.kind.name in LETTERS and (event.kind.name != "AwardPublished" or event.data["unit_id"]):
                assert letters[event.id] == 1, (event.kind.name, letters[event.id])


def check_sight(world: World, model: dict[str, Any]) -> None:
    """A unit sees its own cases and no others."""
    for unit_id in model["units"]:
        caller = world.at["submission"].entrant(unit_id)
        seen = {row["case_id"]
                for row in world.every(submission_rpc.list_cases, caller)
                if row["status"] != EntryStatus.DRAFT}  # fmt: skip
        assert seen == {case for case, said in model["cases"].items() if said["unit"] == unit_id}
