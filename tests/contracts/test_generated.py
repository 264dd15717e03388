"""What is written from the contracts is current and well-formed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.events import all_events
from contracts.rpc import all_methods
from contracts.words import Audience
from runner.generate import ROOT, generate, pages
from runner.generate.asyncapi import describe_events
from runner.generate.schemas import describe, event_schema


def test_every_page_is_current() -> None:
    assert generate(check=True) == [], "run ./xinlv docs"


def test_writing_brings_a_page_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "deep" / "page.md"
    monkeypatch.setattr("runner.generate.ROOT", tmp_path)
    monkeypatch.setattr("runner.generate.pages", lambda: {page: "现在\n"})
    assert generate(check=True) == ["deep/page.md"]
    assert not page.exists()
    assert generate() == ["deep/page.md"]
    assert generate() == []
    assert page.read_text(encoding="utf-8") == "现在\n"


def test_every_method_and_event_is_told() -> None:
    written = {path.relative_to(ROOT).as_posix(): text for path, text in pages().items()}
    for method in all_methods():
        titles = (f"### {method.full_name}\n", f"### every {method.name}\n")
        assert any(title in written["docs/rpc.md"] for title in titles)
    for kind in all_events():
        assert f"`{kind.type}`" in written["docs/events.md"]
        assert f"contracts/events/schemas/{kind.service}/{kind.name}.v{kind.version}.json" in written


@pytest.mark.parametrize("method", all_methods(), ids=lambda method: method.full_name)
def test_a_method_describes_arguments_and_result(method: Any) -> None:
    takes, gives = describe(method.args, closed=True), describe(method.result, closed=True)
    assert set(takes["properties"]) == set(method.args().fields)
    assert set(gives["properties"]) == set(method.result().fields)
    assert takes["additionalProperties"] is False


def test_events_leave_room_for_fields_of_newer_versions() -> None:
    for kind in all_events():
        assert "additionalProperties" not in str(event_schema(kind))


class TestAsyncApi:
    document = describe_events()

    def test_is_what_is_written(self) -> None:
        text = (ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8")
        assert yaml.safe_load(text) == self.document

    def test_every_reference_leads_somewhere(self) -> None:
        for reference in _references(self.document):
            node: Any = self.document
            for part in reference.removeprefix("#/").split("/"):
                node = node[part]
            assert node

    def test_has_what_version_3_asks_for(self) -> None:
        assert self.document["asyncapi"] == "3.0.0"
        assert {"title", "version"} <= set(self.document["info"])
        for server in self.document["servers"].values():
            assert {"host", "protocol"} <= set(server)
        for operation in self.document["operations"].values():
            assert operation["action"] == "send"
            channel = self.document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]
            for message in operation["messages"]:
                assert message["$ref"].rpartition("/")[2] in channel["messages"]

    def test_internal_events_are_not_offered_to_partners(self) -> None:
        for kind in all_events():
            servers = [server["$ref"] for server in self.document["channels"][kind.name]["servers"]]
            assert ("#/servers/partners" in servers) == (kind.audience is not Audience.INTERNAL)


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [reference for item in node for reference in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [reference for value in node.values() for reference in _references(value)]
