"""The stack is real, private, provisioned, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import smtplib
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from minio import Minio
from minio.error import S3Error
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from plumbing.settings import SERVICES
from runner.provision import provision
from runner.stack import Stack, StackError, processes

LOOPBACK = ("0100007F", "00000000000000000000000001000000")
pytestmark = [pytest.mark.stack, pytest.mark.long]


@pytest.fixture(scope="module")
def stack(own_stack):
    """A stack nobody has used: these tests look for what is not there."""
    return own_stack


@pytest.fixture(scope="module")
def mongo(own_mongo):
    return own_mongo


def test_a_stack_listens_on_this_machine_only(stack):
    for pid in [child.pid for child in stack.state.children().values()]:
        for port in listening(pid):
            assert port.rpartition(":")[0] in LOOPBACK, f"process {pid} listens beyond this machine: {port}"


def test_its_folder_and_secrets_are_private(stack):
    assert stat.S_IMODE(stack.home.stat().st_mode) == 0o700
    files = [stack.home / "secrets.json", stack.home / "operator.json", stack.home / "state.json"]
    for file in [*files, *(stack.home / "keys").iterdir()]:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_each_service_reads_and_writes_its_own_database_only(stack):
    with MongoClient(stack.environment("review")["XINLV_MONGO_URL"], timeoutMS=20_000) as client:
        client["xinlv_review"]["probe"].insert_one({"a": 1})
        client["xinlv_review"]["probe"].drop()
        client["xinlv_clock"]["clock"].find_one({})
        for other in ("xinlv_awards", "xinlv_clock", "admin"):
            with pytest.raises(OperationFailure, match="not authorized"):
                client[other]["probe"].insert_one({"a": 1})
    with MongoClient(stack.environment("registration")["XINLV_MONGO_URL"], timeoutMS=20_000) as client:
        client["xinlv_clock"]["probe"].insert_one({"a": 1})
        client["xinlv_clock"]["probe"].drop()


def test_transactions_work(mongo, database):
    database.create_collection("rows")
    with mongo.start_session() as session, session.start_transaction():
        database["rows"].insert_one({"_id": 1}, session=session)
    assert database["rows"].count_documents({}) == 1


def store_of(stack, service):
    told = stack.environment(service)
    place = told["XINLV_S3_URL"].removeprefix("http://")
    keys = told["XINLV_S3_ACCESS_KEY"], told["XINLV_S3_SECRET_KEY"]
    return Minio(place, *keys, region=told["XINLV_S3_REGION"], secure=False)


def test_each_service_has_keys_to_its_own_buckets_only(stack):
    review = store_of(stack, "review")
    with pytest.raises(S3Error, match="Access Denied"):
        list(review.list_objects("incoming"))
    assert list(store_of(stack, "submission").list_objects("incoming")) == []
    assert store_of(stack, None).get_bucket_versioning("materials").status == "Enabled"


def test_provisioning_again_changes_nothing(stack):
    assert provision(stack, dry_run=True) == []
    assert provision(stack) == []


def send_letter(stack):
    host, port = stack.environment("notify")["XINLV_SMTP_URL"].removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), timeout=20) as server:
        server.sendmail("a@example.org", ["b@example.org"], "Subject: 测试\n\n信".encode())


def test_a_letter_lands_in_the_folder(stack):
    send_letter(stack)
    letters = list((stack.letters / "new").iterdir())
    assert any("信" in letter.read_text(encoding="utf-8") for letter in letters)
    for letter in letters:
        letter.unlink()


def test_a_second_stack_runs_beside_and_comes_back_with_its_data_and_parts_that_are_given(
    stack, tmp_path, monkeypatch
):
    other = Stack(tmp_path / "other", "other", follow=True)
    with other:
        assert not set(other.state.document["ports"].values()) & set(stack.state.document["ports"].values())
        with MongoClient(other.environment()["XINLV_MONGO_URL"]) as client:
            client["xinlv_review"]["kept"].insert_one({"_id": 1})
        first = other.state.children()
    assert not any(processes.is_alive(child) for child in first.values())
    # somebody else took its database port meanwhile, so the replica set has to move
    other.state.document["ports"]["mongo"] = stack.state.document["ports"]["mongo"]
    other.state.write()
    for name in ("XINLV_SMTP_URL", "XINLV_S3_URL", "XINLV_S3_ACCESS_KEY", "XINLV_S3_SECRET_KEY"):
        monkeypatch.setenv(name, stack.environment()[name])
    with other, MongoClient(other.environment()["XINLV_MONGO_URL"]) as client:
        assert client["xinlv_review"]["kept"].count_documents({}) == 1
        with pytest.raises(StackError, match="another command"), other.state.locked():
            other.stop()
        assert other.state.children().keys() == {"epmd", "rabbitmq", "mongod"} and other.is_running()
        lent = ("s3", "mail")
        assert [other.endpoints()[part] for part in lent] == [stack.endpoints()[part] for part in lent]
        assert provision(other, dry_run=True) == []
        assert store_of(other, "submission").get_bucket_versioning("materials").status == "Enabled"
        send_letter(other)
    [letter] = (stack.letters / "new").iterdir()
    letter.unlink()
    assert stack.is_running(), "what was lent is left alone"
    other.remove()
    assert not other.home.exists()


def test_nothing_survives_the_death_of_its_owner(tmp_path):
    """A demo or a test run that is killed (-9) takes its stack along."""
    code = (
        "import sys, signal; from pathlib import Path; from runner.stack import Stack\n"
        f"s = Stack(Path({str(tmp_path / 'home')!r}), 'owned', follow=True).start()\n"
        "print('started', flush=True); signal.pause()"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "started\n"
    orphan = Stack(tmp_path / "home")
    assert orphan.is_running()
    children = orphan.state.children()
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    for child in children.values():
        assert processes.wait_gone(child, 30), f"{child.name} outlived its owner"


def test_environments_hold_what_settings_need(settings_of):
    for service in SERVICES:
        assert settings_of(service).service == service
    assert settings_of().bootstrap_secret


def listening(pid: int) -> list[str]:
    """The local addresses (hex, as the kernel writes them) a process listens on."""
    inodes = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        if (target := str(handle.readlink())).startswith("socket:["):
            inodes.add(target[8:-1])
    rows = [
        row.split()
        for kind in ("tcp", "tcp6")
        for row in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in inodes]
