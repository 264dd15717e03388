"""How a letter looks: light markup becomes the plain text, the HTML and the in-site form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from services.notify.composing import ONE_TIME_LINK

BUTTON = re.compile(r"\[\[(?P<words>[^|\]]+)\|(?P<target>[^\]\s]+)\]\]")
Both = dict[str, str]


@dataclass(frozen=True)
class Page:
    """One language of a letter, taken apart."""

    greeting: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True)
class Parts:
    subject: str
    text: str
    html: str


def lay_out(subject: Both, body: Both, *, name: str, site: str, link: str | None) -> Parts:
    """Return subject, text and HTML, Chinese first; ``link`` stands where the one-time link belongs."""
    chinese = Page(f"{name}，您好：", read_markup(body["zh"], site, link))
    english = Page(f"Dear {name},", read_markup(body["en"], site, link))
    html = _sheet().render(subject=subject, zh=chinese, en=english, site=site)
    rule = "\n\n— — — — —\n\n"
    reply = "系统发出，请勿直接回复。Sent by the platform; please do not reply."
    signed = f"\n\n秘书处 · Secretariat\n{site}\n{reply}\n"
    text = f"{_plain(chinese)}{rule}{_plain(english)}{signed}"
    return Parts(f"{subject['zh']} | {subject['en']}", text, _inliner().inline(html))


def show_in_site(body: Both, site: str) -> Both:
    """Return the body as plain text for the site; a one-time link is left out."""
    return {language: _lines(read_markup(text, site, None)) for language, text in body.items()}


def read_markup(text: str, site: str, link: str | None) -> list[dict[str, Any]]:
    """Take the markup apart into blocks: paragraph, list, facts, button.

    A button leads to the one-time link, a path of the site or an http(s) address; any other is left out.
    """
    blocks: list[dict[str, Any]] = []
    for line in text.splitlines():
        line = line.strip()
        last = blocks[-1] if blocks else {"kind": ""}
        if not line:
            blocks.append({"kind": "gap"})
        elif button := BUTTON.fullmatch(line):
            target = _target(button["target"], site, link)
            if target:
                blocks.append({"kind": "button", "words": button["words"], "target": target})
        elif line.startswith("- "):
            _extend(blocks, last, "list", line[2:])
        elif " :: " in line:
            _extend(blocks, last, "facts", line.split(" :: ", 1))
        elif last["kind"] == "paragraph":
            last["text"] += f" {line}"
        else:
            blocks.append({"kind": "paragraph", "text": line})
    return [block for block in _join(blocks) if block["kind"] != "gap"]


def _extend(blocks: list[dict[str, Any]], last: dict[str, Any], kind: str, item: Any) -> None:
    if last["kind"] == kind:
        last["items"].append(item)
    else:
        blocks.append({"kind": kind, "items": [item]})


def _join(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put items together that a template's loop or condition left blank lines between."""
    joined: list[dict[str, Any]] = []
    for block in blocks:
        before = next((known for known in reversed(joined) if known["kind"] != "gap"), None)
        if block["kind"] in ("list", "facts") and before and before["kind"] == block["kind"]:
            before["items"] += block["items"]
        else:
            joined.append(block)
    return joined


def _target(target: str, site: str, link: str | None) -> str | None:
    if target == ONE_TIME_LINK:
        return link
    if target.startswith("/"):
        return f"{site}{target}"
    return target if urlsplit(target).scheme in ("http", "https") else None


def _plain(page: Page) -> str:
    return f"{page.greeting}\n\n{_lines(page.blocks)}"


def _lines(blocks: list[dict[str, Any]]) -> str:
    said: list[str] = []
    for block in blocks:
        match block["kind"]:
            case "paragraph":
                said.append(block["text"])
            case "list":
                said.append("\n".join(f"  · {item}" for item in block["items"]))
            case "facts":
                said.append("\n".join(f"  {label}: {value}" for label, value in block["items"]))
            case "button":
                said.append(f"{block['words']}: {block['target']}")
    return "\n\n".join(said)


@cache
def _sheet() -> Template:
    loader = PackageLoader("services.notify", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("_letter.html")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
