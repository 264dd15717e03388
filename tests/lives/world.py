"""All five services side by side without a broker: commands, jobs and events, with mishaps of every kind."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from contracts.errors import Refusal
from contracts.events import Event
from contracts.rpc import Method
from contracts.rpc import registration as registration_rpc
from plumbing.identity.caller import Caller, service_caller
from plumbing.service import Service
from plumbing.store.ids import new_id
from plumbing.store.inbox import Status
from plumbing.store.tx import Work
from services.awards.service import SERVICE as AWARDS
from services.notify.service import SERVICE as NOTIFY
from services.registration.service import SERVICE as REGISTRATION
from services.review.service import SERVICE as REVIEW
from services.submission.service import SERVICE as SUBMISSION
from tests.fakes.contest import RULES
from tests.support.harness import Harness

SERVICES: tuple[Service, ...] = (REGISTRATION, SUBMISSION, REVIEW, AWARDS, NOTIFY)
BEGIN, END = "2025-03-01T00:00:00+08:00", "2025-12-20T00:00:00+08:00"
START = datetime(2025, 4, 1, 2, 0, tzinfo=UTC)
TRACK: str = RULES["tracks"][0]["id"]
EXPERTS = 7
FATES = ("well", "well", "well", "twice", "before", "after")
PATIENCE = 200


class Crash(BaseException):
    """The process dies here; nothing of ours may catch it."""


class Fuse:
    """Kills a process once: ``before`` its next commit, or ``after`` it, before it answers."""

    armed = ""

    def burn(self, moment: str) -> None:
        if self.armed == moment:
            self.armed = ""
            raise Crash(moment)


def rules() -> dict[str, Any]:
    """Return the default edition with every window open, small panels, and no files to bring."""
    edition: dict[str, Any] = copy.deepcopy(RULES)
    for window in edition["windows"]:
        window["opens_at"], window["closes_at"] = BEGIN, END
    for kind in edition["materials"]:
        kind["least"] = 0
    for stage in edition["stages"][1:]:
        stage |= {"panel": 3, "least_sheets": 3}
        stage["method"] |= {"trim_from": 3}
    edition["stages"][1]["quota"] = {"share": "0.5", "least": 2}
    return edition


class World:
    """``wire`` holds what was told and has not been handled yet, by service."""

    def __init__(self, make: Callable[..., Harness], fuse: Fuse) -> None:
        self.fuse = fuse
        self.at: dict[str, Harness] = {service.name: make(service) for service in SERVICES}
        self.clock = self.at["review"].clock
        self.clock.set(START)
        self.wire: dict[str, list[Event]] = {name: [] for name in self.at}
        self.heard: set[str] = set()
        self.done: list[tuple[Callable[[], Any], Any]] = []
        for harness in self.at.values():
            self._lay(harness)

    def _lay(self, harness: Harness) -> None:
        """Let the fuse burn where a process may die after its commit."""
        committed = harness.committed

        def after(work: Any) -> None:
            if work is not None:
                self.fuse.burn("after")
            committed(work)

        harness.committed = after  # type: ignore[method-assign]
        harness.wake = lambda: self.fuse.burn("after")

    def do(self, method: Method, caller: Caller, fate: str = "well", /, **args: Any) -> dict[str, Any]:
        """Execute a command to its answer, whatever happens on the way; refusals are raised."""
        harness, command_id = self.at[method.service], new_id("cmd")

        def call() -> dict[str, Any]:
            return harness.execute(method, args, caller, command_id=command_id)

        self.fuse.armed = fate if fate in ("before", "after") else ""
        try:
            answer = call()
        except Crash:
            answer = call()
        finally:
            self.fuse.armed = ""
        if fate == "twice":
            assert call() == answer
        self.done.append((call, answer))
        return answer

    def try_to(self, method: Method, caller: Caller, fate: str = "well", /, **args: Any) -> Any:
        """Execute a command; None where it is refused, which is always allowed."""
        try:
            return self.do(method, caller, fate, **args)
        except Refusal:
            return None

    def ask(self, method: Method, caller: Caller, **args: Any) -> dict[str, Any]:
        return self.at[method.service].ask(method, args, caller)

    def every(self, method: Method, caller: Caller, **args: Any) -> Iterator[dict[str, Any]]:
        after = None
        while True:
            page = self.ask(method, caller, **args, after=after)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def repeat(self, random: Random) -> None:
        """Send some old command again: its first answer comes back and nothing happens."""
        if self.done:
            call, answer = random.choice(self.done)
            before = self.count_told()
            assert call() == answer
            assert self.count_told() == before

    def count_told(self) -> int:
        return sum(h.store.collection("outbox").count_documents({}) for h in self.at.values())

    def collect(self) -> None:
        """Put what was told since on the wire of every service that wants it."""
        for teller in self.at.values():
            for event in teller.emitted():
                if event.id in self.heard:
                    continue
                self.heard.add(event.id)
                for name, hearer in self.at.items():
                    if hearer.reactions_to(event):
                        self.wire[name].append(event)

    def deliver(self, random: Random, share: float = 0.5) -> int:
        """Hand over a part of the wire in any order, some of it twice, with a crash now and then."""
        self.collect()
        handled = 0
        for name, waiting in self.wire.items():
            batch = [event for event in waiting if random.random() < share]
            if not batch:
                continue
            random.shuffle(batch)
            sent = batch + random.sample(batch, random.randint(0, min(2, len(batch))))
            self.fuse.armed = random.choice(FATES)
            try:
                outcomes = self.at[name].handle(sent)
            except Crash:
                continue  # nobody acknowledged: all of it comes again
            finally:
                self.fuse.armed = ""
            assert all(one.status is not Status.FAILED for one in outcomes), [o.reason for o in outcomes]
            over = {one.event_id for one in outcomes if one.status in (Status.HANDLED, Status.REPEATED)}
            again = {event.id for event in batch if random.random() < 0.1}
            self.wire[name] = [event for event in waiting if event.id not in over - again]
            handled += len(over)
        return handled

    def run_jobs(self, random: Random) -> None:
        """Carry every job on to its end; processes die on the way, and others take their work over."""
        for harness in self.at.values():
            for _ in range(PATIENCE):
                self.fuse.armed = random.choice(FATES)
                try:
                    if not harness.jobs.run_once(most_steps=random.randint(1, 5)):
                        break
                except Crash:
                    freed = {"$set": {"until": None, "holder": ""}}
                    harness.store.collection("jobs").update_many({"state": "running"}, freed)
                finally:
                    self.fuse.armed = ""

    def settle(self, random: Random) -> None:
        """Deliver until nothing is on the wire and no job is due."""
        for _ in range(PATIENCE):
            self.run_jobs(random)
            self.deliver(random, 0.9)
            self.collect()
            if not any(self.wire.values()) and not any(self._jobs_left()):
                return
        left = {name: [event.kind.name for event in waiting] for name, waiting in self.wire.items()}
        raise AssertionError(f"it does not come to rest: {left}")

    def _jobs_left(self) -> Iterator[int]:
        for harness in self.at.values():
            query = {"state": {"$in": ["waiting", "running"]}}
            yield harness.store.collection("jobs").count_documents(query)

    def pass_time(self, **by: int) -> None:
        self.clock.set(self.clock.now() + timedelta(**by))

    def accept(self, account_id: str) -> None:
        """Accept an invitation with the link of its letter."""
        link = self.do(
            registration_rpc.letter_link, service_caller("notify"), account_id=account_id,
            purpose="invitation",
        )  # fmt: skip
        secret = str(link["url"].rpartition("/")[2])
        anonymous = self.at["registration"].anonymous
        self.do(registration_rpc.accept_invitation, anonymous, secret=secret, password="correct horse 电池")


@contextmanager
def burning(fuse: Fuse) -> Iterator[None]:
    """Let every transaction pass by the fuse just before its commit."""
    flush = Work.flush

    def flush_and_burn(work: Work) -> None:
        flush(work)
        fuse.burn("before")

    Work.flush = flush_and_burn  # type: ignore[method-assign]
    try:
        yield
    finally:
        Work.flush = flush  # type: ignore[method-assign]
