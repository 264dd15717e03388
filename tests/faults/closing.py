"""Carry one closing job on, killable: ``python -m tests.faults.closing DATABASE JOB``."""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import datetime

from plumbing.clock import FixedClock
from plumbing.identity.keys import Keyring
from plumbing.identity.sealing import Sealing
from plumbing.identity.tokens import Tokens
from plumbing.parts import Parts
from plumbing.settings import Settings
from plumbing.store import jobs
from plumbing.store.executor import Executor
from plumbing.store.mongo import connect
from services.review.service import SERVICE
from tests.faults import breakages, points

SHORT_LEASE = 2


def main(database: str, job_id: str) -> None:
    """Run the job to its end, or to the armed point."""
    jobs.LEASE_SECONDS = SHORT_LEASE
    breakages.make()
    points.arm(os.environ.get("XINLV_FAULT", ""))
    private, keyring = json.loads(os.environ["XINLV_FAULT_KEYS"])
    moment = datetime.fromisoformat(os.environ["XINLV_FAULT_NOW"])
    parts = Parts(
        settings=Settings(profile="local", service="review", signing_key=private["review"], keyring=keyring),
        clock=FixedClock(moment), calls=None, materials=None, sealing=Sealing(private["review"]),
        tokens=Tokens("review", Keyring(keyring), private["review"]),
    )  # fmt: skip
    client = connect(os.environ["XINLV_FAULT_MONGO"], "faults-closing")
    executor = Executor(SERVICE, client[database], parts)
    threading.Thread(target=end_abandoned, args=(executor,), daemon=True).start()
    executor.run_job(job_id)


def end_abandoned(executor: Executor) -> None:
    """End what a killed process left open, as each service process does beside its work."""
    rest = threading.Event()
    while not rest.wait(0.5):
        executor.run_loop("abandoned_transactions")


if __name__ == "__main__":
    main(*sys.argv[1:])
