"""One running stack: its parts provided together, started in order, stopped in the opposite one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from types import TracebackType
from typing import Any

from plumbing.settings import SERVICES
from runner.stack import cache, fonts, mail, minio, mongod, processes, rabbitmq
from runner.stack import environment as told
from runner.stack.cache import Progress
from runner.stack.processes import StackError
from runner.stack.secrets import load_or_make
from runner.stack.state import State, default_home, write_private


def _say_nothing(part: str, message: str) -> None:
    """The progress of who does not ask for it."""


class Stack:
    """The parts of one stack. As a context manager it starts on entry and leaves nothing running on exit.

    follow: its processes end when this process does, however that happens (for the demo and the tests).
    variables: XINLV_* settings for all its services and clients, such as shorter retry delays.
    """

    def __init__(
        self,
        home: Path | None = None,
        name: str = "main",
        *,
        follow: bool = False,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.follow = follow
        self.variables = dict(variables or {})
        self.state = State((home or default_home(name)).resolve())
        self.secrets: dict[str, Any] = {}

    @property
    def home(self) -> Path:
        """The private folder of this stack."""
        return self.state.home

    def start(self, progress: Progress = _say_nothing) -> Stack:
        """Provide, start and provision every part; a part that runs already is left alone.

        Raises StackError, with nothing of this stack left running, when a part cannot be had.
        """
        with self.state.locked():
            self._open()
            if not self.is_running():
                self._stop_parts()
                given = told.given_parts()
                self.state.document |= {"name": self.name, "given": given, "variables": self.variables}
                self.state.write()
                try:
                    self._start_parts(progress)
                except BaseException:
                    self._stop_parts()
                    raise
        return self

    def stop(self) -> None:
        """Stop every process of this stack, services first; its data stay."""
        if self.home.exists():
            with self.state.locked():
                self.state.read()
                self._stop_parts()

    def remove(self) -> None:
        """End it at once, without the care that data would need, and remove its folder."""
        if self.home.exists():
            with self.state.locked():
                self.state.read()
                self._stop_parts(grace=0.0)
        shutil.rmtree(self.home, ignore_errors=True)

    def is_running(self) -> bool:
        """Whether every part this stack provides is alive."""
        self.state.read()
        children = self.state.children()
        wanted = self._wanted(self.state.document.get("given", {}))
        return bool(self.state.document.get("provisioned")) and all(
            name in children and processes.is_alive(children[name]) for name in wanted
        )

    def attach(self) -> Stack:
        """Take hold of a stack that another process started; StackError when it does not run."""
        if not self.is_running():
            raise StackError(f"{self.home} 中没有运行的环境 no stack runs there: start one with ./xinlv up")
        self._open()
        return self

    def environment(self, service: str | None = None) -> dict[str, str]:
        """The variables of one service, or of an operator's client; they hold passwords."""
        return told.describe(self.state, self.secrets, service)

    def endpoints(self) -> dict[str, str]:
        """Every address, without passwords."""
        return told.endpoints(self.state)

    @property
    def letters(self) -> Path:
        """The Maildir folder where the letters of this stack lie."""
        return mail.folder(self.state)

    def __enter__(self) -> Stack:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _open(self) -> None:
        self.state.open()
        self.secrets = load_or_make(self.home)

    @staticmethod
    def _wanted(given: dict[str, str]) -> list[str]:
        names = {
            "broker": ["epmd", rabbitmq.PART],
            "mongo": [mongod.PART],
            "s3": [minio.PART],
            "mail": [mail.PART],
        }
        return [name for part, children in names.items() if part not in given for name in children]

    def _start_parts(self, progress: Progress) -> None:
        wanted = self._wanted(self.state.document["given"])
        programs = self._provide(wanted, progress)
        progress("stack", "启动 starting the parts")
        for service in SERVICES:
            self.state.port(f"http_{service}")
        if rabbitmq.PART in wanted:
            rabbitmq.start(self.state, programs[rabbitmq.PART], self.secrets, self.follow)
        if mongod.PART in wanted:
            mongod.start(self.state, programs[mongod.PART], self.secrets, self.follow)
        if minio.PART in wanted:
            minio.start(self.state, programs[minio.PART], self.secrets, self.follow)
        if mail.PART in wanted:
            mail.start(self.state, self.follow)
        self._wait_parts(wanted, progress)
        self._provision(progress)

    def _provide(self, wanted: list[str], progress: Progress) -> dict[str, Any]:
        """Fetch or build, all at once, what this machine lacks; the first failure ends the others."""
        providers = {rabbitmq.PART: rabbitmq.provide, mongod.PART: mongod.provide, minio.PART: minio.provide}
        needed = {name: provide for name, provide in providers.items() if name in wanted}
        with ThreadPoolExecutor(max_workers=4) as pool:
            font_dir = pool.submit(fonts.provide, progress)
            asked = {name: pool.submit(provide, progress) for name, provide in needed.items()}
            try:
                working: list[Future[Any]] = [font_dir, *asked.values()]
                for ended in as_completed(working):
                    ended.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                cache.cancel_steps()
                raise
        self.state.document["font_dir"] = str(font_dir.result())
        return {name: answer.result() for name, answer in asked.items()}

    def _wait_parts(self, wanted: list[str], progress: Progress) -> None:
        if mongod.PART in wanted:
            mongod.wait(self.state, self.secrets)
            progress(mongod.PART, "就绪 ready")
        if minio.PART in wanted:
            minio.wait(self.state)
            progress(minio.PART, "就绪 ready")
        if mail.PART in wanted:
            mail.wait(self.state)
            progress(mail.PART, "就绪 ready")
        if rabbitmq.PART in wanted:
            rabbitmq.wait(self.state, self.secrets)
            progress(rabbitmq.PART, "就绪 ready")

    def _provision(self, progress: Progress) -> None:
        from runner.provision import provision

        progress("stack", "配置账号、存储桶与拓扑 provisioning users, buckets and topology")
        provision(self)
        write_private(self.home / "operator.json", told.write_for_shell(self.state, self.secrets))
        self.state.document["provisioned"] = os.getpid()
        self.state.write()

    def _stop_parts(self, grace: float = 20.0) -> None:
        self.state.document.pop("provisioned", None)
        children = self.state.children()
        parts = {"epmd", rabbitmq.PART, mongod.PART, minio.PART, mail.PART}
        # services first: they end cleanly only while the parts are there
        for group in (children.keys() - parts, children.keys() & parts):
            processes.stop_all([children[name] for name in group], grace)
        for name in children:
            self.state.forget(name)
