"""The desk on a real stack with all services: work is done with it, and its check finds every sabotage."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Producer
from pymongo import MongoClient
from typer.testing import CliRunner

from contracts.errors import InvalidInput
from demo.mailbox import Mailbox
from desk.cli import app
from plumbing.bus.client import Client
from plumbing.bus.management import Management
from plumbing.bus.topology import PARTNERS, describe
from runner.services import ServiceProcesses
from runner.stack import Stack

pytestmark = pytest.mark.stack
EDITION = Path(__file__).resolve().parents[3] / "editions" / "xinlv-3.yaml"
PASSWORD = "correct horse battery staple"
OPERATOR, SECRETARY = "operator@example.cn", "secretary@example.cn"
Desk = Callable[..., Any]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this module's own: it is damaged on purpose."""
    own = Stack(tmp_path_factory.mktemp("desk"), "desk", follow=True)
    own.start()
    services = ServiceProcesses(own)
    try:
        services.start()
        yield own
    finally:
        own.remove()


@pytest.fixture(scope="module")
def desk(running: Stack) -> Desk:
    """Run one command of the desk; JSON is read. The first operator is signed in."""
    runner = CliRunner()

    def run(*words: str, code: int = 0, stdin: str = "", as_json: bool = True) -> Any:
        options = ["--home", str(running.home), *(["--json"] if as_json else [])]
        answer = runner.invoke(app, [*options, *words], input=stdin)
        assert answer.exit_code == code, f"{words}: {answer.exit_code} {answer.output}"
        if not as_json:
            return answer.output
        return json.loads(answer.stdout) if answer.stdout.strip() else None

    options = ["--name", "运维", "--phone", "13800138000", "--password-stdin"]
    run("bootstrap", OPERATOR, *options, stdin=f"{PASSWORD}\n")
    run("login", OPERATOR, "--password-stdin", stdin=f"{PASSWORD}\n")
    run("editions", "publish", str(EDITION), "--reason", "first")
    return run


def await_until(answer: Callable[[], Any], patience: float = 30.0) -> Any:
    until = time.monotonic() + patience
    while not (found := answer()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def database(running: Stack) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](running.environment()["XINLV_MONGO_URL"], tz_aware=True) as client:
        yield client


@pytest.fixture(scope="module")
def letter(running: Stack, desk: Desk) -> dict[str, Any]:
    """The letter that invites a secretary, once it has gone."""
    person = ["person.name=王秘书", f"person.email={SECRETARY}", "person.phone=13900139000"]
    desk("call", "registration.invite_account", "role=secretariat", *person, "--reason", "new colleague")
    sent = await_until(lambda: desk("letters", "list", "status=sent", "template=account_invited"))
    return dict(sent[0])


def check(desk: Desk, *names: str, code: int = 0, wait: str = "20") -> dict[str, Any]:
    report = desk("check", *names, "--wait", wait, code=code)
    return {row["name"]: row for row in report["checks"]}


def test_signing_in_shows_who_one_is(desk: Desk, running: Stack) -> None:
    assert desk("whoami")["roles"] == ["operator"]
    assert (running.home / "desk-session.json").stat().st_mode & 0o777 == 0o600


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    before = desk("clock", "show")["offset_seconds"]
    assert desk("clock", "advance", "1d", "--dry-run")["offset_seconds"] >= before + 86400
    assert desk("clock", "show")["offset_seconds"] == before


def test_a_refusal_of_a_service_is_shown_with_its_code(desk: Desk) -> None:
    desk("letters", "show", "letter-none", code=13)
    desk("call", "review.open_round", "edition_id=xinlv-3", "stage=formal", code=12)
    shown = desk("call", "notify.get_letter", "letter_id=letter-none", code=13, as_json=False)
    assert "未找到 NotFound" in shown


def test_lists_show_letters_events_and_audit(desk: Desk, letter: dict[str, Any]) -> None:
    assert letter["sent_to"] == "s***@example.cn"
    shown = desk("letters", "show", letter["letter_id"])
    assert "secretariat" in shown["body"]["en"]
    assert "EditionPublished" in desk("events", "list", "registration")[0]["type"]
    actions = [row["action"] for row in desk("audit", "--limit", "100")]
    assert "invite_account" in actions and "letter_link" in actions
    assert desk("audit", "--actor", "service:notify", "--service", "registration")
    assert desk("letters", "list", as_json=False).count(letter["letter_id"]) == 1
    assert len(desk("events", "list", "registration", "--limit", "1")) == 1
    assert len(desk("letters", "list", "limit=1")) == 1
    assert desk("parked", "list") == [] and desk("jobs", "list") == []


def test_an_invited_person_signs_in_and_is_held_to_her_role(
    desk: Desk, running: Stack, letter: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = Mailbox(running.letters).secret_for(SECRETARY)
    desk("call", "registration.accept_invitation", f"secret={secret}", f"password={PASSWORD}")
    answer = desk("call", "registration.sign_in", f"email={SECRETARY}", f"password={PASSWORD}")
    monkeypatch.setenv("XINLV_TOKEN", answer["access_token"])
    assert desk("whoami")["name"] == "王秘书"
    desk("audit", code=12)
    text = {"zh": "报名开始", "en": "Sign-up is open"}
    args = tmp_path / "announcement.json"
    args.write_text(json.dumps({"edition_id": "xinlv-3", "title": text, "body": text}), encoding="utf-8")
    desk("call", "notify.publish_announcement", "--json-args", str(args), "--reason", "launch")
    assert desk("announcements", "list")[0]["title"] == text


def test_past_events_are_replayed_as_a_job_and_handled_once(desk: Desk, letter: dict[str, Any]) -> None:
    options = ["--service", "registration", "--to", "notify", "--since", "2020-01-01T00:00:00Z"]
    planned = desk("events", "replay", *options, "--dry-run")
    assert planned["job_id"] is None and planned["rows"] >= 2
    started = desk("events", "replay", *options, "--no-watch")
    job = desk("jobs", "watch", started["job_id"])
    assert job["status"] == "done" and job["done"] == planned["rows"]
    assert len(desk("letters", "list", "template=account_invited")) == 1


def test_a_healthy_platform_passes_every_check(desk: Desk, letter: dict[str, Any]) -> None:
    checks = check(desk)
    assert {row["verdict"] for row in checks.values()} == {"held"}, checks
    assert "10/10" in desk("check", as_json=False)


def test_an_event_nobody_handled_is_found(
    desk: Desk, letter: dict[str, Any], database: MongoClient[dict[str, Any]]
) -> None:
    inbox = database["xinlv_notify"]["inbox"]
    row = inbox.find_one_and_delete({"_id": {"$regex": r"\|write_letter$"}})
    assert row is not None
    found = check(desk, "events", code=1, wait="0")["events"]
    assert "write_letter" in found["findings"][0]["problem"]
    inbox.insert_one(row)
    check(desk, "events")


def test_a_missing_effect_and_a_doubled_letter_are_found(
    desk: Desk, letter: dict[str, Any], database: MongoClient[dict[str, Any]]
) -> None:
    outbox, letters = database["xinlv_registration"]["outbox"], database["xinlv_notify"]["letters"]
    told = outbox.find_one_and_delete({"routing_key": "AccountInvited"})
    one = letters.find_one({"_id": letter["letter_id"]})
    assert told is not None and one is not None
    letters.insert_one({**one, "_id": "letter-2", "key": "other", "steps": one["steps"] * 2})
    found = check(desk, "commands", "letters", "outboxes", code=1, wait="0")
    assert found["commands"]["verdict"] == found["letters"]["verdict"] == "failed"
    assert found["outboxes"]["verdict"] == "held"
    letters.delete_one({"_id": "letter-2"})
    outbox.insert_one(told)
    check(desk, "commands", "letters")


def test_logs_carry_one_correlation_id_from_the_first_call_to_the_letter(
    desk: Desk, running: Stack, letter: dict[str, Any]
) -> None:
    chosen = "cor-chosen-by-the-caller"

    def lines(service: str, event: str) -> list[dict[str, Any]]:
        """Lines of a service's log in this correlation."""
        text = running.state.log(service).read_text(encoding="utf-8")
        found = [json.loads(line) for line in text.splitlines() if chosen in line]
        return [line for line in found if line["correlation_id"] == chosen and line["event"] == event]

    with Client(running.environment()["XINLV_AMQP_URL"]) as client:
        ask = ("registration", "request_password_reset")
        with pytest.raises(InvalidInput):
            client.call(*ask, {"email": 7}, correlation_id=chosen)
        client.call(*ask, {"email": SECRETARY}, correlation_id=chosen)
    [refused] = lines("registration", "rpc_refused")
    assert refused["method"] == "request_password_reset" and refused["service"] == "registration"
    [sent] = await_until(lambda: lines("notify", "letter"))
    assert sent["fate"] == "sent" and sent["letter"] != letter["letter_id"]
    audit = desk("audit", "--service", "registration", "--limit", "100")
    assert [row["action"] for row in audit if row["correlation_id"] == chosen] == ["request_password_reset"]


@pytest.fixture(scope="module")
def management(running: Stack) -> Management:
    told = running.environment()
    return Management(
        told["XINLV_BROKER_MANAGEMENT_URL"],
        told["XINLV_BROKER_MANAGEMENT_USER"],
        told["XINLV_BROKER_MANAGEMENT_PASSWORD"],
    )


def test_a_parked_message_is_found_shown_and_discarded(
    desk: Desk, running: Stack, management: Management
) -> None:
    told = running.environment("submission")["XINLV_AMQP_URL"]
    with Connection(told) as connection, Producer(connection.channel()) as producer:
        producer.publish(
            b"{not json",
            "CaseSubmitted",
            exchange="submission.events",
            content_type="application/json",
            retry=False,
        )
    (row, *_) = await_until(lambda: desk("parked", "list", "--service", "notify"))
    assert desk("parked", "show", "notify", row["parked_id"])["body"].startswith("{not json")
    check(desk, "parked", code=1, wait="0")
    # one that somebody holds is on no list, and yet is not overlooked
    with Connection(running.environment("notify")["XINLV_AMQP_URL"]) as connection:
        await_until(lambda: management.get("queues", "xinlv", "notify.parked").get("messages"))
        assert connection.channel().basic_get("notify.parked") is not None
        assert desk("parked", "list", "--service", "notify") == []
        found = check(desk, "parked", code=1, wait="0")["parked"]
        assert "notify.parked" in {row["subject"] for row in found["findings"]}
    for service in ("notify", "review", "awards"):
        await_until(lambda service=service: desk("parked", "list", "--service", service))
        desk("parked", "discard", service, "--all", code=10)
        planned = desk("parked", "discard", service, "--all", "--reason", "test", "--dry-run")
        done = desk("parked", "discard", service, "--all", "--reason", "test")
        assert done["chosen"] == planned["chosen"] and done["left"] == 0
    check(desk, "parked")


def test_a_binding_that_is_gone_is_found(desk: Desk, management: Management) -> None:
    path = ("bindings", "xinlv", "e", "registration.events", "q", "notify.inbox")
    management.delete(*path, "AccountInvited")
    found = check(desk, "bindings", code=1, wait="0")["bindings"]
    assert "AccountInvited" in found["findings"][0]["subject"]
    management.post(*path, body={"routing_key": "AccountInvited"})
    check(desk, "bindings")


def test_a_partner_more_is_declared_and_none_has_other_rights(desk: Desk, management: Management) -> None:
    two = describe({}, partners=("partner", "ministry"))
    rights = {right.user: right for right in two.rights if right.user in ("partner", "ministry")}
    was = management.get("permissions", PARTNERS, "partner")
    management.put("users", "ministry", body={"password": "word", "tags": ""})
    for user, right in rights.items():
        body = {"configure": right.configure, "write": right.write, "read": right.read}
        management.put("permissions", PARTNERS, user, body=body)
    check(desk, "bindings")
    management.put("permissions", PARTNERS, "ministry", body={"configure": ".*", "write": ".*", "read": ".*"})
    found = check(desk, "bindings", code=1, wait="0")["bindings"]["findings"]
    assert [finding["subject"] for finding in found] == [f"rights ministry@{PARTNERS}"]
    management.delete("users", "ministry")
    management.put("permissions", PARTNERS, "partner",
                   body={name: was[name] for name in ("configure", "write", "read")})  # fmt: skip
    check(desk, "bindings")


def test_without_the_management_interface_bindings_are_not_made(
    desk: Desk, running: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {**json.loads((running.home / "operator.json").read_text()), "XINLV_BROKER_MANAGEMENT_URL": ""}
    (tmp_path / "operator.json").write_text(json.dumps(told))
    (tmp_path / "desk-session.json").write_text((running.home / "desk-session.json").read_text())
    answer = CliRunner().invoke(app, ["--home", str(tmp_path), "--json", "check", "bindings", "--wait", "0"])
    assert answer.exit_code == 3
    assert json.loads(answer.stdout)["checks"][0]["verdict"] == "not_made"


def test_signing_out_ends_the_session(desk: Desk) -> None:
    desk("logout", as_json=False)
    desk("whoami", code=11)
    desk("check", code=11)
