"""docs/asyncapi.yaml: the events as an AsyncAPI 3.0 document."""

from __future__ import annotations

from typing import Any

import yaml

from contracts.events import EventType, all_events
from contracts.words import Audience
from runner.generate.schemas import event_schema

Json = dict[str, Any]
HEAD = "# Written from contracts/events by `./xinlv docs`; change the contracts, not this file.\n"
INNER, PARTNERS = "inner", "partners"


def write_asyncapi() -> str:
    """Return the document as YAML."""
    text: str = yaml.dump(describe_events(), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110)
    return HEAD + text


def describe_events() -> Json:
    """Return the document: a channel, a message and an operation for each event type."""
    kinds = all_events()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Xinlv events",
            "version": "1.0.0",
            "description": "What the services tell, as CloudEvents 1.0 documents; see docs/events.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            INNER: _server("xinlv", "Between the services; no outsider has a user here."),
            PARTNERS: _server("partners", "For outside systems: partner and public events only."),
        },
        "channels": {_key(kind): _channel(kind) for kind in kinds},
        "operations": {f"tell{_key(kind)}": _operation(kind) for kind in kinds},
        "components": {
            "messages": {_key(kind): _message(kind) for kind in kinds},
            "schemas": {
                "CloudEvent": _cloudevent(),
                **{_key(kind): _data(kind) for kind in kinds},
            },
        },
    }


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write what stands twice twice: anchors are hard to read."""
        return True


def _key(kind: EventType) -> str:
    return kind.name if kind.version == 1 else f"{kind.name}V{kind.version}"


def _server(host: str, description: str) -> Json:
    return {"host": "broker:5672", "pathname": f"/{host}", "protocol": "amqp", "description": description}


def _channel(kind: EventType) -> Json:
    reached = [INNER] if kind.audience is Audience.INTERNAL else [INNER, PARTNERS]
    return {
        "address": kind.routing_key,
        "title": kind.name,
        "summary": kind.summary,
        "servers": [{"$ref": f"#/servers/{server}"} for server in reached],
        "messages": {_key(kind): {"$ref": f"#/components/messages/{_key(kind)}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": kind.exchange, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
        "x-audience": str(kind.audience),
    }


def _operation(kind: EventType) -> Json:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{_key(kind)}"},
        "summary": f"{kind.service} tells: {kind.summary}",
        "messages": [{"$ref": f"#/channels/{_key(kind)}/messages/{_key(kind)}"}],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}},
    }


def _message(kind: EventType) -> Json:
    attributes = {
        "type": {"const": kind.type},
        "source": {"const": kind.source},
        "dataschema": {"type": "string", "examples": [kind.dataschema]},
        "subject": {"description": f"identifies: {kind.subject}"},
        "data": {"$ref": f"#/components/schemas/{_key(kind)}"},
    }
    return {
        "name": kind.type,
        "title": kind.name,
        "summary": kind.summary,
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {"type": "object", "properties": attributes},
            ]
        },
    }


def _data(kind: EventType) -> Json:
    schema = event_schema(kind)
    del schema["$schema"]
    return schema


def _cloudevent() -> Json:
    text: Json = {"type": "string", "minLength": 1}
    properties: Json = {
        "specversion": {"const": "1.0"},
        "id": text,
        "source": {"type": "string", "format": "uri-reference"},
        "type": text,
        "subject": text,
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "format": "uri"},
        "sequence": {"type": "integer", "description": "the subject's version when this was told"},
        "correlationid": {"type": "string", "description": "the same from the first call to the last letter"},
        "causationid": {"type": "string", "description": "the command or event that led to this"},
        "data": {"type": "object"},
    }
    required = ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"]
    return {"type": "object", "required": required, "properties": properties}
