"""Opening rounds, and taking in cases that arrive later."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from contracts.edition import Stage
from contracts.errors import Conflict
from contracts.events import review as events
from plumbing.store import chain
from plumbing.store.ids import new_id
from services.review import repository
from services.review.domain.assessment import IN_JUDGING
from services.review.domain.record import round_chain
from services.review.domain.round import Round, slot_of, stage_of
from services.review.domain.round_case import RoundCase, round_case_id
from services.review.shapes import show_round
from services.review.succession import require_finished, waiting_for


def open_round(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Open a round with every case that waits for its stage, pinned to the newest rules.

    Raises Conflict while an earlier round may still send cases to it.
    """
    edition = repository.current_edition(tx, args["edition_id"])
    stage = stage_of(edition, args["stage"], args["track"])
    slot = slot_of(edition.id, stage.id, args["track"])
    if tx.collection("rounds").find_one({"slot": slot}):
        raise Conflict("该阶段的这一轮已经开启过。", "This round was opened before.", slot=slot)
    require_finished(tx, edition, stage, args["track"])
    round_ = Round(
        new_id("round"), edition.id, edition.version, stage.id, stage.kind.value, args["track"],
        secrets.token_hex(32), tx.now, slot,
    )  # fmt: skip
    cases = take_waiting(tx, round_, stage)
    if cases == 0:
        raise Conflict("没有等待本阶段评审的案例。", "No case waits for this stage.", stage=stage.id)
    repository.save(tx, round_)
    data = {
        "round_id": round_.id, "edition_id": round_.edition_id, "edition_version": round_.edition_version,
        "stage": round_.stage, "kind": round_.kind, "track": round_.track, "cases": cases,
    }  # fmt: skip
    # the salt itself stays secret: with it anybody could tell who hides behind a pseudonym
    kept = {**data, "opened_at": tx.now, "salt_hash": hashlib.sha256(round_.salt.encode()).hexdigest()}
    chain.append(tx, round_chain(round_.id), "round_opened", kept)
    tx.emit(events.RoundOpened, round_.id, round_.version, data)
    return show_round(repository.to_doc(round_), {"cases": cases, "open": cases})


def add_waiting_cases(tx: Any, args: dict[str, Any]) -> dict[str, Any]:
    """Take cases that came to wait since into an open round: who arrived, passed or was reinstated later."""
    round_ = repository.get(tx, Round, args["round_id"])
    round_.require_open()
    _, stage = repository.rules_of(tx, round_)
    repository.save(tx, round_)
    return {"round_id": round_.id, "added": take_waiting(tx, round_, stage)}


def take_waiting(tx: Any, round_: Round, stage: Stage) -> int:
    """Put every waiting case of a passed, active unit into the round; return how many.

    Two writes for all of them: a national contest opens a round with 15,000 cases at once.
    """
    query = waiting_for(tx, round_, stage)
    waiting = list(tx.collection("assessments").find(query, {"unit_id": 1, "track": 1, "number": 1}))
    if not waiting:
        return 0
    tx.collection("assessments").update_many(
        query,
        {"$set": {"status": IN_JUDGING[stage.kind], "round_id": round_.id}, "$inc": {"version": 1}},
    )
    tx.collection("round_cases").insert_many([
        repository.to_doc(RoundCase(
            round_case_id(round_.id, row["_id"]), round_.id, row["_id"], row["unit_id"], row["track"],
            row["number"], stage.panel,
        ))
        for row in waiting
    ])  # fmt: skip
    return len(waiting)
