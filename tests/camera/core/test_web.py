"""The HTTP port: commands with a token or a signature, files by url, uploads."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import time
import wave
from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio

PATHS = ("/api/v1/msg", "/getmsginfo")
KINDS = ("lowpkg", "highpkg", "config", "apppkg", "ascpkg", "firebin", "fireparam", "distparam")


def request(cmdtype: int, message: Any = None, **envelope: Any) -> bytes:
    return json.dumps({"action": "request", "cmdtype": cmdtype, "sequence": 5, "message": message, **envelope}).encode()


def signed(
    content: bytes, path: str = PATHS[0], expires: float = 60, changed: Mapping[str, str] | None = None
) -> dict[str, str]:
    headers = {"ExpiredTime": str(int(time.time() + expires)), "AppKey": "bench", "Algorithm": "SHA256"}
    parts = ["POST", path, headers["ExpiredTime"], "bench", "SHA256", hashlib.sha256(content).hexdigest()]
    return {**headers, "Signed": hashlib.sha256("\n".join(parts).encode()).hexdigest(), **(changed or {})}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
async def test_a_command_is_answered_whatever_the_content_type(bench: Any, path: str, content_type: str) -> None:
    web = await bench.web()

    reply = await web.post(path, content=request(500), headers={"Content-Type": content_type} if content_type else {})

    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.headers["Transfer-Encoding"] == "chunked"
    body = json.loads(reply.content.decode("utf-8"))
    assert (body["retcode"], body["cmdtype"], body["sequence"]) == (0, 500, 5)
    assert body["message"]["copyright"].startswith("COPYRIGHT ©")


async def test_a_login_over_http_serves_both_transports(bench: Any, cipher: Any) -> None:
    web, client = await bench.web(), await bench.anonymous()
    login = request(501, {"username": "root", "password": cipher("root")})

    token = (await web.post(PATHS[0], content=login)).json()["message"]["token"]
    client.token = token

    assert (await web.post(PATHS[1], content=request(2, {}, token=token))).json()["retcode"] == 0
    assert await client.code(2) == 0
    assert (await web.post(PATHS[1], content=request(2, {}))).json()["retcode"] == 10005


@pytest.mark.parametrize("content", [b"", b"hello", b"[]", b"\xff\xfe", b"{", b'{"cmdtype": 2, "cmdtype": 2}'])
async def test_a_body_that_is_no_request_gets_a_return_code(bench: Any, content: bytes) -> None:
    web = await bench.web()

    assert (await web.post(PATHS[0], content=content)).json()["retcode"] == 10002


async def test_a_client_that_waits_for_continue_is_told_to_go_on(bench: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.camera.web.port)
    content = request(500)
    head = f"POST /getmsginfo HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\nExpect: 100-continue\r\n\r\n"

    writer.write(head.encode())
    first = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.write(content)
    second = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()

    assert first.startswith(b"HTTP/1.1 100 ")
    assert second.startswith(b"HTTP/1.1 200 ")


async def test_a_heartbeat_over_http_is_answered(bench: Any, admin: Any) -> None:
    web = await bench.web()

    reply = await web.post(PATHS[0], content=request(9999, {}, token=admin.token, action="notify"))

    assert reply.json()["retcode"] == 0


@pytest.mark.parametrize("path", PATHS)
async def test_a_signed_request_has_every_right_without_a_token(bench: Any, path: str) -> None:
    web = await bench.web()
    for content in (request(2, {}), request(1, {"emiss": 0.7}), request(502, {}), request(9999, {})):
        reply = await web.post(path, content=content, headers=signed(content, path))
        assert reply.json()["retcode"] == 0

    assert bench.camera.settings.obeyed(2)["emiss"] == 0.7


@pytest.mark.parametrize(
    "changed",
    [
        {"Signed": "0" * 64},
        {"Signed": ""},
        {"Algorithm": "MD5"},
        {"AppKey": "other"},
        {"AppKey": ""},
        {"ExpiredTime": "tomorrow"},
        {"ExpiredTime": "9" * 30},
    ],
)
async def test_a_wrong_signature_is_not_authenticated(bench: Any, admin: Any, changed: dict[str, str]) -> None:
    web = await bench.web()
    content = request(2, {}, token=admin.token)

    reply = (await web.post(PATHS[0], content=content, headers=signed(content, changed=changed))).json()

    assert (reply["retcode"], reply["cmdtype"], reply["sequence"]) == (10005, 2, 5)


async def test_an_expired_signature_or_one_of_another_body_is_not_authenticated(bench: Any) -> None:
    web, content = await bench.web(), request(2, {})

    expired = await web.post(PATHS[0], content=content, headers=signed(content, expires=-60))
    other_body = await web.post(PATHS[0], content=content + b" ", headers=signed(content))
    other_path = await web.post(PATHS[1], content=content, headers=signed(content, PATHS[0]))

    assert [reply.json()["retcode"] for reply in (expired, other_body, other_path)] == [10005] * 3


async def test_the_sounds_of_general_information_can_be_fetched(bench: Any, admin: Any) -> None:
    web = await bench.web()

    for sound in (await admin.get(500))["audiofile"]:
        wav, mp3 = await web.get(sound["path"]), await web.get(sound["path1"])
        with wave.open(io.BytesIO(wav.content)) as file:
            assert file.getnframes() > 0
        assert (mp3.status_code, mp3.content[:2]) in ((200, b"ID"), (200, b"\xff\xf3"), (200, b"\xff\xfb"))


@pytest.mark.parametrize("path", ["/nothing", "/", "/../state.json", "/%2e%2e/state.json", "/tmp/../../state.json"])
async def test_there_is_nothing_at_a_url_the_camera_did_not_hand_out(bench: Any, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.camera.web.port)

    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readline(), 5)
    writer.close()

    assert head.split()[1] in (b"404", b"400")


# ------------------------------------------------------------------ uploads


@pytest.mark.parametrize(("kind", "cmdtype"), [(kind, 751 + place) for place, kind in enumerate(KINDS)])
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_newer_package_is_accepted(bench: Any, admin: Any, kind: str, cmdtype: int, method: str) -> None:
    web = await bench.web()
    package = b"VERSION=1.2.3\n" + bytes(range(256)) * 100
    if kind == "config":
        package = (await web.get((await admin.get(512, {}, subtype=2))["url"])).content
    body: dict[str, Any] = {"content": package} if method == "PUT" else {"files": {"file": ("a.bin", package)}}

    reply = (await web.request(method, f"/upload/{kind}/{admin.token}", **body)).json()

    assert (reply["retcode"], reply["cmdtype"], reply["sequence"], reply["action"]) == (0, cmdtype, 1, "response")
    assert (bench.camera.uploads.folder / kind).read_bytes() == package
    if kind != "config":
        upgrades = (await admin.get(507))["versions"]
        assert [(upgrade["desc"], upgrade["version"]) for upgrade in upgrades] == [(kind, "1.2.3")]


async def test_the_versions_that_run_are_shown(bench: Any, admin: Any) -> None:
    web = await bench.web()
    for kind, version in (("apppkg", "2.0.1"), ("ascpkg", "1.0.7"), ("lowpkg", "3.1.0")):
        await web.put(f"/upload/{kind}/{admin.token}", content=f"VERSION={version}\n".encode())

    shown = await admin.get(505)

    assert [shown[name] for name in ("version", "fpga_version", "measure_version")] == ["2.0.1", "1.0.7", "3.1.0"]


@pytest.mark.parametrize(
    ("package", "code"),
    [
        (b"VERSION=1.0.0\nx", 10012),
        (b"VERSION=0.9.9\nx", 10013),
        (b"VERSION=0.99.99", 10013),
        (b"", 10002),
        (b"x", 10002),
        (b"\nVERSION=2.0.0\n", 10002),
        (b"VERSION=2.0\n", 10002),
    ],
)
async def test_a_package_that_is_no_upgrade_leaves_the_old_one(
    bench: Any, admin: Any, package: bytes, code: int
) -> None:
    web = await bench.web()

    reply = (await web.put(f"/upload/apppkg/{admin.token}", content=package)).json()

    assert (reply["retcode"], reply["cmdtype"]) == (code, 754)
    assert (await admin.get(505))["version"] == "1.0.0"
    assert list(bench.camera.uploads.folder.iterdir()) == []


async def test_versions_compare_as_numbers(bench: Any, admin: Any) -> None:
    web = await bench.web()

    codes = [
        (await web.put(f"/upload/firebin/{admin.token}", content=f"VERSION={version}\n".encode())).json()["retcode"]
        for version in ("1.9.0", "1.10.0", "1.9.5", "1.10.0", "2.0.0")
    ]

    assert codes == [0, 0, 10013, 10012, 0]


async def test_an_upload_needs_a_token_with_rights(bench: Any) -> None:
    web, operator = await bench.web(), await bench.client("operator")
    package = b"VERSION=2.0.0\n" + b"x" * 3_000_000

    codes = [
        (await web.put(f"/upload/apppkg/{token}", content=package)).json()["retcode"]
        for token in ("0" * 32, operator.token)
    ]

    assert codes == [10005, 10007]
    assert list(bench.camera.uploads.folder.iterdir()) == []


async def test_an_unknown_kind_or_method_is_not_found(bench: Any, admin: Any) -> None:
    web = await bench.web()

    assert (await web.put(f"/upload/other/{admin.token}", content=b"VERSION=2.0.0\n")).status_code == 404
    assert (await web.get(f"/upload/apppkg/{admin.token}")).status_code == 405


async def test_a_large_package_passes_and_one_of_more_than_64_mebibytes_does_not(bench: Any, admin: Any) -> None:
    web = await bench.web()

    async def package(size: int) -> Any:
        yield b"VERSION=2.0.0\n"
        for _ in range(size // 1_048_576):
            yield b"x" * 1_048_576

    large = await web.put(f"/upload/apppkg/{admin.token}", content=package(20 * 1_048_576))
    too_large = await web.put(f"/upload/highpkg/{admin.token}", content=package(64 * 1_048_576))

    assert large.json()["retcode"] == 0
    assert (too_large.status_code, too_large.json()["retcode"]) == (413, 10008)


@pytest.mark.parametrize("form", [False, True])
async def test_an_upload_that_breaks_off_leaves_the_old_package(bench: Any, admin: Any, form: bool) -> None:
    web = await bench.web()
    await web.put(f"/upload/apppkg/{admin.token}", content=b"VERSION=1.5.0\nold")
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.camera.web.port)
    kind = "multipart/form-data; boundary=b" if form else "application/octet-stream"
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' if form else b""
    head = (
        f"POST /upload/apppkg/{admin.token} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 9000\r\n\r\n"
    )

    writer.write(head.encode() + part + b"VERSION=2.0.0\nnew")
    writer.write_eof()
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)
    writer.close()

    assert (await admin.get(505))["version"] == "1.5.0"
    assert (bench.camera.uploads.folder / "apppkg").read_bytes() == b"VERSION=1.5.0\nold"
    assert [path.name for path in bench.camera.uploads.folder.iterdir()] == ["apppkg"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"format": "simulated-camera-settings-1"}', b"[" * 100_000])
async def test_a_file_that_holds_no_settings_is_refused(bench: Any, admin: Any, content: bytes) -> None:
    web = await bench.web()

    reply = (await web.put(f"/upload/config/{admin.token}", content=content)).json()

    assert (reply["retcode"], reply["cmdtype"]) == (10002, 753)


async def test_exported_settings_come_back_without_address_and_accounts(bench: Any, admin: Any, cipher: Any) -> None:
    web = await bench.web()
    await admin.get(1, {"emiss": 0.31})
    await admin.get(11, {"max_connectios": 7})
    url = (await admin.get(512, {}, subtype=2))["url"]
    exported = await web.get(url)
    assert "192.168.1.168" not in exported.text

    await admin.get(1, {"emiss": 0.99})
    await admin.get(9, {"ipaddr": "192.168.1.9"})
    await admin.get(11, {"max_connectios": 8, "tcp_port": 9999})
    await admin.get(503, {"username": "admin", "oldpassword": cipher("admin"), "newpassword": cipher("new")})
    reply = await web.put(f"/upload/config/{admin.token}", content=exported.content)

    assert reply.json()["retcode"] == 0
    assert (await admin.get(2))["emiss"] == 0.31
    assert (await admin.get(10))["ipaddr"] == "192.168.1.9"
    ports = await admin.get(12)
    assert (ports["max_connectios"], ports["tcp_port"]) == (7, 9999)
    assert (await (await bench.anonymous()).login("admin", "new"))["retcode"] == 0


async def test_settings_with_one_illegal_value_are_refused_as_a_whole(bench: Any, admin: Any) -> None:
    web = await bench.web()
    document = (await web.get((await admin.get(512, {}, subtype=2))["url"])).json()
    document["settings"]["2"]["emiss"] = 0.31
    document["settings"]["36"]["brightness"] = 101

    reply = await web.put(f"/upload/config/{admin.token}", content=json.dumps(document).encode())

    assert reply.json()["retcode"] == 10002
    assert (await admin.get(2))["emiss"] == 0.95
