"""Every letter was sent once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from contracts.words import LetterStatus
from desk.check.inspection import Finding, Inspection

TITLE = ("每封信件恰好寄出一次", "every letter was sent once")


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield letters that were doubled, failed, got stuck or are of unknown fate."""
    waiting = inspection.until_empty(lambda: _under_way(inspection))
    if waiting:
        yield Finding(
            "notify", f"still under way: {', '.join(f'{count} {name}' for name, count in waiting.items())}"
        )
    sent: Counter[str] = Counter()
    for event in inspection.every("notify", "list_emitted", type="NotificationSent"):
        sent[event["subject"]] += 1
    for letter, times in sent.items():
        if times > 1:
            yield Finding(letter, f"was told to be sent {times} times")
    yield from inspection.own_findings("notify", of_same=True)


def _under_way(inspection: Inspection) -> dict[str, int]:
    # on a live system there are always new ones; what was put off is not due, and what is overdue
    # the service itself finds
    statuses = inspection.ask("notify", "letter_counts", due=inspection.start)["statuses"]
    return {
        name: statuses[name] for name in (LetterStatus.QUEUED, LetterStatus.SENDING) if statuses.get(name)
    }
