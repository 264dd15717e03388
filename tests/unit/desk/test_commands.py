"""What the desk makes of the services' answers: job bars, pages, timelines over all services."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from contracts.errors import Conflict, NotAllowed, NotFound, NotSignedIn, Refusal, Unavailable
from contracts.words import SERVICES
from desk.cli import app
from desk.story import name_record, tell_record

AT = "2025-05-09T06:30:{:02d}.000Z"
NONE = NotFound("没有。", "There is none.")


class Answers:
    """Stands where the client is; answers are given one after the other, the last again and again."""

    trouble = ""

    def __init__(self) -> None:
        self.given: dict[str, list[Any]] = {}
        self.asked: list[tuple[str, dict[str, Any], str | None]] = []

    def say(self, method: str, *answers: Any) -> None:
        self.given[method] = list(answers)

    def call(self, service: str, method: str, args: dict[str, Any], **options: Any) -> Any:
        name = f"{service}.{method}"
        self.asked.append((name, args, options.get("command_id")))
        answers = self.given.get(name, [NONE])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing was opened."""


Desk = Callable[..., Any]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    made = Answers()
    monkeypatch.setattr("desk.counter.Client", lambda *args, **options: made)
    monkeypatch.setenv("XINLV_TOKEN", "token")
    monkeypatch.delenv("COLUMNS", raising=False)
    return made


@pytest.fixture
def desk(tmp_path: Path, answers: Answers) -> Desk:
    told = {"XINLV_AMQP_URL": "amqp://desk:word@127.0.0.1:9/xinlv", "XINLV_PROFILE": "local"}
    (tmp_path / "operator.json").write_text(json.dumps(told))

    def run(*words: str, code: int = 0) -> str:
        answer = CliRunner().invoke(app, ["--home", str(tmp_path), *words])
        assert answer.exit_code == code, answer.output
        # what stands beside an answer must not disturb who reads that
        return answer.stdout if "--json" in words else answer.output

    return run


def page(*rows: Any, after: str | None = None) -> dict[str, Any]:
    return {"items": list(rows), "next": after}


def job(status: str, **facts: Any) -> dict[str, Any]:
    return {
        "job_id": "job-1", "kind": "fill_panels", "status": status, "done": 1, "total": 2, "actor": "acc-1",
        "created_at": AT.format(1), "updated_at": AT.format(2), "result": None, "problem": None, **facts,
    }  # fmt: skip


def test_a_job_that_was_started_is_followed_to_its_end(desk: Desk, answers: Answers) -> None:
    answers.say("review.assign_experts", {"job_id": "job-1", "rows": 2, "summary": {}})
    answers.say("review.job", job("running"), job("done", done=2, result={"seated": 2}))
    answers.say("review.list_job_outcomes", page({"row": "case-1", "outcome": "filled", "details": {}}))
    shown = desk("rounds", "assign", "round-1")
    assert "seated" in shown and "filled" in shown
    name, args, command_id = answers.asked[0]
    assert (name, args) == ("review.assign_experts", {"round_id": "round-1"}) and command_id
    assert sum(name == "review.job" for name, _, _ in answers.asked) == 2
    assert json.loads(desk("--json", "rounds", "assign", "round-1"))["status"] == "done"


def test_a_dry_run_starts_no_job_and_says_so(desk: Desk, answers: Answers) -> None:
    answers.say("review.close_round", {"job_id": None, "rows": 5, "summary": {"cut": "92.03"}})
    shown = desk("rounds", "close", "round-1", "--dry-run")
    assert "试算" in shown and "92.03" in shown and answers.asked[0][1]["dry_run"] is True
    assert len(answers.asked) == 1


def test_a_job_that_failed_ends_with_its_refusal(desk: Desk, answers: Answers) -> None:
    problem = Conflict("还缺评分表。", "Sheets are missing.").to_problem()
    answers.say("awards.job", job("failed", problem=problem))
    answers.say("awards.list_job_outcomes", page())
    shown = desk("jobs", "watch", "job-1", code=1)
    assert "还缺评分表" in shown
    assert [name for name, _, _ in answers.asked[:4]] == [f"{service}.job" for service in SERVICES[:4]]
    assert json.loads(
        desk("--json", "jobs", "watch", "job-1", "--service", "awards", code=1).split("\n}")[0] + "}"
    )
    desk("jobs", "watch", "job-2", "--service", "notify", code=13)


def test_a_dry_run_of_a_method_without_one_is_refused_before_anything_happens(
    desk: Desk, answers: Answers
) -> None:
    desk("call", "registration.revoke_sessions", "--dry-run", code=10)
    assert answers.asked == []


def test_a_reason_goes_where_the_method_takes_one(desk: Desk, answers: Answers) -> None:
    answers.say("registration.revoke_sessions", {"account_id": "acc-1", "status": "active"})
    desk("call", "registration.revoke_sessions", "account_id=acc-1", "--reason", "lost laptop")
    assert answers.asked[0][1] == {"account_id": "acc-1", "reason": "lost laptop"}
    answers.say("notify.letter_counts", {"statuses": {}, "templates": {}, "total": 0, "oldest_waiting": None})
    desk("call", "notify.letter_counts", "--reason", "curious")
    assert "reason" not in answers.asked[-1][1]


def row(number: int) -> dict[str, Any]:
    return {"case_id": f"case-{number}", "number": f"XL3-01-{number:04d}", "title": "案例"}


def test_a_page_names_the_next_one_and_all_fetches_every_page(desk: Desk, answers: Answers) -> None:
    answers.say("submission.list_cases", page(row(1), after="next"), page(row(2)))
    assert "after=next" in desk("call", "submission.list_cases")
    answers.say("submission.list_cases", page(row(1), after="next"), page(row(2)))
    shown = desk("call", "submission.list_cases", "--all")
    assert "case-1" in shown and "case-2" in shown and answers.asked[-1][1]["after"] == "next"
    answers.say("submission.list_cases", page(row(1), row(2)))
    shown = desk("cases", "list", "--limit", "1")
    assert "more than these 1" in shown and "case-2" not in shown
    assert answers.asked[-1][1]["limit"] == 2, "one more than is shown"
    [found] = json.loads(desk("--json", "cases", "list", "limit=1"))
    assert found["case_id"] == "case-1"
    answers.say("submission.list_cases", page(row(1)))
    assert "case-1" in desk("cases", "list", "limit=1")


def tell_of_a_case(answers: Answers) -> None:
    answers.say("submission.list_cases", page(row(1)))
    version = {"received_at": AT.format(1), "revision": 1, "title": "案例甲"}
    answers.say("submission.list_versions", page(version))
    record = {"at": AT.format(4), "kind": "score_sheet", "content": {"expert": "E-12"}}
    answers.say("review.case_timeline", page(record))
    letter = {
        "letter_id": "letter-1", "template": "case_submitted", "status": "sent", "created_at": AT.format(2),
        "account_id": "acc-1", "sent_to": "z***@example.cn",
        "subject": {"zh": "已收到", "en": "received"},
    }  # fmt: skip
    answers.say("notify.list_letters", page(letter))
    award = {
        "award_id": "award-1", "prize": "first", "published_at": None, "opens_at": AT.format(5),
        "prize_name": {"zh": "一等奖", "en": "first"}, "status": "withdrawn", "certificate_number": None,
        "withdrawn_at": AT.format(8), "withdrawn_reason": "异议成立",
    }  # fmt: skip
    answers.say("awards.list_awards", page(award))
    answers.say("awards.get_award", award)
    objection = {
        "objection_id": "obj-1", "award_id": "award-1", "status": "upheld", "grounds": "节电量有误",
        "filed_at": AT.format(6), "resolved_at": AT.format(7), "resolution": "属实",
    }  # fmt: skip
    answers.say("awards.list_objections", page(objection))
    for service in SERVICES:
        answers.say(f"{service}.list_audit", page())
    audited = {"at": AT.format(3), "actor": "acc-2", "action": "case_for_review", "reason": "查阅"}
    answers.say("review.list_audit", page(audited))


def test_a_timeline_joins_all_services_in_order(desk: Desk, answers: Answers) -> None:
    tell_of_a_case(answers)
    told = json.loads(desk("--json", "timeline", "XL3-01-0001"))
    services = ["submission", "notify", "review", "review", *["awards"] * 4]
    assert [step["service"] for step in told] == services
    assert [step["at"] for step in told] == sorted(step["at"] for step in told)
    assert told[3]["what"] == "score_sheet" and told[3]["details"] == {"expert": "E-12"}
    shown = desk("timeline", "XL3-01-0001")
    assert "一等奖" in shown and "评分表 score sheet" in shown and "{" not in shown
    assert [step["what"] for step in told[4:]] == [
        "publicity_opened", "objection_filed", "objection_resolved", "withdrawn",
    ]  # fmt: skip
    assert told[1]["details"]["template"] == "case_submitted" and told[1]["who"] == ""
    for words in ("节电量有误", "成立 upheld · 属实", "奖项撤销 prize withdrawn", "z***@example.cn"):
        assert words in shown


@pytest.mark.parametrize(
    ("kind", "content", "what", "details"),
    [
        ("decision", {"what": "disqualified", "reason": "抄袭", "reasons": [{"code": "plagiarism"}]},
         "取消资格 disqualified", "抄袭 · plagiarism"),
        ("score_sheet", {"total": "92.0000", "decision": None, "comment": "好"}, "评分表 score sheet",
         "总分 total 92.0000 · 好"),
        ("score_sheet", {"total": "100", "decision": "return", "comment": ""}, "评分表 score sheet",
         "退回 return"),
        ("result", {"score": "92.03", "rank": 1, "outcome": "advanced"}, "评审结果 result",
         "得分 score 92.03 · 名次 rank 1 · 晋级 advanced"),
        ("sheets_set_aside", {"sheets": ["sheet-1"], "why": "revised"}, "评分表作废 sheets set aside",
         "1 份 sheets · revised"),
        ("something_new", {}, "something_new", ""),
    ],
)  # fmt: skip
def test_a_timeline_tells_records_in_words(kind: str, content: Any, what: str, details: str) -> None:
    assert (name_record(kind, content), tell_record(kind, content)) == (what, details)


def test_a_timeline_stands_without_the_right_to_the_audit_log(desk: Desk, answers: Answers) -> None:
    tell_of_a_case(answers)
    answers.say("registration.list_audit", NotAllowed("无权。", "Not allowed."))
    assert len(json.loads(desk("--json", "timeline", "XL3-01-0001"))) == 7
    answers.say("awards.list_objections", NotAllowed("无权。", "Not allowed."))
    assert len(json.loads(desk("--json", "timeline", "XL3-01-0001"))) == 5
    answers.say("registration.list_audit", Conflict("坏了。", "Broken."))
    desk("timeline", "XL3-01-0001", code=14)


def test_a_case_is_found_by_its_id_too(desk: Desk, answers: Answers) -> None:
    tell_of_a_case(answers)
    answers.say("submission.list_cases", page())
    answers.say("submission.get_case", row(1))
    assert json.loads(desk("--json", "timeline", "case-1"))
    answers.say("submission.get_case", NONE)
    desk("timeline", "case-9", code=13)


def test_the_audit_log_of_all_services_is_one(desk: Desk, answers: Answers) -> None:
    for place, service in enumerate(SERVICES):
        rows = [{"at": AT.format(10 * number + place), "action": f"{service}-{number}"} for number in (2, 1)]
        answers.say(f"{service}.list_audit", page(*rows))
    told = json.loads(
        desk("--json", "audit", "--limit", "6", "--since", "2025-01-01T00:00Z", "--actor", "acc-1")
    )
    assert [row["action"][-1] for row in told] == ["2", "2", "2", "2", "2", "1"]
    assert (
        answers.asked[0][1]["actor"] == "acc-1" and answers.asked[0][1]["since"] == "2025-01-01T00:00:00.000Z"
    )


def test_windows_move_and_rounds_open_as_the_contract_says(desk: Desk, answers: Answers) -> None:
    answers.say("registration.move_schedule", {"edition_id": "xinlv-3"})
    desk(
        "editions",
        "move",
        "xinlv-3",
        "collection",
        "--closes",
        "2025-06-01T00:00+08:00",
        "--reason",
        "应请求",
    )
    assert answers.asked[-1][1] == {
        "edition_id": "xinlv-3", "window": "collection",
        "closes_at": "2025-05-31T16:00:00.000Z", "reason": "应请求",
    }  # fmt: skip
    answers.say("review.open_round", {"round_id": "round-1"})
    desk("rounds", "open", "xinlv-3", "track", "--track", "industry")
    assert answers.asked[-1][1] == {"edition_id": "xinlv-3", "stage": "track", "track": "industry"}
    answers.say("review.round_progress", {"round_id": "round-1", "blocking": []})
    desk("rounds", "progress", "round-1")
    answers.say("registration.advance_clock", {"now": AT.format(1), "offset_seconds": 1.0})
    desk("clock", "advance", "--to", "2025-06-01T00:00+08:00")
    assert answers.asked[-1][1] == {"to": "2025-05-31T16:00:00.000Z"}


def test_parked_messages_are_replayed_by_id(desk: Desk, answers: Answers) -> None:
    answers.say("review.replay_parked", {"chosen": ["p-1"], "missing": [], "left": 0, "job_id": "job-1"})
    desk("parked", "replay", "review", "p-1", "--reason", "mended")
    assert answers.asked[-1][1] == {"parked_ids": ["p-1"], "reason": "mended"}
    answers.say("review.list_parked", page())
    desk("parked", "show", "review", "p-9", code=13)
    answers.say("review.discard_parked", {"chosen": [], "missing": ["p-9"], "left": 0})
    assert "p-9" in desk("parked", "discard", "review", "p-9", "--reason", "test", code=13)


@pytest.mark.parametrize(
    "words",
    [
        ["events", "list", "review", "--since", "yesterday"],
        ["events", "list", "review", "--until", "2025-13-01"],
        ["events", "replay", "--service", "review", "--to", "notify", "--since", "yesterday"],
        ["audit", "--until", "soon"],
        ["editions", "move", "xinlv-3", "publicity", "--closes", "2025-09-10T00:00"],
        ["editions", "move", "xinlv-3", "publicity", "--opens", "yesterday"],
    ],
)
def test_a_time_that_is_none_is_refused_by_its_option(desk: Desk, answers: Answers, words: list[str]) -> None:
    shown = desk(*words, code=10)
    assert words[-2] in shown and answers.asked == []


def test_a_missing_rules_file_is_told_by_its_name(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = desk("editions", "publish", "missing.yaml", code=10)
    assert "missing.yaml" in shown and "--json-args" not in shown


@pytest.mark.parametrize("command", ["parked", "jobs"])
def test_a_list_that_was_cut_says_so(desk: Desk, answers: Answers, command: str) -> None:
    method = f"list_{command}"
    for service in SERVICES:
        answers.say(f"{service}.{method}", page())
    rows = [{"parked_id": f"p-{n}", "job_id": f"job-{n}"} for n in range(3)]
    answers.say(f"review.{method}", page(*rows))
    shown = desk(command, "list", "--limit", "2")
    assert "more of review" in shown and "--all" in shown
    assert {args["limit"] for _, args, _ in answers.asked} == {3}, "one more than is shown"
    assert ("p-1" in shown or "job-1" in shown) and "p-2" not in shown and "job-2" not in shown
    assert "more of" not in desk(command, "list", "--limit", "3")
    answers.say(f"review.{method}", page(*rows[:2], after="next"), page(rows[2]))
    shown = desk("--json", command, "list", "--all")
    assert [row["job_id"] for row in json.loads(shown)] == ["job-0", "job-1", "job-2"]


def test_a_record_that_cannot_be_written_is_one_line(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"key_id": "x", "public_key": "x"}
    monkeypatch.setattr("desk.commands.evidence.gather_record", lambda *_: {**told, "signed": {}})
    out = tmp_path / "missing" / "record.json"
    shown = desk("rounds", "record", "round-1", "--out", str(out), code=10)
    assert "--out" in shown and "Cannot write" in shown and "No such file" in shown


def test_a_password_that_is_given_counts_whatever_accounts_a_demo_left(
    desk: Desk, answers: Answers, tmp_path: Path
) -> None:
    (tmp_path / "accounts.json").write_text(json.dumps({"a@example.cn": {"password": "the demo's own"}}))
    answers.say("registration.sign_in", NotSignedIn("密码不正确。", "The password is wrong."))
    words = ["--home", str(tmp_path), "login", "a@example.cn"]
    assert CliRunner().invoke(app, [*words, "--password-stdin"], input="given\n").exit_code == 11
    assert CliRunner().invoke(app, words).exit_code == 11
    assert [args["password"] for _, args, _ in answers.asked] == ["given", "the demo's own"]


def test_without_a_terminal_no_password_is_asked_for(desk: Desk, answers: Answers) -> None:
    assert "--password-stdin" in desk("login", "a@example.cn", code=10) and answers.asked == []


def test_a_filter_that_names_nothing_is_refused_by_who_would_know_it(desk: Desk, answers: Answers) -> None:
    answers.say("submission.list_cases", page())
    answers.say("registration.get_edition", {"edition_id": "xinlv-3"})
    assert "没有记录" in desk("cases", "list", "edition_id=xinlv-3")
    answers.say("registration.get_edition", NONE)
    desk("cases", "list", "edition_id=nope", code=13)
    # who may not look at the thing is told no more than that nothing was found
    answers.say("registration.get_edition", NotAllowed("无权。", "Not allowed."))
    desk("cases", "list", "edition_id=nope")


def test_a_filter_that_names_no_track_stage_or_prize_is_refused_with_those_there_are(
    desk: Desk, answers: Answers
) -> None:
    answers.say("submission.list_cases", page())
    answers.say("registration.list_editions", page({"edition_id": "xinlv-3"}))
    answers.say("registration.get_edition", {"edition": {"tracks": [{"id": "city"}, {"id": "industry"}]}})
    assert "没有记录" in desk("cases", "list", "track=city")
    assert "city, industry" in desk("cases", "list", "track=nope", code=10)


def test_all_and_a_limit_exclude_each_other(desk: Desk, answers: Answers) -> None:
    for words in (["cases", "list", "limit=1"], ["call", "submission.list_cases", "after=x"]):
        words.append("--all")
        assert "--all" in desk(*words, code=10)
    assert answers.asked == []


def test_a_case_is_shown_by_its_number(desk: Desk, answers: Answers) -> None:
    answers.say("submission.list_cases", page(row(1)))
    answers.say("submission.get_case", row(1))
    assert "case-1" in desk("cases", "show", "XL3-01-0001")
    assert answers.asked[-1][1] == {"case_id": "case-1"}


def test_a_job_watched_by_a_machine_comes_with_its_outcomes(desk: Desk, answers: Answers) -> None:
    answers.say("review.job", job("done"))
    outcome = {"row": "case-1", "outcome": "filled", "details": {}}
    answers.say("review.list_job_outcomes", page(outcome, after="next"), page(outcome))
    told = json.loads(desk("--json", "jobs", "watch", "job-1"))
    assert told["status"] == "done" and told["outcomes"] == [outcome, outcome]


def test_a_broker_that_cannot_be_reached_is_named_with_its_trouble(
    desk: Desk, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "trouble", "ConnectionRefusedError: refused")
    answers.say("registration.business_time", Unavailable("没有响应。", "No answer."))
    shown = desk("clock", "show", code=18)
    assert "RabbitMQ" in shown and "ConnectionRefusedError" in shown
    monkeypatch.setattr(answers, "trouble", "")
    assert "没有响应" in desk("clock", "show", code=18)


def test_a_session_that_cannot_be_kept_is_said_in_one_line_each(
    desk: Desk, answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XINLV_TOKEN")
    (tmp_path / "desk-session.json").mkdir()
    pair = {"access_token": "a", "refresh_token": "r", "expires_in": 900}
    answers.say("registration.sign_in", {"account_id": "acc-1", "roles": ["operator"], **pair})
    words = ["login", "a@example.cn", "--password-stdin"]
    answer = CliRunner().invoke(app, ["--home", str(tmp_path), *words], input="correct horse\n")
    assert answer.exit_code == 2 and answer.output.count("\n") == 2, "a line in each language"
    assert answer.output.count("desk-session.json") == 2 and "无法保存" in answer.output
