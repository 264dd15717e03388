"""What staff see: tables, refusals in both languages, exit codes, help."""

from __future__ import annotations

import io
import json
from enum import StrEnum
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from contracts import words as contract_words
from contracts.errors import REFUSALS, Conflict, InvalidInput, Refusal
from contracts.names import CODES
from contracts.rpc import all_methods, methods_of
from desk.cli import app
from desk.commands.contest import read_duration, read_moment
from desk.commands.lists import NOUNS
from desk.counter import need_method
from desk.manual import answer_of, show_method, show_methods, walk
from desk.refusals import EXIT_CODES, exit_code, show_refusal
from desk.tables import heading
from desk.titles import TITLES, title_of

runner = CliRunner()
SHOWN_NOWHERE = (contract_words.Role, contract_words.Audience)
KINDS = [
    kind
    for kind in vars(contract_words).values()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind not in (StrEnum, *SHOWN_NOWHERE)
]


def screen() -> tuple[Console, io.StringIO]:
    output = io.StringIO()
    return Console(file=output, width=200), output


def test_each_refusal_has_an_exit_code_of_its_own() -> None:
    assert len(set(EXIT_CODES.values())) == len(REFUSALS)
    assert not {0, 1, 2, 3} & set(EXIT_CODES.values())
    assert exit_code(Refusal("别的", "something new")) == 19


def test_a_refusal_is_shown_field_by_field_in_both_languages() -> None:
    console, output = screen()
    show_refusal(InvalidInput.of("person.email", "email", "不是有效的邮箱", "Not a mail [address]."), console)
    for part in ("填写有误 InvalidInput", "person.email", "不是有效的邮箱", "Not a mail [address]."):
        assert part in output.getvalue()


def test_a_refusal_is_whole_on_a_narrow_screen() -> None:
    output = io.StringIO()
    name, words = "windows.track_rounds_of_the_contest.opens_at", "已过去的日期不能更改" * 6
    show_refusal(InvalidInput.of(name, "range", words, "Passed dates stay."), Console(file=output, width=80))
    assert name in output.getvalue() and output.getvalue().count("期") == 6


def test_a_refusal_shows_its_facts_and_can_be_read_by_machines() -> None:
    refusal = Conflict("状态不符。", "Wrong [state].", version=3, ids=["a"])
    console, output = screen()
    show_refusal(refusal, console)
    assert "Wrong [state]." in output.getvalue() and 'ids: ["a"]' in output.getvalue()
    console, output = screen()
    show_refusal(refusal, console, as_json=True)
    assert json.loads(output.getvalue())["code"] == "Conflict"


@pytest.mark.parametrize("method", all_methods(), ids=lambda method: method.full_name)
def test_every_method_explains_itself(method: Any) -> None:
    console, output = screen()
    show_method(method, console)
    assert method.summary in output.getvalue() and method.full_name in output.getvalue()
    assert title_of(method) and title_of(method) in output.getvalue()


def test_all_methods_are_listed() -> None:
    console, output = screen()
    console.width = 80
    show_methods((), console)
    assert all(method.full_name in output.getvalue() for method in all_methods())
    told = json.loads(runner.invoke(app, ["methods", "awards", "--json"]).stdout)
    assert {row["method"] for row in told} == {f"awards.{name}" for name in methods_of("awards")}
    [propose] = [row for row in told if row["method"] == "awards.propose_awards"]
    assert propose["dry_run"] and propose["kind"] == "command" and "secretariat" in propose["roles"]


def test_every_field_and_every_method_has_a_chinese_name() -> None:
    for method in all_methods():
        missing = [path for path, _ in walk(answer_of(method)) if heading(path) == path]
        assert not missing, f"{method.full_name}: add them to desk/labels.py"
    assert {name.rpartition(".")[2] for name in TITLES} <= {method.name for method in all_methods()}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_code_has_a_chinese_name(kind: type[StrEnum]) -> None:
    assert all(code in CODES for code in kind)


@pytest.mark.parametrize(
    ("words", "field", "rule"),
    [(["lst"], "lst", "unknown"), (["cases", "list", "--limt", "3"], "--limt", "unknown"),
     (["cases", "list", "--limit", "x"], "--limit", "value"),
     (["cases", "list", "--limit"], "--limit", "required"),
     (["cases", "list", "--limit", "0"], "--limit", "value"),
     (["cases", "show"], "ID", "required"), (["jobs", "watch", "a", "b"], "b", "unknown"),
     (["check", "--wait", "-1"], "--wait", "value")],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_usage_is_refused_by_field_in_both_languages(words: list[str], field: str, rule: str) -> None:
    answer = runner.invoke(app, words)
    assert answer.exit_code == 2 and "填写有误" in answer.stderr
    answer = runner.invoke(app, ["--json", *words])
    assert answer.exit_code == 2 and answer.stdout == ""
    [fault] = json.loads(answer.stderr)["facts"]["fields"]
    assert (fault["field"], fault["rule"]) == (field, rule)
    assert fault["en"] and any("\u4e00" <= letter <= "\u9fff" for letter in fault["zh"])


@pytest.mark.parametrize(
    "words",
    [["--help"], ["call", "--help"], ["check", "--help"], ["rounds", "close", "--help"],
     ["cases", "list", "--help"], ["call", "notify.list_letters", "--help"], ["methods", "awards"],
     ["events", "replay", "--help"]],
    ids=" ".join,
)  # fmt: skip
def test_help_is_at_hand(words: list[str]) -> None:
    answer = runner.invoke(app, words)
    assert answer.exit_code == 0 and len(answer.output) > 100


@pytest.mark.parametrize(
    ("words", "code"),
    [(["call"], 2), (["call", "review.nothing"], 13), (["call", "nobody.method"], 13),
     (["methods", "nobody"], 10),
     (["call", "notify.get_letter"], 10), (["call", "notify.get_letter", "letter=1"], 10),
     (["--home", "/nowhere", "cases", "list"], 2),
     (["clock", "advance"], 10), (["clock", "advance", "3x"], 10), (["check", "nothing"], 10),
     (["call", "notify.get_letter", "--all", "letter_id=a"], 10)],
)  # fmt: skip
def test_wrong_usage_ends_with_its_code_and_no_traceback(words: list[str], code: int) -> None:
    answer = runner.invoke(app, words)
    assert answer.exit_code == code, answer.output
    assert "Traceback" not in answer.output


def test_every_noun_names_methods_that_exist() -> None:
    for _, listed, shown, argument in NOUNS.values():
        assert need_method(listed).paged
        assert shown is None or argument in need_method(shown).args().fields


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("2h", 7200), ("1w2d", 777600)])
def test_durations_are_read(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "h", "2h-", "2 h", "1.5h"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_duration(text)


def test_moments_carry_their_zone() -> None:
    assert read_moment("2025-05-17T00:00+08:00") == "2025-05-16T16:00:00.000Z"
    for text in ("tomorrow", "2025-05-17T00:00", "2025-05-17"):
        with pytest.raises(InvalidInput):
            read_moment(text)
