"""Looking back: the audit log of all services as one, and everything that happened to a case."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import typer

from contracts.errors import NotFound, Refusal
from contracts.words import SERVICES
from desk.commands.machinery import Since, Until, bounded
from desk.counter import Counter
from desk.options import Json, Limit, Long, counter_of
from desk.story import name_record, tell_record

AUDIT_COLUMNS = ("at", "service", "actor", "roles", "action", "subject", "reason", "details")
TIMELINE_COLUMNS = ("at", "service", "what", "who", "details")
MOST_ROWS = 1000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(audit)
    app.command()(timeline)


def audit(
    context: typer.Context,
    subject: Annotated[str, typer.Option("--subject", help="About whom or what.")] = "",
    actor: Annotated[str, typer.Option("--actor", help="By whom.")] = "",
    action: Annotated[str, typer.Option("--action", help="Which method or step.")] = "",
    since: Since = "",
    until: Until = "",
    service: Annotated[str, typer.Option("--service", help="Only this one.")] = "",
    limit: Limit = 50,
    as_json: Json = False,
    long: Long = False,
) -> None:
    """审计日志。Who did what and why, over all services, the newest first."""
    counter = counter_of(context, as_json, long)

    def show() -> None:
        given = {"subject": subject, "actor": actor, "action": action}
        args = bounded(since, until) | {name: value for name, value in given.items() if value}
        asked = [service] if service else SERVICES
        # one more than is shown: whether there are more
        lists = [_tagged(counter, name, "list_audit", limit + 1, args) for name in asked]
        rows = list(islice(heapq.merge(*lists, key=lambda row: str(row["at"]), reverse=True), limit + 1))
        counter.show_rows(rows[:limit], AUDIT_COLUMNS)
        if len(rows) > limit:
            counter.note(f"还有更多：仅列出最近 {limit} 行，--limit 可多列。", "There are more: see --limit.")

    counter.run(show)


def timeline(
    context: typer.Context,
    case: Annotated[str, typer.Argument(help="案例编号或标识。A case's number or id.")],
    as_json: Json = False,
    long: Long = False,
) -> None:
    """案例全程。Everything that happened to a case, over all services, in order."""
    counter = counter_of(context, as_json, long)

    def show() -> None:
        case_id = find_case(counter, case)
        rows = [row for source in SOURCES for row in source(counter, case_id)]
        counter.show_rows(sorted(rows, key=lambda row: str(row["at"])), TIMELINE_COLUMNS)

    counter.run(show)


def find_case(counter: Counter, case: str) -> str:
    """Return the id of a case given by number or id.

    Raises NotFound.
    """
    for row in counter.every("submission.list_cases", most=1, number=case):
        return str(row["case_id"])
    found = counter.call("submission.get_case", case_id=case)
    return str(found["case_id"])


def _versions(counter: Counter, case_id: str) -> Iterator[dict[str, Any]]:
    for row in counter.every("submission.list_versions", most=MOST_ROWS, case_id=case_id):
        yield _step(
            row["received_at"],
            "submission",
            f"第{row['revision']}版 revision {row['revision']}",
            "",
            row["title"],
        )


def _records(counter: Counter, case_id: str) -> Iterator[dict[str, Any]]:
    for row in counter.every("review.case_timeline", most=MOST_ROWS, case_id=case_id):
        kind, content = row["kind"], row["content"]
        who = content.get("actor") or content.get("expert") or ""
        what, details = (
            (kind, content) if counter.as_json else (name_record(kind, content), tell_record(kind, content))
        )
        yield _step(row["at"], "review", what, who, details)


def _letters(counter: Counter, case_id: str) -> Iterator[dict[str, Any]]:
    for row in counter.every("notify.list_letters", most=MOST_ROWS, case_id=case_id):
        what = f"信件 letter {row['template']} · {row['status']}"
        yield _step(row["created_at"], "notify", what, row["account_id"], row["subject"]["zh"])


def _awards(counter: Counter, case_id: str) -> Iterator[dict[str, Any]]:
    for row in counter.every("awards.list_awards", most=MOST_ROWS, case_id=case_id):
        at = row["published_at"] or row["opens_at"] or "9999"
        yield _step(
            at, "awards", f"{row['prize_name']['zh']} · {row['status']}", "", row["certificate_number"]
        )


def _actions(counter: Counter, case_id: str) -> Iterator[dict[str, Any]]:
    """The audit log needs its own right; without it the rest of the timeline still stands."""
    for service in SERVICES:
        try:
            for row in counter.every(f"{service}.list_audit", most=MOST_ROWS, subject=case_id):
                yield _step(row["at"], service, row["action"], row["actor"], row["reason"])
        except NotFound:
            continue
        except Refusal as refusal:
            if refusal.code != "NotAllowed":
                raise
            return


# events are not among them: their rows carry real time only, and say nothing that these do not
SOURCES = (_versions, _records, _letters, _awards, _actions)


def _step(at: str, service: str, what: str, who: str, details: Any) -> dict[str, Any]:
    return {"at": at, "service": service, "what": what, "who": who, "details": details}


def _tagged(
    counter: Counter, service: str, method: str, most: int, args: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for row in counter.every(f"{service}.{method}", most=most, **args):
        yield {"service": service, **row}
