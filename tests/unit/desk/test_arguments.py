"""Words of the command line become typed arguments, or a refusal that names the word."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import fields

from contracts.errors import InvalidInput
from contracts.fields import Both, Choice, Id, Many, Moment, Score, Strict, Text
from contracts.rpc import all_methods
from desk.arguments import read_file, read_words
from desk.manual import describe_default, describe_type, note_of, walk


class Person(Strict):
    name = Text(60, required=True)
    age = fields.Integer(load_default=1)


class Args(Strict):
    text = Text(20)
    count = fields.Integer(strict=True)
    share = fields.Float()
    score = Score()
    yes = fields.Boolean()
    ids = Many(Id(), 10)
    numbers = Many(fields.Integer(), 10)
    people = Many(Person, 10)
    person = fields.Nested(Person)
    words = fields.Dict(keys=fields.String(), values=fields.Integer())
    anything = fields.Dict()
    kind = Choice(["a", "b"])
    title = Both()
    at = Moment()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("text=a=b", {"text": "a=b"}),
        ("text=", {"text": ""}),
        ("text:=null", {"text": None}),
        ("count=3", {"count": 3}),
        ("share=0.5", {"share": 0.5}),
        ("score=92.50", {"score": "92.50"}),
        ("yes=true", {"yes": True}),
        ("yes=否", {"yes": False}),
        ("ids=a,b, c", {"ids": ["a", "b", "c"]}),
        ("ids=", {"ids": []}),
        ('ids=["a"]', {"ids": ["a"]}),
        ("numbers=1,2", {"numbers": [1, 2]}),
        ('people=[{"name": "a"}]', {"people": [{"name": "a"}]}),
        ("person.name=陈晓明", {"person": {"name": "陈晓明"}}),
        ("person.age=3", {"person": {"age": 3}}),
        ('person={"name": "a"}', {"person": {"name": "a"}}),
        ("words.score=3", {"words": {"score": 3}}),
        ("anything.key=text", {"anything": {"key": "text"}}),
        ('anything.key={"a": 1}', {"anything": {"key": {"a": 1}}}),
        ("title.zh=题", {"title": {"zh": "题"}}),
    ],
)
def test_a_word_is_typed_by_its_field(word: str, expected: dict[str, Any]) -> None:
    assert read_words([word], Args()) == expected


@pytest.mark.parametrize(
    ("word", "field", "rule"),
    [
        ("text", "text", "key_value"),
        ("=x", "=x", "key_value"),
        ("txt=a", "txt", "unknown"),
        ("person.nam=a", "nam", "unknown"),
        ("text.inner=a", "text.inner", "object"),
        ("count=three", "count", "number"),
        ("yes=maybe", "yes", "boolean"),
        ("text:={", "text", "json"),
        ("person=a", "person", "json"),
        ("text=@/no/such/file", "text", "file"),
    ],
)
def test_a_word_that_cannot_be_meant_is_refused_by_name(word: str, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_words([word], Args())
    assert [(error.field, error.rule) for error in refused.value.fields] == [(field, rule)]


def test_a_word_that_is_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_words(["text=a", "person.age=2", "text:=null"], Args())
    assert [(error.field, error.rule) for error in refused.value.fields] == [("text", "once")]


def test_words_are_laid_over_a_file() -> None:
    base = {"text": "old", "person": {"name": "a"}}
    assert read_words(["text=new", "person.age=2"], Args(), base) == {
        "text": "new",
        "person": {"name": "a", "age": 2},
    }
    with pytest.raises(InvalidInput):
        read_words(["person.age=2"], Args(), {"person": "a"})


def test_a_file_gives_text_or_an_object(tmp_path: Path) -> None:
    note, rules = tmp_path / "note.txt", tmp_path / "rules.yaml"
    note.write_text("两行\n文字\n", encoding="utf-8")
    rules.write_text("name: a\nage: 3\nfrom: 2025-03-10T00:00:00+08:00\n", encoding="utf-8")
    assert read_words([f"text=@{note}"], Args()) == {"text": "两行\n文字"}
    found = read_words([f"anything=@{rules}"], Args())["anything"]
    assert found["name"] == "a" and json.dumps(found)
    assert read_file(str(rules))["age"] == 3


@pytest.mark.parametrize("text", ["- a", "a: [", "\x00", "a: &x [*x]"])
def test_a_file_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "args.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput):
        read_file(str(file))


@pytest.mark.parametrize("text", [None, "- a", "a: ["])
def test_a_file_at_fault_is_told_by_the_argument_that_gave_it(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "edition.yaml"
    if text:
        file.write_text(text, encoding="utf-8")
    for name, named in (((), "--json-args"), (("file",), "file")):
        with pytest.raises(InvalidInput) as refused:
            read_file(str(file), *name)
        (error,) = refused.value.fields
        assert error.field == named and str(file) in error.en and str(file) in error.zh


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"text": "a"}'))
    assert read_file("-") == {"text": "a"}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(max_size=30), max_size=4),
    st.sampled_from([method.full_name for method in all_methods()]),
)
def test_no_word_is_answered_by_a_traceback(words: list[str], name: str) -> None:
    from desk.counter import need_method

    schema = need_method(name).args()
    for word in words:
        for shaped in (word, *(f"{field}={word}" for field in schema.fields)):
            try:
                read_words([shaped], schema)
            except InvalidInput as refused:
                assert all(error.zh and error.en for error in refused.fields)


def test_every_argument_of_every_method_is_described() -> None:
    for method in all_methods():
        for path, field in walk(method.args()):
            assert (
                path and describe_type(field) and describe_default(field) and isinstance(note_of(field), str)
            )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("text", "text ≤20"), ("count", "integer"), ("ids", "list of id"), ("kind", "a|b"),
        ("score", "decimal -1000000..1000000"),
        ("people", "list of {name, age}"), ("anything", "object"),
        ("at", "time, ISO 8601"), ("yes", "true|false"),
    ],
)  # fmt: skip
def test_types_are_said_in_few_words(name: str, said: str) -> None:
    assert describe_type(Args().fields[name]) == said
