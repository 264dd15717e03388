"""What a check works with: calls to every service, the broker's management, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
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
PAUSE = 0.25


class NotMade(Exception):
    """The check could not be made; the message says why."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold."""

    subject: str
    problem: str


@dataclass
class Inspection:
    """One run of the checks. ``call(service, method, args)`` speaks for somebody who may read everything."""

    call: Callable[[str, str, Row], Any]
    settings: Settings
    wait: float
    """Seconds within which what is under way may still arrive."""
    allow_parked: frozenset[str] = frozenset()
    tell: Callable[[int], None] = lambda count: None
    """Told how many things were looked at since."""
    began: float = field(default_factory=time.monotonic)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _integrity: dict[str, Row] = field(default_factory=dict)

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

    def until_empty(self, look: Callable[[], Found]) -> Found:
        """Look again and again until nothing is found or patience ends; return what was found last."""
        while (found := look()) and self.patience > 0:
            time.sleep(min(PAUSE, self.patience))
        return found

    @property
    def patience(self) -> float:
        """Return the seconds left to wait, of all checks together."""
        return max(0.0, self.began + self.wait - time.monotonic())

    @property
    def start(self) -> str:
        """Return when the run began, real time: later events are the next run's business."""
        return format_moment(self.began_at)

    def integrity(self, service: str) -> Row:
        """Return what a service says of its own records; asked once, and again while it finds something."""
        if service not in self._integrity:
            answers: list[Row] = []

            def look() -> list[Row]:
                answers.append(self.ask(service, "check_integrity"))
                findings: list[Row] = answers[-1]["findings"]
                return findings

            self.until_empty(look)
            self._integrity[service] = answers[-1]
        return self._integrity[service]

    def own_findings(self, service: str, names: Collection[str] | None = None) -> Iterator[Finding]:
        """Yield findings of the named checks of a service; without names, of all that are its own rules.

        Raises NotMade when such a check did not run: silence would mean nothing.
        """
        answer = self.integrity(service)
        ran = set(answer["checked"])
        wanted = set(names) if names is not None else ran - PLUMBING
        if not wanted or wanted - ran:
            missing = ", ".join(sorted(wanted - ran)) or "checks of its own"
            raise NotMade(f"{service} 未提供检查 did not run: {missing}")
        self.tell(len(wanted))
        for row in answer["findings"]:
            mine = row["check"] in wanted if names is not None else row["check"] not in PLUMBING
            if mine:
                yield Finding(f"{service} {row['subject']}", f"{row['check']}: {row['problem']}")
        if answer["truncated"]:
            yield Finding(service, "more findings than could be told")

    def management(self) -> Management:
        """Return the broker's management interface.

        Raises NotMade where its address is not told.
        """
        told = self.settings
        if not (told.broker_management_url and told.broker_management_user):
            raise NotMade("未配置 XINLV_BROKER_MANAGEMENT_URL is not told")
        return Management(
            told.broker_management_url, told.broker_management_user, told.broker_management_password, 20.0
        )
