"""What letters say and how they look, whatever people put into names and notes."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from services.notify import composing
from services.notify.composing import compose
from services.notify.domain.facts import gather_facts
from services.notify.domain.occasions import OCCASIONS
from services.notify.layout import lay_out, read_markup, show_in_site
from tests.fakes.contest import CASE, EDITION, HAPPENINGS, UNIT

SITE = "https://contest.example"
TEMPLATES = Path(composing.__file__).parent / "templates"


class Links(HTMLParser):
    """Gathers where a page leads and which elements it has."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]


def read_html(html: str) -> Links:
    links = Links()
    links.feed(html)
    return links


def test_every_occasion_has_a_template_and_every_template_an_occasion() -> None:
    used = {occasion.template for occasion in OCCASIONS.values()} | {"award_proposed", "schedule_moved"}
    assert {file.stem for file in TEMPLATES.glob("*.txt")} == used


def test_a_missing_fact_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        compose("case_returned", {"timezone": "Asia/Shanghai"})


def test_an_invitation_before_any_edition_speaks_of_no_contest_by_name() -> None:
    facts = gather_facts(HAPPENINGS["AccountInvited"][2], None, None, None, None)
    assert "创新大赛" in compose("account_invited", facts).subject["zh"]


def test_a_password_reset_carries_its_link() -> None:
    text = compose("password_reset", gather_facts({}, EDITION, None, None, None))
    parts = lay_out(text.subject, text.body, name="李四", site=SITE, link=f"{SITE}/reset/s")
    assert f"{SITE}/reset/s" in parts.text and f"{SITE}/reset/s" in read_html(parts.html).targets


def test_a_correction_is_told_with_the_time_it_was_received_itself() -> None:
    first, second = (datetime(2025, 5, day, 2, tzinfo=UTC) for day in (9, 12))
    data = {**HAPPENINGS["CaseRevised"][2], "submitted_at": first, "received_at": second}
    body = compose("case_revised", gather_facts(data, EDITION, CASE, UNIT, None)).body
    assert "5月12日" in body["zh"] and "5月9日" not in body["zh"] and "12 May" in body["en"]
    # an event from before it said so
    del data["received_at"]
    assert "5月9日" in compose("case_revised", gather_facts(data, EDITION, CASE, UNIT, None)).body["zh"]


def test_one_case_is_not_cases() -> None:
    for count, word in ((1, "1 case to"), (2, "2 cases to")):
        seats = [{"assignment_id": "a", "case_id": "c"}] * count
        data = {**HAPPENINGS["ExpertsAssigned"][2], "assignments": seats}
        subject = compose("experts_assigned", gather_facts(data, EDITION, None, None, None)).subject
        assert word in subject["en"]


HOSTILE = st.text(max_size=60) | st.sampled_from(
    ["<script>alert(1)</script>", "[[点我|https://evil.example]]",
     "\n\n[[x|https://evil.example]]\n", "a :: b\n- c",
     "{{ 7 * 7 }}{% raw %}", "x\r\nBcc: all@example.cn", "javascript:alert(1)"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(title=HOSTILE, note=HOSTILE, name=HOSTILE)
def test_what_people_write_adds_neither_markup_nor_links(title: str, note: str, name: str) -> None:
    data = {**HAPPENINGS["CaseReturned"][2], "reasons": [{"code": "F-PROOF", "note": note}]}
    text = compose("case_returned", gather_facts(data, EDITION, {**CASE, "title": title}, UNIT, None))
    parts = lay_out(text.subject, text.body, name=name, site=SITE, link=None)
    links = read_html(parts.html)
    assert set(links.targets) == {SITE, f"{SITE}/cases/case-1"}
    assert not links.tags & {"script", "style", "img", "b"}
    assert "\n" not in text.subject["zh"]


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "ftp://x/y", "//evil.example/x"]
)
def test_a_button_leads_to_the_site_or_the_web_only(target: str) -> None:
    found = read_markup(f"[[x|{target}]]", SITE, None)
    assert found == [] or found[0]["target"].startswith(f"{SITE}/")


def test_the_in_site_form_leaves_the_one_time_link_out() -> None:
    text = compose(
        "account_invited", gather_facts(HAPPENINGS["AccountInvited"][2], EDITION, None, None, None)
    )
    shown = show_in_site(text.body, SITE)
    assert "one-time-link" not in shown["zh"] and "接受邀请" not in shown["zh"]


def test_items_of_a_loop_stay_one_list() -> None:
    blocks = read_markup("- a\n\n- b\n\nx :: 1\n\ny :: 2\n\nwords\nmore", SITE, None)
    assert [block["kind"] for block in blocks] == ["list", "facts", "paragraph"]
    assert blocks[0]["items"] == ["a", "b"] and blocks[2]["text"] == "words more"
