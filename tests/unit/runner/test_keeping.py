"""State, secrets and the cache: kept privately, whole or not at all."""

from __future__ import annotations

import json
import stat
import threading

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from plumbing.settings import SERVICES
from runner.stack import StackError, cache, secrets
from runner.stack.processes import Child, wait_for
from runner.stack.state import State, default_home, write_private


def test_state_comes_back_as_it_was_written(tmp_path):
    state = State(tmp_path / "home")
    state.open()
    port = state.port("amqp")
    state.remember(Child("mongod", 1, 2))
    again = State(state.home)
    again.open()
    assert again.port("amqp") == port
    assert again.children() == {"mongod": Child("mongod", 1, 2)}
    again.forget("mongod")
    state.read()
    assert state.children() == {}


def test_a_torn_state_file_counts_as_none(tmp_path):
    state = State(tmp_path)
    state.file.write_text("{", encoding="utf-8")
    state.read()
    assert state.document == {}


def test_two_commands_cannot_hold_one_stack(tmp_path):
    with (
        State(tmp_path).locked(),
        pytest.raises(StackError, match="another command"),
        State(tmp_path).locked(),
    ):
        pass


def test_private_files_are_private_from_the_first_byte(tmp_path):
    write_private(tmp_path / "secret", "x")
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_the_home_of_a_stack_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("XINLV_HOME", str(tmp_path))
    assert default_home("x") == tmp_path / "x"
    monkeypatch.delenv("XINLV_HOME")
    assert default_home().name == "main"


def test_secrets_are_made_once_and_every_key_has_its_public_half(tmp_path):
    made = secrets.load_or_make(tmp_path)
    assert secrets.load_or_make(tmp_path) == made
    words = [made["bootstrap"], *made["operator"].values()]
    words += [word for service in made["services"].values() for word in service.values()]
    assert len(set(words)) >= len(words) - 1, "only the operator's user name is shared"
    keyring = json.loads((tmp_path / "keys" / "keyring.json").read_text(encoding="utf-8"))
    assert sorted(key["issuer"] for key in keyring.values()) == sorted(SERVICES)
    for key in keyring.values():
        private = load_pem_private_key((tmp_path / "keys" / f"{key['issuer']}.pem").read_bytes(), None)
        public = load_pem_public_key(key["public"].encode())
        assert private.public_key().public_bytes_raw() == public.public_bytes_raw()


@pytest.fixture
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "xinlv"


def test_a_program_is_built_once_even_when_two_ask_at_once(own_cache):
    built = []

    def build(draft):
        built.append(draft)
        (draft / "program").write_text("x", encoding="utf-8")

    asking = [threading.Thread(target=cache.provide_once, args=("p", build)) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(built) == 1
    assert (own_cache / "p" / "program").exists()


def test_a_broken_build_leaves_nothing_half_made(own_cache):
    def build(draft):
        (draft / "half").mkdir(mode=0o500)
        raise StackError("no")

    with pytest.raises(StackError):
        cache.provide_once("p", build)
    assert [entry.name for entry in own_cache.iterdir()] == ["p.lock"]


def test_without_home_or_cache_folder_a_temporary_one_serves(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cache.cache_folder().parent == tmp_path


def test_a_slow_step_tells_how_long_it_has_run_and_how_it_failed(monkeypatch, tmp_path):
    monkeypatch.setattr(cache, "HEARTBEAT", 0.05)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    told = []
    log = tmp_path / "draft.log"
    with pytest.raises(StackError) as failed:
        cache.run_step(
            "part",
            "building",
            ["sh", "-c", "sleep 0.3; echo at first; echo; echo 'because  of it'; echo; echo; exit 1"],
            lambda *args: told.append(args),
            log=log,
            missing="do this instead",
        )
    kept = tmp_path / "xinlv" / "part.log"
    assert str(failed.value) == f"part: do this instead: because of it (more in {kept})"
    log.unlink()
    assert kept.read_text().startswith("at first\n"), "it outlives the draft"
    assert told[0] == ("part", "building")
    assert told[1][1].startswith("building · ")
    with pytest.raises(StackError, match="do this instead"):
        cache.run_step("part", "x", ["/nonexistent"], lambda *_: None, log=log, missing="do this instead")


def test_a_stack_never_gives_one_port_to_two_purposes(tmp_path, monkeypatch):
    state = State(tmp_path)
    numbers = iter([1, 1, 2])
    monkeypatch.setattr("runner.stack.processes.secrets.randbelow", lambda _: next(numbers))
    monkeypatch.setattr("runner.stack.processes._is_free", lambda _: True)
    assert (state.port("amqp"), state.port("epmd")) == (20001, 20002)


def test_a_step_that_is_called_off_ends_at_once_with_all_it_started(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    failed = []

    def step():
        try:
            cache.run_step(
                "part",
                "x",
                ["sh", "-c", "sleep 600; true"],
                lambda *_: None,
                log=tmp_path / "log",
                missing="off",
            )
        except StackError as error:
            failed.append(str(error))

    working = threading.Thread(target=step)
    working.start()
    assert wait_for(lambda: len(cache._running) == 1, 10)
    cache.cancel_steps()
    working.join(10)
    assert failed == [f"part: off (more in {tmp_path / 'xinlv' / 'part.log'})"]
    assert not cache._running
