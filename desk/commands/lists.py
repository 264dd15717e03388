"""Lists and single looks by the name of the thing: `desk cases list`, `desk awards show ID`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from desk.arguments import read_words
from desk.calling import call_and_show, list_and_show
from desk.commands.history import find_case
from desk.counter import need_method
from desk.options import Everything, Json, Limit, Long, Words, counter_of
from desk.titles import title_of

Identifier = Annotated[str, typer.Argument(metavar="ID")]
# noun -> what it is called, the list, the single look and its argument
NOUNS: Final[dict[str, tuple[str, str, str | None, str]]] = {
    "editions": ("届", "registration.list_editions", "registration.get_edition", "edition_id"),
    "units": ("参赛单位", "registration.list_units", "registration.get_unit", "unit_id"),
    "experts": ("专家", "registration.list_experts", "registration.get_expert", "expert_id"),
    "accounts": ("账号", "registration.list_accounts", None, ""),
    "cases": ("案例", "submission.list_cases", "submission.get_case", "case_id"),
    "qualifications": ("资格审核", "review.list_qualifications", None, ""),
    "assessments": ("评审中的案例", "review.list_assessments", "review.get_assessment", "case_id"),
    "rounds": ("评审轮", "review.list_rounds", "review.get_round", "round_id"),
    "assignments": ("评审任务", "review.list_assignments", None, ""),
    "awards": ("奖项", "awards.list_awards", "awards.get_award", "award_id"),
    "objections": ("异议", "awards.list_objections", "awards.get_objection", "objection_id"),
    "letters": ("信件", "notify.list_letters", "notify.get_letter", "letter_id"),
    "announcements": ("公告", "notify.list_announcements", None, ""),
}


def groups() -> dict[str, typer.Typer]:
    """Return a group of commands for each noun, with ``list`` and, where there is one, ``show``."""
    return {noun: _group(*told) for noun, told in NOUNS.items()}


def _group(title: str, listed: str, shown: str | None, argument: str) -> typer.Typer:
    method = need_method(listed)
    group = typer.Typer(help=f"{title}。{method.summary}", no_args_is_help=True)
    filters = ", ".join(name for name in method.args().fields if name not in ("limit", "after"))

    @group.command(
        "list",
        help=f"{title_of(method)}。{method.summary} 筛选 filters: {filters or '–'}.",
    )
    def list_them(
        context: typer.Context, words: Words = None, limit: Limit = 50, everything: Everything = False,
        as_json: Json = False, long: Long = False,
    ) -> None:  # fmt: skip
        counter = counter_of(context, as_json, long)
        schema = method.args()
        most = None if everything else limit
        counter.run(lambda: list_and_show(counter, listed, read_words(words or [], schema), most))

    if shown:
        summary = need_method(shown).summary

        @group.command("show", help=f"{title_of(need_method(shown))}。{summary}")
        def show_it(
            context: typer.Context,
            identifier: Identifier,
            as_json: Json = False,
        ) -> None:
            counter = counter_of(context, as_json)

            def show() -> None:
                # people know a case by its number
                key = find_case(counter, identifier) if argument == "case_id" else identifier
                call_and_show(counter, shown, {argument: key})

            counter.run(show)

    return group
