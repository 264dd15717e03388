"""What happens in the other services becomes letters: the right one, to the right account, once."""

from __future__ import annotations

import pytest

from services.notify.domain.occasions import OCCASIONS
from services.notify.service import SERVICE
from tests.fakes.contest import CONTACT, HAPPENINGS, TITLE, UNIT_NAME, told
from tests.support.harness import Harness, MakeHarness

BEFORE = ("EditionPublished", "UnitRegistered", "CaseSubmitted", "PublicityOpened")


@pytest.fixture
def notify(harness: MakeHarness) -> Harness:
    return harness(SERVICE)


def letters_after(notify: Harness, name: str, **changes: object) -> list[dict[str, object]]:
    for before in BEFORE:
        if before != name:
            notify.handle([told(notify, before)])
    event = told(notify, name, **changes)
    outcomes = notify.handle([event])
    assert [outcome.status for outcome in outcomes] == ["handled"], outcomes
    return notify.rows("letters", {"cause_id": event.id})


@pytest.mark.parametrize("name", OCCASIONS)
def test_every_occasion_makes_one_letter(notify: Harness, name: str) -> None:
    (letter,) = letters_after(notify, name)
    occasion = OCCASIONS[name]
    assert letter["template"] == occasion.template
    assert letter["account_id"] == ("acc-expert" if "xpert" in name or name == "AccountInvited" else CONTACT)
    assert letter["status"] == "queued"
    said = f"{letter['subject']}{letter['body']}"
    assert "None" not in said and "{{" not in said
    assert ("one-time-link" in said) == (occasion.link is not None)


def test_a_letter_has_an_in_site_form_unless_it_is_all_link(notify: Harness) -> None:
    (letter,) = letters_after(notify, "CaseReturned")
    assert notify.rows("messages", {"_id": letter["_id"]})
    notify.handle([invited := told(notify, "AccountInvited")])
    (invitation,) = notify.rows("letters", {"cause_id": invited.id})
    assert not notify.rows("messages", {"_id": invitation["_id"]})


def test_reasons_are_told_in_words_with_their_notes(notify: Harness) -> None:
    (letter,) = letters_after(notify, "CaseReturned")
    assert "第2页缺少盖章" in letter["body"]["zh"] and "第2页缺少盖章" in letter["body"]["en"]
    assert "F-TEMPLATE" not in letter["body"]["zh"]
    assert "2025年5月17日 00:00（北京时间）" in letter["body"]["zh"]
    assert "17 May 2025, 00:00 (Beijing time)" in letter["body"]["en"]


def test_a_reason_the_rules_no_longer_know_is_shown_by_its_code(notify: Harness) -> None:
    (letter,) = letters_after(notify, "CaseReturned", reasons=[{"code": "F-OLD", "note": ""}])
    assert "- F-OLD" in letter["body"]["zh"]


def test_a_refused_file_is_told_in_words_with_its_case_where_it_was_submitted(notify: Harness) -> None:
    (letter,) = letters_after(notify, "MaterialQuarantined", kind="site_picture")
    assert "文件含有宏" in letter["body"]["zh"] and TITLE in letter["body"]["zh"]
    notify.handle(
        [draft := told(notify, "MaterialQuarantined", submitted=False, case_id="case-draft", due_at=None)]
    )
    (letter,) = notify.rows("letters", {"cause_id": draft.id})
    assert TITLE not in letter["body"]["zh"] and "/cases/case-draft" in letter["body"]["zh"]


def test_a_letter_waits_for_what_it_speaks_of(notify: Harness) -> None:
    returned = told(notify, "CaseReturned")
    (outcome,) = notify.handle([returned])
    assert outcome.status == "not_yet"
    notify.handle([told(notify, "EditionPublished"), told(notify, "CaseSubmitted")])
    (outcome,) = notify.handle([returned])
    assert outcome.status == "handled"
    (letter,) = notify.rows("letters", {"cause_id": returned.id})
    assert TITLE in letter["subject"]["zh"]


def test_an_event_that_comes_twice_makes_one_letter(notify: Harness) -> None:
    events = [told(notify, name) for name in BEFORE]
    notify.handle(events)
    before = len(notify.rows("letters"))
    outcomes = notify.handle(events)
    assert {outcome.status for outcome in outcomes} == {"repeated"}
    assert len(notify.rows("letters")) == before


def test_awards_of_one_contact_stand_in_one_letter(notify: Harness) -> None:
    letters = letters_after(notify, "PublicityOpened")
    (letter,) = [letter for letter in letters if letter["account_id"] == CONTACT]
    assert letter["body"]["zh"].count(UNIT_NAME) == 2
    assert f"《{TITLE}》" in letter["body"]["zh"]
    assert len(letters) == 1, "a prize without an account makes no letter"


def test_a_prize_without_a_contact_makes_no_letter(notify: Harness) -> None:
    assert letters_after(notify, "AwardPublished", contact_account=None) == []


def test_a_published_award_is_not_undone_by_a_late_proposal(notify: Harness) -> None:
    notify.handle([told(notify, "EditionPublished"), told(notify, "CaseSubmitted")])
    notify.handle([told(notify, "AwardPublished", laureate="改名后的单位")])
    notify.handle([told(notify, "PublicityOpened"), filed := told(notify, "ObjectionFiled")])
    (letter,) = notify.rows("letters", {"cause_id": filed.id})
    assert "改名后的单位" in letter["body"]["zh"]


def test_a_moved_date_is_announced_and_told_to_everybody_with_a_case(notify: Harness) -> None:
    notify.handle([told(notify, "EditionPublished")])
    for number in range(1, 251):
        account = f"acc-{number % 120}"
        changes = {"case_id": f"case-{number}", "contact_account": account}
        submitted = told(notify, "CaseSubmitted", **changes)
        notify.store.collection("cases").insert_one(
            {"_id": changes["case_id"], "sequence": 1, "edition_id": submitted.data["edition_id"], **changes}
        )
    moved = told(notify, "ScheduleMoved")
    notify.handle([moved])
    notify.run_jobs()
    letters = notify.rows("letters", {"cause_id": moved.id})
    assert len(letters) == 120 == len({letter["account_id"] for letter in letters})
    (announcement,) = notify.emitted("AnnouncementPublished")
    assert (
        "案例征集" in announcement.data["title"]["zh"] and "应多家单位请求" in announcement.data["body"]["zh"]
    )


def test_every_event_the_letters_need_is_in_the_sample_contest() -> None:
    assert {kind.name for kind in SERVICE.reactions} == set(HAPPENINGS)
