"""Reading and writing an edition: from JSON-like data to frozen rules and back."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from contracts.edition.check import check_edition
from contracts.edition.model import Edition
from contracts.errors import FieldError, InvalidInput
from contracts.fields import CONTROL, format_moment


class _Wrong(Exception):
    def __init__(self, path: str, rule: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.error = FieldError(path, rule, zh, en)


def edition_from_dict(data: Any) -> Edition:
    """Build the rules from JSON-like data (dates as ISO 8601 with zone, decimals as strings or integers).

    Raises InvalidInput naming the place of every fault.
    """
    wrong: list[FieldError] = []
    edition = _build(Edition, data, "", wrong)
    if wrong:
        raise InvalidInput(wrong)
    found = check_edition(edition)
    if found:
        raise InvalidInput(found)
    assert isinstance(edition, Edition)
    return edition


read_edition = edition_from_dict


def edition_to_dict(edition: Edition) -> dict[str, Any]:
    """Write the rules as JSON-ready data with every default spelt out, so that versions can be compared."""
    plain = _plain(edition)
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return format_moment(value)
    return format(value, "f") if isinstance(value, Decimal) else value


def _build(kind: Any, value: Any, path: str, wrong: list[FieldError]) -> Any:
    if not isinstance(value, dict):
        wrong.append(FieldError(path or "_", "object", "应为对象", "Must be an object."))
        return None
    hints = get_type_hints(kind)
    known = {field.name: field for field in dataclasses.fields(kind)}
    for name in value.keys() - known.keys():
        place = f"{path}.{str(name)[:80]}".strip(".")
        wrong.append(FieldError(place, "unknown", "不认识的字段", "Unknown field."))
    built: dict[str, Any] = {}
    for name, field in known.items():
        place = f"{path}.{name}".strip(".")
        if name in value:
            try:
                built[name] = _convert(hints[name], value[name], place, wrong)
            except _Wrong as error:
                wrong.append(error.error)
        elif field.default is dataclasses.MISSING:
            wrong.append(FieldError(place, "required", "必填", "Missing data for required field."))
    return None if wrong else kind(**built)


def _convert(hint: Any, value: Any, path: str, wrong: list[FieldError]) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = next(option for option in get_args(hint) if option is not type(None))
        return None if value is None else _convert(inner, value, path, wrong)
    if origin is tuple:
        if not isinstance(value, list) or len(value) > 500:
            raise _Wrong(path, "list", "应为列表", "Must be a list.")
        inner = get_args(hint)[0]
        return tuple(_convert(inner, item, f"{path}.{index}", wrong) for index, item in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, path, wrong)
    return _SCALARS[hint if not issubclass(hint, StrEnum) else StrEnum](hint, value, path)


def _string(_: Any, value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 4000:
        raise _Wrong(path, "string", "应为1到4000字的文字", "Must be a text of 1 to 4000 characters.")
    if CONTROL.search(value):
        raise _Wrong(path, "control_characters", "含有控制字符", "Contains control characters.")
    return value.strip()


def _integer(_: Any, value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**12:
        raise _Wrong(path, "number", "应为非负整数", "Must be a whole number, not negative.")
    return value


def _boolean(_: Any, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(path, "boolean", "应为是或否", "Must be true or false.")
    return value


def _decimal(_: Any, value: Any, path: str) -> Decimal:
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or len(str(value)) > 24:
            raise ValueError
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        if not number.is_finite() or abs(number) > 10**9 or not isinstance(exponent, int) or exponent < -8:
            raise ValueError
    except (InvalidOperation, ValueError, TypeError) as error:
        text = "Must be a decimal as text or integer."
        raise _Wrong(path, "number", "应为十进制数（整数或文字）", text) from error
    return number


def _moment(_: Any, value: Any, path: str) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wrong(path, "datetime", "应为带时区的时间", "Must be a time with its zone.") from error


def _enumeration(hint: Any, value: Any, path: str) -> Any:
    try:
        return hint(value)
    except ValueError as error:
        listed = ", ".join(hint)
        raise _Wrong(path, "choice", f"应为以下之一：{listed}", f"Must be one of: {listed}.") from error


_SCALARS: dict[Any, Callable[[Any, Any, str], Any]] = {
    str: _string, int: _integer, bool: _boolean, Decimal: _decimal, datetime: _moment, StrEnum: _enumeration,
}  # fmt: skip
