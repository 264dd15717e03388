"""Looking back: the audit log of all services as one, and everything that happened to a case."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import typer

from contracts.errors import NotAllowed, NotFound, Refusal
from contracts.names import name_code
from contracts.words import SERVICES
from desk.commands.machinery import Since, Until, bounded
from desk.counter import Counter
from desk.options import Json, Limit, Long, counter_of
from desk.story import name_record, tell_record

# the first ones stay where a screen has not room for all
AUDIT_COLUMNS = ("at", "actor", "action", "subject", "service", "reason", "details", "roles")
TIMELINE_COLUMNS = ("at", "what", "details", "service", "who")
MOST_ROWS = 1000
AWARD_STEPS = {
    "opens_at": ("publicity_opened", "开始公示 publicity opened"),
    "published_at": ("award_published", "奖项公布 prize published"),
    "withdrawn_at": ("withdrawn", "奖项撤销 prize withdrawn"),
}
"""What a prize says of its own time, and what happened then."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(audit)
    app.command()(timeline)


def audit(
    context: typer.Context,
    subject: Annotated[str, typer.Option("--subject", help="关于何人何事的标识。About whom or what.")] = "",
    actor: Annotated[str, typer.Option("--actor", help="办理人的标识。By whom.")] = "",
    action: Annotated[str, typer.Option("--action", help="方法或步骤。Which method or step.")] = "",
    since: Since = "",
    until: Until = "",
    service: Annotated[str, typer.Option("--service", help="仅此服务。Only this service.")] = "",
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
        counter.show_rows(rows[:limit], AUDIT_COLUMNS, AUDIT_COLUMNS)
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
        rows.sort(key=lambda row: str(row["at"]))
        counter.show_rows(rows, TIMELINE_COLUMNS, TIMELINE_COLUMNS)

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
        what = "case_received" if counter.as_json else "案例收到 case received"
        details = {"revision": row["revision"], "title": row["title"]}
        said = f"第{row['revision']}版 revision {row['revision']} · {row['title']}"
        yield _step(row["received_at"], "submission", what, "", details if counter.as_json else said)


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
        names = ("letter_id", "template", "status", "account_id", "sent_to", "subject")
        details = {name: row[name] for name in names}
        what = "letter" if counter.as_json else f"信件 letter · {name_code(row['status'])}"
        said = f"{row['subject']['zh']} → {row['sent_to'] or row['account_id']}"
        yield _step(row["created_at"], "notify", what, "", details if counter.as_json else said)


def _awards(counter: Counter, case_id: str) -> Iterator[dict[str, Any]]:
    for row in counter.every("awards.list_awards", most=MOST_ROWS, case_id=case_id):
        award = counter.call("awards.get_award", award_id=row["award_id"])
        for field, (code, words) in AWARD_STEPS.items():
            if not award[field]:
                continue
            told = award["withdrawn_reason"] if code == "withdrawn" else award["certificate_number"]
            names = ("award_id", "prize", "status", "certificate_number", "withdrawn_reason")
            details = {name: award[name] for name in names}
            said = " · ".join(part for part in (award["prize_name"]["zh"], told) if part)
            what = code if counter.as_json else words
            yield _step(award[field], "awards", what, "", details if counter.as_json else said)
        yield from _objections(counter, row["award_id"])


def _objections(counter: Counter, award_id: str) -> Iterator[dict[str, Any]]:
    """Objections need a right of their own; without it the rest of the timeline still stands."""
    try:
        rows = list(counter.every("awards.list_objections", most=MOST_ROWS, award_id=award_id))
    except NotAllowed:
        return
    for row in rows:
        for field, code in (("filed_at", "objection_filed"), ("resolved_at", "objection_resolved")):
            if not row[field]:
                continue
            names = ("objection_id", "award_id", "status", "grounds", "resolution")
            details = {name: row[name] for name in names}
            resolved = f"{name_code(row['status'])} · {row['resolution']}"
            said = row["grounds"] if field == "filed_at" else resolved
            what = code if counter.as_json else name_code(code)
            yield _step(row[field], "awards", what, "", details if counter.as_json else said)


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
