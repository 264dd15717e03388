"""A moved date is announced to everybody, and told by letter to everybody with a case in the edition."""

from __future__ import annotations

from typing import Any

from contracts.events import Event
from contracts.events.notify import AnnouncementPublished
from plumbing.service import Job
from plumbing.store.ids import new_id
from services.notify import repository
from services.notify.composing import compose
from services.notify.domain.facts import gather_facts, name_window
from services.notify.domain.letter import Letter
from services.notify.layout import show_in_site

PORTION = 100


def announce_schedule(tx: Any, event: Event) -> None:
    """Publish the announcement of a moved window and take on the letters about it.

    Raises NotYet while the edition has not arrived.
    """
    data = event.payload()
    edition = repository.need_edition(tx, data["edition_id"])
    facts = {**gather_facts(data, edition, None, None, None), "window": name_window(data["window"], edition)}
    text = compose("schedule_moved", facts)
    repository.publish(
        tx, AnnouncementPublished, new_id("announcement"), event.data["edition_id"], text.subject,
        show_in_site(text.body, ""), cause_id=event.id,
    )  # fmt: skip
    tx.enqueue("tell_of_schedule", {
        "edition_id": event.data["edition_id"], "cause_id": event.id, "cause_type": event.kind.type,
        "correlation_id": event.correlation_id, "subject": text.subject, "body": text.body,
    })  # fmt: skip


def tell_of_schedule(tx: Any, job: Job, facts: Any) -> None:
    """Write the letters about a moved window, a portion of cases at a time."""
    told = job.arguments
    after = {"_id": {"$gt": job.cursor}} if job.cursor else {}
    query = {"edition_id": told["edition_id"], **after}
    rows = list(tx.collection("cases").find(query, {"contact_account": 1}).sort([("_id", 1)]).limit(PORTION))
    accounts = list(dict.fromkeys(row["contact_account"] for row in rows))
    letters = [
        Letter(
            new_id("letter"), "schedule_moved", account, told["cause_id"], told["cause_type"],
            told["subject"], told["body"], tx.now, told["correlation_id"], told["edition_id"],
        )
        for account in accounts
    ]  # fmt: skip
    written = repository.add_letters(tx, letters)
    job.done += written
    job.total = job.done
    job.finished = len(rows) < PORTION
    if rows:
        job.cursor = rows[-1]["_id"]
    if job.finished:
        job.result = {"letters": job.done}
