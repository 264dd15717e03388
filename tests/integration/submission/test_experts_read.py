"""Experts open files: review asks, submission signs and writes down for whom, storage gives the bytes."""

from __future__ import annotations

import pytest

from contracts.errors import NotAllowed
from contracts.rpc import review as review_rpc
from contracts.rpc import submission as rpc
from tests.integration.review.contest import EDITION_ID, Contest
from tests.integration.submission.conftest import COMPLETE, Desk
from tests.support.browser import get
from tests.support.harness import Harness, MakeHarness

pytestmark = pytest.mark.stack


def test_an_expert_downloads_a_file_of_a_case_he_judges(
    service: Harness, desk: Desk, harness: MakeHarness
) -> None:
    receipt = desk.submit()
    judging = Contest(harness, formal={"panel": 1, "least_sheets": 1})
    judging.tell(judging.edition(), judging.unit(1), *(judging.expert(number) for number in range(1, 4)))
    judging.tell(*service.emitted("CaseSubmitted"))
    passed = [{"unit_id": "unit-1", "decision": "pass"}]
    judging.do(review_rpc.decide_qualifications, edition_id=EDITION_ID, rows=passed)
    (seat,) = judging.seats(judging.open("formal"))
    expert = judging.as_expert(seat["expert_id"])
    shown = judging.do(review_rpc.case_for_review, expert, assignment_id=seat["assignment_id"])
    assert [material["kind"] for material in shown["materials"]] == [kind for kind, _, _ in COMPLETE]
    for material, (_, file_name, content) in zip(shown["materials"], COMPLETE, strict=True):
        link = judging.do(
            review_rpc.material_for_review, expert, assignment_id=seat["assignment_id"],
            material_id=material["material_id"],
        )  # fmt: skip
        status, downloaded, headers = get(link["url"])
        assert (status, downloaded) == (200, content)
        # the name given by the unit often tells whose the case is
        assert receipt["number"] in headers["Content-Disposition"]
        assert file_name.partition(".")[0] not in headers["Content-Disposition"]
    looks = service.rows("audit", {"action": "material_link"})
    assert {(look["actor"], look["subject"], look["details"]["for_account"]) for look in looks} == {
        ("service:review", receipt["case_id"], expert.subject)
    }
    assert len(looks) == len(COMPLETE)


def test_nobody_but_a_service_asks_for_somebody_else(service: Harness, desk: Desk) -> None:
    case_id = desk.complete()
    file = desk.see(case_id)["materials"][0]["material_id"]
    args = {"case_id": case_id, "material_id": file, "for_account": "acc-expert-1"}
    for caller in (desk.caller, service.secretariat()):
        with pytest.raises(NotAllowed):
            service.ask(rpc.material_link, args, caller)
    for name in ("notify", "awards"):
        with pytest.raises(NotAllowed):
            service.ask(rpc.material_link, args, service.another_service(name))
