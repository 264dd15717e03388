"""Logs as JSON lines with the correlation id, and without what must not stand in a log."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

SECRET_KEYS = re.compile(
    r"token|password|passwd|secret|authorization|phone|mobile|e?mail|signature|private_key|otp|credential",
    re.IGNORECASE,
)
"""Values under such names are personal or open doors."""
HARMLESS_KEYS = frozenset({"token_id", "mail_from"})
URL_PASSWORD = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{1,20}://[^\s:/@]*):[^\s@/]+@", re.IGNORECASE)
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"(?<![0-9A-Za-z.-])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?![0-9A-Za-z])")
GONE = "‹redacted›"
DEEPEST = 6


def redact(value: Any, key: str = "", depth: int = 0) -> Any:
    """Return the value without secrets: by the names they stand under, and by their shape inside texts."""
    if key and key not in HARMLESS_KEYS and SECRET_KEYS.search(key) and value not in (None, "", True, False):
        return GONE
    if depth > DEEPEST:
        return "…"
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return f"‹{len(value)} bytes›"
    if isinstance(value, Mapping):
        return {str(name): redact(inner, str(name), depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(inner, "", depth + 1) for inner in value]
    return value


def redact_text(text: str) -> str:
    """Return the text without tokens, passwords in addresses, mail addresses and phone numbers."""
    text = URL_PASSWORD.sub(rf"\g<scheme>:{GONE}@", text)
    text = JWT.sub(GONE, text)
    text = MAIL.sub(GONE, text)
    return PHONE.sub(GONE, text)


def _redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        event[key] = redact(value, key)
    return event


def _to_json(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, default=repr)


def set_up(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Have everything, the libraries' own logs included, written as JSON lines on standard error."""

    def _service(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _service,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact_event,
            _to_json,
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("amqp", "kombu", "nameko", "pymongo", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
