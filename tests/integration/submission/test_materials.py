"""Files: sent by form, kept under quarantine, checked in a child process, shown by audited links."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.errors import Conflict, InvalidInput, NotFound, NotYet, Unavailable
from contracts.fields import load
from contracts.rpc import submission as rpc
from plumbing.materials.checker import EICAR
from services.submission.domain.material import CHECK_PAUSE, SWEEP_AFTER
from tests.fakes import files
from tests.fakes.contest import CONTACT, EDITION, EDITION_ID
from tests.fakes.entries import IN_TIME
from tests.integration.submission.conftest import Desk
from tests.support.browser import get, post_form
from tests.support.harness import Harness, names

pytestmark = pytest.mark.stack
VIRUS = files.pdf(EICAR)


def material_of(desk: Desk, case_id: str, material_id: str) -> dict[str, Any]:
    return next(m for m in desk.see(case_id)["materials"] if m["material_id"] == material_id)


def test_a_checked_file_is_shown_by_a_link_that_is_audited(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    file = desk.send(case_id, "proof_of_rights", "专利.pdf", files.pdf())
    args = {"case_id": case_id, "material_id": file}
    with pytest.raises(NotYet):
        desk.do(rpc.material_link, **args)
    assert service.run_loop("check_materials") == 1
    assert service.run_loop("check_materials") == 0
    shown = material_of(desk, case_id, file)
    assert (shown["status"], shown["findings"], len(shown["sha256"])) == ("accepted", [], 64)
    assert names(service.emitted()) == ["MaterialAccepted"]
    link = desk.do(rpc.material_link, **args)
    assert f"X-Amz-Expires={link['expires_in']}&" in link["url"]
    status, content, headers = get(link["url"])
    assert (status, content) == (200, files.pdf())
    assert "%E4%B8%93%E5%88%A9.pdf" in headers["Content-Disposition"]
    looks = service.rows("audit", {"action": "material_link"})
    assert [(look["actor"], look["subject"]) for look in looks] == [(desk.caller.subject, case_id)]
    # those who judge get a name that gives nothing away
    blind = service.ask(rpc.material_link, args, service.another_service("review"))
    assert "%E4%B8%93" not in get(blind["url"])[2]["Content-Disposition"]


def test_a_harmful_file_is_refused_and_shown_to_nobody(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    file = desk.send(case_id, "proof_of_rights", "专利.pdf", VIRUS)
    service.run_loop("check_materials")
    shown = material_of(desk, case_id, file)
    assert shown["status"] == "refused" and shown["findings"][0]["code"] == "virus"
    load(rpc.get_case.result(), desk.see(case_id))
    event = service.emitted("MaterialQuarantined")[0]
    assert event.data["findings"] == ["virus"] and event.data["contact_account"] == CONTACT
    assert (event.data["submitted"], event.data["due_at"]) == (False, None)
    with pytest.raises(NotFound):
        service.ask(rpc.material_link, {"case_id": case_id, "material_id": file}, service.secretariat())


def test_a_quarantine_after_submission_returns_the_case_with_time(service: Harness, desk: Desk) -> None:
    case_id = desk.complete()
    bad = desk.send(case_id, "attachment", "附件.pdf", VIRUS)
    receipt = desk.do(rpc.submit_case, case_id=case_id)
    assert len(receipt["materials"]) == 4
    service.run_loop("check_materials")
    case = desk.see(case_id)
    due = IN_TIME + timedelta(days=EDITION.quarantine_days)
    assert case["status"] == "returned" and case["returned"]["refused_materials"] == [bad]
    event = service.emitted("MaterialQuarantined")[0]
    assert (
        event.data["submitted"] and event.data["due_at"] == due.isoformat(timespec="milliseconds")[:-6] + "Z"
    )
    with pytest.raises(InvalidInput) as refused:
        desk.do(rpc.revise_case, case_id=case_id)
    assert [fault.field for fault in refused.value.fields] == [f"materials.{bad}"]
    desk.do(rpc.remove_material, case_id=case_id, material_id=bad)
    desk.send(case_id, "attachment", "附件.pdf", files.pdf())
    assert desk.do(rpc.revise_case, case_id=case_id)["revision"] == 2
    assert len(service.emitted("CaseRevised")[0].data["materials"]) == 4


def test_confirming_needs_the_file_and_happens_once(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    args = {"case_id": case_id, "kind": "site_picture", "file_name": "a.png", "size": len(files.png())}
    upload = desk.do(rpc.upload_material, **args)
    load(rpc.upload_material.result(), upload)
    named = {"case_id": case_id, "material_id": upload["material_id"]}
    with pytest.raises(NotFound):
        desk.do(rpc.confirm_material, **named)
    post_form(upload["url"], upload["form"], files.png())
    first = desk.do(rpc.confirm_material, **named)
    assert desk.do(rpc.confirm_material, **named) == first
    # what comes by the same form afterwards does not touch what was confirmed
    post_form(upload["url"], upload["form"], files.png()[:-1] + b"\0")
    service.run_loop("check_materials")
    assert material_of(desk, case_id, upload["material_id"])["status"] == "accepted"


def test_no_more_files_of_a_kind_than_allowed(desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    desk.send(case_id, "application_form", "a.pdf", files.pdf())
    with pytest.raises(Conflict):
        desk.send(case_id, "application_form", "b.pdf", files.pdf())
    with pytest.raises(InvalidInput):
        desk.do(rpc.upload_material, case_id=case_id, kind="poem", file_name="a.pdf", size=5)


def test_confirming_one_too_many_copies_nothing(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    desk.send(case_id, "application_form", "a.pdf", files.pdf())
    args = {"case_id": case_id, "kind": "application_form", "file_name": "b.pdf", "size": len(files.pdf())}
    upload = desk.do(rpc.upload_material, **args)
    post_form(upload["url"], upload["form"], files.pdf())
    for _ in range(2):
        with pytest.raises(Conflict):
            desk.do(rpc.confirm_material, case_id=case_id, material_id=upload["material_id"])
    key = f"{EDITION_ID}/{case_id}/{upload['material_id']}"
    assert service.parts.materials.stat("incoming", key)
    assert service.parts.materials.stat("materials", key) is None


def test_what_nobody_needs_is_swept(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    kept = desk.send(case_id, "proof_of_rights", "a.pdf", files.pdf())
    removed = desk.send(case_id, "proof_of_rights", "b.pdf", files.pdf())
    desk.do(rpc.remove_material, case_id=case_id, material_id=removed)
    args = {"case_id": case_id, "kind": "site_picture", "file_name": "a.png", "size": len(files.png())}
    cancelled = desk.do(rpc.upload_material, **args)["material_id"]
    desk.do(rpc.remove_material, case_id=case_id, material_id=cancelled)
    forgotten = desk.do(rpc.upload_material, **args)
    post_form(forgotten["url"], forgotten["form"], files.png())
    store, key = service.parts.materials, f"{EDITION_ID}/{case_id}/"
    assert store.stat("incoming", key + kept) and store.stat("materials", key + removed)
    assert service.run_loop("sweep_uploads") == 4
    assert store.stat("incoming", key + kept) is None and store.stat("materials", key + removed) is None
    assert store.stat("materials", key + kept) and store.stat("incoming", key + forgotten["material_id"])
    service.clock.set(IN_TIME + SWEEP_AFTER)
    assert service.run_loop("sweep_uploads") == 2
    assert store.stat("incoming", key + forgotten["material_id"]) is None
    assert [m["material_id"] for m in desk.see(case_id)["materials"]] == [kept]
    assert service.run_loop("sweep_uploads") == 0


def test_a_copy_whose_command_was_refused_is_removed_after_its_time(
    service: Harness, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = desk.draft()["case_id"]
    kept = desk.send(case_id, "site_picture", "a.png", files.png())
    args = {"case_id": case_id, "kind": "site_picture", "file_name": "b.png", "size": len(files.png())}
    upload = desk.do(rpc.upload_material, **args)
    post_form(upload["url"], upload["form"], files.png())
    with monkeypatch.context() as broken, pytest.raises(NotYet):
        # refused when the copy is made already, as when two confirm at once
        broken.setattr("services.submission.commands.materials.repository.own_kept", refuse)
        desk.do(rpc.confirm_material, case_id=case_id, material_id=upload["material_id"])
    store, key = service.parts.materials, f"{EDITION_ID}/{case_id}/"
    service.run_loop("sweep_uploads")
    assert store.stat("materials", key + upload["material_id"])
    monkeypatch.setattr("services.submission.loops.sweep_uploads.LEFT_AFTER", timedelta(0))
    assert service.run_loop("sweep_uploads") == 1
    assert store.stat("materials", key + upload["material_id"]) is None
    assert store.stat("materials", key + kept) and service.rows("kept") == []


def refuse(*_: Any) -> None:
    raise NotYet("尚无", "Not there yet.")


def test_what_comes_by_a_form_later_is_swept_and_what_is_awaited_stays(
    service: Harness, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = desk.draft()["case_id"]
    args = {"case_id": case_id, "kind": "site_picture", "file_name": "a.png", "size": len(files.png())}
    uploads = [desk.do(rpc.upload_material, **args) for _ in range(3)]
    for upload in uploads:
        post_form(upload["url"], upload["form"], files.png())
    confirmed, removed, awaited = (upload["material_id"] for upload in uploads)
    desk.do(rpc.confirm_material, case_id=case_id, material_id=confirmed)
    desk.do(rpc.remove_material, case_id=case_id, material_id=removed)
    service.run_loop("sweep_uploads")
    for upload in uploads[:2]:
        assert post_form(upload["url"], upload["form"], files.png()) == 204
    store, key = service.parts.materials, f"{EDITION_ID}/{case_id}/"
    service.run_loop("sweep_incoming")
    assert store.stat("incoming", key + confirmed) and store.stat("incoming", key + removed)
    place = "services.submission.loops.sweep_uploads"
    monkeypatch.setattr(f"{place}.UPLOAD_LIFE", -timedelta(hours=1, minutes=1))
    assert service.run_loop("sweep_incoming") >= 2
    assert store.stat("incoming", key + confirmed) is None and store.stat("incoming", key + removed) is None
    assert store.stat("incoming", key + awaited) and store.stat("materials", key + confirmed)


def break_checker(payload: dict[str, Any]) -> dict[str, Any]:
    """Stand in the child for a checker that one file brings down."""
    from pathlib import Path

    from plumbing.materials.checker import check_files

    if any(b"kill" in Path(file["path"]).read_bytes() for file in payload["files"]):
        os._exit(9)
    return check_files(payload)


def test_a_file_that_brings_the_checker_down_harms_no_other(
    service: Harness, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "services.submission.loops.check_materials.CHECKER",
        "tests.integration.submission.test_materials:break_checker",
    )
    case_id = desk.draft()["case_id"]
    good = desk.send(case_id, "proof_of_rights", "a.pdf", files.pdf())
    bad = desk.send(case_id, "proof_of_rights", "b.pdf", files.pdf(b"kill"))
    service.run_loop("check_materials")
    assert service.emitted() == []
    service.run_loop("check_materials")
    assert material_of(desk, case_id, good)["status"] == "accepted"
    assert material_of(desk, case_id, bad)["status"] == "quarantined"
    assert service.run_loop("check_materials") == 0
    service.clock.set(IN_TIME + CHECK_PAUSE)
    assert service.run_loop("check_materials") == 1
    assert [f["code"] for f in material_of(desk, case_id, bad)["findings"]] == ["not_checkable"]


def test_nothing_is_decided_while_a_part_is_away(
    service: Harness, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = desk.draft()["case_id"]
    file = desk.send(case_id, "proof_of_rights", "a.pdf", files.pdf())
    told = service.parts.settings
    service.parts.settings = replace(told, clamd_url="tcp://127.0.0.1:1")
    assert service.run_loop("check_materials") == 1
    assert service.run_loop("check_materials") == 0
    service.parts.settings = told
    service.clock.set(IN_TIME + CHECK_PAUSE)

    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("存储不在", "The store is away.")

    with monkeypatch.context() as broken:
        broken.setattr(type(service.parts.materials), "fetch", away)
        assert service.run_loop("check_materials") == 1
    assert material_of(desk, case_id, file)["status"] == "quarantined"
    service.clock.set(IN_TIME + 2 * CHECK_PAUSE)
    assert service.run_loop("check_materials") == 1
    assert material_of(desk, case_id, file)["status"] == "accepted"


def test_a_file_that_is_gone_is_refused_after_its_tries(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    file = desk.send(case_id, "proof_of_rights", "a.pdf", files.pdf())
    stored = service.rows("cases")[0]["materials"][0]
    service.parts.materials.delete("materials", stored["key"], stored["version_id"])
    for step in range(3):
        service.clock.set(IN_TIME + step * CHECK_PAUSE)
        assert service.run_loop("check_materials") == 1
    assert [f["code"] for f in material_of(desk, case_id, file)["findings"]] == ["not_checkable"]


def test_no_file_is_blamed_when_no_child_can_be_started(
    service: Harness, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = desk.draft()["case_id"]
    file = desk.send(case_id, "proof_of_rights", "a.pdf", files.pdf())
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/nowhere/python")
        for step in range(4):
            service.clock.set(IN_TIME + step * CHECK_PAUSE)
            assert service.run_loop("check_materials") == 1
    service.clock.set(IN_TIME + 5 * CHECK_PAUSE)
    service.run_loop("check_materials")
    assert material_of(desk, case_id, file)["status"] == "accepted"


def test_a_file_removed_during_its_check_stays_removed(
    service: Harness, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = desk.draft()["case_id"]
    file = desk.send(case_id, "proof_of_rights", "a.pdf", files.pdf())
    fetch = service.parts.materials.fetch

    def fetch_while_removed(*args: Any, **options: Any) -> str:
        desk.do(rpc.remove_material, case_id=case_id, material_id=file)
        return fetch(*args, **options)

    monkeypatch.setattr(service.parts.materials, "fetch", fetch_while_removed)
    assert service.run_loop("check_materials") == 1
    assert desk.see(case_id)["materials"] == [] and service.emitted() == []


def check_slowly(payload: dict[str, Any]) -> dict[str, Any]:
    """Stand in the child for a checker that some files keep busy for ever."""
    from plumbing.materials import checker

    look = checker._look

    def spin(content: bytes, file: dict[str, Any]) -> list[str]:
        while b"slow" in content:
            pass
        return look(content, file)

    checker._look, checker.FILE_SECONDS = spin, 0.2
    return checker.check_files(payload)


def test_slow_files_of_one_unit_hold_up_no_other(
    service: Harness, desk: Desk, other_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "services.submission.loops.check_materials"
    monkeypatch.setattr(f"{place}.CHECKER", "tests.integration.submission.test_materials:check_slowly")
    monkeypatch.setattr(f"{place}.BATCH_FILES", 2)
    slow = desk.draft()["case_id"]
    for number in range(4):
        desk.send(slow, "proof_of_rights", f"{number}.pdf", files.pdf(b"slow"))
    good = other_desk.draft()["case_id"]
    first = other_desk.send(good, "proof_of_rights", "a.pdf", files.pdf())
    assert service.run_loop("check_materials") == 2
    assert material_of(other_desk, good, first)["status"] == "accepted"
    # the slow unit has had a failure now, so whoever comes later still goes first
    second = other_desk.send(good, "proof_of_rights", "b.pdf", files.pdf())
    monkeypatch.setattr(f"{place}.BATCH_FILES", 1)
    assert service.run_loop("check_materials") == 1
    assert material_of(other_desk, good, second)["status"] == "accepted"
    monkeypatch.setattr(f"{place}.BATCH_FILES", 20)
    for step in range(4):
        service.clock.set(IN_TIME + step * CHECK_PAUSE)
        service.run_loop("check_materials")
    found = [material["findings"][0]["code"] for material in desk.see(slow)["materials"]]
    assert found == ["not_checkable"] * 4


def test_many_files_go_through_quickly(service: Harness, desk: Desk) -> None:
    case_id = desk.draft()["case_id"]
    for number in range(9):
        desk.send(case_id, "site_picture", f"{number}.png", files.png())
    began = time.monotonic()
    assert service.run_loop("check_materials") == 9
    assert time.monotonic() - began < 20
    assert len(service.emitted("MaterialAccepted")) == 9
