"""Looking back: the audit log of all services as one, and everything that happened to a case."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any

import typer

from contracts.errors import NotAllowed, NotFound
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
LETTER_FACTS = ("letter_id", "template", "status", "account_id", "sent_to", "subject")
AWARD_FACTS = ("award_id", "prize", "status", "certificate_number", "withdrawn_reason")
OBJECTION_FACTS = ("objection_id", "award_id", "status", "grounds", "resolution")


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
        steps = [step for source in SOURCES for step in source(counter, case_id)]
        steps.sort(key=lambda step: step.at)
        rows = [_show_step(step, as_json=counter.as_json) for step in steps]
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


@dataclass(frozen=True)
class Step:
    """Something that happened: ``code`` and ``facts`` for machines, ``what`` and ``said`` for people."""

    at: str
    service: str
    code: str
    facts: Any
    what: str
    said: str
    who: str = ""


def _show_step(step: Step, *, as_json: bool) -> dict[str, Any]:
    what, details = (step.code, step.facts) if as_json else (step.what, step.said)
    return {"at": step.at, "service": step.service, "what": what, "who": step.who, "details": details}


def _versions(counter: Counter, case_id: str) -> Iterator[Step]:
    for row in counter.every("submission.list_versions", most=MOST_ROWS, case_id=case_id):
        said = f"第{row['revision']}版 revision {row['revision']} · {row['title']}"
        facts = {name: row[name] for name in ("revision", "title")}
        yield Step(row["received_at"], "submission", "case_received", facts, "案例收到 case received", said)


def _records(counter: Counter, case_id: str) -> Iterator[Step]:
    for row in counter.every("review.case_timeline", most=MOST_ROWS, case_id=case_id):
        kind, content = row["kind"], row["content"]
        who = content.get("actor") or content.get("expert") or ""
        words = name_record(kind, content), tell_record(kind, content)
        yield Step(row["at"], "review", kind, content, *words, who)


def _letters(counter: Counter, case_id: str) -> Iterator[Step]:
    for row in counter.every("notify.list_letters", most=MOST_ROWS, case_id=case_id):
        facts = {name: row[name] for name in LETTER_FACTS}
        what = f"信件 letter · {name_code(row['status'])}"
        said = f"{row['subject']['zh']} → {row['sent_to'] or row['account_id']}"
        yield Step(row["created_at"], "notify", "letter", facts, what, said)


def _awards(counter: Counter, case_id: str) -> Iterator[Step]:
    for row in counter.every("awards.list_awards", most=MOST_ROWS, case_id=case_id):
        award = counter.call("awards.get_award", award_id=row["award_id"])
        facts = {name: award[name] for name in AWARD_FACTS}
        for field, (code, what) in AWARD_STEPS.items():
            if award[field]:
                told = award["withdrawn_reason"] if code == "withdrawn" else award["certificate_number"]
                said = " · ".join(part for part in (award["prize_name"]["zh"], told) if part)
                yield Step(award[field], "awards", code, facts, what, said)
        yield from _objections(counter, row["award_id"])


def _objections(counter: Counter, award_id: str) -> Iterator[Step]:
    """Objections need a right of their own; without it the rest of the timeline still stands."""
    try:
        rows = list(counter.every("awards.list_objections", most=MOST_ROWS, award_id=award_id))
    except NotAllowed:
        return
    for row in rows:
        facts = {name: row[name] for name in OBJECTION_FACTS}
        resolved = f"{name_code(row['status'])} · {row['resolution']}"
        steps = (("filed_at", "objection_filed", row["grounds"]),
                 ("resolved_at", "objection_resolved", resolved))  # fmt: skip
        for field, code, said in steps:
            if row[field]:
                yield Step(row[field], "awards", code, facts, name_code(code), said)


def _actions(counter: Counter, case_id: str) -> Iterator[Step]:
    """The audit log needs its own right; without it the rest of the timeline still stands."""
    for service in SERVICES:
        try:
            for row in counter.every(f"{service}.list_audit", most=MOST_ROWS, subject=case_id):
                action, reason = row["action"], row["reason"]
                yield Step(row["at"], service, action, reason, action, reason, row["actor"])
        except NotFound:
            continue
        except NotAllowed:
            return


# events are not among them: their rows carry real time only, and say nothing that these do not
SOURCES = (_versions, _records, _letters, _awards, _actions)


def _tagged(
    counter: Counter, service: str, method: str, most: int, args: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for row in counter.every(f"{service}.{method}", most=most, **args):
        yield {"service": service, **row}
