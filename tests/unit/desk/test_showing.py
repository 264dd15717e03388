"""What staff see: tables, refusals in both languages, exit codes, help."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from contracts.errors import REFUSALS, Conflict, InvalidInput, Refusal
from contracts.rpc import all_methods
from desk.cli import app
from desk.commands.contest import read_duration, read_moment
from desk.commands.lists import NOUNS
from desk.counter import need_method
from desk.manual import show_method, show_methods
from desk.refusals import EXIT_CODES, exit_code, show_refusal
from desk.tables import show_one, show_rows

runner = CliRunner()


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


def test_a_refusal_shows_its_facts_and_can_be_read_by_machines() -> None:
    refusal = Conflict("状态不符。", "Wrong [state].", version=3, ids=["a"])
    console, output = screen()
    show_refusal(refusal, console)
    assert "Wrong [state]." in output.getvalue() and 'ids: ["a"]' in output.getvalue()
    console, output = screen()
    show_refusal(refusal, console, as_json=True)
    assert json.loads(output.getvalue())["code"] == "Conflict"


ROWS: list[dict[str, Any]] = [
    {"case_id": "case-1", "title": "绿色 [b]算力[/b]", "name": {"zh": "一", "en": "one"},
     "tracks": ["a", "b"], "due_at": None, "tied": True, "body": "never"},
    {"case_id": "case-2", "title": "长" * 90, "name": None, "tracks": [], "due_at": None, "tied": False},
]  # fmt: skip


def test_rows_show_what_is_filled_and_nothing_is_markup() -> None:
    console, output = screen()
    show_rows(ROWS, list(ROWS[0]), console)
    text = output.getvalue()
    assert "案例 case_id" in text and "[b]算力[/b]" in text and "a, b" in text and "是 yes" in text
    assert "due_at" not in text and "never" not in text and "…" in text


def test_very_wide_rows_keep_their_simple_columns() -> None:
    row = {f"field{number}": {"a": number} if number % 2 else number for number in range(30)}
    console, output = screen()
    show_rows([row], list(row), console)
    assert "field0" in output.getvalue() and "field1 " not in output.getvalue()


def test_nothing_to_show_is_said() -> None:
    console, output = screen()
    show_rows([], ["a"], console)
    show_one({}, console)
    assert "没有记录" in output.getvalue() and "完成" in output.getvalue()


def test_one_answer_shows_lists_of_objects_as_tables() -> None:
    console, output = screen()
    show_one({"name": {"zh": "一", "en": "one"}, "facts": {"k": [1]}, "plain": [1, 2], "rows": ROWS}, console)
    assert "one" in output.getvalue() and "case-1" in output.getvalue() and '"k"' in output.getvalue()


@pytest.mark.parametrize("method", all_methods(), ids=lambda method: method.full_name)
def test_every_method_explains_itself(method: Any) -> None:
    console, output = screen()
    show_method(method, console)
    assert method.summary in output.getvalue() and method.full_name in output.getvalue()


def test_all_methods_are_listed() -> None:
    console, output = screen()
    show_methods((), console)
    assert all(method.full_name in output.getvalue() for method in all_methods())


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
    with pytest.raises(InvalidInput):
        read_moment("tomorrow")
