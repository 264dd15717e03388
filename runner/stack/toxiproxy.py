"""toxiproxy as a private child, for the fault tests: stands between two parts and breaks what passes."""

from __future__ import annotations

import contextlib
import json
import shutil
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from runner.stack import golang, processes
from runner.stack.cache import Progress, provide_once
from runner.stack.mongod import REPLICA_SET
from runner.stack.state import State

PART = "toxiproxy"
VERSION = "v2.5.0"
PACKAGE = "github.com/Shopify/toxiproxy/v2/cmd/server"


def provide(progress: Progress) -> str:
    """The path of a toxiproxy server."""
    found = shutil.which("toxiproxy-server")
    if found:
        return found
    folder = provide_once(
        f"toxiproxy-{VERSION}",
        lambda draft: golang.build(
            PART,
            "编译 building toxiproxy from source, once",
            f"{PACKAGE}@{VERSION}",
            draft,
            progress,
            otherwise="put toxiproxy-server on PATH",
        ),
    )
    return str(folder / "server")


class Toxiproxy:
    """One running toxiproxy; all it opens lies on 127.0.0.1."""

    def __init__(self, state: State, program: str) -> None:
        port = state.port(PART)
        self._state = state
        self._url = f"http://127.0.0.1:{port}"
        command = [program, "-host", "127.0.0.1", "-port", str(port)]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(state.home), "GOMAXPROCS": "2"}
        log = state.log(PART)
        self.child = processes.spawn(PART, command, environment, log, dies_with_parent=True)
        processes.wait_ready(self.child, self._answers, 20, log)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            self.ask("GET", "version")
            return True
        return False

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """Call its interface; OSError where it refuses."""
        request = urllib.request.Request(  # noqa: S310
            f"{self._url}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return bytes(answer.read())

    def stand_before(self, name: str, url: str) -> Proxy:
        """Open a proxy before the (first) address of a URL."""
        address = urlsplit(url)
        port = processes.choose_port(avoid=self._state.document.get("ports", {}).values())
        upstream = f"127.0.0.1:{address.port}"
        with contextlib.suppress(OSError):
            self.ask("DELETE", f"proxies/{name}")
        self.ask(
            "POST", "proxies",
            {"name": name, "listen": f"127.0.0.1:{port}", "upstream": upstream, "enabled": True},
        )  # fmt: skip
        return Proxy(self, name, int(address.port or 0), port)

    def stop(self) -> None:
        """End it."""
        processes.stop(self.child, 5.0)


class Proxy:
    """One proxy before one port."""

    def __init__(self, toxiproxy: Toxiproxy, name: str, upstream: int, port: int) -> None:
        self._toxiproxy = toxiproxy
        self._name = name
        self._upstream = upstream
        self._port = port

    def lead(self, url: str) -> str:
        """Return the URL as it leads through this proxy; of a replica set its one member is asked."""
        return url.replace(f":{self._upstream}", f":{self._port}").replace(
            f"replicaSet={REPLICA_SET}", "directConnection=true"
        )

    def cut(self) -> None:
        """Close every connection and take no more."""
        self._toxiproxy.ask("POST", f"proxies/{self._name}", {"enabled": False})

    def mend(self) -> None:
        """Take connections again, and hurt none."""
        self._toxiproxy.ask("POST", f"proxies/{self._name}", {"enabled": True})
        for toxic in json.loads(self._toxiproxy.ask("GET", f"proxies/{self._name}/toxics")):
            self._toxiproxy.ask("DELETE", f"proxies/{self._name}/toxics/{toxic['name']}")

    def poison(self, kind: str, stream: str = "downstream", **attributes: int) -> None:
        """Add a toxic: latency, bandwidth, reset_peer, timeout, limit_data, slicer."""
        self._toxiproxy.ask(
            "POST",
            f"proxies/{self._name}/toxics",
            {"name": f"{kind}-{stream}", "type": kind, "stream": stream, "attributes": attributes},
        )

    def remove(self) -> None:
        """Close it for good."""
        with contextlib.suppress(urllib.error.URLError):
            self._toxiproxy.ask("DELETE", f"proxies/{self._name}")
