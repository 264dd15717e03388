"""What every service answers alike, asked of a running one; each answer is what its contract says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import InvalidInput, NotFound
from contracts.rpc import find_method
from contracts.words import Role
from tests.support.waiting import until

pytestmark = pytest.mark.stack
LONG_AGO, FAR_AHEAD = "2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z"


@pytest.fixture
def ask(client: Any, tokens: Any) -> Callable[..., Any]:
    """Ask as the operator, and hold the answer to its contract."""

    def call(service: str, name: str, **args: Any) -> Any:
        answer = client.call(service, name, args, tokens(Role.OPERATOR))
        method = find_method(service, name)
        assert method is not None and method.result().validate(answer) == {}
        return answer

    return call


def pages(ask: Callable[..., Any], service: str, name: str, **args: Any) -> list[Any]:
    rows: list[Any] = []
    after = None
    while True:
        page = ask(service, name, limit=2, after=after, **args)
        rows += page["items"]
        after = page["next"]
        if after is None:
            return rows


def test_records_and_state_of_a_running_service(
    samples: Any, client: Any, tokens: Any, ask: Callable[..., Any], mongo: Any
) -> None:
    samples("submission")
    samples("review")
    for turn in range(5):
        args = {"case_id": f"case-{turn}", "reason": f"title {turn}"}
        client.call("submission", "submit_case", args, tokens(Role.ENTRANT, "acc-a"), f"cmd-{turn}")
    until(lambda: mongo["xinlv_review"].cases.count_documents({}) == 5)
    until(lambda: ask("submission", "health_summary")["outbox_depth"] == 0)

    audit = pages(ask, "submission", "list_audit", action="submit_case", actor="acc-a")
    assert [row["reason"] for row in audit] == [f"title {turn}" for turn in reversed(range(5))]
    assert pages(ask, "submission", "list_audit", subject="case-1", since=LONG_AGO, until=FAR_AHEAD) == [
        audit[3]
    ]
    looks = pages(ask, "submission", "list_audit", action="list_audit")
    assert looks and looks[0]["actor"] == "acc-operator"

    emitted = pages(ask, "submission", "list_emitted")
    assert [row["subject"] for row in emitted] == [f"case-{turn}" for turn in range(5)]
    assert all(row["published_at"] for row in emitted)
    assert pages(ask, "submission", "list_emitted", type="CaseSubmitted", subject="case-2") == [emitted[2]]
    assert (
        pages(ask, "submission", "list_emitted", type="xinlv.submission.CaseSubmitted.v1", since=FAR_AHEAD)
        == []
    )

    outcome = ask("submission", "command_outcome", command_id="cmd-3", actor="acc-a")
    assert outcome["found"] and outcome["event_ids"] == [emitted[3]["event_id"]]
    assert not ask("submission", "command_outcome", command_id="cmd-3")["found"]

    wanted = ask("review", "wanted_events")["events"]
    assert {"type": "xinlv.submission.CaseSubmitted.v1", "reactions": ["remember_case"]} in wanted
    for service in ("submission", "review"):
        found = ask(service, "check_integrity")
        assert found["findings"] == [] and "accepted_commands" in found["checked"] and not found["truncated"]
        health = ask(service, "health_summary")
        assert health["parked"] == health["inbox_depth"] == health["open_jobs"] == 0
        assert "relay" in {lease["name"] for lease in health["leases"]}


def test_jobs_are_shown_from_taking_on_to_result(
    samples: Any, client: Any, tokens: Any, ask: Callable[..., Any], mongo: Any
) -> None:
    audit, now = mongo["xinlv_submission"].audit, datetime.now(UTC)
    audit.insert_many([{"_id": days, "at": now - timedelta(days=days)} for days in (199, 201)])
    samples("submission", XINLV_RETENTION_AUDIT_DAYS="200")
    started = client.call(
        "submission",
        "replay_events",
        {"to": "review", "since": LONG_AGO, "until": FAR_AHEAD},
        tokens(Role.OPERATOR),
    )
    until(lambda: ask("submission", "job", job_id=started["job_id"])["status"] == "done")
    [listed] = pages(ask, "submission", "list_jobs", status="done")
    assert listed == ask("submission", "job", job_id=started["job_id"]) and listed["result"] == {"sent": 0}
    assert pages(ask, "submission", "list_jobs", status="failed") == []
    assert pages(ask, "submission", "list_jobs") == [listed]
    assert pages(ask, "submission", "list_job_outcomes", job_id=started["job_id"]) == []
    with pytest.raises(NotFound):
        ask("submission", "job", job_id="job-none")
    # how long rows are kept is what this process was told
    until(lambda: audit.find_one({"_id": 201}) is None)
    assert audit.find_one({"_id": 199})


def test_what_to_do_with_parked_messages_must_be_said(samples: Any, client: Any, tokens: Any) -> None:
    samples("review")
    operator = tokens(Role.OPERATOR)
    for args in ({}, {"parked_ids": ["prk-1"], "all": True}):
        with pytest.raises(InvalidInput):
            client.call("review", "replay_parked", args, operator)
        with pytest.raises(InvalidInput):
            client.call("review", "discard_parked", {**args, "reason": "rubbish"}, operator)
    with pytest.raises(InvalidInput) as refused:
        client.call("review", "discard_parked", {"all": True}, operator)
    assert refused.value.fields[0].field == "reason"
    with pytest.raises(InvalidInput):
        client.call("review", "list_parked", {"after": "rubbish"}, operator)
