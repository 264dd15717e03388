"""No way around a deadline: what was handed in stands once the last honest time to change it is over."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contracts.errors import Conflict, NotFound, OutsideWindow
from contracts.words import EntryStatus, MaterialStatus
from services.submission.domain.entry import Entry
from services.submission.domain.judged import Formal
from tests.fakes.contest import EDITION
from tests.fakes.entries import IN_TIME, a_material, an_entry

HOUR = timedelta(hours=1)
DAYS = timedelta(days=EDITION.quarantine_days)
DUE = IN_TIME + timedelta(days=7)
WAITING = MaterialStatus.AWAITING_UPLOAD


def handed_in() -> Entry:
    """One whose picture is not checked yet."""
    entry = an_entry()
    entry.submit("XL3-01-0001", 1, IN_TIME)
    return entry


def send(entry: Entry, file: str, now: object) -> None:
    entry.announce(a_material(file, "site_picture", "a.png", WAITING), EDITION, now)  # type: ignore[arg-type]
    entry.confirm(file, EDITION, now, etag="e", version_id="v", size=5)  # type: ignore[arg-type]


STEPS: dict[str, Callable[[Entry, object], object]] = {
    "save": lambda e, now: e.save(e.content, draft_version=1, edition=EDITION, now=now),  # type: ignore[arg-type]
    "announce": lambda e, now: e.announce(a_material("n", "attachment", "a.pdf", WAITING), EDITION, now),  # type: ignore[arg-type]
    "confirm": lambda e, now: e.confirm("w", EDITION, now, etag="e", version_id="v", size=5),  # type: ignore[arg-type]
    "remove": lambda e, now: e.remove("file-1", EDITION, now),  # type: ignore[arg-type]
    "revise": lambda e, now: e.revise(EDITION, now),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("step", STEPS)
def test_a_returned_case_may_be_changed_until_its_due_time_and_not_at_it(step: str) -> None:
    entry = handed_in()
    entry.materials["w"] = a_material("w", "site_picture", "a.png", WAITING)
    entry.learn_formal(Formal("returned", 1, DUE))
    before = copy.deepcopy(entry)
    with pytest.raises(OutsideWindow) as refused:
        STEPS[step](entry, DUE)
    assert refused.value.facts["window"] == "correction" and entry == before
    STEPS[step](entry, DUE - timedelta(milliseconds=1))


def test_a_file_sent_after_the_return_gives_no_time_when_it_is_bad() -> None:
    entry = handed_in()
    entry.learn_formal(Formal("returned", 1, DUE))
    send(entry, "bad", DUE - HOUR)
    assert entry.refuse_material("bad", "b" * 64, ["virus"], DUE + DAYS, DUE - HOUR) == DUE
    assert entry.due_at == DUE
    send(entry, "bad-too", DUE - HOUR)
    assert entry.refuse_material("bad-too", "b" * 64, ["virus"], DUE + DAYS, DUE + HOUR) is None
    assert entry.due_at == DUE


def test_a_handed_in_file_gives_no_time_once_the_correction_is_over() -> None:
    entry = handed_in()
    entry.learn_formal(Formal("returned", 1, DUE))
    assert entry.refuse_material("file-3", "b" * 64, ["virus"], DUE + DAYS, DUE) is None
    assert (entry.status, entry.due_at) == (EntryStatus.RETURNED, DUE)


def test_two_files_of_one_revision_both_give_their_time() -> None:
    entry = an_entry()
    send(entry, "file-4", IN_TIME)
    entry.submit("XL3-01-0001", 1, IN_TIME)
    assert entry.refuse_material("file-3", "b" * 64, ["virus"], IN_TIME + DAYS, IN_TIME) == IN_TIME + DAYS
    later = IN_TIME + HOUR
    assert entry.refuse_material("file-4", "b" * 64, ["virus"], later + DAYS, later) == later + DAYS


def test_revising_with_another_bad_file_gives_what_time_is_left_and_then_none() -> None:
    entry = handed_in()
    end = IN_TIME + DAYS
    entry.refuse_material("file-3", "b" * 64, ["virus"], end, IN_TIME)
    for number, now in enumerate((end - 2 * HOUR, end - HOUR)):
        entry.remove("file-3" if not number else "bad-0", EDITION, now)
        send(entry, f"bad-{number}", now)
        entry.revise(EDITION, now)
        told = entry.refuse_material(f"bad-{number}", "b" * 64, ["virus"], now + HOUR + DAYS, now + HOUR)
        assert told == (None if number else end)
    # received in time, so it stands as it was received
    assert (entry.status, entry.revision, entry.due_at) == (EntryStatus.SUBMITTED, 3, None)


def test_what_experts_sent_back_may_hold_a_bad_file_once_more() -> None:
    entry = handed_in()
    entry.refuse_material("file-3", "b" * 64, ["virus"], IN_TIME + DAYS, IN_TIME)
    entry.remove("file-3", EDITION, IN_TIME)
    entry.revise(EDITION, IN_TIME)
    entry.learn_formal(Formal("returned", 1, DUE))
    send(entry, "bad", DUE - HOUR)
    entry.revise(EDITION, DUE - HOUR)
    assert entry.refuse_material("bad", "b" * 64, ["virus"], DUE + DAYS, DUE) == DUE + DAYS


class DeadlineMachine(RuleBasedStateMachine):
    """Whatever an entrant tries, in whatever order, with a checker that takes at most an hour."""

    def __init__(self) -> None:
        super().__init__()
        self.now = IN_TIME
        self.entry = handed_in()
        self.honest = IN_TIME
        self.files = 0
        self.sequence = 0

    def attempt(self, step: Callable[[], object]) -> bool:
        before = copy.deepcopy(self.entry)
        try:
            step()
        except (Conflict, NotFound, OutsideWindow):
            assert self.entry == before
            return False
        assert self.now < self.honest + HOUR + DAYS
        return True

    @rule(hours=st.sampled_from([0, 1, 24, 95, 96]), bad=st.booleans())
    def wait(self, hours: int, bad: bool) -> None:
        self.now += HOUR
        for material in [m for m in self.entry.materials.values() if m.status == MaterialStatus.QUARANTINED]:
            if bad:
                self.entry.refuse_material(material.id, "b" * 64, ["virus"], self.now + DAYS, self.now)
            else:
                material.accept("a" * 64)
        self.now += hours * HOUR

    @rule(days=st.integers(1, 5))
    @precondition(lambda self: self.sequence < 2 and self.entry.status == EntryStatus.SUBMITTED)
    def send_back(self, days: int) -> None:
        self.sequence += 1
        due = self.now + timedelta(days=days)
        self.entry.learn_formal(Formal("returned", self.sequence, due))
        self.honest = max(self.honest, due)

    @rule(title=st.sampled_from(["甲", "乙"]))
    def write(self, title: str) -> None:
        content = self.entry.content.merged({"title": title})
        version = self.entry.draft_version
        self.attempt(lambda: self.entry.save(content, draft_version=version, edition=EDITION, now=self.now))

    @rule()
    def upload(self) -> None:
        self.files += 1
        name = f"new-{self.files}"
        new = a_material(name, "site_picture", "a.png", WAITING)
        if self.attempt(lambda: self.entry.announce(new, EDITION, self.now)):
            self.attempt(
                lambda: self.entry.confirm(name, EDITION, self.now, etag="e", version_id="v", size=5)
            )

    @rule()
    def take_bad_files_out(self) -> None:
        for material in [m for m in self.entry.materials.values() if m.findings]:
            self.attempt(lambda m=material: self.entry.remove(m.id, EDITION, self.now))  # type: ignore[misc]

    @rule()
    def revise(self) -> None:
        self.attempt(lambda: self.entry.revise(EDITION, self.now))

    @rule(hours=st.sampled_from([0, 24, 90]))
    def answer_with_another_bad_file(self, hours: int) -> None:
        self.take_bad_files_out()
        self.upload()
        self.revise()
        self.wait(hours, bad=True)

    @invariant()
    def a_return_always_has_a_date(self) -> None:
        if self.entry.status == EntryStatus.RETURNED:
            assert self.entry.due_at is not None
            assert self.entry.due_at <= self.honest + HOUR + DAYS


TestDeadlines = DeadlineMachine.TestCase
