"""Small commands that come at once share a transaction: most of what such a one costs is its transaction.

Sharing is only ever tried. One that comes alone runs alone; whatever goes wrong in a shared run, nothing of
it is kept and each command runs again by itself, as if it had come alone. See docs/adr/0010.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from contracts.errors import Unavailable

Asked = TypeVar("Asked")
Result = TypeVar("Result")
MOST = 16
PATIENCE = 2.0
"""After so many seconds in the line a command leaves it and runs alone: a slow one must not hold up all."""
LONGEST_WAIT = 60.0
"""So many seconds it waits for the run that it is in, which is bounded by what a transaction may take."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended(Generic[Result]):
    """How a command ended in a shared run: with its result, or refused without having written anything."""

    result: Result | None = None
    error: Exception | None = None


@dataclass(eq=False)
class _Turn(Generic[Asked, Result]):
    """One command: told to lead a ``batch``, told how it ended, or told neither: to run alone."""

    asked: Asked
    told: threading.Event = field(default_factory=threading.Event)
    batch: list[_Turn[Asked, Result]] = field(default_factory=list)
    ended: Ended[Result] | None = None


class Sharing(Generic[Asked, Result]):
    """One run at a time; who comes meanwhile is in the next.

    ``together(asked)`` runs some in one transaction and returns how each ended, in order, None for one that
    is to run alone; it raises, with nothing kept, where all had better.
    """

    def __init__(
        self,
        together: Callable[[Sequence[Asked]], Sequence[Ended[Result] | None]],
        alone: Callable[[Asked], Result],
    ) -> None:
        self._together = together
        self._alone = alone
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: deque[_Turn[Asked, Result]] = deque()

    def run(self, asked: Asked) -> Result:
        """Run a command, shared or alone, and return its result or raise what it raised."""
        turn: _Turn[Asked, Result] = _Turn(asked)
        with self._lock:
            if self._busy:
                self._waiting.append(turn)
            else:
                self._busy, turn.batch = True, [turn]
        if not turn.batch:
            self._wait(turn)
        if turn.batch:
            try:
                if len(turn.batch) == 1:
                    return self._alone(asked)
                self._share(turn.batch)
            finally:
                self._leave(turn)
        if turn.ended is None:
            return self._alone(asked)
        if turn.ended.error is not None:
            raise turn.ended.error
        return turn.ended.result  # type: ignore[return-value]

    def _wait(self, turn: _Turn[Asked, Result]) -> None:
        told = False
        try:
            told = turn.told.wait(PATIENCE) or self._left(turn) or turn.told.wait(LONGEST_WAIT)
        finally:
            if not told:
                self._left(turn)
                if turn.batch:  # told to lead this very moment
                    self._leave(turn)
        if not told:
            raise Unavailable(
                "服务繁忙，请稍后用同一指令编号再试。",
                "The service is busy; try again later with the same command id.",
            )

    def _left(self, turn: _Turn[Asked, Result]) -> bool:
        """Take a turn out of the line; say whether it still stood there."""
        with self._lock:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True

    def _share(self, batch: Sequence[_Turn[Asked, Result]]) -> None:
        try:
            ends = self._together([turn.asked for turn in batch])
        except Exception as error:
            log.info("%d commands are run one by one: %s", len(batch), type(error).__name__)
            return
        for turn, ended in zip(batch, ends, strict=True):
            turn.ended = ended

    def _leave(self, leader: _Turn[Asked, Result]) -> None:
        """Tell the first of those who came meanwhile that it is to lead, and the others of the batch."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._busy = bool(batch)
            if batch:
                batch[0].batch = batch
        for turn in (*batch[:1], *leader.batch[1:]):
            turn.told.set()
