"""Every request and every event is sent twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.demo.playing import begin, end

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]


def test_it_ends_well_though_every_request_and_event_comes_twice(tmp_path: Path) -> None:
    output = tmp_path / "repeat.txt"
    said = end(begin(output, "--repeat"), output)
    requests, events = map(int, re.search(r"(\d+) requests, (\d+) events", said).groups())  # type: ignore[union-attr]
    assert requests > 1000
    assert events > 500
    assert int(re.search(r"noticed and ignored: (\d+)", said)[1]) > 100  # type: ignore[index]
