"""What a letter says: a template and facts become subject and body in both languages, in light markup.

Markup, line by line: a blank line ends a paragraph, ``- `` begins a list item, ``label :: value`` is a row of
facts, ``[[words|target]]`` alone on a line is a button. ``layout`` turns it into what is sent and shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

ONE_TIME_LINK = "one-time-link"
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@dataclass(frozen=True)
class Text:
    """Subject and body, each {"zh", "en"}."""

    subject: dict[str, str]
    body: dict[str, str]


def compose(template: str, facts: Mapping[str, Any]) -> Text:
    """Write the text of a letter; a fact the template needs and does not get is an error, not a gap."""
    page = _template(template)
    context = page.new_context(dict(facts))
    said = {name: "".join(block(context)).strip() for name, block in page.blocks.items()}
    return Text(
        {"zh": said["subject_zh"], "en": said["subject_en"]},
        {"zh": _tidy(said["zh"]), "en": _tidy(said["en"])},
    )


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.txt")


@cache
def _environment() -> Environment:
    # this is plain text in a markup of our own, not HTML: layout escapes when it makes HTML of it
    environment = Environment(  # noqa: S701
        loader=PackageLoader("services.notify", "templates"),
        undefined=StrictUndefined, finalize=_inline, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["moment_zh"] = pass_context(_moment_zh)
    environment.filters["moment_en"] = pass_context(_moment_en)
    return environment


def _inline(value: Any) -> Any:
    """Keep what people wrote on one line, so that it cannot add paragraphs, rows or buttons to a letter."""
    return re.sub(r"\s+", " ", value) if isinstance(value, str) else value


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text)


def _local(context: Context, moment: datetime) -> tuple[datetime, str]:
    zone = str(context.resolve_or_missing("timezone"))
    return moment.astimezone(ZoneInfo(zone)), zone


def _moment_zh(context: Context, moment: datetime) -> str:
    local, zone = _local(context, moment)
    place = "北京时间" if zone == "Asia/Shanghai" else zone
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}（{place}）"


def _moment_en(context: Context, moment: datetime) -> str:
    local, zone = _local(context, moment)
    place = "Beijing time" if zone == "Asia/Shanghai" else zone
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M} ({place})"
