"""The broker's management interface, as far as declaring and comparing needs it."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlsplit


class ManagementError(Exception):
    """The management interface refused, or does not answer; the message is one line."""


class Management:
    """Speaks HTTP with one broker as an administrator."""

    def __init__(self, url: str, user: str, password: str, timeout: float = 20.0) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ManagementError(f"{url!r} is not an address of a management interface")
        self._url = url.rstrip("/")
        self._authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._timeout = timeout

    def get(self, *path: str) -> Any:
        """Return a document; None where there is no such thing."""
        return self._ask("GET", path)

    def put(self, *path: str, body: Any) -> None:
        """Create or change something."""
        self._ask("PUT", path, body)

    def post(self, *path: str, body: Any) -> Any:
        """Add something, or ask for something with a body."""
        return self._ask("POST", path, body)

    def delete(self, *path: str) -> None:
        """Remove something; nothing happens where it is not."""
        self._ask("DELETE", path)

    def _ask(self, method: str, path: tuple[str, ...], body: Any = None) -> Any:
        address = "/".join([self._url, "api", *(quote(part, safe="") for part in path)])
        request = urllib.request.Request(  # noqa: S310
            address,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": self._authorization, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:  # noqa: S310
                content = response.read()
                return json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            if error.code == 404 and method in ("GET", "DELETE"):
                return None
            said = error.read(400).decode("utf-8", "replace")
            raise ManagementError(f"{method} {'/'.join(path)}: {error.code} {said}") from None
        except (OSError, ValueError) as error:
            raise ManagementError(f"{method} {'/'.join(path)}: {error}") from None
