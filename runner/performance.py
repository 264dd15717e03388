"""One performance of the sample contest: what it needs is started, watched, checked and put away."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from pymongo import MongoClient
from rich.console import Console

from contracts.edition import Edition, edition_from_dict
from contracts.errors import Refusal
from demo.cast import invent_cast
from demo.mailbox import Mailbox
from demo.play import play
from demo.show import Screen
from demo.stage import Impatience, Stage
from demo.tables import show_tables
from demo.trouble import Killer, Repeater
from plumbing.bus.client import Client
from plumbing.clock import start_clock
from runner.repeats import count_repeats
from runner.services import ServiceProcesses
from runner.stack import Stack, StackError
from runner.stack.state import ROOT, write_private

DEFAULT_EDITION = ROOT / "editions" / "xinlv-3.yaml"
INTERRUPTED = 130
"""The exit code of a demo that was called off."""
RESULTS = ROOT / ".xinlv" / "demo-results"


@dataclass(frozen=True)
class Wishes:
    """What the user asked for on the command line."""

    seed: int
    units: int
    cases: int
    experts: int
    keep: bool = False
    edition: Path | None = None
    kill: bool = False
    repeat: bool = False


@dataclass
class Performance:
    """Runs the demo once; returns the exit code of the command."""

    wishes: Wishes
    console: Console = field(default_factory=Console)
    held: bool = False
    """Whether every check held at the end."""

    def run(self) -> int:
        """Start everything, play, show, check, and leave nothing behind unless it is to be kept."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        name = f"demo-{os.getpid()}-{secrets.token_hex(2)}"
        stack = Stack(name=name, follow=not self.wishes.keep)
        kept = False
        try:
            self._perform(stack)
            kept = self.wishes.keep
            return 0 if self.held else 1
        except KeyboardInterrupt:
            self.console.print("[yellow]中断，正在清理 interrupted, cleaning up[/]")
            return INTERRUPTED
        except (StackError, Impatience, Refusal, RuntimeError) as error:
            self.console.print(f"[red]演示中断 the demo ended early:[/] {error}", highlight=False)
            self._show_log_ends(stack)
            return 1
        finally:
            if not kept:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                stack.remove()

    def _perform(self, stack: Stack) -> None:
        screen = Screen(self.console)
        self.console.rule("新绿 Xinlv · 样例大赛 sample contest")
        self.console.print(
            "首次运行需取得并编译部件（约数分钟），之后不到九十秒。\n"
            "The first run fetches and builds the parts (some minutes); later ones take under 90 s.",
            style="dim",
        )
        stack.start(self._tell)
        data = yaml.safe_load((self.wishes.edition or DEFAULT_EDITION).read_text("utf-8"))
        edition = edition_from_dict(data)
        self._set_clock(stack, edition)
        services = ServiceProcesses(stack)
        services.start(progress=self._tell)
        ready = screen.seconds()
        with Client(stack.environment()["XINLV_AMQP_URL"], timeout=20.0, name="demo") as client:
            stage = self._set_stage(stack, client, screen, data, edition)
            with self._trouble(stack, services):
                play(stage, screen)
            show_tables(stage, self.console)
            self.held = self._check(stack, stage)
            self._tell_where(stack, stage, screen.seconds(), ready)

    def _tell(self, part: str, message: str) -> None:
        self.console.print(f"  [cyan]{part:<12}[/] {message}", highlight=False)

    def _set_clock(self, stack: Stack, edition: Edition) -> None:
        """Let the contest begin the day before its first window, whatever year that was."""
        client: MongoClient[dict[str, Any]] = MongoClient(
            stack.environment()["XINLV_MONGO_URL"], tz_aware=True
        )
        with client:
            start_clock(client, min(window.opens_at for window in edition.windows) - timedelta(days=1))

    def _set_stage(
        self, stack: Stack, client: Client, screen: Screen, data: dict[str, Any], edition: Edition
    ) -> Stage:
        tracks = [(track.id, track.number) for track in edition.tracks]
        environment = stack.environment()
        results = RESULTS / time.strftime("%Y%m%d-%H%M%S")
        return Stage(
            client=client,
            mailbox=Mailbox(stack.letters),
            cast=invent_cast(
                self.wishes.seed, tracks, self.wishes.units, self.wishes.cases, self.wishes.experts
            ),
            edition_data=data,
            edition=edition,
            seed=self.wishes.seed,
            bootstrap_secret=environment["XINLV_BOOTSTRAP_SECRET"],
            show=screen,
            facts={"results": results, "certificates": results / "certificates"},
        )

    @contextlib.contextmanager
    def _trouble(self, stack: Stack, services: ServiceProcesses) -> Iterator[None]:
        with contextlib.ExitStack() as active:
            repeater = active.enter_context(Repeater(_admin_url(stack))) if self.wishes.repeat else None
            killer = None
            if self.wishes.kill:

                def kill_and_start(name: str) -> None:
                    services.kill(name)
                    services.start([name])
                    self.console.print(f"  [red]kill -9[/] {name}，已重启 and started again", highlight=False)

                killer = active.enter_context(Killer(kill_and_start, self.wishes.seed))
            yield
            if killer:
                killer.finish()
                self._say(
                    f"每个服务各杀死并重启一次 each killed once and started again: {', '.join(killer.killed)}"
                )
            if repeater:
                repeater.finish()
                handled = count_repeats(services)
                self._say(f"重复发送 sent once more: {repeater.requests} requests, {repeater.events} events")
                self._say(f"被识别并忽略的重复事件 repeated events that were noticed and ignored: {handled}")
                if not handled:
                    raise RuntimeError("no service noticed a repeated event")

    def _check(self, stack: Stack, stage: Stage) -> bool:
        from desk.check import print_report, run_checks

        report = run_checks(stage.client, stage.cast.operator.token, stack.environment())
        print_report(report, self.console)
        repeated = stage.mailbox.repeated()
        self._say(f"信箱中重复的信 letters that arrived twice: {len(repeated)}")
        return bool(report.held) and not repeated

    def _say(self, text: str) -> None:
        self.console.print(f"  {text}", highlight=False)

    def _tell_where(self, stack: Stack, stage: Stage, took: float, ready: float) -> None:
        results: Path = stage.facts["results"]
        letters = results / "letters"
        letters.mkdir(parents=True, exist_ok=True)
        for index, path in enumerate(sorted(stack.letters.glob("new/*")), 1):
            shutil.copyfile(path, letters / f"{index:04d}.eml")
        self.console.rule("结果 results")
        self._say(f"证书 certificates: {stage.facts['certificates']}")
        self._say(f"信件 letters:      {letters}")
        self._say(
            f"用时 took:         {took:.0f} s（部件与服务就绪 parts and services ready after {ready:.0f} s）"
        )
        if self.wishes.keep:
            self._tell_how_to_reach(stack, stage)

    def _tell_how_to_reach(self, stack: Stack, stage: Stage) -> None:
        people = [stage.cast.operator, *stage.cast.secretariat, stage.cast.units[0].contact]
        people += [expert.person for expert in stage.cast.experts[:1]]
        accounts: dict[str, Any] = {
            person.email: {"name": person.name, "password": person.password} for person in people
        }
        file = stack.home / "accounts.json"
        write_private(file, json.dumps(accounts, ensure_ascii=False, indent=2))
        self._say(f"仍在运行 still running: ./xinlv status --name {stack.name}")
        self._say(f"账号 accounts:     {file}")
        self._say(f"工作台 the desk:   ./xinlv desk --stack {stack.name} --help")
        self._say(f"停止 stop it with: ./xinlv down --name {stack.name} --remove")

    def _show_log_ends(self, stack: Stack) -> None:
        for path in sorted((stack.home / "logs").glob("*.log")):
            lines = path.read_text("utf-8", "replace").splitlines()
            worst = [line for line in lines if '"level": "error"' in line]
            for line in worst[-3:]:
                sys.stderr.write(f"{path.stem}: {line[:2000]}\n")


def _admin_url(stack: Stack) -> str:
    operator = stack.secrets["operator"]
    port = stack.state.document["ports"]["amqp"]
    user, password = quote(operator["broker_user"]), quote(operator["broker_password"])
    return f"amqp://{user}:{password}@127.0.0.1:{port}/xinlv"
