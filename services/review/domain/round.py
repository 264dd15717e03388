"""A round: one stage of judging for one track or for all, by the rules it opened with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.edition import Edition, Stage
from contracts.errors import Conflict, InvalidInput
from contracts.words import RoundStatus


@dataclass
class Round:
    """open → closing → closed. ``salt`` makes pseudonyms; ``slot`` keeps it from standing twice."""

    id: str
    edition_id: str
    edition_version: int
    stage: str
    kind: str
    track: str | None
    salt: str
    opened_at: datetime
    slot: str
    status: str = RoundStatus.OPEN.value
    version: int = 0
    closed_at: datetime | None = None
    result_id: str | None = None
    pending_result: str | None = None
    """A result that is being computed: the first one while closing, or one that will replace another."""
    merkle_root: str | None = None

    def require_open(self) -> None:
        """Raise Conflict unless sheets may still come in."""
        if self.status != RoundStatus.OPEN:
            raise Conflict("本轮评审已截止。", "The round is not open any more.", status=self.status)

    def freeze(self, result_id: str) -> None:
        """Begin to close: from here on nothing of the round changes but its result."""
        self.require_open()
        self.status, self.pending_result = RoundStatus.CLOSING.value, result_id

    def close(self, now: datetime, merkle_root: str, formal: bool) -> None:
        """End the round; a formal round makes room for another one, for cases that come later."""
        self.status, self.closed_at, self.merkle_root = RoundStatus.CLOSED.value, now, merkle_root
        self.result_id, self.pending_result = self.pending_result, None
        if formal:
            self.slot = f"{self.slot}:{self.id}"

    def begin_result(self, result_id: str) -> None:
        """Begin to replace the result by another one."""
        if self.status != RoundStatus.CLOSED or self.pending_result is not None:
            raise Conflict("只有已结束的一轮可以另定结果。", "Only a closed round takes another result.",
                           status=self.status)  # fmt: skip
        self.pending_result = result_id


def stage_of(edition: Edition, stage_id: str, track: str | None) -> Stage:
    """Return the stage a round is to be opened for.

    Raises InvalidInput when there is no such stage or track, or the track does not fit the stage's scope.
    """
    stage = edition.stage(stage_id)
    if stage is None:
        raise InvalidInput.of("stage", "reference", "没有这个评审阶段", "There is no such stage.")
    if stage.scope == "track" and track is None:
        raise InvalidInput.of(
            "track", "required", "本阶段按赛项进行，须指明赛项", "This stage runs per track: name one."
        )
    if stage.scope == "edition" and track is not None:
        raise InvalidInput.of("track", "unknown", "本阶段不分赛项", "This stage is one for all tracks.")
    if track is not None and edition.track(track) is None:
        raise InvalidInput.of("track", "reference", "没有这个赛项", "There is no such track.")
    return stage


def slot_of(edition_id: str, stage: str, track: str | None) -> str:
    """Return the place in the contest that only one round may hold."""
    return f"{edition_id}:{stage}:{track or '-'}"
