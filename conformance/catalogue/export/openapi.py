"""The HTTP interface as an OpenAPI 3.1 document: the two paths for commands, and the eight uploads."""

from __future__ import annotations

from typing import Final

from conformance.catalogue.export.jsonschema import DIALECT, message_schemas
from conformance.catalogue.json_types import JsonObject
from conformance.catalogue.model import Catalogue, Upload

__all__ = ["as_openapi"]

_COMMAND_PATHS: Final = {"/getmsginfo": "getmsginfo", "/api/v1/msg": "msg"}
_SIGNATURE: Final = {
    "Signed": "SHA-256, in lower-case hexadecimal, of method, path, ExpiredTime, AppKey, Algorithm and the SHA-256 of "
    "the body, joined by line feeds. No secret enters it: anyone can compute it (R101).",
    "ExpiredTime": "End of its validity in unix seconds (R101).",
    "Algorithm": "SHA256 (R101).",
    "AppKey": "Name of the application (II.5).",
}


def as_openapi(catalogue: Catalogue) -> JsonObject:
    """Paths, security and schemas of the HTTP interface (II.5, chapter V, Appendix V; R100-R104)."""
    schemas = {name: schema for name, schema in message_schemas(catalogue).items() if not name.startswith("push-")}
    requests, replies = _any_of(schemas, "request-"), _any_of(schemas, "reply-")
    paths = {path: {"post": _command(path, name)} for path, name in _COMMAND_PATHS.items()}
    paths.update((f"{upload.path}/{{token}}", _upload(upload)) for upload in catalogue.uploads.values())
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Communication Protocol of Double Light Source System, HTTP interface",
            "version": "1.1.0",
            "description": "The HTTP interface of a dual-light network thermal camera, in the canonical readings. A "
            "reply is JSON in UTF-8 whatever its content type says (R102).",
        },
        "servers": [
            {
                "url": "http://{address}:{port}",
                "variables": {"address": {"default": "192.168.1.168"}, "port": {"default": "80"}},
            }
        ],
        "tags": [
            {"name": "commands", "description": "Every command of chapters III and IV (II.5, Appendix V)"},
            {"name": "uploads", "description": "Files (chapter V)"},
        ],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "request": requests, "reply": replies},
            "securitySchemes": {
                name.lower(): {"type": "apiKey", "in": "header", "name": name, "description": text}
                for name, text in _SIGNATURE.items()
            },
        },
    }


def _any_of(schemas: JsonObject, prefix: str) -> JsonObject:
    return {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in schemas if name.startswith(prefix)]}


def _content(schema: str) -> JsonObject:
    """One body under both content types that devices use (R102)."""
    body = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"application/json": body, "text/html": body}


def _command(path: str, name: str) -> JsonObject:
    return {
        "operationId": name,
        "tags": ["commands"],
        "summary": "Send a command",
        "description": f"{path} is one of two paths for commands; a device serves at least one of them (R100).",
        # With a signature, or with the token of a login in the body (500 and 501 need neither).
        "security": [{}, {header.lower(): [] for header in _SIGNATURE}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/request"}}},
        },
        "responses": {"200": {"description": "The reply, successful or not", "content": _content("reply")}},
    }


def _upload(upload: Upload) -> JsonObject:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    multipart = {"schema": {"type": "object", "properties": {"file": file}, "required": ["file"]}}
    bodies = {"post": {"multipart/form-data": multipart}, "put": {"application/octet-stream": {}}}
    token = {
        "name": "token",
        "in": "path",
        "required": True,
        "description": "Token of a login (501)",
        "schema": {"type": "string"},
    }
    operations = {
        method: {
            "operationId": f"{method}-{upload.kind}",
            "tags": ["uploads"],
            "summary": upload.title,
            "description": f"{upload.clause}; a device accepts POST, PUT or both (R103).",
            "security": [],
            "requestBody": {"required": True, "content": content},
            "responses": {
                "200": {"description": "The reply, successful or not", "content": _content(f"upload-{upload.cmdtype}")}
            },
        }
        for method, content in bodies.items()
    }
    return {"parameters": [token], **operations}
