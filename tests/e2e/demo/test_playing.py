"""A contest from the opening to the certificates, and a second one beside it that is called off."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.demo.playing import FOLDER, assert_nothing_left, await_line, begin, end, processes_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]


def test_it_plays_the_contest_and_a_second_one_beside_it_can_be_called_off(tmp_path: Path) -> None:
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    first = begin(one, measured=True)
    await_line(first, one, "开赛 Opening")
    second = begin(two, seed=12)
    await_line(second, two, "单位报名 Sign-up of units")
    assert processes_of(f"demo-{second.pid}-")
    os.killpg(second.pid, signal.SIGINT)
    assert second.wait(60) == 130, two.read_text("utf-8")[-3000:]
    assert "interrupted" in two.read_text("utf-8")
    assert_nothing_left(second.pid)

    said = end(first, one)
    for heading in (
        "units (20)",
        "cases by track and state",
        "rounds",
        "prizes (",
        "letters (",
        "certificate",
    ):
        assert heading in said
    folder = Path(FOLDER.search(said)[1])  # type: ignore[index]
    certificates, letters = (
        list((folder / "certificates").glob("*.pdf")),
        list((folder / "letters").glob("*.eml")),
    )
    assert len(certificates) >= 10
    assert all(path.read_bytes().startswith(b"%PDF") for path in certificates)
    assert len(letters) >= 200
    assert "letters that arrived twice: 0" in said
