"""A contest for each test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.review.contest import Contest


@pytest.fixture
def contest(harness: Any) -> Callable[..., Contest]:
    """Make a contest whose stages are changed as told: contest(track={"panel": 3})."""
    return lambda **changes: Contest(harness, **changes)
