"""The five service processes of a stack: start, wait, stop, kill, start again."""

from __future__ import annotations

import contextlib
import http.client
import sys
from collections.abc import Iterable, Mapping

from plumbing.settings import SERVICES
from runner.stack import Stack, processes
from runner.stack.cache import Progress
from runner.stack.processes import Child, StackError
from runner.stack.state import ROOT

READY_WITHIN = 60.0


class ServiceProcesses:
    """The service processes of one running stack; extra variables go to every service started here."""

    def __init__(self, stack: Stack, extra: Mapping[str, str] | None = None) -> None:
        self.stack = stack
        self.extra = dict(extra or {})

    def start(self, names: Iterable[str] = SERVICES, progress: Progress = lambda *_: None) -> None:
        """Start services together, wait until each is ready; StackError, naming its log, if one is not."""
        names = list(names)
        for name in names:
            self.launch(name)
        for name in names:
            self.wait_ready(name)
            progress(name, "就绪 ready")

    def launch(self, name: str) -> Child:
        """Start one service without waiting for it; one that runs already is left alone."""
        if name not in SERVICES:
            raise StackError(f"{name} is not a service; there are {', '.join(SERVICES)}")
        running = self.child(name)
        if running and processes.is_alive(running):
            return running
        # another stack may have taken the port while nobody listened on it
        self.stack.state.port(f"http_{name}")
        environment = self.stack.environment(name) | self.extra | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "runner", "serve", name]
        child = processes.spawn(
            name,
            command,
            environment,
            self.stack.state.log(name),
            cwd=ROOT,
            dies_with_parent=self.stack.follow,
        )
        return self.stack.state.remember(child)

    def wait_ready(self, name: str, seconds: float = READY_WITHIN) -> None:
        """Wait until a launched service answers /readyz with 200."""
        child = self.child(name)
        if child is None:
            raise StackError(f"{name} was not started")
        processes.wait_ready(child, lambda: self.is_ready(name), seconds, self.stack.state.log(name))

    def is_ready(self, name: str) -> bool:
        """Whether a service answers /readyz with 200."""
        port = self.stack.state.document["ports"][f"http_{name}"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        return False

    def stop(self, names: Iterable[str] = SERVICES, grace: float = 20.0) -> None:
        """Stop services cleanly, together; one that needs longer than the grace time (seconds) is killed."""
        children = [child for child in map(self.child, names) if child]
        processes.stop_all(children, grace)
        for child in children:
            self.stack.state.forget(child.name)

    def kill(self, name: str) -> None:
        """End one service as a crash would (SIGKILL)."""
        child = self.child(name)
        if child:
            processes.kill(child)
            self.stack.state.forget(name)

    def restart(self, name: str) -> None:
        """Stop one service cleanly, start it again and wait until it is ready."""
        self.stop([name])
        self.start([name])

    def child(self, name: str) -> Child | None:
        """The process of a service, None when it was not started."""
        return self.stack.state.children().get(name)

    def running(self) -> dict[str, Child]:
        """The services that are alive, with their processes."""
        children = {name: self.child(name) for name in SERVICES}
        return {name: child for name, child in children.items() if child and processes.is_alive(child)}
