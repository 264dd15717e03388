"""Children are told apart, waited for and stopped; ports are free."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from runner.stack import processes
from runner.stack.processes import StackError

STUBBORN = (
    "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def run(code: str, log, **options):
    return processes.spawn("child", [sys.executable, "-c", code], os.environ, log, **options)


def test_a_child_that_ignores_sigterm_is_killed(log):
    child = run(STUBBORN, log)
    assert processes.wait_for(lambda: "up" in processes.tail(log), 20)
    processes.stop(child, grace=0.2)
    assert not processes.is_alive(child)


def test_stopping_takes_the_whole_group(log):
    child = run(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN!r}])", log)
    assert processes.wait_for(lambda: "up" in processes.tail(log), 20)
    inside = [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and group(entry.name) == child.pid
    ]
    assert len(inside) == 2
    processes.stop_all([child], grace=1)
    assert processes.wait_for(lambda: all(group(pid) != child.pid for pid in inside), 10)


def test_a_later_process_with_the_same_number_is_left_alone(log):
    child = run("import time; time.sleep(60)", log)
    stranger = replace(child, pid=os.getpid(), began=1)
    processes.stop(stranger)
    processes.kill(stranger)
    assert processes.is_alive(child)
    processes.kill(child)


def test_waiting_for_a_dead_child_tells_the_end_of_its_log_in_one_line(log):
    child = run("print('beginning', 'out of ' + 'memory' * 99, sep='\\n'); raise SystemExit(3)", log)
    with pytest.raises(StackError, match="child ended while starting: out of memory") as failed:
        processes.wait_ready(child, lambda: False, 20, log)
    assert "\n" not in str(failed.value) and len(str(failed.value)) < 400
    assert str(failed.value).endswith(f" (more in {log})")
    assert "beginning" in failed.value.__notes__[0], "a traceback shows more"


def test_waiting_too_long_is_told_as_such(log):
    child = run("import time; time.sleep(60)", log)
    with pytest.raises(StackError, match="does not answer"):
        processes.wait_ready(child, lambda: False, 0.1, log)
    processes.kill(child)


def test_a_missing_program_is_one_line(log):
    with pytest.raises(StackError, match="child: cannot start /nonexistent"):
        processes.spawn("child", ["/nonexistent"], os.environ, log)


def test_the_end_of_the_thread_that_asked_does_not_end_the_child(log):
    """The kernel's parent-death signal follows threads; children must outlive the one that asked for them."""
    started = []
    asking = threading.Thread(
        target=lambda: started.append(run("import time; time.sleep(60)", log, dies_with_parent=True))
    )
    asking.start()
    asking.join()
    assert not processes.wait_gone(started[0], 0.3)
    processes.send(started[0], signal.SIGTERM)
    assert processes.wait_gone(started[0], 10)


def test_a_wanted_port_is_kept_only_while_it_is_free():
    port = processes.choose_port()
    assert 20000 <= port < 32000
    assert processes.choose_port(port) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert processes.accepts(port)
        assert processes.choose_port(port) != port
    assert not processes.accepts(port)


def group(pid: str) -> int | None:
    """The process group of a process that still runs."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[2])
