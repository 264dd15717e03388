"""What every phase of the sample contest works with: the client, the people, the clock, the mailbox."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from contracts.edition import Edition
from contracts.errors import NotYet, Refusal, Unavailable
from contracts.fields import format_moment
from demo.cast import Cast, Person
from demo.mailbox import Mailbox
from plumbing.bus.client import Client

Item = TypeVar("Item")
PATIENCE = 90.0
ONLY_ONCE = "once-"
"""Begins the id of a command that is to be refused. A refusal is not kept: a copy of the command is tried
anew, and would be accepted where it comes after what stood in its way is gone."""


class Show(Protocol):
    """What the user sees while it runs."""

    def advance(self, count: int = 1) -> None:
        """Move the bar of the phase."""

    def total(self, count: int) -> None:
        """Say how long the bar is."""

    def say(self, zh: str, en: str) -> None:
        """Print one line under the phase."""


class Impatience(RuntimeError):
    """Something that must come did not."""


@dataclass
class Stage:
    """One run of the sample contest."""

    client: Client
    mailbox: Mailbox
    cast: Cast
    edition_data: dict[str, Any]
    edition: Edition
    seed: int
    bootstrap_secret: str
    show: Show
    workers: int = 6
    refusals: list[tuple[str, str, str]] = field(default_factory=list)
    """What was refused on purpose: what was tried, the refusal's code, its words."""
    facts: dict[str, Any] = field(default_factory=dict)
    _in_parts: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, who: Person | None, method: str, **args: Any) -> Any:
        """Call ``service.method`` as somebody; what is not there yet is asked again with the same id."""
        return self._ask(who, method, str(uuid.uuid4()), args)

    def _ask(self, who: Person | None, method: str, command_id: str, args: dict[str, Any]) -> Any:
        service, name = method.split(".")
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self.client.call(
                    service, name, args, token=who.token if who else None, command_id=command_id
                )
            except (NotYet, Unavailable):
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def expect_refusal(self, code: str, what: str, who: Person | None, method: str, **args: Any) -> Refusal:
        """Try something that must be refused, and keep what was said.

        Raises Impatience when it is accepted or refused otherwise.
        """
        try:
            self._ask(who, method, f"{ONLY_ONCE}{uuid.uuid4()}", args)
        except Refusal as refusal:
            if refusal.code != code:
                raise Impatience(f"{what}: {code} was expected, not {refusal.code}: {refusal}") from refusal
            self.refusals.append((what, code, f"{refusal.zh} / {refusal.en}"))
            return refusal
        raise Impatience(f"{what}: {code} was expected, but it was accepted")

    def every(self, who: Person, method: str, **args: Any) -> list[dict[str, Any]]:
        """Return all rows of a paged list."""
        rows: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.call(who, method, limit=200, after=after, **args)
            rows += page["items"]
            after = page["next"]
            if after is None:
                return rows

    def await_until(self, what: str, done: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """Ask until the answer is true and return it; Impatience names what did not come."""
        until = time.monotonic() + patience
        pause = 0.03
        while not (answer := done()):
            if time.monotonic() > until:
                raise Impatience(f"waited {patience:.0f} s in vain for {what}")
            time.sleep(pause)
            pause = min(0.3, pause * 1.3)
        return answer

    def await_job(self, who: Person, service: str, started: dict[str, Any]) -> dict[str, Any]:
        """Wait until a job is done and return it."""

        def ended() -> Any:
            job = self.call(who, f"{service}.job", job_id=started["job_id"])
            return job if job["status"] in ("done", "failed") else None

        job: dict[str, Any] = self.await_until(f"a job of {service}", ended)
        if job["status"] == "failed":
            raise Impatience(f"a job of {service} failed: {job}")
        return job

    def side_by_side(self, work: Callable[[Item], Any], items: Iterable[Item]) -> list[Any]:
        """Do the work for every item, a few at a time, moving the bar."""

        def one(item: Item) -> Any:
            result = work(item)
            if not self._in_parts:
                with self._lock:
                    self.show.advance()
            return result

        listed: Sequence[Item] = list(items)
        if not self._in_parts:
            self.show.total(len(listed))
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(one, listed))

    def in_parts(self, work: Callable[[int, Item], Any], items: Iterable[Item]) -> list[Any]:
        """Do the work for every item, one after the other; the bar counts the items, not what is in them."""
        listed: Sequence[Item] = list(items)
        self.show.total(len(listed))
        self._in_parts = True
        try:
            results = []
            for index, item in enumerate(listed):
                results.append(work(index, item))
                self.show.advance()
            return results
        finally:
            self._in_parts = False

    def now(self) -> datetime:
        """Return the business time."""
        return datetime.fromisoformat(self.call(None, "registration.business_time")["now"]).astimezone(UTC)

    def move_to(self, window: str, *, close: bool = False, offset: timedelta = timedelta(hours=1)) -> None:
        """Move the business clock into a window, or beyond its end; it never goes back."""
        bounds = self.edition.window(window)
        target = (bounds.closes_at if close else bounds.opens_at) + offset
        self.move_clock(target)

    def move_clock(self, target: datetime) -> None:
        """Move the business clock forward to a moment; one that is past is left alone."""
        if target > self.now():
            self.call(self.cast.operator, "registration.advance_clock", to=format_moment(target))

    def dice(self, *names: object) -> random.Random:
        """Return dice that fall the same way for the same seed and names."""
        return random.Random(":".join(map(str, (self.seed, *names))))  # noqa: S311

    def sign_in(self, person: Person) -> None:
        """Sign somebody in and keep his token."""
        answer = self.call(None, "registration.sign_in", email=person.email, password=person.password)
        person.token, person.account_id = answer["access_token"], answer["account_id"]

    def accept_by_letter(self, person: Person) -> None:
        """Find the invitation in the mailbox, choose a password with its one-time secret, sign in."""
        secret = self.await_until(
            f"the invitation of {person.email}", lambda: self.mailbox.secret_for(person.email)
        )
        self.call(None, "registration.accept_invitation", secret=secret, password=person.password)
        self.sign_in(person)
