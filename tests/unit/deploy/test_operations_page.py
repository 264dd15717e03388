"""docs/operations.md says what there is: every setting, every secret, commands that exist."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from plumbing import settings
from plumbing.settings import SERVICES, Settings
from runner.cli import app
from runner.install import write_secrets
from runner.stack.rabbitmq import __file__ as rabbitmq_file

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
NAME = re.compile(r"XINLV_[A-Z0-9_]*[A-Z0-9]\b")
# what a test, a benchmark or a coverage run tells itself
FOR_TESTS = ("XINLV_FAULT", "XINLV_BENCH", "XINLV_COVERAGE")
KUBECTL = shutil.which("kubectl")


def named_in_tables() -> set[str]:
    rows = re.findall(r"(?m)^\| (`XINLV_[^|]*) \|", PAGE)
    return {name for row in rows for name in NAME.findall(row)}


def read_by_settings(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    asked: set[str] = set()
    true_way = settings._Given._get_value

    def listen(self, key, default):
        asked.add(key)
        return true_way(self, key, default)

    monkeypatch.setattr(settings._Given, "_get_value", listen)
    Settings.from_environment(None, {"XINLV_PROFILE": "local"})
    return asked


def written_in_code() -> set[str]:
    """Every name that stands as a text of its own in what reads the environment."""
    found = set()
    for room in ("plumbing", "runner", "desk", "services"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and NAME.fullmatch(node.value)
                ):
                    found.add(
                        node.value.removesuffix("_FILE")
                        if node.value != "XINLV_CREDENTIALS_FILE"
                        else node.value
                    )
    composition = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    found |= set(re.findall(r"\$\{(XINLV_[A-Z0-9_]+)", composition))
    for overlay in ("dev", "prod"):
        file = ROOT / "k8s" / "overlays" / overlay / "kustomization.yaml"
        found |= set(NAME.findall(file.read_text(encoding="utf-8")))
    return {name for name in found if not name.startswith(FOR_TESTS)}


def test_every_setting_stands_in_the_tables_and_nothing_else_does(monkeypatch):
    code = read_by_settings(monkeypatch) | written_in_code()
    assert len(code) > 40
    assert code - named_in_tables() == set(), "not in docs/operations.md"
    assert named_in_tables() - code == set(), "nobody reads it"


def test_defaults_in_the_tables_are_those_of_the_code():
    shown = Settings()
    for name, text in {
        "XINLV_PROFILE": shown.profile,
        "XINLV_WORKERS": str(shown.workers),
        "XINLV_RPC_TIMEOUT": f"{shown.rpc_timeout:g}",
        "XINLV_SITE_URL": shown.site_url,
        "XINLV_FONT_DIR": shown.font_dir,
        "XINLV_LOG_LEVEL": shown.log_level,
        "XINLV_RETENTION_OUTBOX_DAYS": ", ".join(map(str, shown.retention_days.values())),
        "XINLV_RETRY_DELAYS": ",".join(f"{delay:g}" for delay in shown.retry_delays) + f" s; {shown.retries}",
    }.items():
        (row,) = re.findall(rf"(?m)^\| `{name}`.* \| ([^|]*) \|$", PAGE)
        assert row == text, name


def commands() -> list[str]:
    """The indented commands of the page, a continued one as one line."""
    text = re.sub(r"\\\n\s+", " ", PAGE)
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]


def test_every_command_of_ours_exists_with_its_options():
    root = get_command(app)
    seen = 0
    for line in commands():
        for words in (found.split() for found in re.findall(r"\./xinlv ([^#|$]*)", line)):
            command = root
            if words[0] == "desk":
                from desk.cli import app as desk

                command, words = get_command(desk), words[1:]
            while words and words[0] in getattr(command, "commands", {}):
                command, words = command.commands[words[0]], words[1:]
            options = {name for parameter in command.params for name in parameter.opts}
            assert not hasattr(command, "commands"), f"{line}: no such command"
            assert {word for word in words if word.startswith("--")} <= options, line
            seen += 1
    assert seen >= 8


def test_the_loop_hands_out_every_secret_that_a_pod_mounts(tmp_path):
    (names,) = re.findall(r"for name in ([a-z ]+); do", PAGE)
    assert set(names.split()) == {*SERVICES, "operator"}
    mounted = set()
    for file in (ROOT / "k8s" / "base").rglob("*.yaml"):
        mounted |= set(re.findall(r"secretName: xinlv-(\w+)", file.read_text(encoding="utf-8")))
    assert mounted == set(names.split())
    write_secrets(tmp_path)
    for name in names.split():
        assert list((tmp_path / name).iterdir())


@pytest.mark.skipif(not KUBECTL, reason="no kubectl here")
def test_the_loop_makes_secrets_that_hold_the_files(tmp_path):
    write_secrets(tmp_path)
    (loop,) = re.findall(r"(?ms)^ +(for name in .*?done)$", PAGE)
    script = loop.replace("DIR/", f"{tmp_path}/").replace(
        "kubectl -n xinlv apply --server-side -f -", "(cat; echo ---)"
    )
    assert script.count("kubectl") == 1, "what is left needs no cluster"
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    made = {one["metadata"]["name"]: one for one in yaml.safe_load_all(done.stdout) if one}
    assert made.keys() == {f"xinlv-{name}" for name in (*SERVICES, "operator")}
    for one in made.values():
        assert one["metadata"]["namespace"] == "xinlv"
        assert {"AMQP_URL", "MONGO_URL"} <= one["data"].keys()
    assert "CREDENTIALS" in made["xinlv-operator"]["data"]


def test_names_taken_from_parts_env_are_there(tmp_path):
    write_secrets(tmp_path)
    made = {
        line.partition("=")[0] for line in (tmp_path / "parts.env").read_text(encoding="utf-8").splitlines()
    }
    used = set(re.findall(r"\$((?:RABBITMQ|MONGO|MINIO)_\w+)", PAGE))
    assert len(used) == 6 and used <= made
    enabled = re.findall(r"rabbitmq_\w+", (ROOT / "deploy" / "enabled_plugins").read_text(encoding="utf-8"))
    (line,) = [line for line in commands() if line.startswith("rabbitmq-plugins enable")]
    assert set(line.split()[2:]) <= set(enabled)
    assert "rabbitmq_shovel" in Path(rabbitmq_file).read_text(encoding="utf-8")


def test_the_forwarded_address_is_the_desks_own_user(tmp_path):
    write_secrets(tmp_path, "amqps://mq.internal:5671")
    (command,) = re.findall(r"XINLV_AMQP_URL=\$\((sed .*)\)", PAGE)
    done = subprocess.run(
        ["bash", "-c", command.replace("DIR/", f"{tmp_path}/")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    before = (tmp_path / "operator" / "AMQP_URL").read_text(encoding="utf-8")
    assert done.stdout.strip() == before.replace("amqps", "amqp").replace(
        "mq.internal:5671", "127.0.0.1:5672"
    )
