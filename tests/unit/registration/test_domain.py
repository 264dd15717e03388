"""The rules of registration by themselves."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.edition import edition_from_dict, edition_to_dict
from contracts.errors import InvalidInput, NotAllowed, Refusal
from contracts.words import Role
from plumbing.identity import tokens
from services.registration.domain.account import read_person, require_may_invite
from services.registration.domain.contacts import mask_email, mask_phone, read_email, read_phone
from services.registration.domain.schedule import compare_editions, move_window, require_past_kept
from services.registration.domain.session import (
    ACCESS_SECONDS,
    IDLE,
    LONGEST,
    OVERLAP,
    Presented,
    Session,
)

from .conftest import edition_data

EDITION = edition_from_dict(edition_data())
PLAIN = edition_to_dict(EDITION)
NOW = datetime(2025, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800138000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("010-62304000", "+861062304000"),
        ("+852 2123 4567", "+85221234567"),
    ],
)
def test_phones_are_kept_in_one_form(written: str, kept: str) -> None:
    assert read_phone(written, "phone") == kept


@pytest.mark.parametrize("written", ["", "abc", "123", "+86 1", "99999999999999999999", "１２３"])
def test_what_cannot_be_called_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput):
        read_phone(written, "phone")


def test_mailboxes_are_kept_in_one_form() -> None:
    assert read_email(" Li.Lei@EXAMPLE.cn ", "email") == "Li.Lei@example.cn"
    assert read_email("李雷@例子.中国", "email") == "李雷@例子.中国"
    for wrong in ("", "x", "x@", "@x.cn", "a b@x.cn", "x@localhost", "x@x..cn"):
        with pytest.raises(InvalidInput):
            read_email(wrong, "email")


def test_a_person_is_refused_with_every_fault_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_person({"name": "x", "email": "x", "phone": "1", "language": "zh"}, "contact")
    assert [error.field for error in refused.value.fields] == ["contact.email", "contact.phone"]


@given(st.text("abcdefgh.", min_size=1, max_size=20), st.from_regex(r"\+86[0-9]{5,12}", fullmatch=True))
def test_masks_hide(mailbox: str, phone: str) -> None:
    assert mailbox not in mask_email(f"{mailbox}@example.cn").partition("@")[0]
    assert phone not in mask_phone(phone)
    assert mask_phone(phone).count("*") >= 1
    assert mask_phone("12") == "****"


def test_a_reordering_is_a_change() -> None:
    other = copy.deepcopy(PLAIN)
    other["tracks"].reverse()
    assert compare_editions(PLAIN, other) == [{"part": "tracks", "change": "changed"}]
    assert compare_editions(None, other) == [{"part": "edition", "change": "added"}]
    other["tracks"] = [*PLAIN["tracks"][1:], PLAIN["tracks"][0] | {"id": "new"}]
    assert compare_editions(PLAIN, other) == [
        {"part": "tracks.industry", "change": "removed"}, {"part": "tracks.new", "change": "added"},
    ]  # fmt: skip


@given(st.sampled_from(EDITION.windows), st.timedeltas(timedelta(days=-90), timedelta(days=200)),
       st.timedeltas(timedelta(days=-60), timedelta(days=60)), st.booleans())  # fmt: skip
def test_what_has_passed_never_moves(
    window: object, later: timedelta, shift: timedelta, opening: bool
) -> None:
    now = NOW + later
    name = "opens_at" if opening else "closes_at"
    target = getattr(window, name) + shift
    bounds = {"opens_at": None, "closes_at": None} | {name: target}
    window_id = window.id  # type: ignore[attr-defined]
    try:
        old, moved = move_window(EDITION, window_id, bounds["opens_at"], bounds["closes_at"], now)
    except Refusal:
        return
    assert getattr(old, name) > now
    assert getattr(moved.window(window_id), name) >= now
    assert moved.window(window_id).opens_at < moved.window(window_id).closes_at
    require_past_kept(EDITION, moved, now)


def test_removing_what_is_over_is_refused() -> None:
    gone = replace(EDITION, windows=EDITION.windows[1:], tracks=EDITION.tracks[1:])
    with pytest.raises(InvalidInput) as refused:
        require_past_kept(EDITION, gone, datetime(2025, 9, 1, tzinfo=UTC))
    assert {error.field for error in refused.value.fields} >= {
        "windows.signup.opens_at", "windows.signup.closes_at", "tracks.industry",
    }  # fmt: skip
    require_past_kept(EDITION, gone, datetime(2025, 1, 1, tzinfo=UTC))


@given(st.sampled_from(list(Role)), st.sampled_from(list(Role)))
def test_nobody_invites_above_himself(inviter: Role, role: Role) -> None:
    try:
        require_may_invite(frozenset({inviter}), role)
    except NotAllowed:
        return
    assert inviter in (Role.OPERATOR, Role.SECRETARIAT)
    assert inviter is Role.OPERATOR or role not in (Role.OPERATOR, Role.AUDITOR)
    assert role not in (Role.SERVICE, Role.ENTRANT, Role.EXPERT)


class SessionMachine(RuleBasedStateMachine):
    """Whatever is presented and whenever: one token at a time is good, and an ended session stays ended."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.count = 0
        self.session = Session("ses-1", "acc-1", "token-0", self.now, self.now)

    @rule(by=st.sampled_from([timedelta(seconds=1), OVERLAP, timedelta(days=3), IDLE]))
    def wait(self, by: timedelta) -> None:
        self.now += by

    @rule()
    def renew(self) -> None:
        if self.session.judge(self.session.current, self.now) is Presented.GOOD:
            self.count += 1
            self.session.renew(f"token-{self.count}", self.now)

    @rule()
    def present_an_old_one(self) -> None:
        if self.count < 2:
            return
        found = self.session.judge(f"token-{self.count - 2}", self.now)
        assert found in (Presented.STOLEN, Presented.OVER)
        if found is Presented.STOLEN:
            self.session.end("stolen")

    @rule()
    def present_the_last_but_one(self) -> None:
        if self.count:
            found = self.session.judge(f"token-{self.count - 1}", self.now)
            assert found is not Presented.GOOD
            fresh = self.now - self.session.renewed_at <= OVERLAP
            assert found is Presented.OVER or (found is Presented.JUST_REPLACED) == fresh

    @invariant()
    def ends_and_stays_ended(self) -> None:
        found = self.session.judge(self.session.current, self.now)
        if self.session.ended or self.now - self.session.started_at >= LONGEST:
            assert found is Presented.OVER


TestSessions = SessionMachine.TestCase


def test_an_access_token_lives_as_long_as_any_token_may() -> None:
    """Longer, and nobody could sign in; where the other one grew alone, nobody would notice."""
    assert ACCESS_SECONDS == tokens.LONGEST
