"""What a check works with: calls to every service, the broker's management, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from contracts.fields import format_moment
from contracts.rpc.method import MAX_PAGE
from plumbing.bus.management import Management
from plumbing.settings import Settings
from plumbing.store.integrity import CHECKS

Row = dict[str, Any]
Found = TypeVar("Found", bound=Collection[Any])
PLUMBING = frozenset(check.__name__ for check in CHECKS)
"""The checks that every service makes of itself; all others are a service's own."""
PAUSE, LONGEST_PAUSE = 0.25, 2.0
LONGEST_CHECK = 300.0
"""Seconds that one check of a service's own records may take: a large contest has millions of them."""


class NotMade(Exception):
    """The check could not be made; the message says why."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold."""

    subject: str
    problem: str


@dataclass
class Inspection:
    """One run of the checks. ``call(service, method, args)`` speaks for somebody who may read everything; a
    fourth argument says for how many seconds the answer is waited for at least.
    """

    call: Callable[..., Any]
    settings: Settings
    wait: float
    """Seconds within which what is under way may still arrive, for each check anew."""
    allow_parked: frozenset[str] = frozenset()
    tell: Callable[[int], None] = lambda count: None
    """Told how many things were looked at since."""
    began: float = field(default_factory=time.monotonic)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _turn_began: float = field(default_factory=time.monotonic)
    _known: dict[str, list[str]] = field(default_factory=dict)
    _said: dict[tuple[str, str], Row] = field(default_factory=dict)

    def ask(self, service: str, method: str, **args: Any) -> Any:
        """Ask one service."""
        return self.call(service, method, args)

    def every(self, service: str, method: str, **args: Any) -> Iterator[Row]:
        """Yield all rows of a paged list."""
        after = None
        while True:
            page = self.call(service, method, {**args, "limit": MAX_PAGE, "after": after})
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def begin(self, tell: Callable[[int], None]) -> None:
        """Begin the next check, with patience of its own."""
        self.tell = tell
        self._turn_began = time.monotonic()

    def until_empty(self, look: Callable[[], Found], least: float = 0.0) -> Found:
        """Look again and again until nothing is found or patience ends; return what was found last.

        ``least`` is for what is known to lag behind by so many seconds, however little patience there is.
        """
        began, pause = time.monotonic(), PAUSE
        while found := look():
            left = max(self.patience, began + least - time.monotonic())
            if left <= 0:
                break
            # a look may cost much
            time.sleep(min(pause, left))
            pause = min(pause * 2, LONGEST_PAUSE)
        return found

    @property
    def patience(self) -> float:
        """Return the seconds this check may still wait."""
        return max(0.0, self._turn_began + self.wait - time.monotonic())

    @property
    def start(self) -> str:
        """Return when the run began, real time: later events are the next run's business."""
        return format_moment(self.began_at)

    def known_checks(self, service: str) -> list[str]:
        """Return the checks a service can make of its own records; asked once."""
        if service not in self._known:
            answer = self.ask(service, "check_integrity", checks=[])
            self._known[service] = answer["known"]
        return self._known[service]

    def integrity(self, service: str, check: str) -> Row:
        """Return what a service said last of one check; asked once.

        One at a time, because each may take long, and a service does not hear that nobody waits any more.
        """
        key = service, check
        if key not in self._said:
            self._said[key] = self.call(service, "check_integrity", {"checks": [check]}, LONGEST_CHECK)
        return self._said[key]

    def settle(self, services: Sequence[str], names: Collection[str] | None = None) -> None:
        """Ask services again while these checks find something, all of them at once: one with a fault uses up
        nobody else's patience.
        """
        still = [(service, check) for service in services for check in self._wanted(service, names)]
        asked = False

        def look() -> list[tuple[str, str]]:
            nonlocal asked
            for key in still if asked else ():
                del self._said[key]
            asked = True
            still[:] = [key for key in still if self.integrity(*key)["findings"]]
            return still

        self.until_empty(look)

    def own_findings(
        self, service: str, names: Collection[str] | None = None, *, of_same: bool = False
    ) -> Iterator[Finding]:
        """Yield findings of the named checks of a service; without names, of all that are its own rules.

        ``of_same``: all of them look at the same things, which count once.
        Raises NotMade when there is no such check: silence would mean nothing.
        """
        wanted = self._wanted(service, names)
        missing = set(names or ()) - set(wanted)
        if missing or not wanted:
            said = ", ".join(sorted(missing)) or "checks of its own"
            raise NotMade(f"{service} 未提供检查 did not run: {said}")
        self.settle([service], names)
        told = 0
        for check in wanted:
            answer = self.integrity(service, check)
            # one look where a check does not say how many things it looked at
            seen = answer.get("seen", {}).get(check, 1)
            self.tell(max(0, seen - told) if of_same else seen)
            told = max(told, seen)
            for row in answer["findings"]:
                yield Finding(f"{service} {row['subject']}", f"{row['check']}: {row['problem']}")
            if answer["truncated"]:
                yield Finding(service, "more findings than could be told")

    def _wanted(self, service: str, names: Collection[str] | None) -> list[str]:
        known = self.known_checks(service)
        return [check for check in known if (check not in PLUMBING if names is None else check in names)]

    @property
    def has_management(self) -> bool:
        """Return whether it is told where the broker's management interface is."""
        return bool(self.settings.broker_management_url and self.settings.broker_management_user)

    def management(self) -> Management:
        """Return the broker's management interface.

        Raises NotMade where its address is not told.
        """
        told = self.settings
        if not self.has_management:
            raise NotMade("未配置 XINLV_BROKER_MANAGEMENT_URL is not told")
        return Management(
            told.broker_management_url, told.broker_management_user, told.broker_management_password, 20.0
        )
