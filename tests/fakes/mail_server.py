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

from runner.stack.processes import choose_port


class Mailbox:
    """``at_rcpt``, ``at_data``: what to answer instead of 250, letter by letter; ``vanish`` cuts the line."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.at_rcpt: list[str] = []
        self.at_data: list[str] = []
        self.after_taking: Callable[[], None] | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt and (answer := self.at_rcpt.pop(0)):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
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
    controller = Controller(mailbox, hostname="127.0.0.1", port=choose_port())
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()
