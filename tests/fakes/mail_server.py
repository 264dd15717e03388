"""A mail server on 127.0.0.1 that speaks real SMTP and can be told to refuse, put off or vanish."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class Mailbox:
    """``at_rcpt`` and ``at_data`` are answers to give instead of 250, one a letter; ``"vanish"`` cuts the line."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.at_rcpt: list[str] = []
        self.at_data: list[str] = []
        self.after_taking: Callable[[], None] | None = None

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt and (answer := self.at_rcpt.pop(0)):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.at_data.pop(0) if self.at_data else ""
        if answer not in ("", "vanish"):
            return answer
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        if self.after_taking:
            self.after_taking()
        if answer == "vanish":
            server.transport.abort()
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """Yield a mailbox and the URL of the server that fills it."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        assert controller.server is not None
        port = controller.server.sockets[0].getsockname()[1]
        yield mailbox, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
