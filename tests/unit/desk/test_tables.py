"""Lists on screens of any width: readable, nothing broken that is to be copied, nothing left out unsaid."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from contracts.rpc import find_method
from desk.manual import answer_of
from desk.tables import show_one, show_rows

DIGEST = "0a" * 32
ROWS: list[dict[str, Any]] = [
    {"case_id": "case-1", "title": "绿色 [b]算力[/b]", "name": {"zh": "一", "en": "one"},
     "status": "advanced", "tracks": ["a", "b"], "due_at": None, "tied": True, "body": "never",
     "at": "2025-05-17T10:00:00.000Z"},
    {"case_id": "case-2", "title": "长" * 190, "name": None, "tracks": [], "due_at": None, "tied": False,
     "status": "no_such", "at": None},
]  # fmt: skip


def print_rows(rows: list[dict[str, Any]], names: Any, width: int = 200, *, long: bool = False) -> str:
    output = io.StringIO()
    show_rows(rows, names, Console(file=output, width=width), long=long)
    return output.getvalue()


def test_rows_show_what_is_filled_and_nothing_is_markup() -> None:
    text = print_rows(ROWS, list(ROWS[0]))
    assert "case_id" in text and "[b]算力[/b]" in text and "a, b" in text and "是 yes" in text
    assert "due_at" not in text and "never" not in text and "…" in text


def test_codes_are_told_in_chinese_and_times_with_their_zone() -> None:
    text = print_rows(ROWS, list(ROWS[0]))
    assert "晋级 advanced" in text and "no_such" in text and "2025-05-17 18:00:00+08" in text


def test_objects_become_columns_of_their_own() -> None:
    method = find_method("review", "list_qualifications")
    assert method is not None
    unit = {"unit_id": "unit-1", "name": "绿网公司", "uscc": "91110000MA01XL3T0B", "status": "active"}
    row = {"qualification_id": "x3:unit-1", "unit_id": "unit-1", "unit": unit, "status": "pending"}
    text = print_rows([row], answer_of(method))
    assert "绿网公司" in text and "unit.uscc" in text and "{" not in text
    assert text.count("unit.unit_id") == 0, "it stands there as unit_id already"


def test_a_result_that_differs_from_row_to_row_is_words() -> None:
    results = ({"seated": 3}, {"rows": 1, "cut": None})
    rows = [{"job_id": f"job-{number}", "result": result} for number, result in enumerate(results)]
    text = print_rows(rows, ["job_id", "result"])
    assert "seated 3" in text and "rows 1 · cut –" in text


def test_what_has_no_room_is_named_and_long_shows_it() -> None:
    fields = {f"field{n}": n for n in range(30)}
    row = {"award_id": "award-1", "laureate": "绿网公司", "hash": DIGEST, **fields}
    text = print_rows([row], list(row), 80)
    assert "绿网公司" in text and "未列出 no room for" in text
    assert all(f"field{n}" in text for n in range(30)), "shown or named"
    text = print_rows([row], list(row), 80, long=True)
    assert DIGEST in text and all(f"field{n}" in text for n in range(30)) and "未列出" not in text


def test_a_screen_without_room_has_the_id_below_the_name() -> None:
    title = "数据中心余热回收与绿电直供"
    row = {"case_id": f"case-{'0' * 32}", "title": title, "status": "locked", "number": "N1"}
    lines = print_rows([row], list(row), 80).splitlines()
    [upper] = [place for place, line in enumerate(lines) if "数据中心" in line]
    assert row["case_id"] in lines[upper + 1]
    assert row["case_id"] in print_rows([row], list(row), 200).splitlines()[-1]


texts = st.one_of(
    st.text("绿色低碳算力网络", min_size=1, max_size=80),
    st.text("abcdef0123456789", min_size=1, max_size=30),
    st.sampled_from(["award-01a2122d89ad7fb89d9be9b4d958d30a", DIGEST, "已发证 certified", "a b c d"]),
    st.none(),
)
FIELDS = ("award_id", "laureate", "title", "status", "number", "hash", "note", "certificate_number")


@given(
    st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, texts)), min_size=1, max_size=4),
    st.integers(80, 220),
)
def test_no_line_outgrows_the_screen_and_nothing_is_lost(rows: list[dict[str, Any]], width: int) -> None:
    printed = print_rows(rows, FIELDS, width)
    assert all(cell_len(line) <= width for line in printed.splitlines())
    table, _, left = printed.partition("未列出")
    shown = set(table.partition("━")[0].split())
    for name in FIELDS:
        said = {str(row[name]) for row in rows if row[name] is not None}
        if not said:
            continue
        # a note that names many fields goes on in the next line
        assert name in shown or name in left.replace("\n", ""), f"{name} is neither shown nor named"
        if name in shown:
            whole = {text for text in said if text.isascii() and " " not in text}
            assert all(text in table for text in whole), f"{name} was broken"


def test_ids_in_words_stay_whole_and_a_cut_is_said() -> None:
    result = {"result_id": "result-01a2124ba578736989c61929e0c63aba", "why": "因为" * 80}
    text = print_rows([{"job_id": "job-1", "result": result}], ["job_id", "result"], 120)
    assert "result-01a2124ba578736989c61929e0c63aba" in text and "截断" in text
    assert "截断" not in print_rows([{"job_id": "job-1", "result": {"rows": 2}}], ["job_id", "result"], 120)
    long = print_rows([{"job_id": "job-1", "problem": None, "result": result}], ["job_id"], 80, long=True)
    assert long.count("因") == 80 and "problem" in long


def test_a_text_with_a_digest_is_shown_with_the_digest_whole() -> None:
    output = io.StringIO()
    show_one({"certificate_number": f"摘要 digest\n{DIGEST}\n完"}, Console(file=output, width=80))
    assert DIGEST in output.getvalue()


def test_provinces_have_names() -> None:
    assert "北京市 11" in print_rows([{"unit_id": "u", "province": "11"}], ["unit_id", "province"])


def test_nothing_to_show_is_said() -> None:
    output = io.StringIO()
    show_one({}, Console(file=output))
    assert "没有记录" in print_rows([], ["a"]) and "完成" in output.getvalue()


def test_one_answer_shows_lists_of_objects_as_tables() -> None:
    output = io.StringIO()
    answer = {"name": {"zh": "一", "en": "one"}, "facts": {"k": [1]}, "plain": [1, 2], "rows": ROWS}
    show_one(answer, Console(file=output, width=200))
    assert "one" in output.getvalue() and "case-1" in output.getvalue() and '"k"' in output.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_one_answer_is_whole_on_any_screen(width: int) -> None:
    output = io.StringIO()
    show_one({"hash": DIGEST, "title": "长" * 90}, Console(file=output, width=width))
    assert DIGEST in output.getvalue() and output.getvalue().count("长") == 90
