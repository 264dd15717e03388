"""Each check tells held, failed and not made apart, whatever the services answer."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from rich.console import Console

from contracts.errors import NotAllowed, NotFound, Refusal, Unavailable
from contracts.fields import format_moment
from contracts.words import SERVICES
from desk.check import CHECKS, Report, Verdict, print_report, run_checks
from desk.check.inspection import PLUMBING
from plumbing.bus.management import ManagementError
from plumbing.settings import Settings

OWN = {
    "registration": [], "submission": ["copies_agree"], "review": ["results_recompute"],
    "awards": ["awards_recompute"], "notify": ["letters_sent_once"],
}  # fmt: skip
EVENT = {
    "event_id": "evt-1", "type": "xinlv.submission.CaseSubmitted.v1", "subject": "case-1", "sequence": 1,
    "correlation_id": "cor-1", "created_at": "2025-05-09T06:30:00.000Z", "published_at": None,
}  # fmt: skip
AWARD = {
    "award_id": "award-1", "status": "certified", "certificate_number": "XL3-1-0001", "laureate": "单位",
    "prize": "first", "title": "案例",
}  # fmt: skip
PROPOSAL = {
    "proposal_id": "proposal-1", "result_id": "result-1", "status": "proposed", "superseded_by": None,
}  # fmt: skip
PLACINGS = [
    {"case_id": "case-1", "rank": 1, "score": "95.50"}, {"case_id": "case-2", "rank": 2, "score": "90"},
]  # fmt: skip
PDF = b"%PDF certificate"
VALID = {**AWARD, "status": "valid", "sha256": hashlib.sha256(PDF).hexdigest()}
Answer = Any


class Platform:
    """Answers as healthy services do; ``say`` changes one answer, ``say_then`` only the first time."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.patience: dict[str, float] = {}
        self.known = {service: [*PLUMBING, *OWN[service]] for service in SERVICES}
        for service in SERVICES:
            self.say(f"{service}.check_integrity", {"findings": [], "truncated": False})
            self.say(f"{service}.health_summary", {"outbox_depth": 0, "outbox_oldest_seconds": 0.0})
            self.say(f"{service}.wanted_events", {"events": []})
            self.say(f"{service}.list_unhandled", {"unhandled": []})
            self.say_rows(f"{service}.list_emitted")
            self.say_rows(f"{service}.list_parked")
        self.say("notify.letter_counts", {"statuses": {"sent": 1}})
        self.say_rows("awards.list_awards")
        self.say_rows("awards.list_proposals", PROPOSAL)
        self.say_rows("awards.list_placings", *PLACINGS)
        self.say_rows("review.list_scores", *PLACINGS)
        self.say("review.get_result", {"result_id": "result-1", "state": "current"})

    timeout = 20.0

    def say(self, method: str, answer: Answer) -> None:
        self.answers[method] = answer

    def say_rows(self, method: str, *rows: Any) -> None:
        self.answers[method] = {"items": list(rows), "next": None}

    def say_then(self, method: str, first: Answer) -> None:
        later, asked = self.answers[method], iter([first])
        self.answers[method] = lambda args: next(asked, later)

    def find(self, service: str, check: str) -> None:
        answer = self.answers[f"{service}.check_integrity"]
        finding = {"check": check, "subject": "row-1", "problem": "does not fit"}
        self.say(f"{service}.check_integrity", {**answer, "findings": [finding]})

    def call(
        self, service: str, method: str, args: dict[str, Any], token: str | None = None,
        timeout: float | None = None,
    ) -> Answer:  # fmt: skip
        if timeout is not None:
            self.patience[method] = timeout
        if args.get("checks") == []:
            return {"known": self.known[service], "checked": [], "findings": [], "truncated": False}
        self.asked.append(" ".join([f"{service}.{method}", *args.get("checks", ())]))
        answer = self.answers.get(f"{service}.{method}", NotFound("没有。", "There is none."))
        answer = answer(args) if callable(answer) else answer
        if isinstance(answer, Refusal):
            raise answer
        return self.narrow(service, answer, args["checks"]) if "checks" in args else answer

    def narrow(self, service: str, answer: Answer, checks: list[str]) -> Answer:
        """Tell only what the checks that are asked for found; a finer name belongs to a check of its own."""
        known = self.known[service]
        found = [
            row for row in answer["findings"]
            if (row["check"] if row["check"] in known else known[-1]) in checks
        ]  # fmt: skip
        return {**answer, "findings": found}


@pytest.fixture
def platform() -> Platform:
    return Platform()


def run(platform: Platform, *only: str, wait: float = 0.0, **given: Any) -> Report:
    settings = given.pop("settings", Settings(profile="local"))
    return run_checks(platform, lambda: "token", settings, wait=wait, only=only, **given)  # type: ignore[arg-type]


def verdict(platform: Platform, name: str, **given: Any) -> Verdict:
    (result,) = run(platform, name, **given).results
    return result.verdict


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "bindings"])
def test_a_healthy_platform_holds(platform: Platform, name: str) -> None:
    assert verdict(platform, name) is Verdict.HELD


@pytest.mark.parametrize(("given", "waited"), [(20.0, 300.0), (900.0, 900.0)])
def test_a_check_of_a_services_own_records_may_take_long(
    platform: Platform, given: float, waited: float
) -> None:
    platform.timeout = given
    run(platform, "results")
    assert platform.patience == {"check_integrity": waited}


@pytest.mark.parametrize("name", CHECKS)
def test_services_that_do_not_answer_make_no_check_hold(platform: Platform, name: str) -> None:
    for method in platform.answers:
        platform.say(method, Unavailable("没有响应。", "No answer."))
    platform.say("review.check_integrity", NotAllowed("无权。", "Not allowed."))
    assert verdict(platform, name) is Verdict.NOT_MADE


@pytest.mark.parametrize(
    ("name", "service", "check"),
    [("commands", "review", "accepted_commands"), ("commands", "notify", "audited_commands"),
     ("records", "review", "chained_records"), ("records", "submission", "copies_agree"),
     ("results", "review", "results_recompute"), ("prizes", "awards", "awards_recompute"),
     ("letters", "notify", "letters_sent_once"), ("results", "review", "a finer name than its function")],
)  # fmt: skip
def test_what_a_service_finds_fails_the_check_it_belongs_to(
    platform: Platform, name: str, service: str, check: str
) -> None:
    platform.find(service, check)
    results = {result.name: result for result in run(platform).results}
    assert results[name].verdict is Verdict.FAILED
    assert "does not fit" in results[name].findings[0].problem
    others = {other for other, result in results.items() if result.verdict is Verdict.FAILED}
    assert others == {name}


@pytest.mark.parametrize(
    ("name", "service"), [("results", "review"), ("prizes", "awards"), ("letters", "notify")]
)
def test_a_service_without_checks_of_its_own_is_not_made(platform: Platform, name: str, service: str) -> None:
    platform.known[service] = [*PLUMBING]
    assert verdict(platform, name) is Verdict.NOT_MADE


def test_a_plumbing_check_that_did_not_run_is_not_made(platform: Platform) -> None:
    platform.known["awards"] = ["accepted_commands"]
    assert verdict(platform, "commands") is Verdict.NOT_MADE


def test_findings_that_were_cut_off_fail(platform: Platform) -> None:
    answer = platform.answers["review.check_integrity"]
    platform.say("review.check_integrity", {**answer, "truncated": True})
    assert verdict(platform, "results") is Verdict.FAILED


def test_a_finding_of_something_under_way_is_looked_at_again(platform: Platform) -> None:
    healthy = platform.answers["review.check_integrity"]
    platform.find("review", "results_recompute")
    found = platform.answers["review.check_integrity"]
    platform.say("review.check_integrity", healthy)
    platform.say_then("review.check_integrity", found)
    assert verdict(platform, "results", wait=5.0) is Verdict.HELD
    assert platform.asked.count("review.check_integrity results_recompute") == 2


class Waiting:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    made = Waiting()
    monkeypatch.setattr("desk.check.inspection.time", made)
    return made


def test_looks_come_further_and_further_apart(platform: Platform, waiting: Waiting) -> None:
    platform.find("review", "results_recompute")
    assert verdict(platform, "results", wait=8.0) is Verdict.FAILED
    assert waiting.slept == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0, 0.25]
    assert platform.asked.count("review.check_integrity results_recompute") == len(waiting.slept) + 1


def appear_later(platform: Platform, method: str, *, after: int) -> None:
    """Let a service's answer turn healthy only after so many looks."""
    healthy, looks = platform.answers[method], iter(range(after))
    finding = {"check": "accepted_commands", "subject": "row-1", "problem": "under way"}
    platform.say(
        method, lambda args: {**healthy, "findings": [finding]} if next(looks, None) is not None else healthy
    )


def test_only_the_check_that_found_something_is_made_again(platform: Platform, waiting: Waiting) -> None:
    appear_later(platform, "review.check_integrity", after=3)
    assert verdict(platform, "commands", wait=5.0) is Verdict.HELD
    again = [name for name in platform.asked if platform.asked.count(name) > 1]
    assert set(again) == {"review.check_integrity accepted_commands"}


def test_a_fault_uses_up_no_other_checks_patience(platform: Platform, waiting: Waiting) -> None:
    platform.find("registration", "accepted_commands")
    counts = iter([{"statuses": {"queued": 1}}] * 3)
    platform.say("notify.letter_counts", lambda args: next(counts, {"statuses": {}}))
    results = {result.name: result.verdict for result in run(platform, wait=4.0).results}
    assert results["commands"] is Verdict.FAILED and results["letters"] is Verdict.HELD
    assert sum(waiting.slept) > 4.0


def test_a_faulty_service_uses_up_no_other_services_patience(platform: Platform, waiting: Waiting) -> None:
    platform.find("registration", "accepted_commands")
    appear_later(platform, "review.check_integrity", after=3)
    (result,) = run(platform, "commands", wait=4.0).results
    assert [finding.subject for finding in result.findings] == ["registration row-1"]


def test_checks_count_things_where_services_say_how_many(platform: Platform) -> None:
    for service in SERVICES:
        answer = platform.answers[f"{service}.check_integrity"]
        seen = {"accepted_commands": 1000, "audited_commands": 900, "told_events": 7, "chained_records": 50}
        platform.say(f"{service}.check_integrity", {**answer, "seen": seen})
    results = {result.name: result.looked_at for result in run(platform).results}
    assert results["commands"] == len(SERVICES) * 1907
    # outcomes of jobs, and the rules of submission, are looks of unknown size here
    assert results["records"] == len(SERVICES) * 51 + 1


def test_an_outbox_that_holds_old_events_fails(platform: Platform) -> None:
    platform.say("review.health_summary", {"outbox_depth": 2, "outbox_oldest_seconds": 12.0})
    assert verdict(platform, "outboxes", wait=0.3) is Verdict.FAILED


def test_an_outbox_that_holds_only_what_came_since_is_held(platform: Platform) -> None:
    platform.say("review.health_summary", {"outbox_depth": 2, "outbox_oldest_seconds": -1.0})
    assert verdict(platform, "outboxes") is Verdict.HELD


def want(platform: Platform) -> None:
    wanted = {"events": [{"type": EVENT["type"], "reactions": ["remember_case"]}]}
    platform.say("review.wanted_events", wanted)
    platform.say_rows("submission.list_emitted", *({**EVENT, "event_id": f"evt-{n}"} for n in range(450)))


def test_an_event_nobody_handled_fails(platform: Platform) -> None:
    want(platform)

    def unhandled(args: dict[str, Any]) -> Any:
        assert len(args["events"]) <= 200
        missing = [event for event in args["events"] if event["event_id"] == "evt-449"]
        return {"unhandled": [{**event, "reactions": ["remember_case"]} for event in missing]}

    platform.say("review.list_unhandled", unhandled)
    (result,) = run(platform, "events").results
    assert result.verdict is Verdict.FAILED and [f.subject for f in result.findings] == ["review evt-449"]
    assert result.looked_at == 450


def test_an_event_that_is_handled_while_we_wait_is_held(platform: Platform) -> None:
    want(platform)
    waiting = {"unhandled": [{"event_id": "evt-1", "type": EVENT["type"], "reactions": ["remember_case"]}]}
    platform.say_then("review.list_unhandled", waiting)
    assert verdict(platform, "events", wait=5.0) is Verdict.HELD


def test_a_parked_message_fails_unless_it_was_meant_to_be(platform: Platform) -> None:
    row = {"parked_id": "p-1", "event_id": "evt-1", "type": "", "attempts": 9, "reason": "unreadable"}
    platform.say_rows("awards.list_parked", row)
    assert verdict(platform, "parked") is Verdict.FAILED
    assert verdict(platform, "parked", allow_parked=["p-1"]) is Verdict.HELD
    assert verdict(platform, "parked", allow_parked=["evt-1"]) is Verdict.HELD


MANAGED = Settings(profile="local", broker_management_url="http://127.0.0.1:9", broker_management_user="a")


@pytest.mark.parametrize(
    ("counted", "expected"),
    [([1], Verdict.FAILED), ([1, 1, 0], Verdict.HELD), ([0], Verdict.HELD), ([None], Verdict.HELD),
     ([ManagementError("away")], Verdict.NOT_MADE)],
)  # fmt: skip
def test_a_parked_message_that_somebody_holds_is_counted(
    platform: Platform,
    waiting: Waiting,
    monkeypatch: pytest.MonkeyPatch,
    counted: list[Any],
    expected: Verdict,
) -> None:
    class Broker:
        def __init__(self, *told: Any) -> None:
            """Nothing is opened."""

        def get(self, *path: str) -> Any:
            if path != ("queues", "xinlv", "awards.parked"):
                return {"messages": 0}
            answer = counted.pop(0) if len(counted) > 1 else counted[0]
            if isinstance(answer, Exception):
                raise answer
            return answer if answer is None else {"messages": answer}

    monkeypatch.setattr("desk.check.inspection.Management", Broker)
    assert verdict(platform, "parked", settings=MANAGED) is expected
    assert (sum(waiting.slept) >= 10) is (expected is Verdict.FAILED), "the broker counts every five seconds"


@pytest.mark.parametrize(
    "settings",
    [Settings(profile="local"),
     Settings(profile="local", broker_management_url="http://127.0.0.1:9", broker_management_user="a")],
)  # fmt: skip
def test_bindings_without_a_management_interface_are_not_made(platform: Platform, settings: Settings) -> None:
    assert verdict(platform, "bindings", settings=settings) is Verdict.NOT_MADE


def test_only_letters_that_were_due_when_it_began_are_under_way(platform: Platform) -> None:
    asked: list[str] = []

    def counts(args: dict[str, Any]) -> Any:
        asked.append(args["due"])
        return {"statuses": {"sent": 3}}

    platform.say("notify.letter_counts", counts)
    before = format_moment(datetime.now(UTC))
    assert verdict(platform, "letters") is Verdict.HELD
    assert before <= asked[0] <= format_moment(datetime.now(UTC))


def test_letters_still_under_way_or_told_twice_fail(platform: Platform) -> None:
    platform.say("notify.letter_counts", {"statuses": {"queued": 2, "sending": 1, "sent": 3}})
    sent = {**EVENT, "type": "xinlv.notify.NotificationSent.v1", "subject": "letter-1"}
    platform.say_rows("notify.list_emitted", sent, sent)
    (result,) = run(platform, "letters").results
    assert [finding.subject for finding in result.findings] == ["notify", "letter-1"]


@pytest.fixture
def storage() -> Iterator[str]:
    class Objects(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = int(self.path[1:]) if self.path[1:].isdigit() else 200
            self.send_response(status)
            self.end_headers()
            self.wfile.write(PDF if "good" in self.path else b"%PDF forged")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Objects)
    thread = Thread(target=partial(server.serve_forever, 0.05))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def award(platform: Platform, **changes: Any) -> None:
    row = {**AWARD, **changes}

    def of_status(args: dict[str, Any]) -> Any:
        return {"items": [row] if args["status"] == row["status"] else [], "next": None}

    platform.say("awards.list_awards", of_status)
    platform.say("awards.verify_certificate", VALID)


def certificates(platform: Platform) -> tuple[Verdict, str]:
    (result,) = run(platform, "certificates").results
    return result.verdict, " ".join([result.why, *(finding.problem for finding in result.findings)])


@pytest.mark.parametrize(
    ("path", "expected", "said"),
    [("good", Verdict.HELD, ""), ("forged", Verdict.FAILED, "stored PDF")],
)
def test_the_stored_pdf_must_be_the_one_that_was_issued(
    platform: Platform, storage: str, path: str, expected: Verdict, said: str
) -> None:
    award(platform)
    platform.say("awards.certificate_link", {"url": f"{storage}/{path}"})
    assert certificates(platform)[0] is expected and said in certificates(platform)[1]


@pytest.mark.parametrize(
    ("link", "why"),
    [({"url": "http://127.0.0.1:9/x"}, "storage"), ({"url": "file:///etc/passwd"}, "file"),
     (NotAllowed("无权。", "Not allowed."), "no link")],
)  # fmt: skip
def test_a_pdf_out_of_reach_is_not_made(platform: Platform, link: Any, why: str) -> None:
    award(platform)
    platform.say("awards.certificate_link", link)
    found, said = certificates(platform)
    assert found is Verdict.NOT_MADE and why in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda platform: award(platform, status="published", certificate_number=None), "has no certificate"),
        (
            lambda platform: platform.say("awards.verify_certificate", NotFound("没有。", "None.")),
            "nobody knows",
        ),
        (
            lambda platform: platform.say("awards.verify_certificate", {**VALID, "status": "withdrawn"}),
            "withdrawn",
        ),
        (lambda platform: platform.say("awards.verify_certificate", {**VALID, "laureate": "别家"}), "别家"),
        (lambda platform: award(platform, status="withdrawn"), "is valid"),
    ],
)
def test_a_certificate_that_does_not_stand_for_its_award_fails(
    platform: Platform, storage: str, change: Callable[[Platform], None], said: str
) -> None:
    award(platform)
    platform.say("awards.certificate_link", {"url": f"{storage}/good"})
    change(platform)
    found, problem = certificates(platform)
    assert found is Verdict.FAILED and said in problem


def test_a_missing_pdf_is_found_and_the_certificates_after_it_are_looked_at(
    platform: Platform, storage: str
) -> None:
    rows = [{**AWARD, "award_id": f"award-{n}", "certificate_number": f"XL3-1-000{n}"} for n in (1, 2)]

    def listed(args: dict[str, Any]) -> Any:
        return {"items": rows if args["status"] == "certified" else [], "next": None}

    platform.say("awards.list_awards", listed)
    platform.say("awards.verify_certificate", VALID)
    links = {"award-1": f"{storage}/404", "award-2": f"{storage}/forged"}
    platform.say("awards.certificate_link", lambda args: {"url": links[args["award_id"]]})
    (result,) = run(platform, "certificates").results
    assert [finding.subject for finding in result.findings] == ["XL3-1-0001", "XL3-1-0002"]
    assert result.why == "" and "not in storage" in result.findings[0].problem


def test_a_storage_that_refuses_makes_the_check_not_made(platform: Platform, storage: str) -> None:
    award(platform)
    platform.say("awards.certificate_link", {"url": f"{storage}/503"})
    found, said = certificates(platform)
    assert found is Verdict.NOT_MADE and "503" in said


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ([], ["case-1", "case-2"]),
        ([PLACINGS[0], {**PLACINGS[1], "rank": 1}], ["case-2", "case-2"]),
        ([{**PLACINGS[0], "score": "95.51"}, PLACINGS[1]], ["case-1", "case-1"]),
        ([*PLACINGS, PLACINGS[0]], ["case-1"]),
        ([PLACINGS[0], {**PLACINGS[1], "case_id": "case-3"}], ["case-2", "case-3"]),
        ([PLACINGS[0], {**PLACINGS[1], "score": "90.00"}], []),
    ],
)
@pytest.mark.parametrize("method", ["awards.list_placings", "review.list_scores"])
def test_a_result_that_awards_heard_otherwise_than_review_tells_it_fails(
    platform: Platform, method: str, other: list[Any], said: list[str]
) -> None:
    def in_pages(args: dict[str, Any]) -> Any:
        assert args["result_id"] == "result-1"
        place = int(args["after"] or 0)
        return {"items": other[place : place + 1], "next": str(place + 1) if place + 1 < len(other) else None}

    platform.say(method, in_pages)
    (result,) = run(platform, "prizes").results
    assert sorted(finding.subject for finding in result.findings) == [f"result-1 {case}" for case in said]
    assert result.verdict is (Verdict.FAILED if said else Verdict.HELD)


@pytest.mark.parametrize(
    ("state", "superseded_by", "expected"),
    [("superseded", "result-2", Verdict.HELD), ("superseded", None, Verdict.FAILED),
     ("current", "result-2", Verdict.FAILED), (None, None, Verdict.FAILED)],
)  # fmt: skip
def test_a_result_that_does_not_stand_for_both_fails(
    platform: Platform, state: str | None, superseded_by: str | None, expected: Verdict
) -> None:
    platform.say_rows("awards.list_proposals", {**PROPOSAL, "superseded_by": superseded_by})
    unknown = NotFound("没有这个结果。", "There is no such result.")
    platform.say("review.get_result", unknown if state is None else {"state": state})
    assert verdict(platform, "prizes") is expected
    platform.say_rows("awards.list_proposals", {**PROPOSAL, "status": "discarded"})
    assert verdict(platform, "prizes") is Verdict.HELD


def test_a_replaced_result_that_is_on_its_way_is_waited_for(platform: Platform) -> None:
    platform.say_then("review.get_result", {"state": "superseded"})
    assert verdict(platform, "prizes", wait=5.0) is Verdict.HELD


def test_two_awards_with_one_number_fail(platform: Platform, storage: str) -> None:
    platform.say("awards.verify_certificate", VALID)
    platform.say("awards.certificate_link", {"url": f"{storage}/good"})

    def listed(args: dict[str, Any]) -> Any:
        rows = [AWARD, {**AWARD, "award_id": "award-2"}] if args["status"] == "certified" else []
        return {"items": rows, "next": None}

    platform.say("awards.list_awards", listed)
    assert "two awards" in certificates(platform)[1]


def test_what_was_found_stays_found_when_a_check_cannot_go_on(platform: Platform) -> None:
    row = {"parked_id": "p-1", "event_id": "", "type": "", "attempts": 1, "reason": "x"}
    platform.say_rows("registration.list_parked", row)
    platform.say("notify.list_parked", Unavailable("没有响应。", "No answer."))
    (result,) = run(platform, "parked").results
    assert result.verdict is Verdict.FAILED and "Unavailable" in result.why


def test_very_many_findings_are_cut(platform: Platform) -> None:
    rows = (
        {"parked_id": f"p-{n}", "event_id": "", "type": "", "attempts": 1, "reason": "x"} for n in range(999)
    )
    platform.say_rows("registration.list_parked", *rows)
    (result,) = run(platform, "parked").results
    assert len(result.findings) == 200 and "stopped" in result.why


def test_a_report_holds_only_when_every_check_was_made_and_held(platform: Platform) -> None:
    assert not run(platform).held and not run(platform).failed, "bindings cannot be made here"
    assert run(platform, "events").held
    assert not Report().held


def test_a_report_is_shown_and_read_by_machines(platform: Platform) -> None:
    rows = (
        {"parked_id": f"p-{n}", "event_id": "", "type": "", "attempts": 1, "reason": "[b]"} for n in range(30)
    )
    platform.say_rows("registration.list_parked", *rows)
    heard: list[tuple[str, int]] = []
    report = run(platform, progress=lambda name, count: heard.append((name, count)))
    output = io.StringIO()
    print_report(report, Console(file=output, width=120))
    for part in ("成立 held", "不成立 failed", "未能检查 not made", "p-3", "[b]", "10 more", "8/10"):
        assert part in output.getvalue(), part
    assert {name for name, _ in heard} == set(CHECKS)
    told = report.to_dict()
    assert told["failed"] and {row["verdict"] for row in told["checks"]} == {"held", "failed", "not_made"}
