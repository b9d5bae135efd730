"""The control websocket as an AsyncAPI 3.0 document, from the camera's point of view.

The camera receives requests, answers them, and sends pushes; `sequence` ties a reply to its request.
"""

from __future__ import annotations

from conformance.catalogue.export.jsonschema import message_schemas
from conformance.catalogue.json_types import JsonObject
from conformance.catalogue.model import Catalogue

__all__ = ["as_asyncapi"]


def as_asyncapi(catalogue: Catalogue) -> JsonObject:
    """Server, control channel, an operation per command and push, messages and schemas (Appendix IV, III-VI)."""
    schemas = {name: schema for name, schema in message_schemas(catalogue).items() if not name.startswith("upload-")}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Communication Protocol of Double Light Source System",
            "version": "1.1.0",
            "description": "The control websocket of a dual-light network thermal camera, in the canonical readings.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "control": {
                "host": "{address}:{port}",
                "protocol": "ws",
                "description": "The camera; command 500 reports its port and path.",
                "variables": {
                    "address": {"default": "192.168.1.168", "description": "Address of the camera"},
                    "port": {"default": "9980", "description": "control_port of command 500"},
                },
            }
        },
        "channels": {
            "control": {
                "address": "/api/v1/control",
                "title": "Control",
                "servers": [{"$ref": "#/servers/control"}],
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in schemas},
                "bindings": {"ws": {"method": "GET"}},
            }
        },
        "operations": {**_commands(catalogue), **_pushes(catalogue)},
        "components": {
            "messages": {name: _message(name, schema) for name, schema in schemas.items()},
            "schemas": schemas,
            "correlationIds": {
                "sequence": {
                    "description": "A reply echoes the sequence of its request, 0 to 2^64-1 (R10).",
                    "location": "$message.payload#/sequence",
                }
            },
        },
    }


def _commands(catalogue: Catalogue) -> JsonObject:
    channel = {"$ref": "#/channels/control"}
    return {
        f"command-{number}": {
            "action": "receive",
            "channel": channel,
            "title": command.title,
            "summary": f"{command.clause}, {command.group.value}, {command.safety.value}",
            "messages": [{"$ref": f"#/channels/control/messages/request-{number}"}],
            "reply": {"channel": channel, "messages": [{"$ref": f"#/channels/control/messages/reply-{number}"}]},
        }
        for number, command in catalogue.commands.items()
    }


def _pushes(catalogue: Catalogue) -> JsonObject:
    return {
        f"push-{number}": {
            "action": "send",
            "channel": {"$ref": "#/channels/control"},
            "title": push.title,
            "summary": push.clause,
            "messages": [{"$ref": f"#/channels/control/messages/push-{number}"}],
        }
        for number, push in catalogue.pushes.items()
    }


def _message(name: str, schema: JsonObject) -> JsonObject:
    message = {"name": name, "title": schema["title"], "payload": {"$ref": f"#/components/schemas/{name}"}}
    if not name.startswith("push-"):
        message["correlationId"] = {"$ref": "#/components/correlationIds/sequence"}
    return message
