"""What the user sees: a bar and a line for each phase, then tables."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Screen:
    """One progress bar at a time on a rich console; lines stay above it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._title = ""
        self._began = time.monotonic()
        self._phase_began = 0.0

    def begin(self, zh: str, en: str) -> None:
        """Start the bar of a phase."""
        self._title = f"{zh} {en}"
        self._phase_began = time.monotonic()
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self._task = self._progress.add_task(self._title, total=None)
        self._progress.start()

    def end(self) -> None:
        """End the bar and print the phase's line."""
        if self._progress:
            self._progress.stop()
            self._progress = None
            took = time.monotonic() - self._phase_began
            self.console.print(f"[green]✔[/] [bold]{self._title}[/] [dim]{took:.1f} s[/]")

    def fail(self) -> None:
        """End the bar without praise."""
        if self._progress:
            self._progress.stop()
            self._progress = None
            self.console.print(f"[red]✘ {self._title}[/]")

    def total(self, count: int) -> None:
        """Say how long the bar is, from the beginning."""
        if self._progress and self._task is not None:
            self._progress.update(self._task, total=count, completed=0)

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        if self._progress and self._task is not None:
            self._progress.advance(self._task, count)

    def say(self, zh: str, en: str) -> None:
        """Print one line in both languages."""
        self.console.print(f"  {zh}", highlight=False, markup=False)
        self.console.print(f"  {en}", style="dim", highlight=False, markup=False)

    def seconds(self) -> float:
        """Return the seconds since the screen was made."""
        return time.monotonic() - self._began
