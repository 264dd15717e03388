"""What the user sees: a bar while a phase runs, then its line with what came of it; tables at the end."""

from __future__ import annotations

import threading
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.text import Text

from demo.folding import fold


class Screen:
    """One progress bar at a time on a rich console, none where the output is no terminal; lines stay."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._title = ""
        self._said: list[Text] = []
        self._began = time.monotonic()
        self._phase_began = 0.0
        self._lock = threading.Lock()

    def begin(self, zh: str, en: str) -> None:
        """Start the bar of a phase."""
        self._title = f"{zh} {en}"
        self._phase_began = time.monotonic()
        if self.console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("[bold]{task.description}"), BarColumn(30),
                       MofNCompleteColumn(), Elapsed())  # fmt: skip
            self._progress = Progress(*columns, console=self.console, transient=True)
            self._task = self._progress.add_task(self._title, total=None)
            self._progress.start()

    def end(self) -> None:
        """End the bar and print the phase's line and what it had to say."""
        self._put_bar_away()
        took = time.monotonic() - self._phase_began
        self.console.print(f"[green]✔[/] [bold]{self._title}[/] [dim]{took:.1f} s[/]", highlight=False)
        self._print_said()

    def fail(self) -> None:
        """End the bar without praise."""
        self._put_bar_away()
        self.console.print(f"[red]✘ {self._title}[/]", highlight=False)
        self._print_said()

    def total(self, count: int) -> None:
        """Say how long the bar is, from the beginning."""
        if self._progress and self._task is not None:
            self._progress.update(self._task, total=count, completed=0)

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        if self._progress and self._task is not None:
            self._progress.advance(self._task, count)

    def say(self, zh: str, en: str) -> None:
        """Keep one line in both languages for the end of the phase."""
        with self._lock:
            self._said += [Text(zh), Text(en, style="dim")]

    def seconds(self) -> float:
        """Return the seconds since the screen was made."""
        return time.monotonic() - self._began

    def _put_bar_away(self) -> None:
        if self._progress:
            self._progress.stop()
            self._progress = None

    def _print_said(self) -> None:
        for line in self._said:
            for part in fold(line.plain, self.console.width - 2):
                self.console.print(Text(f"  {part}", style=line.style), soft_wrap=True)
        self._said.clear()
