"""Start commands as an interactive shell does."""

from __future__ import annotations

import signal


def hear_ctrl_c() -> None:
    """Undo in a child what whoever runs the tests may hand down to it: that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
