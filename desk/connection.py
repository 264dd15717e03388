"""Where the desk connects to: a running local stack, or what the environment says."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from desk.refusals import Trouble
from plumbing.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[1]


class NoConnection(Trouble):
    """There is nothing to connect to; each message is one line and says what to do."""

    zh_title = "无法连接"


@dataclass(frozen=True)
class Place:
    """One installation: its settings, and the private files this user keeps for it."""

    name: str
    settings: Settings
    session_file: Path
    accounts_file: Path | None = None
    """Sample accounts that a demo left behind on a local stack."""


def find_place(stack: str | None, home: Path | None, environment: Mapping[str, str] | None = None) -> Place:
    """Return the stack that was named, else what the environment says (XINLV_AMQP_URL, or a folder of
    secrets, XINLV_SECRETS_FOLDER), else the local stack ``main``.

    Raises NoConnection.
    """
    environment = os.environ if environment is None else environment
    if stack is None and home is None and _is_told(environment):
        return _place_of_environment(environment)
    if stack is not None and not stack.replace("-", "").replace("_", "").isalnum():
        raise NoConnection(
            f"--stack：{stack} 只能含字母、数字、- 和 _；要指定文件夹请用 --home。",
            f"--stack: {stack} may hold letters, digits, - and _ only; a folder is given by --home.",
        )
    folder = home or Path(environment.get("XINLV_HOME") or ROOT / ".xinlv") / (stack or "main")
    file = folder / "operator.json"
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        how = "start one with ./xinlv up, name another with --stack, or set XINLV_SECRETS_FOLDER"
        raise NoConnection(
            f"{folder} 中没有本地环境：用 ./xinlv up 启动，用 --stack 另选，或设置 XINLV_SECRETS_FOLDER。",
            f"no stack in {folder}: {how}",
        ) from None
    except (OSError, ValueError) as error:
        raise NoConnection(f"无法读取 {file}。", f"cannot read {file}: {error}") from None
    return Place(folder.name, _read(told), folder / "desk-session.json", folder / "accounts.json")


def _is_told(environment: Mapping[str, str]) -> bool:
    names = ("XINLV_AMQP_URL", "XINLV_AMQP_URL_FILE", "XINLV_SECRETS_FOLDER")
    return any(environment.get(name) for name in names)


def _place_of_environment(environment: Mapping[str, str]) -> Place:
    settings = _read(environment)
    parts = urlsplit(settings.amqp_url)
    host = parts.hostname or "localhost"
    # one session an installation: two virtual hosts of one broker are two installations
    mark = sha256(f"{host}:{parts.port}{parts.path}".encode()).hexdigest()[:8]
    folder = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "xinlv"
    return Place(host, settings, folder / f"desk-{host}-{mark}.json")


def _read(told: Mapping[str, str]) -> Settings:
    try:
        settings = Settings.from_environment(None, {**told, "XINLV_SERVICE": ""})
    except SettingsError as error:
        name = str(error).partition(":")[0]
        raise NoConnection(f"{name} 的值有误，原因见下行。", str(error)) from None
    if not settings.amqp_url:
        folder = told.get("XINLV_SECRETS_FOLDER")
        where = f", nor does a file AMQP_URL in {folder}" if folder else ""
        raise NoConnection(
            "未说明消息代理在何处：请设置 XINLV_AMQP_URL。",
            f"XINLV_AMQP_URL: says nothing about where the broker is{where}",
        )
    return settings
