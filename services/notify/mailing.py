"""Handing a letter to the mail server, and knowing afterwards whether it took it.

Until the message itself is on its way a failure is certain: nothing was sent. After that only the server's
answer says what happened; when it is lost, the fate of the letter is unknown and stays so.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from services.notify.layout import Parts

TIMEOUT = 10.0
BRAND = "新绿 Xinlv"
LOCAL = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff\"(),:;<>@\[\\\]]{1,64}")
DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


class Fate(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    REFUSED = "refused"
    """For good: trying again would not help."""
    PUT_OFF = "put_off"
    """For now: the server asks to come again later."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    fate: Fate
    problem: str = ""


class MailServerAway(Exception):
    """The server cannot be reached or does not let us in; no letter was touched."""


def message_id(letter_id: str, mail_from: str) -> str:
    """Return the Message-ID of a letter: the same at every attempt, so that a double can be recognised."""
    domain = parseaddr(mail_from)[1].rpartition("@")[2] or "localhost"
    return f"<{letter_id}@{domain}>"


def build_message(
    letter_id: str, correlation_id: str, parts: Parts, mail_from: str, to: str, name: str, date: datetime
) -> EmailMessage:
    """Build the mail of a letter.

    Raises ValueError where the recipient's address cannot stand in a mail.
    """
    receiver = _read_address(to, name)
    message = EmailMessage(policy=SMTP if receiver.addr_spec.isascii() else SMTPUTF8)
    message["From"] = _read_address(parseaddr(mail_from)[1], BRAND)
    message["To"] = receiver
    message["Subject"] = _one_line(parts.subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id(letter_id, mail_from)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "zh-CN, en"
    message["X-Xinlv-Letter"] = letter_id
    message["X-Correlation-ID"] = _one_line(correlation_id)
    message.set_content(parts.text, cte="base64")
    message.add_alternative(parts.html, subtype="html", cte="base64")
    return message


def _read_address(address: str, name: str) -> Address:
    """Return the address with its domain in ASCII; ValueError for anything that is none."""
    local, _, domain = address.rpartition("@")
    try:
        shown = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"no domain: {domain[:60]!r}") from error
    if not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(shown):
        raise ValueError("no mail address")
    return Address(_one_line(name), username=local, domain=shown)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


class MailServer:
    """A connection to the server of ``smtp://[user:password@]host[:port][?starttls=1]`` (or ``smtps://``)."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self._url = urlsplit(url)
        self._timeout = timeout
        self._connection: smtplib.SMTP | None = None

    def connect(self) -> None:
        """Be connected and signed in; MailServerAway says why not."""
        if self._connection is not None:
            return
        try:
            self._connection = self._open()
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            raise MailServerAway(f"{type(error).__name__}: {error}") from error

    def _open(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port
        context = ssl.create_default_context()
        if self._url.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port or 465, timeout=self._timeout, context=context
            )
        else:
            connection = smtplib.SMTP(host, port or 25, timeout=self._timeout)
        try:
            connection.ehlo_or_helo_if_needed()
            if self._url.scheme != "smtps" and (
                self._url.username or parse_qs(self._url.query).get("starttls")
            ):
                # a password never crosses in the clear: without STARTTLS this raises
                connection.starttls(context=context)
                connection.ehlo()
            if self._url.username:
                connection.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            connection.close()
            raise
        return connection

    def send(self, message: EmailMessage) -> Outcome:
        """Hand one message over and say what became of it; ``connect`` comes first."""
        connection = self._connection
        if connection is None:
            raise MailServerAway("not connected")
        try:
            refusal = self._announce(connection, message)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Outcome(Fate.PUT_OFF, f"{type(error).__name__}: {error}")
        if refusal is not None:
            return self._refused(connection, *refusal)
        try:
            body = message.as_bytes(
                policy=SMTP if message["To"].addresses[0].addr_spec.isascii() else SMTPUTF8
            )
            connection.send(
                re.sub(rb"(?m)^\.", b"..", body) + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"
            )
            code, answer = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Outcome(
                Fate.UNKNOWN, f"no answer after the message was sent: {type(error).__name__}: {error}"
            )
        if code == 250:
            return Outcome(Fate.SENT)
        return self._refused(connection, code, answer)

    def _announce(self, connection: smtplib.SMTP, message: EmailMessage) -> tuple[int, bytes] | None:
        """Say from whom and to whom; return the refusal, or None when the server waits for the message."""
        sender, receiver = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        options = []
        if not receiver.isascii():
            if not connection.has_extn("smtputf8"):
                return 553, b"the server takes ASCII addresses only"
            options = ["SMTPUTF8", "BODY=8BITMIME"]
            connection.command_encoding = "utf-8"
        steps = (
            (lambda: connection.mail(sender, options), (250,)),
            (lambda: connection.rcpt(receiver), (250, 251)),
            (lambda: connection.docmd("DATA"), (354,)),
        )
        for step, good in steps:
            code, answer = step()
            if code not in good:
                return code, answer
        return None

    def _refused(self, connection: smtplib.SMTP, code: int, answer: bytes) -> Outcome:
        problem = f"{code} {answer.decode('utf-8', 'replace')}"[:250]
        if code == 421:
            self.close()
        else:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.rset()
        return Outcome(Fate.PUT_OFF if 400 <= code < 500 else Fate.REFUSED, problem)

    def close(self) -> None:
        """Leave, politely where that is still possible."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()
