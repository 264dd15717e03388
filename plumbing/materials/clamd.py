"""Asking a ClamAV daemon about a file (INSTREAM), where one is configured."""

from __future__ import annotations

import socket
import struct
from urllib.parse import urlsplit

TIMEOUT = 30.0
CHUNK = 1 << 16


def scan(url: str, content: bytes) -> list[str]:
    """Return ["virus"] or []. ``url`` is tcp://host:port or unix:///path.

    Raises OSError or ValueError when the daemon does not answer or says neither: the caller must not go on.
    """
    with _connect(url) as link:
        link.sendall(b"zINSTREAM\0")
        for place in range(0, len(content), CHUNK):
            chunk = content[place : place + CHUNK]
            link.sendall(struct.pack(">I", len(chunk)) + chunk)
        link.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < 4096:
            more = link.recv(4096)
            if not more:
                break
            answer += more
    if answer.rstrip(b"\0\n").endswith(b" FOUND"):
        return ["virus"]
    if answer.rstrip(b"\0\n").endswith(b": OK"):
        return []
    raise ValueError("the virus scanner did not decide")


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(TIMEOUT)
        try:
            link.connect(parts.path)
        except OSError:
            link.close()
            raise
        return link
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError("XINLV_CLAMD_URL must be tcp://host:port or unix:///path")
    return socket.create_connection((parts.hostname, parts.port or 3310), timeout=TIMEOUT)
