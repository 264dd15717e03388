"""The broker is away for longer than every retry: commands are accepted or clearly refused, nothing hangs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from contracts.errors import Unavailable
from contracts.words import Role
from plumbing.bus.client import Client
from plumbing.clock import LocalClock
from plumbing.identity.caller import Caller
from plumbing.parts import Parts
from plumbing.store.executor import Executor
from plumbing.store.mongo import connect
from tests.fakes.sample_services import method
from tests.faults.services import SUBMITTER
from tests.integration.bus.conftest import DELAYS
from tests.support.waiting import until

pytestmark = pytest.mark.stack
LONGER = sum(DELAYS) * 2 + 2


def test_the_outbox_grows_and_drains(
    nodes: Any, oracle: Any, dice: Any, stack: Any, tokens: Any, mongo: Any, amqp_proxy: Any,
    settings_of: Any, load: Any, seed: int,
) -> None:  # fmt: skip
    through = {name: amqp_proxy.lead(stack.environment(name)["XINLV_AMQP_URL"]) for name in SUBJECTS}
    submission = nodes("submission", XINLV_AMQP_URL=through["submission"])
    review = nodes("review", XINLV_AMQP_URL=through["review"])
    running = load(timeout=1.5)
    running.reach(dice.randint(5, 60))
    amqp_proxy.cut()
    began = time.monotonic()
    until(lambda: submission.get("/readyz")[0] == 503 and review.get("/readyz")[0] == 503)
    assert submission.get("/healthz")[0] == 200, "being without a broker is no reason to be killed"
    running.end()
    asked = time.monotonic()
    cut_off = Client(amqp_proxy.lead(stack.environment()["XINLV_AMQP_URL"]), timeout=1.5)
    with cut_off, pytest.raises(Unavailable):
        cut_off.call("submission", "submit_case", {"case_id": "refused"}, tokens(Role.ENTRANT))
    assert time.monotonic() - asked < 4, "a call outlived its timeout"
    # what reaches a service another way (a loop, a job) is accepted: the outbox keeps it
    settings = settings_of("submission")
    with connect(settings.mongo_url, "fault") as database:
        executor = Executor(
            SUBMITTER, database[settings.mongo_database], parts_of(settings, LocalClock(database))
        )
        caller = Caller("acc-loop", frozenset({Role.ENTRANT}), unit_id="unit-1")
        inside = [f"inside-{number}" for number in range(dice.randint(20, 60))]
        submit = method("submission", "submit_case")
        for case_id in inside:
            executor.execute(submit, {"case_id": case_id}, caller, f"cmd-{case_id}")
        assert executor.outbox.depth() >= len(inside), "the outbox did not grow"
    until(lambda: time.monotonic() - began > LONGER, LONGER + 1)
    amqp_proxy.mend()
    submission.ready()
    review.ready()
    oracle.holds([*inside, *running.settle()])
    assert mongo.xinlv_submission.cases.find_one({"_id": "refused"}) is None


SUBJECTS = ("submission", "review")


def parts_of(settings: Any, clock: Any) -> Parts:
    """Return what the executor of the sample submitter needs."""
    from plumbing.identity.keys import Keyring
    from plumbing.identity.sealing import Sealing
    from plumbing.identity.tokens import Tokens

    return Parts(
        settings=settings, clock=clock, calls=None, materials=None, sealing=Sealing(settings.signing_key),
        tokens=Tokens(settings.service, Keyring(settings.keyring), settings.signing_key),
    )  # fmt: skip
