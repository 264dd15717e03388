"""Letters leave once, over real SMTP; whatever goes wrong, their record says what is certain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotFound, Unavailable
from contracts.rpc import notify as rpc
from plumbing.settings import Settings
from plumbing.store.ids import made_at
from services.notify.domain.letter import STUCK_AFTER
from services.notify.invariants import letters_settled
from services.notify.service import SERVICE
from tests.fakes.address_book import AddressBook
from tests.fakes.contest import CONTACT, told
from tests.fakes.mail_server import Mailbox, mail_server
from tests.support.harness import Harness, MakeHarness

PEOPLE = {CONTACT: "zhang.san@example.cn", "acc-expert": "li.si@example.org"}
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture
def post() -> Iterator[tuple[Mailbox, str]]:
    with mail_server() as server:
        yield server


@pytest.fixture
def mailbox(post: tuple[Mailbox, str]) -> Mailbox:
    return post[0]


@pytest.fixture
def book() -> AddressBook:
    return AddressBook(**PEOPLE)


@pytest.fixture
def notify(harness: MakeHarness, post: tuple[Mailbox, str], book: AddressBook) -> Harness:
    settings = Settings(
        profile="local", service="notify", smtp_url=post[1], mail_from="judging@xinlv.example"
    )
    made = harness(SERVICE, settings=settings, calls=book)
    made.handle([told(made, "EditionPublished"), told(made, "UnitRegistered")])
    return made


def the_letter(notify: Harness) -> dict[str, Any]:
    (letter,) = notify.rows("letters")
    return letter


def make_due(notify: Harness) -> None:
    notify.store.collection("letters").update_many({}, {"$set": {"not_before": LONG_AGO}})


def test_a_letter_goes_out_in_both_languages_and_is_told(notify: Harness, mailbox: Mailbox) -> None:
    assert notify.run_loop("post_letters") == 1
    (mail,) = mailbox.taken
    letter = the_letter(notify)
    assert letter["status"] == "sent" and letter["sent_to"] == "z***@example.cn"
    assert mail["To"].addresses[0].addr_spec == "zhang.san@example.cn"
    assert mail["Message-ID"] == f"<{letter['_id']}@xinlv.example>"
    assert mail["X-Correlation-ID"] == letter["correlation_id"]
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert text.index("陈晓明，您好") < text.index("Dear 陈晓明")
    assert "<style" not in html and "绿源数字科技" in html
    (sent,) = notify.emitted("NotificationSent")
    assert sent.data["letter_id"] == letter["_id"] and sent.correlation_id == letter["correlation_id"]
    assert "example.cn" not in str(sent.data)


def test_nothing_is_sent_twice(notify: Harness, mailbox: Mailbox) -> None:
    notify.run_loop("post_letters")
    assert notify.run_loop("post_letters") == 0
    assert len(mailbox.taken) == 1


def test_a_one_time_link_is_minted_at_sending_and_kept_nowhere(
    notify: Harness, mailbox: Mailbox, book: AddressBook
) -> None:
    notify.handle([invited := told(notify, "AccountInvited")])
    assert book.asked == []
    notify.run_loop("post_letters")
    mail = next(mail for mail in mailbox.taken if "li.si" in str(mail["To"]))
    assert "/invitation/secret-" in mail.get_body(("plain",)).get_content()
    (letter,) = notify.rows("letters", {"cause_id": invited.id})
    assert "secret-" not in str(letter)
    shown = notify.ask(rpc.get_letter, {"letter_id": letter["_id"]}, notify.secretariat())
    assert "invitation/" not in str(shown) and "one-time-link" not in str(shown["body"])


def test_a_link_that_somebody_waits_for_goes_before_what_came_earlier(
    notify: Harness, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("UnitSuspended", "AccountInvited", "PasswordResetRequested"):
        notify.handle([told(notify, kind)])
    monkeypatch.setattr("services.notify.loops.post_letters.BATCH", 2)
    assert notify.run_loop("post_letters") == 2
    gone = {row["template"] for row in notify.rows("letters", {"status": "sent"})}
    assert gone == {"password_reset", "account_invited"}
    assert notify.run_loop("post_letters") == 2


def test_a_refused_recipient_fails_for_good(notify: Harness, mailbox: Mailbox) -> None:
    mailbox.at_rcpt = ["550 no such user"]
    notify.run_loop("post_letters")
    letter = the_letter(notify)
    assert letter["status"] == "failed" and "550" in letter["problem"]
    assert [event.data["problem"] for event in notify.emitted("NotificationFailed")] == [letter["problem"]]


def test_a_temporary_refusal_is_tried_again_later(notify: Harness, mailbox: Mailbox) -> None:
    mailbox.at_data = ["451 busy"]
    notify.run_loop("post_letters")
    letter = the_letter(notify)
    assert (
        letter["status"] == "queued" and letter["attempts"] == 1 and letter["not_before"] > datetime.now(UTC)
    )
    assert notify.run_loop("post_letters") == 0
    make_due(notify)
    notify.run_loop("post_letters")
    assert the_letter(notify)["status"] == "sent"
    assert [mail["Message-ID"] for mail in mailbox.taken] == [f"<{letter['_id']}@xinlv.example>"]


def test_a_letter_that_is_always_put_off_fails_in_the_end(notify: Harness, mailbox: Mailbox) -> None:
    mailbox.at_data = ["451 busy"] * 20
    while notify.run_loop("post_letters"):
        make_due(notify)
    assert the_letter(notify)["status"] == "failed"
    assert len(notify.emitted("NotificationFailed")) == 1


def test_a_lost_answer_makes_the_fate_unknown_and_nothing_goes_again(
    notify: Harness, mailbox: Mailbox
) -> None:
    mailbox.at_data = ["vanish"]
    notify.run_loop("post_letters")
    letter = the_letter(notify)
    assert letter["status"] == "unknown" and letter["claim_token"] is None
    make_due(notify)
    assert notify.run_loop("post_letters") == 0
    assert len(mailbox.taken) == 1
    assert notify.emitted("NotificationSent") == []


def test_the_next_letter_goes_after_a_lost_connection(notify: Harness, mailbox: Mailbox) -> None:
    notify.handle([told(notify, "UnitSuspended")])
    mailbox.at_data = ["vanish"]
    notify.run_loop("post_letters")
    assert sorted(letter["status"] for letter in notify.rows("letters")) == ["sent", "unknown"]


def test_a_crash_between_claim_and_outcome_leaves_an_unknown_letter(
    notify: Harness, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As if the process were gone."""

    def die(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr("services.notify.loops.post_letters._send", die)
    monkeypatch.setattr("services.notify.loops.post_letters._record", die)
    with pytest.raises(Killed):
        notify.run_loop("post_letters")
    monkeypatch.undo()
    assert the_letter(notify)["status"] == "sending"
    assert notify.run_loop("post_letters") == 0, "a claim may still be at work"
    old = {"claimed_at": datetime.now(UTC) - STUCK_AFTER - timedelta(seconds=1)}
    notify.store.collection("letters").update_many({}, {"$set": old})
    notify.run_loop("post_letters")
    assert the_letter(notify)["status"] == "unknown" and mailbox.taken == []


def test_a_server_that_is_away_leaves_letters_as_they_are(harness: MakeHarness, book: AddressBook) -> None:
    with mail_server() as (_, url):
        pass
    notify = harness(SERVICE, settings=Settings(profile="local", service="notify", smtp_url=url), calls=book)
    notify.handle([told(notify, "UnitRegistered")])
    assert notify.run_loop("post_letters") == 0
    letter = the_letter(notify)
    assert letter["status"] == "queued" and letter["attempts"] == 0


def test_without_registration_nothing_is_claimed(
    notify: Harness, mailbox: Mailbox, book: AddressBook
) -> None:
    book.refusal = Unavailable("登记服务没有响应。", "registration does not answer.")
    assert notify.run_loop("post_letters") == 0
    assert the_letter(notify)["status"] == "queued" and mailbox.taken == []


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        (None, "nobody to write to"),
        ("not an address", "cannot be written to"),
        ("a\n@b.cn", "cannot be written"),
    ],
)
def test_an_impossible_recipient_fails_for_good(
    notify: Harness, mailbox: Mailbox, book: AddressBook, address: str | None, problem: str
) -> None:
    book.people = {CONTACT: address} if address else {}
    notify.run_loop("post_letters")
    letter = the_letter(notify)
    assert letter["status"] == "failed" and problem in letter["problem"] and mailbox.taken == []


def test_a_fault_with_one_letter_does_not_hold_up_the_others(
    notify: Harness, mailbox: Mailbox, book: AddressBook
) -> None:
    notify.handle([told(notify, "AccountInvited")])
    ask = book.call

    def fail_once(service: str, method: str, args: Any = None, **options: Any) -> Any:
        if args["account_id"] == CONTACT:
            raise RuntimeError("a fault of ours")
        return ask(service, method, args, **options)

    book.call = fail_once  # type: ignore[method-assign]
    notify.run_loop("post_letters")
    states = {letter["account_id"]: letter for letter in notify.rows("letters")}
    assert states["acc-expert"]["status"] == "sent" and len(mailbox.taken) == 1
    assert states[CONTACT]["status"] == "queued" and "internal fault" in states[CONTACT]["problem"]


def test_a_claim_taken_by_another_replica_is_left_to_it(
    notify: Harness, mailbox: Mailbox, book: AddressBook
) -> None:
    ask = book.call

    def claim_meanwhile(*args: Any, **options: Any) -> Any:
        notify.store.collection("letters").update_many(
            {}, {"$set": {"status": "sending"}, "$inc": {"version": 1}}
        )
        return ask(*args, **options)

    book.call = claim_meanwhile  # type: ignore[method-assign]
    notify.run_loop("post_letters")
    assert mailbox.taken == [] and the_letter(notify)["status"] == "sending"


def test_staff_resend_and_settle_letters(notify: Harness, mailbox: Mailbox) -> None:
    mailbox.at_data = ["vanish"]
    notify.run_loop("post_letters")
    wanted = {"letter_id": the_letter(notify)["_id"], "reason": "对方说没有收到"}
    planned = notify.execute(rpc.resend_letter, {**wanted, "dry_run": True}, notify.secretariat())
    assert planned["status"] == "queued" and the_letter(notify)["status"] == "unknown"
    notify.execute(rpc.resend_letter, wanted, notify.secretariat())
    notify.run_loop("post_letters")
    letter = the_letter(notify)
    assert letter["status"] == "sent" and len(mailbox.taken) == 2
    assert {mail["Message-ID"] for mail in mailbox.taken} == {f"<{letter['_id']}@xinlv.example>"}
    with pytest.raises(Conflict):
        notify.execute(rpc.resend_letter, wanted, notify.secretariat())
    step = next(step for step in letter["steps"] if step["note"] == "对方说没有收到")
    assert step["actor"] == "acc-secretariat"


@pytest.mark.parametrize(("arrived", "status"), [(True, "sent"), (False, "failed")])
def test_an_unknown_letter_is_settled_by_who_looked(
    notify: Harness, mailbox: Mailbox, arrived: bool, status: str
) -> None:
    mailbox.at_data = ["vanish"]
    notify.run_loop("post_letters")
    args = {"letter_id": the_letter(notify)["_id"], "arrived": arrived, "reason": "已查看邮箱"}
    assert notify.execute(rpc.settle_letter, args, notify.operator())["status"] == status
    findings = [finding for check in SERVICE.invariants for finding in check(notify.reading())]
    assert bool(findings) == (not arrived)


def test_a_failed_letter_is_closed_by_who_looked_into_it(notify: Harness, mailbox: Mailbox) -> None:
    mailbox.at_rcpt = ["550 no such user"]
    notify.run_loop("post_letters")
    args = {"letter_id": the_letter(notify)["_id"], "reason": "已电话通知"}
    assert letters_settled(notify.reading())
    with pytest.raises(InvalidInput) as refused:
        notify.execute(rpc.settle_letter, {**args, "arrived": True}, notify.secretariat())
    assert refused.value.fields[0].field == "arrived" and letters_settled(notify.reading())
    closed = notify.execute(rpc.settle_letter, {**args, "arrived": False}, notify.secretariat())
    assert closed["status"] == "failed" and letters_settled(notify.reading()) == []
    step = the_letter(notify)["steps"][-1]
    assert (step["actor"], step["note"]) == ("acc-secretariat", "已电话通知")
    notify.execute(rpc.resend_letter, args, notify.secretariat())
    mailbox.at_rcpt = ["550 still no such user"]
    notify.run_loop("post_letters")
    assert letters_settled(notify.reading()), "it failed anew"


def test_a_letter_said_not_to_have_arrived_stays_open_until_it_is_closed(
    notify: Harness, mailbox: Mailbox
) -> None:
    mailbox.at_data = ["vanish"]
    notify.run_loop("post_letters")
    args = {"letter_id": the_letter(notify)["_id"], "arrived": False, "reason": "未收到"}
    notify.execute(rpc.settle_letter, args, notify.secretariat())
    found = letters_settled(notify.reading())
    assert len(found) == found.seen == 1
    notify.execute(rpc.settle_letter, args, notify.secretariat())
    assert letters_settled(notify.reading()) == []
    notify.execute(rpc.settle_letter, {**args, "arrived": True}, notify.secretariat())
    assert the_letter(notify)["status"] == "sent"


def test_only_letters_that_were_due_are_counted(notify: Harness, mailbox: Mailbox) -> None:
    def waiting(due: datetime) -> Any:
        args = {"due": due.isoformat()}
        return notify.ask(rpc.letter_counts, args, notify.auditor())["statuses"].get("queued", 0)

    before = made_at(the_letter(notify)["_id"])
    assert before
    assert waiting(before) == 0, "made after it"
    assert waiting(datetime.now(UTC) + timedelta(seconds=1)) == 1
    mailbox.at_data = ["451 busy"]
    notify.run_loop("post_letters")
    assert waiting(datetime.now(UTC) + timedelta(seconds=1)) == 0, "put off"
    assert waiting(the_letter(notify)["not_before"]) == 1


def test_letters_are_listed_counted_and_shown(notify: Harness) -> None:
    notify.run_loop("post_letters")
    notify.handle([told(notify, "CaseSubmitted")])
    staff = notify.auditor()
    rows = notify.ask(rpc.list_letters, {"limit": 1}, staff)
    assert [row["template"] for row in rows["items"]] == ["case_submitted"] and rows["next"]
    rows = notify.ask(rpc.list_letters, {"status": "sent"}, staff)
    assert [row["template"] for row in rows["items"]] == ["unit_registered"]
    counts = notify.ask(rpc.letter_counts, {}, staff)
    assert (
        counts["statuses"] == {"queued": 1, "sent": 1} and counts["total"] == 2 and counts["oldest_waiting"]
    )
    for method, result in ((rpc.list_letters, rows), (rpc.letter_counts, counts)):
        assert not method.result().validate(result)
    shown = notify.ask(rpc.get_letter, {"letter_id": rows["items"][0]["letter_id"]}, staff)
    assert not rpc.get_letter.result().validate(shown)
    assert [step["status"] for step in shown["steps"]] == ["sending", "sent"]
    with pytest.raises(NotFound):
        notify.ask(rpc.get_letter, {"letter_id": "letter-none"}, staff)


def test_messages_are_read_by_their_owner_only(notify: Harness) -> None:
    own = notify.entrant(subject=CONTACT)
    messages = notify.ask(rpc.my_messages, {"unread": True}, own)
    assert not rpc.my_messages.result().validate(messages)
    wanted = {"message_id": messages["items"][0]["message_id"]}
    with pytest.raises(NotFound):
        notify.execute(rpc.mark_message_read, wanted, notify.entrant("unit-2"))
    first = notify.execute(rpc.mark_message_read, wanted, own)
    notify.clock.set(notify.clock.now() + timedelta(days=1))
    assert notify.execute(rpc.mark_message_read, wanted, own) == first
    assert notify.ask(rpc.my_messages, {"unread": True}, own)["items"] == []


def test_an_announcement_is_published_and_listed(notify: Harness) -> None:
    text = {"zh": "决赛改期", "en": "The final has moved"}
    args = {"edition_id": "xinlv-3", "title": text, "body": text, "reason": "场馆"}
    notify.execute(rpc.publish_announcement, {**args, "dry_run": True}, notify.secretariat())
    assert notify.emitted("AnnouncementPublished") == []
    notify.execute(rpc.publish_announcement, args, notify.secretariat())
    shown = notify.ask(rpc.list_announcements, {"edition_id": "xinlv-3"}, notify.anonymous)
    assert not rpc.list_announcements.result().validate(shown)
    assert [row["title"] for row in shown["items"]] == [text]
    assert notify.ask(rpc.list_announcements, {"edition_id": "other"}, notify.anonymous)["items"] == []


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda letter: {**letter, "_id": "letter-2"}, "letters_sent_once"),
        (
            lambda letter: {**letter, "_id": "letter-2", "key": "k", "steps": letter["steps"] * 2},
            "letters_sent_once",
        ),
        (lambda letter: {**letter, "_id": "letter-2", "key": "k", "status": "failed"}, "letters_settled"),
        (
            lambda letter: {**letter, "_id": "x", "key": "k", "status": "sending", "claimed_at": LONG_AGO},
            "letters_settled",
        ),
        (
            lambda letter: {
                **letter,
                "_id": "letter-0",
                "key": "k",
                "status": "queued",
                "not_before": LONG_AGO,
            },
            "letters_settled",
        ),
    ],
)
def test_the_checks_find_what_is_wrong(
    notify: Harness, change: Callable[[dict[str, Any]], dict[str, Any]], check: str
) -> None:
    notify.run_loop("post_letters")
    assert [finding for invariant in SERVICE.invariants for finding in invariant(notify.reading())] == []
    notify.store.collection("letters").drop_indexes()
    notify.store.collection("letters").insert_one(change(the_letter(notify)))
    found = [finding for invariant in SERVICE.invariants for finding in invariant(notify.reading())]
    assert {finding["check"] for finding in found} == {check}
