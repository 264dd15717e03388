"""Two replicas and one letter with a one-time link: only who made the last link sends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plumbing.store.leases import Leases
from services.notify.loops import post_letters
from tests.fakes.address_book import AddressBook
from tests.fakes.contest import told
from tests.fakes.mail_server import Mailbox
from tests.integration.notify.test_posting import book, mailbox, notify, post
from tests.support.harness import Harness

__all__ = ["book", "mailbox", "notify", "post"]
LEASE = "loop:post_letters"


def links(book: AddressBook) -> int:
    """Count the links that were made."""
    return sum(method == "letter_link" for method, _ in book.asked)


def before(book: AddressBook, method: str, act: Callable[[], None], turn: int = 1) -> None:
    """Have something happen when the address book is asked for the time ``turn``."""
    ask, turns = book.call, [0]

    def call(service: str, asked: str, args: Any = None, **options: Any) -> Any:
        answer = ask(service, asked, args, **options)
        turns[0] += asked == method
        if asked == method and turns[0] == turn:
            act()
        return answer

    book.call = call  # type: ignore[method-assign]


def taken_over(notify: Harness) -> Callable[[], None]:
    """Return what lets another replica take the loop over: this one was away for too long."""

    def act() -> None:
        rows = notify.store.collection("leases")
        rows.update_one({"_id": LEASE}, {"$set": {"until": datetime(2001, 1, 1, tzinfo=UTC)}})
        assert Leases(notify.store, "another replica").acquire(LEASE, 0.2)

    return act


@pytest.mark.parametrize(("asked", "made"), [("letter_recipient", 0), ("letter_link", 1)])
def test_who_lost_the_turn_sends_no_link(
    notify: Harness, mailbox: Mailbox, book: AddressBook, asked: str, made: int
) -> None:
    notify.handle([invited := told(notify, "AccountInvited")])
    notify.store.collection("letters").delete_many({"cause_id": {"$ne": invited.id}})
    before(book, asked, taken_over(notify))
    assert notify.run_loop("post_letters") == 0
    [letter] = notify.rows("letters")
    assert (letter["status"], letter["attempts"], mailbox.taken, links(book)) == ("queued", 0, [], made)
    notify.store.collection("leases").delete_one({"_id": LEASE})
    assert notify.run_loop("post_letters") == 1
    [mail] = mailbox.taken
    assert f"secret-{len(book.asked)}" in mail.get_body(("plain",)).get_content(), "an older link was sent"


def test_what_was_sent_before_the_turn_was_lost_is_written_down(
    notify: Harness, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify.handle([told(notify, "UnitSuspended")])
    send = post_letters._send

    def then_lose(*args: Any) -> Any:
        monkeypatch.undo()
        said = send(*args)
        taken_over(notify)()
        return said

    monkeypatch.setattr(post_letters, "_send", then_lose)
    notify.run_loop("post_letters")
    assert sorted(letter["status"] for letter in notify.rows("letters")) == ["queued", "sent"]
    assert len(mailbox.taken) == 1


def test_the_turn_outlasts_the_asking_for_a_link(notify: Harness, book: AddressBook) -> None:
    notify.handle([told(notify, "AccountInvited")])
    until: list[datetime] = []
    row = {"_id": LEASE}
    before(book, "letter_link", lambda: until.append(notify.rows("leases", row)[0]["until"]))
    notify.run_loop("post_letters")
    asking = timedelta(seconds=notify.parts.settings.rpc_timeout)
    assert until and until[0] > datetime.now(UTC) + asking
