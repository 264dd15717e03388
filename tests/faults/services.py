"""The two sample services of the fault runs: a submitter that tells, a keeper that hears.

They are the bus tests' services; what a case is called makes them linger, keep the CPU or mind a deadline.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from contracts.errors import OutsideWindow
from contracts.events import Event
from contracts.events.submission import CaseSubmitted, CaseWithdrawn
from plumbing.service import Command, Reaction, Service
from tests.fakes import sample_services as plain


def submit_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Keep a case and tell it; ``until <moment>`` is taken before that moment only."""
    word, _, rest = (args["reason"] or "").partition(" ")
    if word == "until" and tx.now >= datetime.fromisoformat(rest):
        raise OutsideWindow("已截止。", "The window has closed.", closes_at=rest)
    return plain.submit_case(tx, args)


def remember_case(tx: Any, event: Event) -> None:
    """Remember a case; ``linger <seconds>`` waits first, ``busy <seconds>`` keeps the CPU."""
    word, _, rest = event.data["title"].partition(" ")
    if word == "linger":
        time.sleep(float(rest))
    if word == "busy":
        until = time.monotonic() + float(rest)
        while time.monotonic() < until:
            sum(range(1000))
    plain.remember_case(tx, event)


SUBMITTER = Service(
    name="submission",
    commands={plain.method("submission", "submit_case"): Command(submit_case, small=True)},
    queries=plain.SUBMISSION.queries,
)
KEEPER = Service(
    name="review", commands={}, queries=plain.REVIEW.queries, reactions={CaseSubmitted: [remember_case]}
)
SERVICES = {"submission": SUBMITTER, "review": KEEPER}


def newer(services: dict[str, Service]) -> dict[str, Service]:
    """Return the services as the next release has them: the case's title is called ``name`` from now on.

    The keeper hears of withdrawals, too, which the release before knows but does not want.
    """
    from marshmallow import fields

    from contracts.events import event

    class Data(CaseSubmitted.data):  # type: ignore[name-defined,misc]
        name = fields.String(required=True)

        class Meta:
            exclude = ("title",)

    def upcast(data: dict[str, Any]) -> dict[str, Any]:
        changed = dict(data)
        changed["name"] = changed.pop("title")
        return changed

    following = event(
        "submission", "CaseSubmitted", "a case came in; its title is called name now", version=2,
        audience=CaseSubmitted.audience, subject=CaseSubmitted.subject, data=Data, copies=True, upcast=upcast,
    )  # fmt: skip

    class Telling:
        """The transaction, told of the old name and telling the new one."""

        def __init__(self, tx: Any) -> None:
            self._tx = tx

        def __getattr__(self, name: str) -> Any:
            return getattr(self._tx, name)

        def emit(self, _kind: Any, subject: str, sequence: int, data: dict[str, Any]) -> str:
            return str(self._tx.emit(following, subject, sequence, upcast(data)))

    def submit_case_newly(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
        return submit_case(Telling(tx), args)

    def remember_case(tx: Any, event: Event) -> None:
        copy = {name: value for name, value in event.data.items() if name != "name"}
        tx.collection("releases").update_one({"_id": event.subject}, {"$inc": {"new": 1}}, upsert=True)
        plain.remember_case(
            tx,
            Event(event.id, CaseSubmitted, event.subject, event.time, event.sequence, event.correlation_id,
                  event.causation_id, {**copy, "title": event.data["name"]}),
        )  # fmt: skip

    def note_withdrawal(tx: Any, event: Event) -> None:
        tx.collection("releases").update_one({"_id": event.subject}, {"$inc": {"gone": 1}}, upsert=True)

    hearing: dict[Any, list[Reaction]] = {
        CaseSubmitted: [remember_case], following: [remember_case], CaseWithdrawn: [note_withdrawal],
    }  # fmt: skip
    submit = plain.method("submission", "submit_case")
    return {
        "submission": Service("submission", {submit: submit_case_newly}, services["submission"].queries),
        "review": Service("review", {}, services["review"].queries, reactions=hearing),
    }
