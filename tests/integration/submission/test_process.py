"""The same from outside: a real process on the real broker, its loops and child processes running."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import NotAllowed, NotSignedIn
from contracts.words import Role
from plumbing.bus.client import Client
from plumbing.identity.keys import Keyring
from plumbing.identity.tokens import Tokens
from plumbing.settings import Settings
from tests.fakes.contest import EDITION_ID, RULES, UNIT
from tests.fakes.entries import IN_TIME, filled
from tests.integration.submission.conftest import COMPLETE
from tests.support.browser import get, post_form

pytestmark = pytest.mark.stack


@pytest.fixture
def known(mongo: Any) -> Any:
    """Copies of the edition, its window open now, and of the unit."""
    database = mongo["xinlv_submission"]
    rules = {**RULES, "windows": [
        {**window, "opens_at": "2000-01-01T00:00:00+08:00", "closes_at": "2999-01-01T00:00:00+08:00"}
        for window in RULES["windows"]
    ]}  # fmt: skip
    edition = {"edition_id": EDITION_ID, "version": 9, "edition": rules, "sequence": 9, "digest": "process"}
    database.editions.replace_one({"_id": EDITION_ID}, edition, upsert=True)
    database.units.replace_one({"_id": "unit-1"}, {**UNIT, "sequence": 9}, upsert=True)
    yield database
    mongo.drop_database("xinlv_submission")


def test_a_case_goes_through_a_real_process(
    service_processes: Callable[..., Any], stack: Any, settings_of: Callable[..., Settings], known: Any
) -> None:
    service_processes("submission")
    issuer = settings_of("registration")
    tokens = Tokens("registration", Keyring(issuer.keyring), issuer.signing_key)
    entrant = tokens.sign_user("acc-entrant", [Role.ENTRANT], unit_id="unit-1")
    expert = tokens.sign_user("acc-expert", [Role.EXPERT], expert_id="expert-1")
    with Client(stack.environment()["XINLV_AMQP_URL"], timeout=10) as client:

        def do(method: str, token: str | None = entrant, **args: Any) -> Any:
            return client.call("submission", method, args, token)

        case_id = do("save_draft", edition_id=EDITION_ID, **filled())["case_id"]
        with pytest.raises(NotAllowed):
            do("get_case", expert, case_id=case_id)
        with pytest.raises(NotSignedIn):
            do("get_case", None, case_id=case_id)
        for kind, file_name, content in COMPLETE:
            upload = do("upload_material", case_id=case_id, kind=kind, file_name=file_name, size=len(content))
            assert post_form(upload["url"], upload["form"], content) == 204
            do("confirm_material", case_id=case_id, material_id=upload["material_id"])
        receipt = do("submit_case", case_id=case_id)
        assert receipt["number"] and receipt["received_at"] > f"{IN_TIME:%Y}"
        deadline = time.monotonic() + 30
        while any(m["status"] != "accepted" for m in do("get_case", case_id=case_id)["materials"]):
            assert time.monotonic() < deadline, "the checker does not get on"
            time.sleep(0.1)
        material = receipt["materials"][0]["material_id"]
        link = do("material_link", case_id=case_id, material_id=material)
        assert get(link["url"])[1] == COMPLETE[0][2]
    assert known.outbox.count_documents({}) == 4
