"""A round's result, and what keeps it from being written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import yaml

from contracts.edition import Method, Quota, TieRule
from services.review.domain.closing import (
    FullSheet,
    compute_from_json,
    compute_result,
    find_obstacles,
    method_from_json,
    method_to_json,
    placed_from_json,
    tie_facts,
    wide_cases,
)
from services.review.domain.record import decision_content, result_content, sheet_content
from tests.unit.review.rules import FILE, FINAL, TRACK, track_stage

NOW = datetime(2025, 6, 1, tzinfo=UTC)
GAP = Method("mean", gap=Decimal(20))


def sheets(**totals):
    """Return sheets: a=(70, 80) means two for case a."""
    return [
        FullSheet(f"{case_id}{n}", case_id, f"e{n}", Decimal(total), {"all": Decimal(total)})
        for case_id, given in totals.items() for n, total in enumerate(given)
    ]  # fmt: skip


def test_the_best_go_on():
    stage = track_stage(quota=Quota(count=1))
    result = compute_result(sheets(a=(70, 80), b=(90, 60), c=(50, 50)), stage, Method("mean"))
    assert [(line.case_id, line.rank, line.tied, line.outcome) for line in result.lines] == [
        ("a", 1, True, "advanced"), ("b", 1, True, "advanced"), ("c", 3, False, "stopped"),
    ]  # fmt: skip
    assert (result.advanced, result.cut.places) == (2, 1)


def test_a_cascade_looks_at_means_and_low_sheets():
    stage = track_stage(quota=Quota(count=1), tie=TieRule("cascade", ("fewer_low",), Decimal(65)))
    given = sheets(a=(70, 80), b=(90, 60))
    assert tie_facts(given, stage)["b"].low_sheets == 1
    assert tie_facts(given, stage)["a"].criteria == {"all": Decimal(75)}
    result = compute_result(given, stage, Method("mean"))
    assert result.cut.advanced == frozenset("a")
    assert [(line.case_id, line.rank) for line in result.lines] == [("a", 1), ("b", 2)]


def test_the_final_ranks_equal_scores_by_its_cascade_although_nobody_is_cut():
    names = [item.id for item in FINAL.rubric.criteria]

    def sheet(case_id, effect):
        values = {name: Decimal(80) for name in names} | {"effect": Decimal(effect)}
        return FullSheet(case_id, case_id, "e", Decimal(83), values)

    result = compute_result([sheet("a", 80), sheet("b", 90), sheet("c", 80)], FINAL, Method("mean"))
    assert [(line.case_id, line.rank, line.tied) for line in result.lines] == [
        ("b", 1, False), ("a", 2, True), ("c", 2, True),
    ]  # fmt: skip
    assert result.advanced == 3 and result.cut.at_cut == ()
    assert result.cut.decided_by == ("criterion:effect", "criterion:novelty", "fewer_low", "include_all")


def test_missing_sheets_and_unanswered_gaps_stand_in_the_way():
    stage = track_stage(panel=2, least_sheets=2, method=GAP)
    given = sheets(a=(70,), b=(50, 90), c=(50, 90), d=(50, 90, 70), e=(70, 71))
    cases = {"a": False, "b": False, "c": True, "d": False, "e": False}
    found = [
        (item.case_id, item.problem, item.have, item.need)
        for item in find_obstacles(cases, given, stage, GAP)
    ]
    assert found == [("a", "sheets", 1, 2), ("b", "gap", 2, 3)]
    assert wide_cases(given, GAP) == ["b", "c", "d"]


def test_a_method_is_written_and_read():
    for method in (TRACK.method, Method("severity")):
        assert method_from_json(method_to_json(method)) == method


def test_the_whole_runs_from_json_to_json():
    names = [item.id for item in TRACK.rubric.criteria]
    rows = [
        {"id": f"s{n}", "case_id": f"c{n % 3}", "expert": f"e{n}", "total": str(60 + n),
         "values": dict.fromkeys(names, "60")}
        for n in range(9)
    ]  # fmt: skip
    rules = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    answer = compute_from_json({"edition": rules, "stage": "track", "sheets": rows,
                                "method": method_to_json(Method("mean"))})  # fmt: skip
    assert [(line["case_id"], line["score"]) for line in answer["lines"]] == [
        ("c2", "65.00"), ("c1", "64.00"), ("c0", "63.00"),
    ]  # fmt: skip
    line = placed_from_json(answer["lines"][0])
    assert (line.score, line.dropped) == (Decimal("65.00"), ())
    content = result_content("r", "res", "mean", line)
    assert (content["score"], content["rank"]) == ("65.00", 1)


def test_what_stands_on_the_record_is_text():
    content = sheet_content(
        "r", "c", "s", "seat", "E-1", 1, 2, {"a": Decimal("7.5")}, Decimal("75.0000"), None, "好", NOW
    )
    assert content["values"] == {"a": "7.5"} and content["total"] == "75.0000"
    assert decision_content("passed", "acc", NOW, [{"code": "Q"}], case_id="c")["reasons"] == [{"code": "Q"}]
