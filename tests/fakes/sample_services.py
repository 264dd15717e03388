"""Two services of a few lines on real contracts, to put the bus through what real ones would hide.

``submit_case`` takes anything; the reason becomes the case's title, which tells the reaction what to do:
 fail, wait, kill its process, or remember the case.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from typing import Any

from contracts.errors import Conflict, NotFound, NotYet
from contracts.events import Event
from contracts.events.submission import CaseSubmitted
from contracts.rpc import find_method
from contracts.rpc.method import Method
from plumbing.service import Command, Service
from plumbing.store.copies import copy_state

log = logging.getLogger(__name__)


def method(service: str, name: str) -> Method:
    """Return a declared method."""
    found = find_method(service, name)
    assert found is not None
    return found


def submit_case(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Keep a case and tell it."""
    case_id, title = args["case_id"], args["reason"] or "plain"
    if title == "crash":
        raise RuntimeError("password=hunter2 must not leave the service")
    if title == "slow":
        time.sleep(0.5)
    if tx.collection("cases").find_one({"_id": case_id}):
        raise Conflict("已提交。", "Submitted already.")
    tx.collection("cases").insert_one({"_id": case_id, "version": 1, "title": title})
    case = {
        "case_id": case_id,
        "number": f"N-{case_id}",
        "edition_id": "xl3",
        "edition_version": 1,
        "track": "t1",
        "title": title,
        "summary": "基站节能改造。",
        "answers": {},
        "unit_id": tx.caller.unit_id or "unit-1",
        "joint_units": [],
        "contact_account": tx.caller.subject,
        "materials": [],
        "revision": 1,
        "submitted_at": tx.now,
    }
    tx.emit(CaseSubmitted, case_id, 1, case)
    log.info("submitted %s", case_id)
    return {"case_id": case_id, "received_at": tx.now}


def get_case(view: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Return the case."""
    row = view.collection("cases").find_one({"_id": args["case_id"]})
    if row is None:
        raise NotFound("没有这个案例。", "There is no such case.")
    return {"case_id": row["_id"], "title": row["title"]}


def remember_case(tx: Any, event: Event) -> None:
    """Do what the title says."""
    title = event.data["title"]
    if title.startswith("poison"):
        os.kill(os.getpid(), signal.SIGKILL)
    if title.startswith("fail") and not tx.collection("gates").find_one({"_id": "open"}):
        raise ValueError("cannot handle this")
    if title.startswith("later") and not tx.collection("gates").find_one({"_id": "open"}):
        raise NotYet("还没到。", "Not here yet.")
    tx.collection("counts").update_one({"_id": event.subject}, {"$inc": {"times": 1}}, upsert=True)
    copy_state(tx, "cases", event, {"title": title})
    log.info("remembered %s", event.subject)


SUBMISSION = Service(
    name="submission",
    commands={method("submission", "submit_case"): Command(submit_case, small=True)},
    queries={method("submission", "get_case"): get_case},
)
REVIEW = Service(
    name="review",
    commands={},
    queries={method("review", "get_assessment"): get_case},
    reactions={CaseSubmitted: [remember_case]},
)
SAMPLES = {"submission": SUBMISSION, "review": REVIEW}
