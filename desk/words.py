"""Values of an answer in words for people, whatever their type."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.names import name_code
from contracts.words import PROVINCES, TIMEZONE
from desk.labels import CODED

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
CUT = "…"
WIDEST = 120
"""Characters of a text in one row of a table; an id or digest, which is to be copied, is never cut."""
LONGEST_WORD = 16
"""Letters that a word of the language rarely has more of."""
ZONE = ZoneInfo(TIMEZONE)


def cell(value: Any, field: str = "") -> str:
    """Return a field's value in one line; a long text is cut, and shows that it is."""
    text = " ".join(_say_of(value, field).split())
    return text if len(text) <= WIDEST or is_code(text) else f"{text[: WIDEST - 1]}{CUT}"


def is_code(text: str) -> bool:
    """Return whether a text is an id, number, digest or the like: one word without Chinese, to be copied."""
    return text.isascii() and not any(map(str.isspace, text))


def find_codes(text: str) -> list[str]:
    """Return the words of a text that are to be copied and so never broken: ids, numbers, digests."""
    return [word for word in text.split() if word.isascii() and len(word) > LONGEST_WORD]


def say(value: Any) -> str:
    """Return a value in words; of a text in both languages the Chinese."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, dict):
        if value.keys() == {"zh", "en"}:
            return str(value["zh"])
        return " · ".join(f"{name} {say(inner)}" for name, inner in value.items()) or "–"
    if isinstance(value, list):
        objects = any(isinstance(item, dict | list) for item in value)
        return ("; " if objects else ", ").join(map(say, value)) or "–"
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return say_moment(datetime.fromisoformat(value))
    return str(value)


def _say_of(value: Any, field: str) -> str:
    if field.rpartition(".")[2] == "province" and value in PROVINCES:
        return f"{PROVINCES[value]} {value}"
    return say_code(value) if field in CODED else say(value)


def say_code(value: Any) -> str:
    """Return a code, or several, in Chinese and as it is; one that is not known only as it is."""
    if isinstance(value, list):
        return ", ".join(map(say_code, value)) or "–"
    return name_code(value) if isinstance(value, str) and value else say(value)


def say_moment(moment: datetime) -> str:
    """Return a time as the contest's letters tell it, with its zone: ``2025-05-17 18:00:00+08``."""
    return moment.astimezone(ZONE).isoformat(" ", "seconds").removesuffix(":00")


def whole(value: Any, field: str = "") -> str:
    """Return a field's value with nothing cut: both languages of a text, objects as JSON."""
    if isinstance(value, dict) and value.keys() == {"zh", "en"}:
        return f"{value['zh']}\n{value['en']}"
    if isinstance(value, dict | list) and value:
        simple = isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
        if not simple:
            return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return _say_of(value, field)
