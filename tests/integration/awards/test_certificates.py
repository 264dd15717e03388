import base64
import hashlib
import io
import urllib.request
from collections.abc import Callable
from datetime import timedelta

import pypdf
import pytest

from contracts.errors import NotFound, NotYet
from contracts.rpc import awards as rpc
from plumbing.materials import connect
from plumbing.settings import Settings
from services.awards import invariants
from services.awards.service import SERVICE
from tests.integration.awards.world import EDITION, World
from tests.support.harness import Harness

pytestmark = pytest.mark.stack
TITLE = "以 #text(red)[液冷] 与 $余热$ 回收的 \\算力* 𠮷中心"


@pytest.fixture
def awards(harness: Callable[..., Harness], settings_of: Callable[..., Settings]) -> Harness:
    """A contest whose prizes have just been published, certificates not yet made; real storage and fonts."""
    made = begin(harness, settings_of)
    open_publicity(made)
    publish(made)
    return made


def begin(harness: Callable[..., Harness], settings_of: Callable[..., Settings]) -> Harness:
    """Return a contest whose final is closed."""
    settings = settings_of("awards", XINLV_SITE_URL="http://site.example.cn")
    world = World(harness(SERVICE, materials=connect(settings), settings=settings))
    world.final([1, 2, 3])
    joint = [{"name": "浙江大学", "uscc": "91350100M000100Y43"}]
    revised = world.case(1, title=TITLE, joint_units=joint)
    object.__setattr__(revised, "sequence", 2)
    world.tell(revised)
    world.awards.world = world
    return world.awards


def open_publicity(made: Harness) -> None:
    proposal = made.execute(rpc.propose_awards, {"edition_id": EDITION}, made.secretariat())
    made.proposed = {"proposal_id": proposal["proposal_id"]}
    made.execute(rpc.open_publicity, made.proposed, made.secretariat())


def publish(made: Harness) -> None:
    made.world.pass_publicity()
    started = made.execute(rpc.publish_awards, made.proposed, made.secretariat(), correlation_id="cor-pub")
    made.run_job(started["job_id"])


def issue(awards: Harness) -> None:
    while awards.run_loop("issue_certificates"):
        pass


def verify(awards: Harness, number: str) -> dict:
    return awards.ask(rpc.verify_certificate, {"number": number}, awards.anonymous)


def test_every_published_award_gets_one_certificate_that_verifies(awards: Harness) -> None:
    issue(awards)
    issue(awards)
    events = awards.emitted("CertificateIssued")
    numbers = [event.data["certificate_number"] for event in events]
    assert sorted(number[:10] for number in numbers) == [
        "XL3-BO-000",
        "XL3-F-0001",
        "XL3-S-0001",
        "XL3-S-0002",
    ]
    assert {event.correlation_id for event in events} == {"cor-pub"}
    for event in events:
        seen = verify(awards, event.data["certificate_number"].lower())
        assert seen["status"] == "valid" and seen["sha256"] == event.data["sha256"]
    assert all(check(awards.reading()) == [] for check in SERVICE.invariants)


def test_the_pdf_says_what_it_should_in_embedded_fonts(awards: Harness) -> None:
    issue(awards)
    (award,) = awards.rows("awards", {"case_id": "case-1"})
    link = awards.ask(rpc.certificate_link, {"award_id": award["_id"]}, awards.entrant("unit-1"))
    with urllib.request.urlopen(link["url"]) as answer:
        assert "attachment" in answer.headers["Content-Disposition"]
        pdf = answer.read()
    assert hashlib.sha256(pdf).hexdigest() == verify(awards, award["certificate_number"])["sha256"]
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    text = "".join(reader.pages[0].extract_text().split())
    for part in ("第1通信有限公司", "浙江大学", "一等奖", award["certificate_number"], "荣誉证书"):
        assert part in text
    assert "".join(TITLE.split()) in text
    assert f"http://site.example.cn/verify/{award['certificate_number']}" in text
    assert len(reader.pages) == 1 and round(float(reader.pages[0].mediabox.width)) == 842


def test_only_its_laureate_and_the_secretariat_get_it_once_it_is_made(awards: Harness) -> None:
    (award,) = awards.rows("awards", {"case_id": "case-1"})
    args = {"award_id": award["_id"]}
    with pytest.raises(NotYet):
        awards.ask(rpc.certificate_link, args, awards.entrant("unit-1"))
    issue(awards)
    with pytest.raises(NotFound):
        awards.ask(rpc.certificate_link, args, awards.entrant("unit-2"))
    link = awards.ask(rpc.certificate_link, args, awards.secretariat())
    assert link["expires_in"] == 300 and "X-Amz-Expires=300&" in link["url"]


def test_a_withdrawn_award_shows_and_a_reinstated_one_holds_again(awards: Harness) -> None:
    issue(awards)
    (award,) = awards.rows("awards", {"case_id": "case-1"})
    number = award["certificate_number"]
    args = {"award_id": award["_id"], "reason": "经查数据不实"}
    awards.execute(rpc.withdraw_award, args, awards.secretariat())
    seen = verify(awards, number)
    assert seen["status"] == "withdrawn" and seen["withdrawn_at"] and "撤销" in seen["statement"]["zh"]
    with pytest.raises(NotFound):
        awards.ask(rpc.certificate_link, {"award_id": award["_id"]}, awards.entrant("unit-1"))
    awards.execute(rpc.reinstate_award, {**args, "reason": "复查无误"}, awards.secretariat())
    assert verify(awards, number)["status"] == "valid"
    listed = awards.ask(rpc.list_results, {"edition_id": EDITION, "prize": "first"}, awards.anonymous)
    assert listed["items"][0]["certificate_number"] == number


def test_an_award_withdrawn_before_its_certificate_gets_none_until_reinstated(awards: Harness) -> None:
    (award,) = awards.rows("awards", {"case_id": "case-1"})
    from services.awards.commands.issue_certificates import allot_numbers

    awards.transact("allot", lambda tx: allot_numbers(tx, "00" * 32))
    args = {"award_id": award["_id"], "reason": "理由"}
    awards.execute(rpc.withdraw_award, args, awards.secretariat())
    issue(awards)
    assert len(awards.emitted("CertificateIssued")) == 3
    assert awards.rows("awards", {"case_id": "case-1"})[0]["certificate_number"] is None
    awards.execute(rpc.reinstate_award, args, awards.secretariat())
    issue(awards)
    assert len(awards.emitted("CertificateIssued")) == 4
    assert all(check(awards.reading()) == [] for check in SERVICE.invariants)


def test_another_proposal_never_takes_a_number_again(awards: Harness) -> None:
    issue(awards)
    old = {award["certificate_number"] for award in awards.rows("awards")}
    for award in awards.rows("awards"):
        args = {"award_id": award["_id"], "reason": "总决赛结果更正"}
        awards.execute(rpc.withdraw_award, args, awards.secretariat())
    discard = {"proposal_id": award["proposal_id"], "reason": "总决赛结果更正"}
    awards.execute(rpc.discard_proposal, discard, awards.secretariat())
    proposal = awards.execute(rpc.propose_awards, {"edition_id": EDITION}, awards.secretariat())
    args = {"proposal_id": proposal["proposal_id"]}
    awards.execute(rpc.open_publicity, args, awards.secretariat())
    awards.clock.set(awards.clock.now() + timedelta(days=10))
    awards.run_job(awards.execute(rpc.publish_awards, args, awards.secretariat())["job_id"])
    issue(awards)
    new = {award["certificate_number"] for award in awards.rows("awards", {"status": "certified"})}
    assert len(old) == len(new) == 4 and not old & new and None not in new
    assert {verify(awards, number)["status"] for number in old} == {"withdrawn"}
    assert {verify(awards, number)["status"] for number in new} == {"valid"}
    assert all(check(awards.reading()) == [] for check in SERVICE.invariants)


def test_a_name_no_font_can_show_is_found_and_keeps_nobody_else_waiting(awards: Harness) -> None:
    awards.store.collection("awards").update_one({"case_id": "case-1"}, {"$set": {"laureate": "公司\u0e01"}})
    issue(awards)
    assert len(awards.emitted("CertificateIssued")) == 3
    (row,) = awards.rows("certificates", {"state": "allotted"})
    assert "could not be displayed" in row["problem"]
    awards.clock.set(awards.clock.now() + timedelta(hours=2))
    (finding,) = invariants.certificates_match(awards.reading())
    assert "could not be displayed" in finding["problem"]


def test_numbers_that_nobody_issued_are_told_kindly(awards: Harness) -> None:
    issue(awards)
    for number in ("XL3-F-0001-0000", "XL3-F-0999-7QK4", "hello"):
        with pytest.raises(NotFound) as refused:
            verify(awards, number)
        assert "编号" in refused.value.zh


def test_a_changed_or_missing_pdf_is_found(awards: Harness) -> None:
    issue(awards)
    keys = [row["key"] for row in awards.rows("certificates")]
    awards.parts.materials.put_publication(keys[0], b"%PDF-forged", "application/pdf")
    awards.parts.materials.delete("publications", keys[1])
    found = invariants.stored_pdfs_match(awards.reading())
    assert sorted(finding["problem"] for finding in found) == [
        "the PDF is not in storage",
        "the stored PDF has another SHA-256",
    ]


def test_a_service_stopped_between_storing_and_telling_carries_on(awards: Harness) -> None:
    from services.awards.commands import issue_certificates as steps

    context = awards.context()
    context.transact("allot", lambda tx: steps.allot_numbers(tx, "00" * 32))
    rows = awards.rows("certificates")
    site, font_dir = awards.parts.settings.site_url, awards.parts.settings.font_dir
    payload = {"font_dir": font_dir, "certificates": [steps.describe_page(row, site) for row in rows]}
    printed = awards.parts.offload.call(steps.RENDER, payload)
    awards.parts.materials.put_publication(
        rows[0]["key"], base64.b64decode(printed["pdfs"][rows[0]["_id"]]), "application/pdf"
    )
    issue(awards)
    assert len(awards.emitted("CertificateIssued")) == len(rows) == 4
    assert all(check(awards.reading()) == [] for check in SERVICE.invariants)
    assert not steps.settle(context, rows[0], printed)
    assert len(awards.emitted("CertificateIssued")) == 4


def test_while_storage_is_away_nothing_is_told_and_later_it_is(
    awards: Harness, settings_of: Callable[..., Settings]
) -> None:
    there = awards.parts.materials
    awards.parts.materials = connect(settings_of("awards", XINLV_S3_URL="http://127.0.0.1:1"))
    issue(awards)
    assert awards.emitted("CertificateIssued") == []
    assert "file store" in awards.rows("certificates")[0]["problem"]
    awards.parts.materials = there
    issue(awards)
    assert awards.emitted("CertificateIssued") == []
    awards.clock.set(awards.clock.now() + timedelta(seconds=10))
    issue(awards)
    assert len(awards.emitted("CertificateIssued")) == 4


def test_damage_to_certificates_and_objections_is_found(awards: Harness) -> None:
    issue(awards)
    change = awards.store.collection
    first, second, third, fourth = awards.rows("certificates")
    change("certificates").delete_one({"_id": first["_id"]})
    change("certificates").delete_one({"_id": second["_id"]})
    change("certificates").insert_one(second | {"_id": second["_id"][:-1] + "!"})
    change("numbering").update_one({"_id": EDITION}, {"$set": {"key": "11" * 32}})
    change("awards").update_one({"_id": third["award_id"]}, {"$set": {"open_objections": 1}})
    found = {f["subject"]: f["problem"] for f in invariants.certificates_match(awards.reading())}
    assert found[first["award_id"]] == "no certificate was made: no attempt yet"
    assert "does not fit" in found[second["award_id"]]
    assert found[fourth["_id"]] == "its check characters are wrong"
    (finding,) = invariants.objections_hold(awards.reading())
    assert finding["subject"] == third["award_id"]
    objection = {"_id": "o", "award_id": third["award_id"], "status": "filed"}
    change("objections").insert_one(objection)
    (finding,) = invariants.objections_hold(awards.reading())
    assert "went on" in finding["problem"]
