"""A backup restored, then history replayed: no second letter, no second award."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.rpc import awards as awards_rpc
from plumbing.settings import Settings
from services.awards.service import SERVICE as AWARDS
from services.notify.invariants import letters_sent_once
from services.notify.service import SERVICE as NOTIFY
from tests.fakes.address_book import AddressBook
from tests.fakes.contest import CONTACT, HAPPENINGS, told
from tests.fakes.mail_server import Mailbox, mail_server
from tests.faults.histories import Recorder
from tests.faults.test_08_shuffled_and_late import settle
from tests.integration.awards.world import EDITION, World
from tests.support.harness import Harness

PEOPLE = {CONTACT: "zhang.san@example.cn", "acc-expert": "li.si@example.org"}


@pytest.fixture
def post() -> Iterator[tuple[Mailbox, str]]:
    with mail_server() as server:
        yield server


def dump(service: Harness) -> dict[str, list[Any]]:
    """Take a backup of a service's database."""
    database = service.store.database
    return {name: list(database[name].find({})) for name in database.list_collection_names()}


def restore(service: Harness, backup: dict[str, list[Any]]) -> None:
    """Put a backup in the place of what is there."""
    database = service.store.database
    for name in database.list_collection_names():
        database[name].delete_many({})
    for name, rows in backup.items():
        if rows:
            database[name].insert_many(rows)


def letters_to(mailbox: Mailbox) -> Counter[tuple[str, str]]:
    """Count what arrived, by whom it went to and what about."""
    return Counter((str(mail["To"]), str(mail["Subject"])) for mail in mailbox.taken)


def test_no_second_letter(harness: Any, post: tuple[Mailbox, str], dice: random.Random, seed: int) -> None:
    mailbox, url = post
    settings = Settings(profile="local", service="notify", smtp_url=url, mail_from="judging@xinlv.example")
    notify: Harness = harness(NOTIFY, settings=settings, calls=AddressBook(**PEOPLE))
    history = [told(notify, name) for name in HAPPENINGS]
    moment = dice.randint(3, len(history) - 2)
    waiting = settle(notify, history[:moment], dice)
    if dice.random() < 0.5:
        notify.run_loop("post_letters")
    backup = dump(notify)
    assert not settle(notify, [*waiting, *history[moment:]], dice)
    notify.run_jobs()
    while notify.run_loop("post_letters"):
        pass
    sent = letters_to(mailbox)
    assert len(mailbox.taken) > 15

    restore(notify, backup)
    notify.parts.settings = replace(settings, restored_at=datetime.now(UTC))
    replayed = [*history, *dice.sample(history, len(history) // 2)]
    dice.shuffle(replayed)
    assert not settle(notify, replayed, dice)
    notify.run_jobs()
    while notify.run_loop("post_letters"):
        pass
    assert letters_to(mailbox) == sent, "a letter went out again"
    kept = {row["status"] for row in notify.rows("letters")}
    assert kept <= {"sent", "unknown"}, kept
    assert letters_sent_once(notify.reading()) == []

    fresh = told(notify, "CaseRevised")
    assert not settle(notify, [fresh], dice)
    notify.run_loop("post_letters")
    assert sum(letters_to(mailbox).values()) == sum(sent.values()) + 1, "what is new must go out"


def test_no_second_award(harness: Any, dice: random.Random, seed: int) -> None:
    awards: Harness = harness(AWARDS)
    recorder = Recorder()
    World(recorder).final([1, 2, 3])  # type: ignore[arg-type]
    world = World(awards)
    assert not settle(awards, recorder.events, dice)
    staff = awards.secretariat()
    backups = [dump(awards)]
    proposal = awards.execute(awards_rpc.propose_awards, {"edition_id": EDITION}, staff, "cmd-propose")
    args = {"proposal_id": proposal["proposal_id"]}
    backups.append(dump(awards))
    awards.execute(awards_rpc.open_publicity, args, staff, "cmd-open")
    world.pass_publicity()
    backups.append(dump(awards))
    awards.run_job(awards.execute(awards_rpc.publish_awards, args, staff, "cmd-publish")["job_id"])
    backups.append(dump(awards))
    place = dice.randrange(len(backups))
    restore(awards, backups[place])
    before = [row["_id"] for row in awards.rows("awards")]
    for _ in range(2):
        again = [*recorder.events]
        dice.shuffle(again)
        assert not settle(awards, again, dice)
        awards.run_jobs()
    assert [row["_id"] for row in awards.rows("awards")] == before, "replaying made an award"
    if place > 0:
        # the operators' commands since the backup are given again, with the ids they had
        awards.execute(awards_rpc.propose_awards, {"edition_id": EDITION}, staff, "cmd-propose")
        if place < 3:
            awards.execute(awards_rpc.open_publicity, args, staff, "cmd-open")
            awards.clock.advance(days=12)
        awards.run_job(awards.execute(awards_rpc.publish_awards, args, staff, "cmd-publish")["job_id"])
        given = Counter((row["prize"], row["laureate"], row["case_id"]) for row in awards.rows("awards"))
        assert set(given.values()) == {1}, given
        published = Counter(event.subject for event in awards.emitted("AwardPublished"))
        assert set(published.values()) == {1}, published
    assert [finding for check in AWARDS.invariants for finding in check(awards.reading())] == []
