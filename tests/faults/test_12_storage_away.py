"""MinIO is down during an upload, a confirmation, a check and a certificate; then it is slow."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts.errors import Unavailable
from contracts.events import registration as events
from contracts.rpc import awards as awards_rpc
from contracts.rpc import submission as rpc
from plumbing.materials import connect
from runner.stack.toxiproxy import Proxy
from services.awards.service import SERVICE as AWARDS
from services.submission.service import SERVICE as SUBMISSION
from tests.fakes.contest import EDITION_ID, RULES, UNIT
from tests.fakes.entries import IN_TIME, filled
from tests.integration.awards.world import EDITION, World
from tests.integration.submission.conftest import COMPLETE, publish_edition
from tests.support.browser import post_form
from tests.support.harness import Harness

pytestmark = pytest.mark.stack


@pytest.fixture
def storage(stack: Any, toxics: Any) -> Iterator[Proxy]:
    """A proxy before the store."""
    proxy = toxics.stand_before("s3", stack.environment()["XINLV_S3_URL"])
    yield proxy
    proxy.remove()


@pytest.fixture
def through(storage: Proxy, stack: Any, settings_of: Any) -> Callable[[str], Any]:
    """Return a service's settings with the store behind the proxy, for browsers too."""

    def settings(service: str) -> Any:
        url = storage.lead(stack.environment(service)["XINLV_S3_URL"])
        return settings_of(service, XINLV_S3_URL=url, XINLV_S3_PUBLIC_URL=url)

    return settings


def test_uploads_wait_for_the_store(
    harness: Any, through: Any, storage: Proxy, dice: random.Random, seed: int
) -> None:
    service: Harness = harness(SUBMISSION, materials=connect(through("submission")))
    service.clock.set(IN_TIME)
    publish_edition(service, RULES, 1)
    service.handle([service.event(events.UnitRegistered, "unit-1", 1, {**UNIT, "unit_id": "unit-1"})])
    entrant = service.entrant("unit-1")
    case_id = service.call(rpc.save_draft, {"edition_id": EDITION_ID, **filled()}, entrant)["case_id"]
    down_at = dice.choice(["upload", "confirm"])
    for kind, file_name, content in COMPLETE:
        asked = {"case_id": case_id, "kind": kind, "file_name": file_name, "size": len(content)}
        upload = service.call(rpc.upload_material, asked, entrant)
        named = {"case_id": case_id, "material_id": upload["material_id"]}
        if down_at == "upload":
            storage.cut()
            with pytest.raises(OSError):
                post_form(upload["url"], upload["form"], content)
            storage.mend()
        assert post_form(upload["url"], upload["form"], content) == 204
        command = f"cmd-{upload['material_id']}"
        storage.cut()
        with pytest.raises(Unavailable):
            service.call(rpc.confirm_material, named, entrant, command_id=command)
        storage.mend()
        storage.poison("latency", latency=dice.randint(50, 400), jitter=50)
        first = service.call(rpc.confirm_material, named, entrant, command_id=command)
        assert service.call(rpc.confirm_material, named, entrant, command_id=command) == first
        storage.mend()
    storage.cut()
    with contextlib.suppress(Unavailable):
        service.run_loop("check_materials")
    shown = service.call(rpc.get_case, {"case_id": case_id}, entrant)["materials"]
    assert {one["status"] for one in shown} == {"quarantined"}, "judged without being read"
    storage.mend()
    service.clock.advance(minutes=30)  # a check that could not be made is put off
    storage.poison("bandwidth", rate=200)
    while service.run_loop("check_materials"):
        pass
    shown = service.call(rpc.get_case, {"case_id": case_id}, entrant)["materials"]
    assert [one["status"] for one in shown] == ["accepted"] * len(COMPLETE)
    assert len(service.emitted("MaterialAccepted")) == len(COMPLETE)
    receipt = service.call(rpc.submit_case, {"case_id": case_id}, entrant)
    assert receipt["number"]
    assert [finding for check in SUBMISSION.invariants for finding in check(service.reading())] == []


def test_certificates_wait_for_the_store(
    harness: Any, through: Any, storage: Proxy, dice: random.Random, seed: int
) -> None:
    settings = through("awards")
    service: Harness = harness(AWARDS, materials=connect(settings), settings=settings)
    world = World(service)
    world.final([1, 2, 3])
    staff = service.secretariat()
    proposal = service.execute(awards_rpc.propose_awards, {"edition_id": EDITION}, staff)
    args = {"proposal_id": proposal["proposal_id"]}
    service.execute(awards_rpc.open_publicity, args, staff)
    world.pass_publicity()
    service.run_job(service.execute(awards_rpc.publish_awards, args, staff)["job_id"])
    published = len(service.emitted("AwardPublished"))
    storage.cut()
    for _ in range(2):
        with contextlib.suppress(Unavailable):
            service.run_loop("issue_certificates")
    assert not service.emitted("CertificateIssued"), "told of a certificate that nobody can fetch"
    storage.mend()
    service.clock.advance(hours=1)  # a certificate that could not be kept is put off
    storage.poison("latency", latency=dice.randint(50, 300))
    while service.run_loop("issue_certificates"):
        pass
    issued = [event.data["certificate_number"] for event in service.emitted("CertificateIssued")]
    assert len(issued) == len(set(issued)) == published > 0
    assert [finding for check in AWARDS.invariants for finding in check(service.reading())] == []
