"""RabbitMQ as a private child: the one on this machine, else Debian's, unpacked into the cache."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import shutil
from pathlib import Path
from typing import Any

from runner.stack import processes
from runner.stack.cache import Progress, provide_once
from runner.stack.debs import missing_libraries, unpack
from runner.stack.processes import StackError
from runner.stack.state import State, write_private

PART = "rabbitmq"
ERLANG = ("base", "crypto", "eldap", "inets", "mnesia", "os-mon", "parsetools", "public-key", "runtime-tools",
          "ssl", "syntax-tools", "tools", "xmerl", "asn1")  # fmt: skip
PLUGINS = "[rabbitmq_management,rabbitmq_shovel,rabbitmq_shovel_management].\n"
INSTALLED = "usr/lib/rabbitmq/lib"


def provide(progress: Progress) -> dict[str, str]:
    """Its programs: {"server": script, "erlang": folder of erl and epmd, "root": Erlang's root or ""}."""
    for server in [*sorted(Path("/", INSTALLED).glob("rabbitmq_server-*/sbin/rabbitmq-server")), *_on_path()]:
        erl = shutil.which("erl")
        if erl:
            return {"server": str(server), "erlang": str(Path(erl).parent), "root": ""}
    folder = provide_once("rabbitmq-debian", lambda draft: _unpack(draft, progress))
    server = next(iter(folder.glob(f"{INSTALLED}/rabbitmq_server-*/sbin/rabbitmq-server")))
    erlang = folder / "usr/lib/erlang"
    return {"server": str(server), "erlang": str(erlang / "bin"), "root": str(erlang)}


def start(state: State, programs: dict[str, str], secrets: dict[str, Any], follow: bool) -> None:
    """Start the broker and its name daemon, both on 127.0.0.1 only."""
    home = state.data(PART)
    environment = _environment(state, home, programs)
    _write_configuration(state, home, secrets)
    epmd = str(Path(programs["erlang"]) / "epmd")
    log = state.log("epmd")
    child = processes.spawn("epmd", [epmd], environment, log, dies_with_parent=follow)
    state.remember(child)
    processes.wait_ready(child, lambda: processes.accepts(int(environment["ERL_EPMD_PORT"])), 15, log)
    log = state.log(PART)
    child = processes.spawn(PART, [programs["server"]], environment, log, cwd=home, dies_with_parent=follow)
    state.remember(child)


def wait(state: State, secrets: dict[str, Any]) -> None:
    """Wait until its management interface answers and it takes connections."""
    child, ports = state.children()[PART], state.document["ports"]
    operator = secrets["operator"]

    def ready() -> bool:
        return processes.accepts(ports["amqp"]) and answers(
            ports["management"], operator["broker_user"], operator["broker_password"]
        )

    processes.wait_ready(child, ready, 90, state.log(PART))


def answers(port: int, user: str, password: str) -> bool:
    """Whether the management interface on this port of 127.0.0.1 knows this user."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/api/overview", headers={"Authorization": f"Basic {token}"})
        return connection.getresponse().status == 200
    return False


def _on_path() -> list[str]:
    server = shutil.which("rabbitmq-server")
    return [server] if server else []


def _unpack(draft: Path, progress: Progress) -> None:
    unpack(PART, ["rabbitmq-server", *(f"erlang-{name}" for name in ERLANG)], draft, progress)
    # Debian's script knows one place only; told by ERL_ROOTDIR it runs wherever the cache is
    erl = draft / "usr/lib/erlang/bin/erl"
    text = erl.read_text(encoding="utf-8")
    erl.write_text(
        text.replace("ROOTDIR=/usr/lib/erlang", 'ROOTDIR="${ERL_ROOTDIR:-/usr/lib/erlang}"'), encoding="utf-8"
    )
    missing = missing_libraries(
        [*draft.glob("usr/lib/erlang/erts-*/bin/beam.smp"), *draft.glob("**/crypto.so")]
    )
    if missing:
        raise StackError(f"rabbitmq: Erlang needs {', '.join(missing)}: install these libraries")


def _environment(state: State, home: Path, programs: dict[str, str]) -> dict[str, str]:
    environment = {
        "PATH": f"{programs['erlang']}:{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        # erl becomes the started process itself instead of a shell's child, so signals reach it
        "RUNNING_UNDER_SYSTEMD": "true",
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_NODENAME": "xinlv@localhost",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_DIST_PORT": str(state.port("broker_dist")),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +SDio 4 -kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_IO_THREAD_POOL_SIZE": "4",
        "ERL_EPMD_PORT": str(state.port("epmd")),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    if programs["root"]:
        environment["ERL_ROOTDIR"] = programs["root"]
    return environment


def _write_configuration(state: State, home: Path, secrets: dict[str, Any]) -> None:
    (home / "enabled_plugins").write_text(PLUGINS, encoding="utf-8")
    operator = secrets["operator"]
    cookie = home / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, operator["erlang_cookie"], 0o400)
    settings = {
        "listeners.tcp.local": f"127.0.0.1:{state.port('amqp')}",
        "management.tcp.ip": "127.0.0.1",
        "management.tcp.port": str(state.port("management")),
        "default_user": operator["broker_user"],
        "default_pass": operator["broker_password"],
        "loopback_users": "none",
        "num_acceptors.tcp": "2",
        "disk_free_limit.absolute": "100MB",
        "vm_memory_high_watermark.absolute": "1GB",
        "log.file": "broker.log",
        "raft.wal_max_size_bytes": "33554432",
    }
    write_private(home / "rabbitmq.conf", "".join(f"{name} = {value}\n" for name, value in settings.items()))
