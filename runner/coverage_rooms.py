"""A pytest plugin of `./xinlv test`: how many branches of each room the tests reach."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

GOAL = 95.0
BELOW = f"below {GOAL:.0f} %"
REPORT = "XINLV_COVERAGE_JSON"
BINDING = "XINLV_COVERAGE_BINDING"
"""Set where the goal decides: chosen tests reach what they reach."""
TESTS_FAILED = 1


def pytest_sessionfinish(session: Any) -> None:
    """Fail a run that passed when the goal decides and a room misses it."""
    if os.environ.get(BINDING) and session.exitstatus == 0 and rooms_below(_read_report()):
        session.exitstatus = TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print a line a room; rooms with a goal say whether they reach it."""
    rooms = _read_report()
    if not rooms:
        return
    terminalreporter.section("branches by room")
    below = rooms_below(rooms)
    for room, (reached, all_of_them) in rooms.items():
        verdict = "" if not has_goal(room) else f"  {BELOW}" if room in below else "  ok"
        share = share_of((reached, all_of_them))
        terminalreporter.write_line(f"{room:<32}{reached:>6} of {all_of_them:<6}{share:6.1f} %{verdict}")
    if below and os.environ.get(BINDING):
        terminalreporter.write_line(f"未达到 failed, {BELOW}: {', '.join(below)}")


def _read_report() -> dict[str, tuple[int, int]]:
    """What coverage wrote, counted by room; nothing where it wrote none, as in a worker of several."""
    file = Path(os.environ.get(REPORT, ""))
    return count_by_room(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def share_of(counts: tuple[int, int]) -> float:
    """Per cent of the branches that are reached."""
    reached, all_of_them = counts
    return 100.0 * reached / all_of_them if all_of_them else 100.0


def rooms_below(rooms: dict[str, tuple[int, int]]) -> list[str]:
    """The rooms that have the goal and miss it."""
    return [room for room, counts in rooms.items() if has_goal(room) and share_of(counts) < GOAL]


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
