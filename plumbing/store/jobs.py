"""Long work in small transactions: kept as a row, carried on by whichever replica holds its lease."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from contracts.errors import NotFound, NotYet, Refusal, Unavailable
from plumbing.identity.caller import Caller
from plumbing.service import Index, Job, JobKind
from plumbing.store.ids import new_id
from plumbing.store.leases import LeaseLost
from plumbing.store.mongo import Document, Store
from plumbing.store.plain import to_plain

log = logging.getLogger(__name__)
INDEXES = (
    Index("jobs", (("state", 1), ("not_before", 1))),
    Index("jobs", (("created", -1), ("_id", -1))),
    Index("job_outcomes", (("job_id", 1), ("_id", 1))),
)
# longer than any transaction; preparing may take longer still and renews it meanwhile
LEASE_SECONDS, RENEW_EVERY = 30, 8.0
FIRST_PAUSE, LONGEST_PAUSE, MOST_FAILURES = 0.5, 60.0, 12
GIVEN_UP = {
    "type": "urn:xinlv:problem:Failed", "title": "任务失败", "status": 500, "code": "Failed",
    "detail": "任务多次出错，已停止；请联系运维人员。",
    "detail_en": "The job failed again and again and was stopped; ask the operators.", "facts": {},
}  # fmt: skip


def row(
    kind: str, arguments: Mapping[str, Any], caller: Caller, correlation_id: str, now: datetime
) -> Document:
    """Return the row of a job just taken on."""
    return {
        "_id": new_id("job"),
        "kind": kind,
        "arguments": to_plain(arguments),
        "cursor": None,
        "done": 0,
        "total": 0,
        "state": "waiting",
        "result": None,
        "problem": None,
        "actor": caller.subject,
        "correlation_id": correlation_id,
        "created": now,
        "updated": now,
        "outcomes": 0,
        "failures": 0,
        "not_before": None,
        "token": 0,
        "holder": "",
        "until": None,
    }


class JobRunner:
    """Carries jobs on. ``transact(row, run)`` runs one step's transaction as the service."""

    def __init__(
        self,
        store: Store,
        holder: str,
        kinds: Mapping[str, JobKind],
        transact: Callable[[Document, Callable[[Any], Any]], Any],
        context: Callable[[str], Any],
    ) -> None:
        self._rows = store.collection("jobs")
        self._holder = holder
        self._kinds = kinds
        self._transact = transact
        self._context = context

    def run_once(
        self,
        job_id: str | None = None,
        *,
        most_steps: int = 1000,
        stopping: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Take one job that is due (or this one) and carry it on for some steps; say whether there was one.

        A refusal ends the job with that problem; any other error is tried again with growing pauses, and from
        where the last step ended. Jobs of a kind unknown here are left to the release that took them on.
        """
        held = self._claim(job_id)
        if held is None:
            return False
        if (
            held["failures"] > MOST_FAILURES
        ):  # begun that often without one step done: it may kill who carries it
            log.error("job %s (%s) is given up", held["_id"], held["kind"])
            self._fail(held, GIVEN_UP)
            return True
        try:
            for _ in range(most_steps):
                if self._step(held):
                    return True
                if stopping():
                    break
            self._let_go(held)
        except LeaseLost:
            log.warning("job %s is carried on elsewhere", held["_id"])
        except (NotYet, Unavailable) as error:
            self._postpone(held, error)
        except Refusal as error:
            self._fail(held, error.to_problem())
        except Exception as error:
            self._postpone(held, error)
        return True

    def _claim(self, job_id: str | None) -> Document | None:
        due = {"$or": [{"not_before": None}, {"$expr": {"$lte": ["$not_before", "$$NOW"]}}]}
        free = {"$or": [{"until": None}, {"$expr": {"$lte": ["$until", "$$NOW"]}}]}
        query: Document = {"state": {"$in": ["waiting", "running"]}, "$and": [free]}
        if job_id is None:
            query["$and"].append(due)
            query["kind"] = {"$in": sorted(self._kinds)}
        else:
            query["_id"] = job_id
        return self._rows.find_one_and_update(
            query,
            [{"$set": {"state": "running", "holder": {"$literal": self._holder}, "until": _until(),
                       "token": {"$add": ["$token", 1]}, "failures": {"$add": ["$failures", 1]}}}],
            sort=[("not_before", 1), ("_id", 1)],
            return_document=ReturnDocument.AFTER,
        )  # fmt: skip

    def _step(self, held: Document) -> bool:
        """Do one step in one transaction and bring ``held`` up to it; say whether the job has finished."""
        kind = self._kinds.get(held["kind"])
        if kind is None:
            raise NotFound("没有这种任务。", f"Nobody declares a job of the kind {held['kind']}.")
        facts = None
        if kind.prepare:
            with self._renewed(held):
                facts = kind.prepare(self._context(held["correlation_id"]), job_of(held))

        def run(tx: Any) -> Document:
            job = job_of(held)  # a fresh one: the transaction may run again
            kind.step(tx, job, facts)
            return self._save(tx, held, job)

        held.update(self._transact(held, run))
        return held["state"] == "done"

    def _save(self, tx: Any, held: Document, job: Job) -> Document:
        changes: Document = {
            "cursor": to_plain(job.cursor), "done": job.done, "total": job.total, "updated": tx.now,
            "failures": 0, "not_before": None, "outcomes": held["outcomes"] + len(job.outcomes),
        }  # fmt: skip
        if job.finished:
            changes |= {"state": "done", "result": to_plain(job.result), "holder": ""}
            tx.audit(f"job {job.kind}", job.id, done=job.done, total=job.total, on_behalf_of=held["actor"])
        fixed: Document = {name: {"$literal": value} for name, value in changes.items()}
        fixed["until"] = None if job.finished else _until()
        saved = tx.collection("jobs").update_one({"_id": job.id, "token": held["token"]}, [{"$set": fixed}])
        if not saved.matched_count:
            raise LeaseLost(job.id)
        if job.outcomes:
            tx.collection("job_outcomes").insert_many([
                {"_id": f"{job.id}#{held['outcomes'] + place:09d}", "job_id": job.id, **to_plain(outcome)}
                for place, outcome in enumerate(job.outcomes)
            ])  # fmt: skip
        return changes

    @contextmanager
    def _renewed(self, held: Document) -> Iterator[None]:
        """Hold the lease for as long as the body takes."""
        over = threading.Event()

        def renew() -> None:
            while not over.wait(RENEW_EVERY):
                try:
                    self._update(held, {"until": _until()})
                except PyMongoError as error:
                    log.warning("the lease of job %s was not renewed: %s", held["_id"], type(error).__name__)

        keeper = threading.Thread(target=renew, name=f"lease {held['_id']}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _postpone(self, held: Document, error: Exception) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, min(held["failures"] - 1, 10)))
        log.warning("job %s (%s) is tried again in %.1f s", held["_id"], held["kind"], pause, exc_info=error)
        failures = held["failures"]
        if isinstance(error, Refusal):  # waiting for others is no failure of its own, and may last
            failures = min(failures, MOST_FAILURES // 2)
        self._update(held, {
            "failures": failures,
            "holder": "", "until": None,
            "not_before": {"$add": ["$$NOW", int(pause * 1000)]},
            "problem": {"$literal": error.to_problem()} if isinstance(error, Refusal) else None,
        })  # fmt: skip

    def _fail(self, held: Document, problem: Mapping[str, Any]) -> None:
        self._update(
            held, {"state": "failed", "problem": {"$literal": dict(problem)}, "holder": "", "until": None}
        )

    def _let_go(self, held: Document) -> None:
        self._update(held, {"holder": "", "until": None})

    def _update(self, held: Document, changes: Document) -> None:
        self._rows.update_one({"_id": held["_id"], "token": held["token"]}, [{"$set": changes}])


def _until() -> Document:
    return {"$add": ["$$NOW", LEASE_SECONDS * 1000]}


def job_of(row: Document) -> Job:
    """Return the job as its step sees it."""
    fresh = copy.deepcopy({name: row[name] for name in ("arguments", "cursor", "done", "total")})
    return Job(id=row["_id"], kind=row["kind"], **fresh)


def describe(row: Document) -> Document:
    """Return what may be told of a job, as JSON values."""
    names = ("kind", "state", "done", "total", "outcomes", "result", "problem", "actor", "created", "updated")
    told: Document = to_plain({"job_id": row["_id"], **{name: row[name] for name in names}})
    return told
