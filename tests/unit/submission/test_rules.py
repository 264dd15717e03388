"""Window, checklist, content, files, numbers and receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Conflict, InvalidInput, OutsideWindow
from contracts.fields import format_moment, load
from contracts.rpc.submission import Receipt
from contracts.words import MaterialStatus
from services.submission.domain.checklist import missing_items
from services.submission.domain.content import Content, check_content
from services.submission.domain.material import CHECK_PAUSE, CHECK_TRIES, check_announcement, extension_of
from services.submission.domain.numbering import case_number
from services.submission.domain.receipt import is_genuine, make_receipt
from services.submission.domain.window import is_open, require_before, require_not_over, require_open
from tests.fakes.contest import EDITION
from tests.fakes.entries import IN_TIME, a_material, an_entry, filled

WINDOW = EDITION.window("collection")
TICK = timedelta(milliseconds=1)
SHARING = next(track for track in EDITION.tracks if track.questions)
AFFIRM = next(question for question in SHARING.questions if question.must_affirm)


def test_the_window_is_half_open() -> None:
    require_open(EDITION, WINDOW.opens_at)
    require_open(EDITION, WINDOW.closes_at - TICK)
    for moment in (WINDOW.opens_at - TICK, WINDOW.closes_at, WINDOW.closes_at + TICK):
        with pytest.raises(OutsideWindow) as refused:
            require_open(EDITION, moment)
        assert refused.value.facts["window"] == "collection"
        assert refused.value.facts["closes_at"] == "2025-05-16T16:00:00.000Z"
        assert "2025-05-17 00:00" in refused.value.zh


@given(st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_open_means_between(moment: datetime) -> None:
    assert is_open(WINDOW, moment) == (WINDOW.opens_at <= moment and not moment >= WINDOW.closes_at)


def test_a_draft_begins_before_the_window_but_not_after() -> None:
    require_not_over(EDITION, WINDOW.opens_at - timedelta(days=9))
    with pytest.raises(OutsideWindow):
        require_not_over(EDITION, WINDOW.closes_at)


def test_a_correction_is_due_before_its_time() -> None:
    require_before(IN_TIME, IN_TIME - TICK, EDITION)
    with pytest.raises(OutsideWindow) as refused:
        require_before(IN_TIME, IN_TIME, EDITION)
    assert refused.value.facts["window"] == "correction"


def test_a_complete_entry_misses_nothing() -> None:
    assert missing_items(an_entry(), EDITION) == []


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"track": None}, "track", "required"),
        ({"title": ""}, "title", "required"),
        ({"summary": ""}, "summary", "required"),
        ({"answers": {}}, f"answers.{EDITION.questions[0].id}", "required"),
        ({"declarations": []}, f"declarations.{EDITION.declarations[0].id}", "must_affirm"),
        ({"track": SHARING.id}, f"answers.{AFFIRM.id}", "must_affirm"),
        ({"track": SHARING.id, "answers": {AFFIRM.id: "no"}}, f"answers.{AFFIRM.id}", "must_affirm"),
        (
            {"answers": {EDITION.questions[0].id: "长" * 2001}},
            f"answers.{EDITION.questions[0].id}",
            "too_long",
        ),
    ],
)
def test_each_missing_thing_is_named(changes: dict[str, Any], field: str, rule: str) -> None:
    found = {(item.field, item.rule) for item in missing_items(an_entry(**changes), EDITION)}
    assert (field, rule) in found


def test_files_are_counted_by_kind() -> None:
    entry = an_entry()
    entry.materials["file-1"] = a_material(
        "file-1", "application_form", "a.pdf", MaterialStatus.AWAITING_UPLOAD
    )
    assert ("materials.application_form", "too_few") in faults(entry)
    entry.materials = {
        str(number): a_material(str(number), "application_form", "a.pdf") for number in range(2)
    }
    assert ("materials.application_form", "too_many") in faults(entry)


def test_a_refused_file_must_be_taken_out() -> None:
    entry = an_entry()
    entry.material("file-3").refuse("b" * 64, ["virus"])
    assert ("materials.file-3", "refused") in faults(entry)
    assert ("materials.site_picture", "too_few") in faults(entry)


def faults(entry: Any) -> set[tuple[str, str]]:
    return {(item.field, item.rule) for item in missing_items(entry, EDITION)}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"track": "astrology"}, "track"),
        ({"answers": {"unknown": "x"}}, "answers.unknown"),
        ({"answers": {"baseline": "长" * 1001}}, "answers.baseline"),
        ({"declarations": ["unknown"]}, "declarations.0"),
        ({"joint_units": [{"name": "甲", "uscc": "1"}, {"name": "乙", "uscc": "1"}]}, "joint_units.1.uscc"),
        ({"joint_units": [{"name": "本单位", "uscc": "own"}]}, "joint_units.0.uscc"),
    ],
)
def test_what_can_never_be_right_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_content(Content().merged(filled(**changes)), EDITION, "own")
    assert [fault.field for fault in refused.value.fields] == [field]


def test_saving_keeps_what_is_not_given() -> None:
    content = Content().merged(filled()).merged({"title": "新名", "declarations": ["truthful", "truthful"]})
    assert (content.title, content.declarations) == ("新名", ("truthful",))
    assert content.summary == filled()["summary"]


@pytest.mark.parametrize(
    ("kind", "name", "size", "media_type", "field"),
    [
        ("poem", "a.pdf", 5, None, "kind"),
        ("proof_of_rights", "a.docx", 5, None, "file_name"),
        ("proof_of_rights", "a.exe", 5, None, "file_name"),
        ("proof_of_rights", "pdf", 5, None, "file_name"),
        ("proof_of_rights", "../a.pdf", 5, None, "file_name"),
        ("proof_of_rights", ".a.pdf", 5, None, "file_name"),
        ("proof_of_rights", "a.pdf", 10**9, None, "size"),
        ("proof_of_rights", "a.pdf", 5, "text/html", "media_type"),
    ],
)
def test_files_that_may_not_be_sent_are_refused(
    kind: str, name: str, size: int, media_type: str | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_announcement(EDITION, kind, name, size, media_type)
    assert [fault.field for fault in refused.value.fields] == [field]


def test_a_photograph_may_be_called_jpeg() -> None:
    kind, media_type = check_announcement(EDITION, "site_picture", "现场.JPEG", 5, "IMAGE/JPEG")
    assert (kind.id, media_type, extension_of("现场.JPEG")) == ("site_picture", "image/jpeg", "jpeg")


def test_a_file_is_decided_once() -> None:
    material = a_material("f", "site_picture", "a.png")
    for step in (lambda: material.accept("b" * 64), lambda: material.refuse("b" * 64, ["virus"]),
                 lambda: material.confirm(etag="e", version_id="v", size=1)):  # fmt: skip
        with pytest.raises(Conflict):
            step()


def test_a_file_that_breaks_the_checker_has_a_number_of_tries() -> None:
    material = a_material("f", "site_picture", "a.png", MaterialStatus.QUARANTINED)
    tries = [(material.fail_check(IN_TIME), material.check_at) for _ in range(CHECK_TRIES)]
    assert tries == [(False, IN_TIME), (False, IN_TIME + CHECK_PAUSE), (True, IN_TIME + CHECK_PAUSE)]
    waiting = a_material("f", "site_picture", "a.png", MaterialStatus.QUARANTINED)
    waiting.postpone_check(IN_TIME)
    assert (waiting.tries, waiting.check_at) == (0, IN_TIME + CHECK_PAUSE)


def test_case_numbers_name_edition_track_and_place() -> None:
    assert case_number(EDITION, EDITION.tracks[5], 1) == f"{EDITION.code}-06-0001"
    assert case_number(EDITION, EDITION.tracks[9], 12345) == f"{EDITION.code}-10-12345"


def test_a_receipt_proves_what_was_received() -> None:
    entry = an_entry()
    entry.submit("XL3-01-0001", 1, IN_TIME)
    receipt = make_receipt(entry, format_moment(IN_TIME))
    load(Receipt(), receipt)
    assert is_genuine(receipt)
    assert [(m["material_id"], m["sha256"] is None) for m in receipt["materials"]] == [
        ("file-1", False), ("file-2", False), ("file-3", True)]  # fmt: skip
    for name in receipt:
        assert not is_genuine({**receipt, name: "something else"})
    entry.content = replace(entry.content, summary="改动")
    assert make_receipt(entry, format_moment(IN_TIME))["receipt_hash"] != receipt["receipt_hash"]
