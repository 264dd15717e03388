"""One contest twice, in trouble: services killed, messages sent twice; then what the second one left."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.words import SERVICES
from demo.phases.prizes import OBJECTOR
from plumbing.bus.management import Management
from runner.services import ServiceProcesses
from runner.stack import Stack, processes
from runner.stack.environment import MEASURING
from tests.e2e.demo.kept import Kept, kill_all, take_hold, update_units_while
from tests.e2e.demo.playing import (
    LEFT,
    assert_nothing_left,
    begin,
    end,
    end_kept,
    processes_of,
    results_of,
    stacks_of,
)
from tests.security.mishaps import have_mishaps
from tests.security.scan import events, known_secrets, leaks, logs, messages, plain_rows
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a demo said in which every service was killed (-9) once."""
    output = tmp_path_factory.mktemp("killed") / "said.txt"
    return end(begin(output, "--kill"), output)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """What a demo left in which every request and event was sent twice."""
    output = tmp_path_factory.mktemp("kept") / "said.txt"
    demo = begin(output, "--repeat", "--keep")
    try:
        said = end_kept(demo, output)
        with take_hold(LEFT.search(said)[1], said) as held:  # type: ignore[index]
            yield held
    finally:
        demo.kill()
        demo.wait()
        for folder in stacks_of(demo.pid):
            Stack(name=folder.name).remove()


def test_it_ends_well_though_every_service_is_killed_once(killed: str) -> None:
    assert killed.count("kill -9") == 5
    assert "each killed once and started again" in killed


def test_it_ends_well_though_every_request_and_event_comes_twice(kept: Kept) -> None:
    requests, facts = map(int, re.search(r"(\d+) requests, (\d+) events", kept.said).groups())  # type: ignore[union-attr]
    assert requests > 1000
    assert facts > 500
    assert int(re.search(r"noticed and ignored: (\d+)", kept.said)[1]) > 100  # type: ignore[index]


def test_the_same_seed_gives_the_same_results_whatever_happens(killed: str, kept: Kept) -> None:
    results = results_of(killed)
    assert len(results) > 80
    assert results_of(kept.said) == results


def test_its_status_tells_every_address_process_and_credential(kept: Kept) -> None:
    answer = kept.run("status", "--name", kept.name, "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["running"] and found["name"] == kept.name
    parts = {"broker", "partners", "broker_management", "mongo", "s3", "mail"}
    assert found["addresses"].keys() == parts | {f"http_{name}" for name in SERVICES}
    assert found["processes"].keys() == {"epmd", "rabbitmq", "mongod", "minio", "mail", *SERVICES}
    for name, process in found["processes"].items():
        assert process["alive"] and process["ready"], name
        assert Path(process["log"]).exists(), name
    secrets = {word for one in kept.stack.secrets["services"].values() for word in one.values()}
    assert not [word for word in secrets if word in answer.stdout]
    assert all(Path(path).exists() for path in [*found["credentials"].values(), found["letters"]])


def test_its_status_says_which_service_is_down(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MEASURING, raising=False)
    services = ServiceProcesses(kept.stack)
    notify = services.child("notify")
    assert notify is not None
    processes.kill(notify)
    answer = kept.run("status", "--name", kept.name, "--json")
    found = json.loads(answer.stdout)
    assert answer.returncode == 3 and found["running"] and not found["healthy"]
    assert [name for name, process in found["processes"].items() if not process["alive"]] == ["notify"]
    shown = kept.run("status", "--name", kept.name).stdout
    assert "已停 gone: notify" in shown and "notify.log" in shown
    services.start(["notify"])
    assert kept.run("status", "--name", kept.name).returncode == 0


def test_the_desk_signs_in_with_an_account_that_was_left_and_answers(kept: Kept) -> None:
    signed = kept.desk("login", kept.stage.cast.operator.email)
    assert signed["roles"] == ["operator"]
    members = [row["name"] for row in kept.desk("accounts", "list", "role=entrant", "--all")]
    assert len(members) == len(kept.stage.cast.units) + 1, "the contacts, and the member whom one invited"


def test_the_whole_agrees_after_broker_and_services_were_killed_under_load(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(MEASURING, raising=False)
    stage, secretary = kept.stage, kept.stage.cast.secretariat[0]
    before = {row["uscc"]: row for row in stage.every(secretary, "registration.list_units")}
    for unit in stage.cast.units:
        unit.unit_id = before[unit.uscc]["unit_id"]
    confirmed = update_units_while(stage, lambda: kill_all(kept.stack))
    after = {row["unit_id"]: row for row in stage.every(secretary, "registration.list_units")}
    for row in before.values():
        times = after[row["unit_id"]]["version"] - row["version"]
        assert times == confirmed[row["unit_id"]], "confirmed and lost, or done twice"
    kept.desk("login", stage.cast.operator.email)
    report = kept.desk("check", "--wait", "60")
    assert {check["verdict"] for check in report["checks"]} == {"held"}, report
    assert len(report["checks"]) == 10


def test_nothing_personal_leaves_its_place(kept: Kept) -> None:
    """After a whole contest, after what goes wrong on an ordinary day and after a crash of everything."""
    told = kept.stack.environment()
    broker = Management(
        told["XINLV_BROKER_MANAGEMENT_URL"],
        told["XINLV_BROKER_MANAGEMENT_USER"],
        told["XINLV_BROKER_MANAGEMENT_PASSWORD"],
    )
    known = known_secrets(kept.stage.cast.people(), kept.stack.secrets)
    known += [OBJECTOR["name"], OBJECTOR["phone"], OBJECTOR["email"]]
    with kept.mongo() as mongo:
        have_mishaps(kept.stage)
        until(lambda: mongo.xinlv_notify.letters.find_one({"template": "password_reset", "status": "sent"}))
        facts, rows, lines = list(events(mongo)), list(plain_rows(mongo)), list(logs(kept.stack.home))
    types = {where.split()[1].split(".")[2] for where, _ in facts}
    assert {"CaseSubmitted", "RoundScored", "ObjectionFiled", "CertificateIssued"} <= types
    assert leaks(facts, known) == []
    assert len(rows) > 2000
    assert leaks(rows, known) == []
    assert sum("sign_in" in line for _, line in lines) >= 3, "the refused sign-ins"
    assert leaks(lines, known) == []
    assert leaks(messages(broker), known) == []


def test_down_leaves_nothing(kept: Kept) -> None:
    assert processes_of(kept.name)
    answer = kept.run("down", "--name", kept.name, "--remove")
    assert answer.returncode == 0, answer.stderr
    assert_nothing_left(int(kept.name.split("-")[1]))
