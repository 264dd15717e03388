"""Arguments of a method as words of the command line, typed by its contract.

``key=text`` · ``key:=JSON`` · ``key=@FILE`` (JSON or YAML for objects and lists, text otherwise) ·
``outer.inner=text`` for objects · ``key=a,b,c`` for lists of simple values.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, fields

from contracts.errors import InvalidInput
from desk.counter import refuse_argument

TRUE = {"true", "yes", "1", "是"}
FALSE = {"false", "no", "0", "否"}
MOST_BYTES = 20 * 2**20


def read_words(words: Sequence[str], schema: Schema, base: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the arguments that the words say, on top of ``base``.

    Raises InvalidInput naming the word at fault.
    """
    args: dict[str, Any] = dict(base or {})
    said: set[tuple[str, ...]] = set()
    for word in words:
        name, separator, text = word.partition("=")
        if not separator or not name:
            raise refuse_argument(word[:80] or "_", "key_value", "应写作 名称=值", "Write it as name=value.")
        raw = name.endswith(":")
        path = name.rstrip(":").split(".")
        if tuple(path) in said:
            raise refuse_argument(".".join(path), "once", "写了两次", "It is given twice.")
        said.add(tuple(path))
        field = _find(schema, path)
        value = _read_json(text, ".".join(path)) if raw else _read(text, field, ".".join(path))
        _place(args, path, value)
    return args


def read_file(source: str, name: str = "--json-args") -> dict[str, Any]:
    """Return the object in a JSON or YAML file; ``-`` is the standard input.

    Raises InvalidInput naming the argument that gave the file.
    """
    text = sys.stdin.read() if source == "-" else _content(source, name)
    found = _parse(text, source, name)
    if not isinstance(found, dict):
        raise refuse_argument(name, "object", f"{source} 的内容应为对象", f"{source} must hold one object.")
    return found


def to_json(value: Any) -> Any:
    """Return what YAML read as values that JSON has: dates as text, everything else as it is."""
    if isinstance(value, dict):
        return {str(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [to_json(inner) for inner in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _find(schema: Schema, path: list[str]) -> fields.Field[Any]:
    name, *rest = path
    field = schema.fields.get(name)
    if field is None:
        near = ", ".join(difflib.get_close_matches(name, schema.fields, 3, 0.5))
        listed = ", ".join(schema.fields)
        raise refuse_argument(
            name[:80],
            "unknown",
            f"不认识的字段{f'，您是指 {near} 吗？' if near else '；'}可用：{listed}",
            f"Unknown field{f', did you mean {near}?' if near else ';'} There are {listed}.",
        )
    if not rest:
        return field
    if isinstance(field, fields.Nested):
        return _find(field.schema, rest)
    if isinstance(field, fields.Dict):
        return field.value_field or fields.Raw()
    raise refuse_argument(".".join(path), "object", "该字段没有下级字段", f"{name} has no fields of its own.")


def _read(text: str, field: fields.Field[Any], name: str) -> Any:
    if text.startswith("@"):
        content = _content(text[1:], name)
        whole = isinstance(field, fields.Nested | fields.Dict | fields.List)
        return _parse(content, text[1:], name) if whole else content.rstrip("\n")
    if isinstance(field, fields.Boolean):
        return _boolean(text, name)
    if isinstance(field, fields.Integer | fields.Float) and not isinstance(field, fields.Decimal):
        return _number(text, field, name)
    if isinstance(field, fields.List):
        if text[:1] == "[":
            return _read_json(text, name)
        return [_read(part.strip(), field.inner, name) for part in text.split(",") if part.strip()]
    if isinstance(field, fields.Nested | fields.Dict) or type(field) is fields.Raw:
        return _read_json(text, name) if text[:1] in "{[" or isinstance(field, fields.Nested) else text
    return text


def _boolean(text: str, name: str) -> bool:
    if text.lower() in TRUE | FALSE:
        return text.lower() in TRUE
    raise refuse_argument(name, "boolean", "应为 true 或 false", "Must be true or false.")


def _number(text: str, field: fields.Field[Any], name: str) -> int | float:
    try:
        return int(text) if isinstance(field, fields.Integer) else float(text)
    except ValueError:
        raise refuse_argument(name, "number", "应为数字", "Must be a number.") from None


def _read_json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise refuse_argument(name, "json", "不是有效的JSON", f"Not valid JSON: {error}") from None


def _content(path: str, name: str) -> str:
    try:
        file = Path(path)
        if file.stat().st_size > MOST_BYTES:
            raise refuse_argument(name, "too_long", "文件过大", f"{path} is larger than {MOST_BYTES} bytes.")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        zh, en = _why_unreadable(error)
        said = f"Cannot read {path}: {en}."
        raise refuse_argument(name, "file", f"无法读取文件 {path}：{zh}", said) from None


def _why_unreadable(error: OSError | UnicodeDecodeError) -> tuple[str, str]:
    if isinstance(error, UnicodeDecodeError):
        return "不是 UTF-8 文本", "it is no UTF-8 text"
    told = {FileNotFoundError: "文件不存在", PermissionError: "没有权限", IsADirectoryError: "是一个文件夹"}
    return told.get(type(error), "系统错误"), error.strerror or type(error).__name__


def _parse(text: str, path: str, name: str) -> Any:
    try:
        return to_json(yaml.safe_load(text))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        zh, en = (f"，第{mark.line + 1}行附近有误", f": see line {mark.line + 1}") if mark else ("", "")
        raise refuse_argument(
            name, "yaml", f"{path} 不是有效的JSON或YAML{zh}", f"{path} is neither JSON nor YAML{en}."
        ) from None


def _place(args: dict[str, Any], path: list[str], value: Any) -> None:
    *outer, last = path
    for name in outer:
        inner = args.setdefault(name, {})
        if not isinstance(inner, dict):
            raise InvalidInput.of(name, "object", "应为对象", "Must be an object.")
        args = inner
    args[last] = value
