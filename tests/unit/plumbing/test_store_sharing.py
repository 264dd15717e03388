"""Who waits for a shared run: told when it is over, told to lead, or gone before his turn came."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from contracts.errors import Unavailable
from plumbing.store import sharing
from plumbing.store.sharing import Ended, Sharing, _Turn
from tests.support.waiting import until


class Runs:
    """What was run, and how; the first waits until it may go on."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.alone_ran: list[int] = []
        self.shared: list[list[int]] = []
        self.sharing: Sharing[int, int] = Sharing(self.together, self.alone)

    def alone(self, asked: int) -> int:
        self.alone_ran.append(asked)
        if asked == 0:
            self.go.wait(10)
        return asked * 10

    def together(self, asked: Sequence[int]) -> list[Ended[int]]:
        self.shared.append(list(asked))
        if 13 in asked:
            raise RuntimeError("not together")
        return [Ended(one * 10) if one != 7 else Ended(error=ValueError("seven")) for one in asked]

    def behind(self, asked: Sequence[int]) -> dict[int, int | Exception]:
        """Run some that come while the first is being done; return what each got."""
        got: dict[int, int | Exception] = {}

        def run(one: int) -> None:
            try:
                got[one] = self.sharing.run(one)
            except Exception as error:
                got[one] = error

        threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in (0, *asked)]
        for place, thread in enumerate(threads):
            thread.start()
            until(lambda place=place: self.sharing._busy and len(self.sharing._waiting) == place)  # type: ignore[misc]
        self.go.set()
        for thread in threads:
            thread.join(10)
        return got


@pytest.fixture
def runs() -> Runs:
    """Nothing has run yet."""
    return Runs()


def test_one_that_comes_alone_runs_alone(runs: Runs) -> None:
    assert [runs.sharing.run(1), runs.sharing.run(2)] == [10, 20]
    assert (runs.alone_ran, runs.shared) == ([1, 2], [])


def test_those_who_come_meanwhile_run_together(runs: Runs) -> None:
    got = runs.behind([1, 2, 7])
    assert isinstance(got.pop(7), ValueError)
    assert got == {0: 0, 1: 10, 2: 20}
    assert (runs.alone_ran, runs.shared) == ([0], [[1, 2, 7]])


def test_where_it_goes_wrong_each_runs_alone(runs: Runs) -> None:
    assert runs.behind([1, 13, 2]) == {0: 0, 1: 10, 13: 130, 2: 20}
    assert runs.shared == [[1, 13, 2]] and sorted(runs.alone_ran) == [0, 1, 2, 13]
    assert not runs.sharing._busy


def test_batches_have_an_end_and_the_rest_follows(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST", 2)
    assert runs.behind([1, 2, 3, 4, 5]) == {one: one * 10 for one in range(6)}
    assert (runs.shared, runs.alone_ran) == ([[1, 2], [3, 4]], [0, 5])


def test_who_has_stood_in_the_line_too_long_runs_alone(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "PATIENCE", 0.02)
    first = threading.Thread(target=runs.sharing.run, args=(0,), daemon=True)
    first.start()
    until(lambda: runs.sharing._busy)
    assert runs.sharing.run(1) == 10
    assert not runs.sharing._waiting and runs.sharing._busy
    runs.go.set()
    first.join(10)
    assert runs.alone_ran == [0, 1] and not runs.sharing._busy


def test_who_waits_too_long_for_the_run_he_is_in_is_told_so(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "PATIENCE", 0.01)
    monkeypatch.setattr(sharing, "LONGEST_WAIT", 0.01)
    in_another_run = _Turn[int, int](1)
    with pytest.raises(Unavailable):
        runs.sharing._wait(in_another_run)
    assert not runs.sharing._busy


def test_who_gives_up_when_told_to_lead_hands_it_on(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower, next_one = _Turn[int, int](1), _Turn[int, int](2), _Turn[int, int](3)
    runs.sharing._busy, leader.batch = True, [leader, follower]
    runs.sharing._waiting.append(next_one)

    def interrupted(_seconds: float) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(leader.told, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runs.sharing._wait(leader)
    assert follower.told.is_set() and follower.ended is None
    assert next_one.told.is_set() and next_one.batch == [next_one] and runs.sharing._busy
