"""Every service is killed (-9) once on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.demo.playing import begin, end

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(420)]


def test_it_ends_well_though_every_service_is_killed_once(tmp_path: Path) -> None:
    output = tmp_path / "kill.txt"
    said = end(begin(output, "--kill"), output)
    assert said.count("kill -9") == 5
    assert "each killed once and started again" in said
