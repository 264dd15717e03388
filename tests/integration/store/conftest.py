"""The ledger, a small service that counts, on a database of the test's own."""

from __future__ import annotations

import pytest

from tests.support import ledger
from tests.support.harness import Harness, MakeHarness


@pytest.fixture
def service(harness: MakeHarness) -> Harness:
    """The ledger's harness."""
    return harness(ledger.SERVICE)
