"""JSON Schema, OpenAPI and AsyncAPI exports: accepted by the validators of their formats, and able to judge."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from openapi_spec_validator import validate

from conformance.catalogue import Catalogue
from conformance.catalogue.export import FORMATS
from conformance.catalogue.export.asyncapi import as_asyncapi
from conformance.catalogue.export.jsonschema import as_bundle, as_jsonschema
from conformance.catalogue.export.openapi import as_openapi

OFFICIAL = Path(__file__).parent / "asyncapi"
DONE = {"action": "response", "sequence": 1, "retcode": 0, "retmsg": "success."}


@pytest.fixture(scope="module")
def schemas(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    return as_jsonschema(catalogue)


@pytest.fixture(scope="module")
def asyncapi(catalogue: Catalogue) -> dict[str, Any]:
    return as_asyncapi(catalogue)


def accepts(schema: dict[str, Any], message: Any) -> bool:
    return bool(Draft202012Validator(schema).is_valid(message))


def test_every_message_has_a_schema_that_is_one(schemas: dict[str, dict[str, Any]]) -> None:
    assert len(schemas) == 2 * 105 + 12 + 8
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        assert schema["$id"].endswith(f":{name}")


def test_the_bundle_holds_every_schema_under_its_name(catalogue: Catalogue, schemas: dict[str, dict[str, Any]]) -> None:
    bundle = as_bundle(catalogue)
    Draft202012Validator.check_schema(bundle)
    assert list(bundle["$defs"]) == list(schemas)
    reference = {"$schema": bundle["$schema"], "$ref": "#/$defs/reply-41", "$defs": bundle["$defs"]}
    assert accepts(reference, {**DONE, "cmdtype": 41, "message": None})
    assert not accepts(reference, {**DONE, "cmdtype": 42, "message": None})


def test_a_reply_printed_in_the_document_is_accepted(schemas: dict[str, dict[str, Any]]) -> None:
    network = {
        "card": 0,
        "dns1": "0.0.0.0",
        "dns2": "0.0.0.0",
        "gateway": "172.16.100.1",
        "host_name": "MC200",
        "ip_version": 0,
        "ipaddr": "172.16.103.159",
        "mac": "00:15:18:10:CA:9D",
        "mode": 0,
        "netmask": "255.255.252.0",
    }
    assert accepts(schemas["reply-10"], {**DONE, "cmdtype": 10, "message": network})
    assert not accepts(schemas["reply-10"], {**DONE, "cmdtype": 10, "message": {**network, "mode": 2}})


def test_a_refusal_owes_no_payload(schemas: dict[str, dict[str, Any]]) -> None:
    refusal = {**DONE, "cmdtype": 501, "retcode": 10009, "retmsg": "wrong", "message": {"count": 4}}
    assert accepts(schemas["reply-501"], refusal)
    assert not accepts(schemas["reply-501"], {**refusal, "retcode": 0})
    assert not accepts(schemas["reply-501"], {**refusal, "retcode": 10099})
    assert accepts(schemas["reply-10"], {**DONE, "cmdtype": 10, "retcode": 10005, "retmsg": "who?"})


def test_a_reply_without_payload_may_have_no_message(schemas: dict[str, dict[str, Any]]) -> None:
    payloads: tuple[dict[str, Any], ...] = ({}, {"message": None}, {"message": {}})
    for message in payloads:
        assert accepts(schemas["reply-1"], {**DONE, "cmdtype": 1, **message})
    assert not accepts(schemas["reply-1"], {**DONE, "cmdtype": 1, "message": []})


def test_an_int_may_be_written_as_a_whole_float(schemas: dict[str, dict[str, Any]]) -> None:
    message = {"action": "request", "cmdtype": 41, "sequence": 1, "token": "0" * 32, "message": {"silent": 1.0}}
    assert accepts(schemas["request-41"], message)
    assert not accepts(schemas["request-41"], {**message, "message": {"silent": True}})
    assert not accepts(schemas["request-41"], {**message, "message": {}})


def test_the_sequence_is_exact_over_64_bits(schemas: dict[str, dict[str, Any]]) -> None:
    for sequence, legal in ((0, True), (2**53 + 1, True), (2**64 - 1, True), (2**64, False), (-1, False)):
        reply = {**DONE, "cmdtype": 1, "sequence": sequence}
        assert accepts(schemas["reply-1"], reply) is legal, sequence


def test_a_listed_material_is_legal_below_the_range(schemas: dict[str, dict[str, Any]]) -> None:
    for emiss, legal in ((0.06, True), (0.07, False), (0.1, True), (1.0, True), (1.1, False)):
        request = {"action": "request", "cmdtype": 1, "sequence": 1, "token": "0" * 32, "message": {"emiss": emiss}}
        assert accepts(schemas["request-1"], request) is legal, emiss


def test_the_sizes_of_a_device_move_the_bounds(catalogue: Catalogue) -> None:
    message = {"cursor_x": 600, "cursor_y": 1, "cursor_type": 0}
    request = {"action": "request", "cmdtype": 521, "sequence": 1, "token": "0" * 32, "message": message}
    assert not accepts(as_jsonschema(catalogue)["request-521"], request)
    assert accepts(as_jsonschema(catalogue, {"ir_output_w": 640})["request-521"], request)


def test_the_openapi_document_is_accepted_by_its_public_validator(catalogue: Catalogue) -> None:
    document = as_openapi(catalogue)
    validate(document)
    assert document["openapi"] == "3.1.0"
    assert len(document["paths"]) == 2 + 8


def test_an_upload_can_be_posted_as_a_form_or_put_as_bytes(catalogue: Catalogue) -> None:
    upload = as_openapi(catalogue)["paths"]["/upload/lowpkg/{token}"]
    assert list(upload["post"]["requestBody"]["content"]) == ["multipart/form-data"]
    assert list(upload["put"]["requestBody"]["content"]) == ["application/octet-stream"]


def test_the_asyncapi_document_is_accepted_by_the_official_schema(asyncapi: dict[str, Any]) -> None:
    schema = json.loads((OFFICIAL / "3.0.0.json").read_text(encoding="utf-8"))
    problems = [
        f"{error.json_path}: {error.message[:200]}" for error in validator_for(schema)(schema).iter_errors(asyncapi)
    ]
    assert not problems


def test_every_reference_of_the_asyncapi_document_leads_somewhere(asyncapi: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for child in value.values() for found in references(child)]
        return [found for child in value for found in references(child)] if isinstance(value, list) else []

    for reference in set(references(asyncapi)):
        target: Any = asyncapi
        for key in reference.removeprefix("#/").split("/"):
            assert key in target, reference
            target = target[key]


def test_every_command_is_an_operation_with_a_correlated_reply(asyncapi: dict[str, Any]) -> None:
    operations = asyncapi["operations"]
    assert len(operations) == 105 + 12
    assert sum(1 for operation in operations.values() if operation["action"] == "send") == 12
    assert sum(1 for operation in operations.values() if "reply" in operation) == 105
    assert "correlationId" in asyncapi["components"]["messages"]["reply-1"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="node and npm are not there")
def test_the_asyncapi_document_is_accepted_by_the_official_parser(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    (tmp_path / "asyncapi.json").write_text(FORMATS["asyncapi"](catalogue), encoding="utf-8")
    printed = ""
    for command in (
        ["npm", "install", "--silent", "--ignore-scripts", "@asyncapi/parser@3"],
        ["node", str(OFFICIAL / "parse.mjs"), "asyncapi.json"],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        printed = done.stdout
    assert json.loads(printed) == {"operations": 117, "errors": []}
