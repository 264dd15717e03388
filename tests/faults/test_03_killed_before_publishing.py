"""kill -9 between commit and publish, and between publish and the mark that it was published."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.stack


def test_what_was_committed_is_told(nodes: Any, load: Any, oracle: Any, dice: Any, seed: int) -> None:
    submission = nodes("submission", fault=f"relay:before:{dice.randint(1, 12)}")
    nodes("review")
    running = load()
    submission.wait_killed().launch(XINLV_FAULT=f"relay:after:{dice.randint(1, 4)}")
    submission.wait_killed().launch(XINLV_FAULT="").ready()
    running.reach(20).end()
    oracle.holds(running.settle())
