"""A pytest plugin of `./xinlv test`: how many branches of each room the tests reach."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

GOAL = 95.0
REPORT = "XINLV_COVERAGE_JSON"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print a line a room; rooms with a goal say whether they reach it."""
    file = Path(os.environ.get(REPORT, ""))
    if not file.is_file():
        return
    terminalreporter.section("branches by room")
    for room, (reached, all_of_them) in count_by_room(json.loads(file.read_text(encoding="utf-8"))).items():
        share = 100.0 * reached / all_of_them if all_of_them else 100.0
        verdict = "" if not has_goal(room) else "  ok" if share >= GOAL else f"  below {GOAL:.0f} %"
        terminalreporter.write_line(f"{room:<32}{reached:>6} of {all_of_them:<6}{share:6.1f} %{verdict}")


def follow_greenlets(measuring: str) -> str:
    """Return coverage's COVERAGE_PROCESS_CONFIG for a service, whose code runs in greenlets.

    Nothing else follows them: where traced threads end, Python 3.11 may then spin for ever, since what
    greenlet does at a thread's end is Python code of coverage's, run inside a pending call.
    """
    config = json.loads(base64.b64decode(measuring))
    config["concurrency"] = ["thread", "greenlet"]
    return base64.b64encode(json.dumps(config).encode()).decode()


def count_by_room(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Branches reached and branches there are, by room, from coverage's JSON report."""
    rooms: dict[str, tuple[int, int]] = {}
    for file, found in sorted(report["files"].items()):
        summary, room = found["summary"], room_of(file)
        reached, all_of_them = rooms.get(room, (0, 0))
        rooms[room] = reached + summary["covered_branches"], all_of_them + summary["num_branches"]
    return rooms


def room_of(file: str) -> str:
    """The room a file lies in: its first folder; a service's domain is a room of its own."""
    parts = Path(file).parts
    if parts[0] == "services" and len(parts) > 2:
        return f"services/{parts[1]}" + ("/domain" if parts[2].removesuffix(".py") == "domain" else "")
    return parts[0]


def has_goal(room: str) -> bool:
    """Whether the goal binds this room: what decides, what is spoken, and how it crosses."""
    return room in ("contracts", "plumbing") or room.endswith("/domain")
