"""What `./xinlv status` tells of a stack."""

from __future__ import annotations

from typing import Any

from plumbing.settings import SERVICES
from runner.services import ServiceProcesses
from runner.stack import Stack, processes


def describe_status(stack: Stack) -> dict[str, Any]:
    """Whether it runs, and every address, process, log and credential file of it; no passwords."""
    running = stack.is_running()
    children = stack.state.children()
    services = ServiceProcesses(stack)
    ready = {
        name: services.is_ready(name) if name in SERVICES else processes.is_alive(child)
        for name, child in children.items()
    }
    return {
        "name": stack.name,
        "home": str(stack.home),
        "running": running,
        "healthy": running and all(ready.values()),
        "addresses": stack.endpoints() if running else {},
        "processes": {
            name: {
                "pid": child.pid,
                "alive": processes.is_alive(child),
                "ready": ready[name],
                "log": str(stack.state.log(name)),
            }
            for name, child in children.items()
        },
        "letters": str(stack.letters),
        "credentials": {
            "operator": str(stack.home / "operator.json"),
            "all": str(stack.home / "secrets.json"),
            "keys": str(stack.home / "keys"),
        },
    }


def print_status(found: dict[str, Any]) -> None:
    """The same as tables for a person."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not found["running"]:
        console.print(f"未运行 not running: {found['home']}", highlight=False, soft_wrap=True)
        if not found["processes"]:
            return
    table = Table("进程 process", "pid", "状态 state", "地址 address")
    addresses = dict(found["addresses"])
    place = {"rabbitmq": "broker", "mongod": "mongo", "minio": "s3", "mail": "mail"}
    for name, process in found["processes"].items():
        state = "就绪 ready" if process["ready"] else "启动中 starting" if process["alive"] else "已停 gone"
        table.add_row(name, str(process["pid"]), state, addresses.get(place.get(name, f"http_{name}"), ""))
    console.print(table)
    if gone := [name for name, process in found["processes"].items() if not process["alive"]]:
        logs = "、".join(found["processes"][name]["log"] for name in gone)
        console.print(f"已停 gone: {', '.join(gone)}；日志 logs: {logs}", style="bold red", soft_wrap=True)
    files = found["credentials"]
    for title, path in {
        "文件夹 home": found["home"],
        "信件 letters": found["letters"],
        "运维凭据 operator's credentials": files["operator"],
        "全部凭据 all credentials": files["all"],
        "密钥 keys": files["keys"],
    }.items():
        console.print(f"{title}: {path}", highlight=False, soft_wrap=True)
