"""Where the desk connects to, and the session it keeps."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import NotSignedIn
from desk.connection import NoConnection, find_place
from desk.session import CannotKeep, Session
from runner.install import write_secrets

TOLD = {"XINLV_AMQP_URL": "amqp://desk:word@127.0.0.1:5672/xinlv", "XINLV_PROFILE": "local"}


def make_stack(folder: Path, **told: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "operator.json").write_text(json.dumps({**TOLD, **told}), encoding="utf-8")
    return folder


def test_a_named_stack_wins_over_the_environment(tmp_path: Path) -> None:
    home = make_stack(tmp_path / "spare", XINLV_AMQP_URL="amqp://desk:w@127.0.0.1:7/xinlv")
    place = find_place("spare", None, {"XINLV_HOME": str(tmp_path), **TOLD})
    assert place.settings.amqp_url.endswith(":7/xinlv")
    assert place.session_file == home / "desk-session.json"
    assert find_place(None, home, TOLD).settings.amqp_url.endswith(":7/xinlv")


def test_a_stack_is_named_by_a_word_and_trouble_is_told_in_both_languages(tmp_path: Path) -> None:
    for name, word in (("../x", "--home"), ("a/b", "--home"), ("none", "./xinlv up")):
        with pytest.raises(NoConnection) as refused:
            find_place(name, None, {"XINLV_HOME": str(tmp_path)})
        zh, en = refused.value.zh, refused.value.en
        assert word in zh and word in en and zh != en and "\n" not in zh + en


def test_the_environment_wins_over_the_main_stack(tmp_path: Path) -> None:
    make_stack(tmp_path / "main")
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    place = find_place(None, None, {"XINLV_HOME": str(tmp_path), **config, **TOLD})
    assert place.name == "127.0.0.1" and place.session_file.parent == tmp_path / "config" / "xinlv"
    other = find_place(
        None, None, {**config, **TOLD, "XINLV_AMQP_URL": "amqp://desk:word@127.0.0.1:5672/other"}
    )
    assert other.session_file != place.session_file, "two installations, two sessions"


def test_the_url_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(TOLD["XINLV_AMQP_URL"])
    place = find_place(None, None, {"XINLV_AMQP_URL_FILE": str(file), "HOME": str(tmp_path)})
    assert place.settings.amqp_url == TOLD["XINLV_AMQP_URL"]


def test_the_operators_folder_of_secrets_is_all_a_desk_needs(tmp_path: Path) -> None:
    make_stack(tmp_path / "main")
    write_secrets(tmp_path / "made", "mq:5672", "db:27017", "smtp://mail:25")
    told = {"XINLV_SECRETS_FOLDER": str(tmp_path / "made" / "operator"), "HOME": str(tmp_path)}
    place = find_place(None, None, {"XINLV_HOME": str(tmp_path), **told})
    assert place.name == "mq" and place.settings.amqp_url.startswith("amqp://desk:")
    assert place.settings.bootstrap_secret
    # an address of one's own, as through a forwarded port, wins over the folder's
    near = find_place(None, None, {**told, "XINLV_AMQP_URL": TOLD["XINLV_AMQP_URL"]})
    assert near.name == "127.0.0.1" and near.settings.bootstrap_secret == place.settings.bootstrap_secret
    with pytest.raises(NoConnection, match="nor does a file AMQP_URL in"):
        find_place(None, None, {"XINLV_SECRETS_FOLDER": str(tmp_path / "elsewhere")})


def test_without_either_the_main_stack_is_taken(tmp_path: Path) -> None:
    make_stack(tmp_path / "main")
    assert find_place(None, None, {"XINLV_HOME": str(tmp_path)}).name == "main"


@pytest.mark.parametrize("content", [None, "{", '{"XINLV_PROFILE": "local"}', '{"XINLV_WORKERS": "many"}'])
def test_what_cannot_be_connected_to_is_said_in_one_line(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "main").mkdir()
        (tmp_path / "main" / "operator.json").write_text(content)
    with pytest.raises(NoConnection) as refused:
        find_place(None, None, {"XINLV_HOME": str(tmp_path)})
    assert "\n" not in str(refused.value) and "word" not in str(refused.value)


class Registration:
    """Answers renewals; a refresh token that comes a second time ends the session, as the real one does."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.lock = threading.Lock()

    def answer(self, seconds: int = 900) -> dict[str, Any]:
        number = len(self.seen)
        return {
            "account_id": "acc-1", "roles": ["operator"], "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}", "expires_in": seconds,
        }  # fmt: skip

    def renew(self, refresh_token: str) -> Mapping[str, Any]:
        with self.lock:
            if refresh_token in self.seen:
                raise NotSignedIn("会话已结束。", "The session has ended.")
            self.seen.append(refresh_token)
        time.sleep(0.01)
        return self.answer()


@pytest.fixture
def registration() -> Registration:
    return Registration()


def test_a_session_is_readable_by_its_owner_only(tmp_path: Path, registration: Registration) -> None:
    session = Session(tmp_path / "deep" / "session.json", registration.renew)
    session.keep(registration.answer())
    assert stat.S_IMODE(session.file.stat().st_mode) == 0o600
    assert session.token() == "access-0" and registration.seen == []


def test_a_token_near_its_end_is_renewed_once_by_many_desks(
    tmp_path: Path, registration: Registration
) -> None:
    file = tmp_path / "session.json"
    Session(file, registration.renew).keep(registration.answer(seconds=5))
    tokens: list[str] = []
    desks = [
        threading.Thread(target=lambda: tokens.append(Session(file, registration.renew).token()))
        for _ in range(8)
    ]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    assert registration.seen == ["refresh-0"] and set(tokens) == {"access-1"}


def test_a_session_that_has_ended_is_forgotten(tmp_path: Path, registration: Registration) -> None:
    session = Session(tmp_path / "session.json", registration.renew)
    session.keep(registration.answer(seconds=0))
    registration.seen.append("refresh-0")
    with pytest.raises(NotSignedIn):
        session.token()
    assert session.read() is None
    with pytest.raises(NotSignedIn, match="login"):
        session.token()


def test_a_folder_that_cannot_be_written_is_said_in_one_line(
    tmp_path: Path, registration: Registration
) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    session = Session(tmp_path / "config" / "session.json", registration.renew)
    for act in (lambda: session.keep(registration.answer()), session.token, session.forget):
        with pytest.raises(CannotKeep) as refused:
            act()
        assert str(session.file) in str(refused.value) and "\n" not in str(refused.value)
    assert registration.seen == [], "no refresh token is used up for nothing"


@pytest.mark.parametrize("content", ["", "[]", '{"account_id": 1}', "null"])
def test_a_broken_file_counts_as_signed_out(tmp_path: Path, registration: Registration, content: str) -> None:
    file = tmp_path / "session.json"
    file.write_text(content)
    assert Session(file, registration.renew).forget() is None


def test_a_token_may_be_given_for_one_run(
    tmp_path: Path, registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XINLV_TOKEN", "given")
    assert Session(tmp_path / "session.json", registration.renew).token() == "given"
