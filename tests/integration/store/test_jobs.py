"""Jobs: in small steps, from where the last one ended, by whoever holds the lease."""

from __future__ import annotations

import threading
import time

import pytest
from pymongo.errors import AutoReconnect

from contracts.errors import NotFound, Unavailable
from plumbing.service import Job, JobKind
from plumbing.store import jobs
from plumbing.store.integrity import CHECKS
from plumbing.store.jobs import JobRunner
from tests.support import ledger
from tests.support.harness import Harness


def begin(service: Harness, **args: int) -> str:
    given = {"counter_id": "a", "rows": 5, **args}
    return str(
        service.execute(ledger.count_many, given, service.secretariat(), correlation_id="cor-1")["job_id"]
    )


def expire(service: Harness) -> None:
    service.store.collection("jobs").update_many({}, {"$set": {"until": None, "not_before": None}})


def runner(service: Harness, kind: JobKind | None = None, holder: str = "other") -> JobRunner:
    kinds = {"count_up": kind or service.service.jobs["count_up"]}
    return JobRunner(service.store, holder, kinds, service._transact_step, service.context)


def test_a_job_runs_to_its_end(service: Harness) -> None:
    job_id = begin(service)
    told = service.run_job(job_id)
    assert (told["state"], told["done"], told["total"], told["outcomes"]) == ("done", 5, 5, 5)
    assert told["result"] == {"value": 5, "facts": "prepared 4"}
    assert told["actor"] == "acc-secretariat"
    outcomes = [(row["row"], row["outcome"]) for row in service.rows("job_outcomes")]
    assert outcomes == [(f"row-{place}", "counted") for place in range(5)]
    assert {event.correlation_id for event in service.emitted()} == {"cor-1"}
    assert {event.causation_id for event in service.emitted()} == {job_id}
    assert [row["action"] for row in service.rows("audit")] == ["count_many", "job count_up"]
    assert service.run_job(job_id) == told
    assert not service.jobs.run_once()
    assert [finding for check in CHECKS for finding in check(service.reading())] == []


def test_there_is_no_such_job(service: Harness) -> None:
    with pytest.raises(NotFound):
        service.run_job("job-none")


def test_another_replica_carries_on_where_one_stopped(service: Harness) -> None:
    job_id = begin(service)
    assert service.jobs.run_once(most_steps=2)
    assert runner(service).run_once(job_id, most_steps=2)
    assert service.rows("jobs")[0]["done"] == 4
    assert service.run_job(job_id)["result"]["value"] == 5
    assert len(service.rows("job_outcomes")) == 5


def test_a_held_job_is_left_alone_until_its_lease_ends(service: Harness) -> None:
    begin(service)
    held = service.jobs._claim(None)
    assert held and not runner(service).run_once()
    expire(service)
    assert runner(service).run_once(most_steps=1)
    # who lost the lease cannot save a step
    with pytest.raises(jobs.LeaseLost):
        service.jobs._step(held)
    assert [row["value"] for row in service.rows("counters")] == [1]


def test_who_loses_the_lease_gives_up_quietly(service: Harness) -> None:
    begin(service)

    def steal(context: object, job: Job) -> None:
        service.store.collection("jobs").update_one({"_id": job.id}, {"$inc": {"token": 1}})

    assert runner(service, JobKind(ledger.count_up, prepare=steal)).run_once()
    assert service.rows("counters") == []
    expire(service)
    assert service.jobs.run_once()
    assert service.rows("counters")[0]["value"] == 5


def test_a_refusal_ends_the_job_with_its_problem(service: Harness) -> None:
    job_id = begin(service, refuse_at=2)
    told = service.run_job(job_id)
    assert (told["state"], told["done"], told["problem"]["code"]) == ("failed", 2, "Conflict")
    assert service.rows("counters")[0]["value"] == 2


def test_a_kind_nobody_declares_fails(service: Harness) -> None:
    job_id = service.transact("x", lambda tx: tx.enqueue("unknown", {}))
    assert service.run_job(job_id)["problem"]["code"] == "NotFound"


def test_a_job_of_a_later_release_is_left_to_it(service: Harness) -> None:
    service.transact("x", lambda tx: tx.enqueue("of_the_next_release", {}))
    assert not service.jobs.run_once()
    assert service.rows("jobs")[0]["state"] == "waiting"
    later = {"of_the_next_release": JobKind(lambda tx, job, facts: setattr(job, "finished", True))}
    newer = JobRunner(service.store, "new", later, service._transact_step, service.context)
    assert newer.run_once()
    assert service.rows("jobs")[0]["state"] == "done"


def test_a_stop_lets_a_job_go_after_its_step(service: Harness) -> None:
    job_id = begin(service)
    asked = iter([False, True])
    assert service.jobs.run_once(stopping=lambda: next(asked))
    [row] = service.rows("jobs")
    assert (row["done"], row["holder"], row["until"]) == (2, "", None)
    assert service.run_job(job_id)["state"] == "done"


def test_an_error_is_tried_again_later_and_not_for_ever(service: Harness) -> None:
    job_id = begin(service, fail_at=3)
    assert service.jobs.run_once(job_id)
    row = service.rows("jobs")[0]
    assert (row["state"], row["done"], row["failures"]) == ("running", 3, 0)
    assert row["not_before"] is not None and row["until"] is None
    assert not service.jobs.run_once()  # not due
    for _ in range(jobs.MOST_FAILURES + 1):
        expire(service)
        service.jobs.run_once()
    row = service.rows("jobs")[0]
    assert (row["state"], row["problem"]["code"], row["done"]) == ("failed", "Failed", 3)
    assert service.rows("counters")[0]["value"] == 3


def test_a_job_that_waits_for_others_is_not_given_up(service: Harness) -> None:
    job_id = begin(service)

    def wait(context: object, job: Job) -> None:
        raise Unavailable("对方服务没有响应。", "The other service does not answer.")

    waiting = runner(service, JobKind(ledger.count_up, prepare=wait))
    for _ in range(jobs.MOST_FAILURES + 3):
        assert waiting.run_once(job_id)
    row = service.rows("jobs")[0]
    assert (row["state"], row["problem"]["code"]) == ("running", "Unavailable")
    assert service.run_job(job_id)["state"] == "done"


def test_a_job_that_kills_who_carries_it_is_given_up(service: Harness) -> None:
    begin(service)
    for _ in range(jobs.MOST_FAILURES):  # claimed and never heard of again
        assert service.jobs._claim(None)
        expire(service)
    assert service.jobs.run_once()
    assert service.rows("jobs")[0]["state"] == "failed"


def test_the_lease_lives_while_a_step_is_prepared(service: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(service, rows=1)
    monkeypatch.setattr(jobs, "RENEW_EVERY", 0.05)
    rows = service.store.collection("jobs")

    def prepare(context: object, job: Job) -> None:
        before, until = rows.find_one({}), time.monotonic() + 10
        while rows.find_one({})["until"] == before["until"] and time.monotonic() < until:  # type: ignore[index]
            time.sleep(0.02)
        assert rows.find_one({})["until"] > before["until"]  # type: ignore[index]

    assert runner(service, JobKind(ledger.count_up, prepare=prepare)).run_once()
    assert service.rows("jobs")[0]["state"] == "done"


def test_a_lease_that_cannot_be_renewed_is_borne(service: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(service, rows=1)
    monkeypatch.setattr(jobs, "RENEW_EVERY", 0.01)
    tried = threading.Event()

    def refuse(held: object, changes: object) -> None:
        tried.set()
        raise AutoReconnect("gone")

    def prepare(context: object, job: Job) -> None:
        assert tried.wait(10)

    carrying = runner(service, JobKind(ledger.count_up, prepare=prepare))
    monkeypatch.setattr(carrying, "_update", refuse)
    assert carrying.run_once()
    assert service.rows("jobs")[0]["state"] == "done"
