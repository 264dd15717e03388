"""The entry's steps, and that no order of arrival leads elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.errors import Conflict, NotFound
from contracts.words import EntryStatus, MaterialStatus
from services.submission import repository
from services.submission.domain.content import Content
from services.submission.domain.entry import MAX_AWAITING, Entry
from services.submission.domain.judged import Formal, Standing
from tests.fakes.contest import EDITION
from tests.fakes.entries import IN_TIME, a_material, an_entry

LATER = IN_TIME + timedelta(days=1)
DUE = IN_TIME + timedelta(days=7)


def handed_in() -> Entry:
    entry = an_entry()
    entry.submit("XL3-01-0001", 1, IN_TIME)
    return entry


def returned() -> Entry:
    entry = handed_in()
    entry.learn_formal(Formal("returned", 1, DUE, ({"code": "F-TEMPLATE", "note": ""},)))
    return entry


def locked() -> Entry:
    entry = handed_in()
    entry.learn_formal(Formal("passed", 1))
    return entry


def withdrawn() -> Entry:
    entry = handed_in()
    entry.withdraw("不参加了", LATER)
    return entry


STANDS = {
    EntryStatus.DRAFT: an_entry,
    EntryStatus.SUBMITTED: handed_in,
    EntryStatus.RETURNED: returned,
    EntryStatus.LOCKED: locked,
    EntryStatus.WITHDRAWN: withdrawn,
}
STEPS: dict[str, tuple[Callable[[Entry], object], set[EntryStatus]]] = {
    "save": (
        lambda e: e.save(
            Content(track=e.content.track), draft_version=e.draft_version, edition=EDITION, now=LATER
        ),
        {EntryStatus.DRAFT, EntryStatus.RETURNED},
    ),
    "announce": (
        lambda e: e.announce(
            a_material("new", "attachment", "a.pdf", MaterialStatus.AWAITING_UPLOAD), EDITION, LATER
        ),
        {EntryStatus.DRAFT, EntryStatus.RETURNED},
    ),
    "remove": (lambda e: e.remove("file-1", EDITION, LATER), {EntryStatus.DRAFT, EntryStatus.RETURNED}),
    "submit": (lambda e: e.submit("XL3-01-0002", 1, LATER), {EntryStatus.DRAFT}),
    "revise": (lambda e: e.revise(EDITION, LATER), {EntryStatus.RETURNED}),
    "withdraw": (
        lambda e: e.withdraw("撤回", LATER),
        {EntryStatus.DRAFT, EntryStatus.SUBMITTED, EntryStatus.RETURNED},
    ),
    "withdraw by staff": (
        lambda e: e.withdraw("撤回", LATER, by_staff=True),
        {EntryStatus.DRAFT, EntryStatus.SUBMITTED, EntryStatus.RETURNED, EntryStatus.LOCKED},
    ),
}


@pytest.mark.parametrize("status", STANDS)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_allowed_only_where_it_belongs(step: str, status: EntryStatus) -> None:
    entry = STANDS[status]()
    assert entry.status == status
    act, allowed = STEPS[step]
    if status in allowed:
        act(entry)
        return
    before = copy.deepcopy(entry)
    with pytest.raises(Conflict) as refused:
        act(entry)
    assert refused.value.facts["status"] == status
    assert entry == before


def test_a_stale_save_shows_both_versions() -> None:
    entry = an_entry()
    entry.save(Content(title="甲"), draft_version=1, edition=EDITION, now=LATER)
    with pytest.raises(Conflict) as refused:
        entry.save(Content(title="乙"), draft_version=1, edition=EDITION, now=LATER)
    assert refused.value.facts["stored"]["title"] == "甲"
    assert refused.value.facts["yours"]["title"] == "乙"
    assert (refused.value.facts["draft_version"], refused.value.facts["your_draft_version"]) == (2, 1)


def test_saving_the_same_again_changes_nothing() -> None:
    entry = an_entry()
    entry.save(entry.content, draft_version=1, edition=EDITION, now=LATER)
    assert (entry.draft_version, entry.updated_at) == (1, IN_TIME)


def test_a_case_keeps_its_track_once_it_has_a_number() -> None:
    entry = returned()
    with pytest.raises(Conflict):
        entry.save(Content(track="agriculture"), draft_version=1, edition=EDITION, now=LATER)


def test_a_revision_answers_every_open_return() -> None:
    entry = returned()
    entry.refuse_material("file-3", "b" * 64, ["virus"], DUE + timedelta(days=1), LATER)
    assert entry.due_at == DUE + timedelta(days=1)
    assert [reason["code"] for reason in entry.return_reasons] == ["F-TEMPLATE"]
    entry.remove("file-3", EDITION, LATER)
    entry.revise(replace(EDITION, version=3), LATER)
    assert (entry.status, entry.revision, entry.due_at, entry.return_reasons) == (
        EntryStatus.SUBMITTED, 2, None, ())  # fmt: skip
    assert (entry.number, entry.submitted_at, entry.edition_version) == ("XL3-01-0001", IN_TIME, 3)


def test_a_refused_file_brings_a_submitted_case_back_with_time() -> None:
    entry = handed_in()
    assert entry.refuse_material("file-3", "b" * 64, ["virus"], DUE, LATER) == DUE
    assert entry.status == EntryStatus.RETURNED
    assert [material.id for material in entry.counted_materials()] == ["file-1", "file-2"]


@pytest.mark.parametrize("stand", [an_entry, locked, withdrawn])
def test_a_refused_file_does_not_move_a_draft_or_an_ended_case(stand: Callable[[], Entry]) -> None:
    entry = stand()
    before = entry.status
    assert entry.refuse_material("file-3", "b" * 64, ["virus"], DUE, LATER) is None
    assert (entry.status, entry.due_at) == (before, None)


def test_files_are_bounded_and_named() -> None:
    entry = an_entry()
    strict = replace(EDITION, materials=tuple(replace(kind, most=1) for kind in EDITION.materials))
    for number in range(MAX_AWAITING):
        entry.announce(
            a_material(f"w{number}", "site_picture", "a.png", MaterialStatus.AWAITING_UPLOAD), EDITION, LATER
        )
    with pytest.raises(Conflict):
        entry.announce(
            a_material("more", "site_picture", "a.png", MaterialStatus.AWAITING_UPLOAD), EDITION, LATER
        )
    with pytest.raises(Conflict):
        entry.confirm("w1", strict, LATER, etag="e", version_id="v", size=1)
    with pytest.raises(NotFound):
        entry.confirm("nowhere", EDITION, LATER, etag="e", version_id="v", size=1)
    assert (
        entry.confirm("w1", EDITION, LATER, etag="e", version_id="v", size=1).status
        == MaterialStatus.QUARANTINED
    )


def test_the_secretariat_reinstates_to_where_the_case_stood() -> None:
    entry = returned()
    entry.learn_standing(Standing(True, 5))
    assert (entry.status, entry.locked_by) == (EntryStatus.LOCKED, "disqualified")
    entry.learn_standing(Standing(False, 6))
    assert entry.status == EntryStatus.RETURNED


JUDGED = st.lists(st.sampled_from(["returned", "passed", "failed", "out", "in"]), min_size=1, max_size=7)


@given(JUDGED, st.randoms(use_true_random=False))
def test_every_order_of_arrival_ends_in_the_same_state(told: list[str], random: object) -> None:
    events = list(enumerate(told, start=1))
    mixed = [*events, *events[:2]]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    ends = []
    for order in (events, mixed):
        entry = handed_in()
        for sequence, what in order:
            if what in ("out", "in"):
                entry.learn_standing(Standing(what == "out", sequence))
            else:
                entry.learn_formal(Formal(what, sequence, DUE if what == "returned" else None))
        ends.append(entry)
    assert ends[0] == ends[1]


class EntryMachine(RuleBasedStateMachine):
    """Anything may be tried at any time; a refused step changes nothing, and what holds always holds."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = an_entry()
        self.sequence = 0
        self.revisions = 0

    def attempt(self, step: Callable[[], object]) -> bool:
        before = copy.deepcopy(self.entry)
        try:
            step()
        except (Conflict, NotFound):
            assert self.entry == before
            return False
        return True

    @rule(stale=st.booleans(), title=st.sampled_from(["甲", "乙"]))
    def save(self, stale: bool, title: str) -> None:
        version = self.entry.draft_version - stale
        content = self.entry.content.merged({"title": title})
        done = self.attempt(
            lambda: self.entry.save(content, draft_version=version, edition=EDITION, now=LATER)
        )
        assert not (done and stale)

    @rule()
    def submit(self) -> None:
        if self.attempt(lambda: self.entry.submit("XL3-01-0001", 1, LATER)):
            assert self.revisions == 0
            self.revisions = 1

    @rule()
    def revise(self) -> None:
        if self.attempt(lambda: self.entry.revise(EDITION, LATER)):
            self.revisions += 1

    @rule(staff=st.booleans())
    def withdraw(self, staff: bool) -> None:
        self.attempt(lambda: self.entry.withdraw("撤回", LATER, by_staff=staff))

    @rule(file=st.sampled_from(["file-1", "file-2", "file-3", "file-4"]))
    def remove(self, file: str) -> None:
        self.attempt(lambda: self.entry.remove(file, EDITION, LATER))

    @rule(file=st.sampled_from(["file-3", "file-4"]))
    def upload(self, file: str) -> None:
        new = a_material(file, "site_picture", "a.png", MaterialStatus.AWAITING_UPLOAD)
        if file not in self.entry.materials and self.attempt(
            lambda: self.entry.announce(new, EDITION, LATER)
        ):
            self.attempt(lambda: self.entry.confirm(file, EDITION, LATER, etag="e", version_id="v", size=5))

    @rule(file=st.sampled_from(["file-3", "file-4"]))
    def refuse(self, file: str) -> None:
        self.attempt(lambda: self.entry.refuse_material(file, "b" * 64, ["virus"], DUE, LATER))

    @rule(outcome=st.sampled_from(["returned", "passed", "failed"]), late=st.integers(0, 3))
    def judge(self, outcome: str, late: int) -> None:
        self.sequence += 1
        due = DUE if outcome == "returned" else None
        self.entry.learn_formal(Formal(outcome, max(1, self.sequence - late), due))

    @rule(out=st.booleans())
    def stand(self, out: bool) -> None:
        self.sequence += 1
        self.entry.learn_standing(Standing(out, self.sequence))

    @invariant()
    def hold(self) -> None:
        entry = self.entry
        assert entry.revision == self.revisions
        assert (entry.number is None) == (entry.revision == 0) == (entry.submitted_at is None)
        assert (entry.status == EntryStatus.DRAFT) <= (entry.revision == 0)
        if entry.status == EntryStatus.RETURNED:
            assert entry.due_at is not None
        if entry.status == EntryStatus.LOCKED:
            assert entry.locked_by is not None
        assert repository.entry_of(copy.deepcopy(repository.document_of(entry))) == entry


TestEntry = EntryMachine.TestCase
