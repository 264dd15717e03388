"""Runs the checks one after the other and says which held."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from types import ModuleType
from typing import Any, Final

from contracts.errors import Refusal
from desk.check import (
    bindings,
    certificates,
    commands,
    events,
    letters,
    outboxes,
    parked,
    prizes,
    records,
    results,
)
from desk.check.inspection import Finding, Inspection, NotMade
from plumbing.bus.client import Client
from plumbing.settings import Settings

# waiting comes first: outboxes and events settle what the later checks look at
CHECKS: Final[dict[str, ModuleType]] = {
    "outboxes": outboxes, "events": events, "parked": parked, "commands": commands,
    "records": records, "bindings": bindings, "results": results, "prizes": prizes,
    "certificates": certificates, "letters": letters,
}  # fmt: skip
WAIT: Final = 60.0
MOST_FINDINGS: Final = 200


class Verdict(StrEnum):
    HELD = "held"
    FAILED = "failed"
    NOT_MADE = "not_made"


@dataclass(frozen=True)
class Result:
    """How one check ended."""

    name: str
    zh: str
    en: str
    verdict: Verdict
    looked_at: int
    seconds: float
    findings: tuple[Finding, ...] = ()
    why: str = ""
    """Why it was not made, or stopped half-way."""


@dataclass
class Report:
    """All checks of one run."""

    results: list[Result] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether every check was made and held."""
        return bool(self.results) and all(result.verdict is Verdict.HELD for result in self.results)

    @property
    def failed(self) -> bool:
        """Whether a check found something."""
        return any(result.verdict is Verdict.FAILED for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "held": self.held,
            "failed": self.failed,
            "checks": [asdict(result) for result in self.results],
        }


def run_checks(
    client: Client,
    token: str | Callable[[], str] | None,
    environment: Mapping[str, str] | Settings,
    *,
    wait: float = WAIT,
    only: Iterable[str] = (),
    allow_parked: Iterable[str] = (),
    progress: Callable[[str, int], None] = lambda name, looked_at: None,
) -> Report:
    """Make the checks and return what they found.

    ``token`` is of an operator or auditor; ``environment`` tells where the broker's management is; each check
    waits at most ``wait`` seconds for what is under way. ``progress(name, looked_at)`` hears how far it is.
    """
    settings = (
        environment if isinstance(environment, Settings) else Settings.from_environment(None, environment)
    )
    give = token if callable(token) else lambda: token

    def call(service: str, method: str, args: dict[str, Any], least: float = 0.0) -> Any:
        timeout = max(least, client.timeout) if least else None
        return client.call(service, method, args, token=give(), timeout=timeout)

    inspection = Inspection(call, settings, wait, frozenset(allow_parked))
    chosen = tuple(only) or tuple(CHECKS)
    return Report([_make(name, CHECKS[name], inspection, progress) for name in CHECKS if name in chosen])


def _make(
    name: str, module: ModuleType, inspection: Inspection, progress: Callable[[str, int], None]
) -> Result:
    began, looked_at, why = time.monotonic(), 0, ""
    findings: list[Finding] = []

    def tell(count: int) -> None:
        nonlocal looked_at
        looked_at += count
        progress(name, looked_at)

    inspection.begin(tell)
    progress(name, 0)
    try:
        for finding in module.check(inspection):
            findings.append(finding)
            if len(findings) >= MOST_FINDINGS:
                why = f"stopped after {MOST_FINDINGS} findings"
                break
    except NotMade as reason:
        why = str(reason)
    except Refusal as refusal:
        why = f"{refusal.code}: {refusal.zh} {refusal.en}"
    # what was found stays found, even where the check could not go on
    verdict = Verdict.FAILED if findings else Verdict.NOT_MADE if why else Verdict.HELD
    zh, en = module.TITLE
    return Result(name, zh, en, verdict, looked_at, round(time.monotonic() - began, 2), tuple(findings), why)
