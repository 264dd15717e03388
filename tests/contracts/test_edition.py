"""The default edition, and what an edition must not be."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contracts.edition import Edition, edition_from_dict, edition_to_dict
from contracts.errors import InvalidInput
from contracts.words import StageKind

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "contracts/events/samples/registration/EditionPublished.v1.json"
DATA: dict[str, Any] = yaml.safe_load(
    (ROOT / "editions" / "xinlv-3.yaml").read_text(encoding="utf-8")
)
EDITION: Edition = edition_from_dict(DATA)


def broken(change: Callable[[dict[str, Any]], Any]) -> set[str]:
    data = copy.deepcopy(DATA)
    change(data)
    with pytest.raises(InvalidInput) as refused:
        edition_from_dict(data)
    return {error.field for error in refused.value.fields}


class TestDefault:
    def test_has_two_directions_of_five_tracks(self) -> None:
        assert [track.number for track in EDITION.tracks] == list(range(1, 11))
        for direction in EDITION.directions:
            assert sum(track.direction == direction.id for track in EDITION.tracks) == 5

    def test_asks_the_sharing_track_for_its_element(self) -> None:
        sharing = EDITION.track("sharing")
        assert sharing is not None
        assert [question.id for question in sharing.questions if question.must_affirm] == ["sharing_element"]

    def test_runs_from_march_to_august_2025(self) -> None:
        assert min(window.opens_at for window in EDITION.windows).isoformat().startswith("2025-03")
        assert EDITION.window("final").closes_at.isoformat().startswith("2025-08")

    def test_judges_in_three_stages(self) -> None:
        assert [stage.kind for stage in EDITION.stages] == list(StageKind)
        track = EDITION.stage("track")
        assert track is not None
        assert 5 <= track.panel <= 9
        assert (track.method.drop_high, track.method.drop_low, track.method.decimals) == (1, 1, 2)
        assert EDITION.stage_after("formal") is track
        assert EDITION.stage_after("final") is None
        assert EDITION.stage("nowhere") is EDITION.track("nowhere") is None

    def test_gives_reasons_for_every_decision(self) -> None:
        assert "Q-KIND" in EDITION.reasons_for("qualification_reject")
        assert set(EDITION.reasons_for("disqualify")) == {
            "D-SECRECY", "D-FALSE", "D-PLAGIARISM", "D-DISPUTE", "D-INCIDENT",
        }  # fmt: skip

    def test_comes_back_from_data_as_it_went(self) -> None:
        plain = edition_to_dict(EDITION)
        assert edition_from_dict(plain) == EDITION
        assert plain["windows"][0]["opens_at"] == "2025-03-09T16:00:00.000Z"
        assert plain["stages"][1]["rubric"]["criteria"][0]["weight"] == "0.30"

    def test_reads_what_was_told_before_a_rule_came_or_went(self) -> None:
        told = json.loads(SAMPLE.read_text(encoding="utf-8"))["data"]["edition"]
        assert "most_extra" not in told["stages"][0]["method"]
        read = edition_from_dict(told)
        assert [stage.method.most_extra for stage in read.stages] == [3, 3, 3]
        assert (read.retention_days, EDITION.retention_days) == (400, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda data: data.pop("name"), "name"),
        (lambda data: data.update(surplus=1), "surplus"),
        (lambda data: data.update(name="x"), "name"),
        (lambda data: data["name"].update(zh=" "), "name.zh"),
        (lambda data: data["name"].update(zh="\x00"), "name.zh"),
        (lambda data: data["name"].update(zh="\ud800"), "name.zh"),
        (lambda data: data["name"].update(zh="字" * 4001), "name.zh"),
        (lambda data: data.update(id="a b"), "id"),
        (lambda data: data.update(timezone="Mars/Olympus"), "timezone"),
        (lambda data: data.update(tracks={}), "tracks"),
        (lambda data: data.update(tracks=[]), "tracks"),
        (lambda data: data.update(stages=[]), "stages"),
        (lambda data: data.update(unit_kinds=["club"]), "unit_kinds.0"),
        (lambda data: data.update(unit_kinds=[["club"]]), "unit_kinds.0"),
        (lambda data: data.update(max_cases_per_unit=True), "max_cases_per_unit"),
        (lambda data: data.update(max_cases_per_unit=0), "max_cases_per_unit"),
        (lambda data: data["tracks"][0].update(number=2), "tracks"),
        (lambda data: data["tracks"][0].update(direction="up"), "tracks.0.direction"),
        (lambda data: data["tracks"][0].update(id="city"), "tracks"),
        (lambda data: data["tracks"][7]["questions"][0].update(must_affirm="yes"),
         "tracks.7.questions.0.must_affirm"),
        (lambda data: data["windows"].pop(0), "windows"),
        (lambda data: data["windows"][0].update(closes_at="2025-01-01T00:00:00Z"), "windows.signup"),
        (lambda data: data["windows"][0].update(closes_at="2025-06-01T00:00:00"), "windows.0.closes_at"),
        (lambda data: data["windows"][0].update(closes_at=7), "windows.0.closes_at"),
        (lambda data: data["materials"][0].update(least=2), "materials.application_form"),
        (lambda data: data["materials"][0].update(types=["exe"]), "materials.application_form.types"),
        (lambda data: data["reasons"][0].update(applies=["whim"]), "reasons.Q-PAPERS"),
        (lambda data: data["reasons"][0].update(code="F-TEMPLATE"), "reasons"),
        (lambda data: data.update(reasons=[r for r in data["reasons"] if r["code"][0] != "D"]), "reasons"),
        (lambda data: data["stages"].pop(0), "stages"),
        (lambda data: data["stages"].reverse(), "stages"),
        (lambda data: data["stages"][1].update(window="never"), "stages.track.window"),
        (lambda data: data["stages"][1].update(scope="world"), "stages.track.scope"),
        (lambda data: data["stages"][2].update(scope="track"), "stages.final.scope"),
        (lambda data: data["stages"][1].update(panel=51), "stages.track.panel"),
        (lambda data: data["stages"][1].update(least_sheets=6), "stages.track.least_sheets"),
        (lambda data: data["stages"][1]["method"].update(name="dice"), "stages.track.method.name"),
        (lambda data: data["stages"][1]["method"].update(name="agreement"), "stages.track.method.name"),
        (lambda data: data["stages"][1]["method"].update(trim_from=2), "stages.track.method.trim_from"),
        (lambda data: data["stages"][0]["method"].update(most_extra=51), "stages.formal.method.most_extra"),
        (lambda data: data["stages"][1]["rubric"].update(criteria=[]), "stages.track.rubric.criteria"),
        (lambda data: data["stages"][1]["rubric"]["criteria"][0].update(weight="0.4"),
         "stages.track.rubric.criteria"),
        (lambda data: data["stages"][1]["rubric"]["criteria"][0].update(weight=0.3),
         "stages.1.rubric.criteria.0.weight"),
        (lambda data: data["stages"][1]["rubric"]["criteria"][0].update(weight="1e99"),
         "stages.1.rubric.criteria.0.weight"),
        (lambda data: data["stages"][1]["rubric"]["criteria"][0].update(weight="NaN"),
         "stages.1.rubric.criteria.0.weight"),
        (lambda data: data["stages"][1]["rubric"]["criteria"][0].update(low="100"),
         "stages.track.rubric.criteria"),
        (lambda data: data["stages"][1]["quota"].update(count=3), "stages.track.quota"),
        (lambda data: data["stages"][1]["quota"].update(share="1.5"), "stages.track.quota.share"),
        (lambda data: data["stages"][1]["tie"].update(rule="coin"), "stages.track.tie.rule"),
        (lambda data: data["stages"][2]["tie"].update(cascade=["criterion:x"]), "stages.final.tie.cascade"),
        (lambda data: data["stages"][2]["tie"].update(cascade=[]), "stages.final.tie.cascade"),
        (lambda data: data["stages"][2]["tie"].pop("low_mark"), "stages.final.tie.cascade"),
        (lambda data: data["stages"][0]["rubric"]["criteria"][0].update(reason="Q-KIND"),
         "stages.formal.rubric.criteria"),
        (lambda data: data["prizes"][0].update(kind="luck"), "prizes.first.kind"),
        (lambda data: data["organisation"].update(by="weather"), "organisation.by"),
        (lambda data: data["publicity"].update(working_days=0), "publicity.working_days"),
    ],
)  # fmt: skip
def test_a_fault_is_named(change: Callable[[dict[str, Any]], Any], field: str) -> None:
    assert field in broken(change)


@pytest.mark.parametrize("data", [None, 3, "x", [], {}])
def test_what_is_no_edition_is_refused(data: Any) -> None:
    with pytest.raises(InvalidInput):
        edition_from_dict(data)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("1e999999999"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_junk_anywhere_is_accepted_or_refused_and_nothing_else(data: st.DataObject) -> None:
    edition = copy.deepcopy(DATA)
    node: Any = edition
    while True:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else list(range(len(node)))))
        inner = node[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            node[key] = data.draw(JUNK)
            break
        node = inner
    try:
        loaded = edition_from_dict(edition)
    except InvalidInput as refused:
        assert refused.fields
    else:
        assert edition_from_dict(edition_to_dict(loaded)) == loaded
        assert all(isinstance(item.weight, Decimal) for item in loaded.stages[1].rubric.criteria)
