"""The capabilities of a camera, found out by questions that change nothing; each answer says what was seen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Literal

from conformance.catalogue.json_types import JsonMapping
from conformance.catalogue.model import Safety
from conformance.checks import describe
from conformance.client import (
    OMIT,
    ConnectError,
    ControlClient,
    HttpClient,
    LinkError,
    RemoteError,
    RemoteProtocolError,
    Signer,
    VideoStream,
)
from conformance.dut.facts import HTTP_PATHS, CapabilityAnswer
from conformance.dut.link import Link

__all__ = ["NOT_ASKED", "Prober"]

UNSUPPORTED = (10002, 10008)
"""Return codes that say a command is not there."""

_WRONG_TOKEN = "0123456789abcdef0123456789abcdef"
_UNKNOWN_KIND = "nothing-of-this-kind"
_PORTS = {"ir": "ir_video_port", "vl": "vl_video_port"}


NOT_ASKED = CapabilityAnswer(None, "every question about it would change the device")
"""The answer to a capability that only the profile can know."""


class Prober:
    """Asks a camera for its capabilities over the logged-in `client`; each question is asked once.

    Upload ports are asked only where the run is `allowed` more than reading.
    """

    def __init__(self, link: Link, client: ControlClient, allowed: Safety) -> None:
        self._link = link
        self._client = client
        self._allowed = allowed
        self._ports: dict[str, CapabilityAnswer] = {}
        self._upload_answers: dict[tuple[str, str], str] = {}
        self.transports: dict[str, Literal["websocket", "tcp"]] = {}
        """The transport over which each video port (`ir`, `vl`) accepted a connection, once it was asked."""

    async def ask(self, identity: str) -> CapabilityAnswer:
        """The device's answer to the capability `identity`. Raises KeyError for an unknown one."""
        capability = self._link.catalogue.capabilities[identity]
        if capability.probe is not None:
            return await self._command(capability.probe)
        head, _, rest = identity.partition(".")
        if head in ("http", "upload") and not self._link.target.http_port:
            return CapabilityAnswer(False, "no HTTP port is known")
        match head, rest:
            case "http", "signed":
                return await self._signed()
            case "http", _:
                return await self._http(self._link.http())
            case "upload", "post" | "put":
                return await self._method("POST" if rest == "post" else "PUT")
            case "upload", _:
                return await self._kind(rest)
            case "video", _:
                return await self._video(rest[:2])
            case "fire", "areas-3-4":
                return await self._command(52, lambda message: "area3" in message, "area3")
        return NOT_ASKED

    async def _command(
        self, cmdtype: int, shows: Callable[[JsonMapping], bool] | None = None, what: str = ""
    ) -> CapabilityAnswer:
        """A capability is missing when its command is refused as unsupported, or shows nothing of it."""
        try:
            reply = await self._client.request(cmdtype, {})
        except RemoteError as error:
            return CapabilityAnswer(None, f"command {cmdtype} gave no usable answer: {error}")
        seen = f"command {cmdtype} answered {describe(reply)}"
        if reply.ok and shows is not None:
            found = shows(reply.message or {})
            return CapabilityAnswer(found, f"command {cmdtype} shows {'' if found else 'no '}{what}")
        return CapabilityAnswer(True if reply.ok else False if reply.retcode in UNSUPPORTED else None, seen)

    async def http_paths(self) -> list[str]:
        """Those of the two printed paths that answer command 500 (R100); if none does, those that answer it badly."""
        found = {path: (await self._http(self._link.http(path))).found for path in HTTP_PATHS}
        return [path for path in found if found[path]] or [path for path in found if found[path] is None]

    async def _http(self, client: HttpClient) -> CapabilityAnswer:
        async with client as http:
            try:
                reply = await http.request(500, {})
            except RemoteError as error:
                # A peer that answers, though badly, is there: the cases judge how it answers.
                badly = isinstance(error, RemoteProtocolError) and error.reason != "bad-http"
                return CapabilityAnswer(None if badly else False, f"{http.path} does not answer command 500: {error}")
            return CapabilityAnswer(reply.ok, f"{http.path} answered command 500: {describe(reply)}")

    async def _signed(self) -> CapabilityAnswer:
        async with self._link.http() as http:
            try:
                signer = Signer(self._link.profile["app_key"])
                reply = await http.request(10, {}, token=OMIT, sign=signer, legal=False)
            except RemoteError as error:
                return CapabilityAnswer(False, f"a signed request was not served: {error}")
            return CapabilityAnswer(reply.ok, f"a signed request was answered {describe(reply)}")

    # Uploads carry no valid token and no content, so that even a device that checks neither has nothing to install.

    async def _method(self, method: Literal["POST", "PUT"]) -> CapabilityAnswer:
        kinds = [upload.kind for upload in self._link.catalogue.uploads.values()]
        seen = "nothing was asked"
        for kind in kinds:
            answered = await self._upload_answer(kind, method)
            seen = f"{method} to /upload/{kind}/<wrong token>: {answered}"
            if answered.startswith("refused: no such method"):
                return CapabilityAnswer(False, seen)
            if answered.startswith("refused for its token"):
                return CapabilityAnswer(True, seen)
        return CapabilityAnswer(None, seen)

    async def _kind(self, kind: str) -> CapabilityAnswer:
        method: Literal["POST", "PUT"] = "PUT" if (await self._method("POST")).found is False else "POST"
        answered, other = await self._upload_answer(kind, method), await self._upload_answer(_UNKNOWN_KIND, method)
        seen = f"{method} to /upload/{kind}/<wrong token>: {answered}"
        if answered.startswith("refused for its token"):
            return CapabilityAnswer(None if answered == other else True, f"{seen}; to an unknown kind: {other}")
        # A device that refuses this kind, but another kind only for its token, does not have this kind.
        known = [await self._upload_answer(row.kind, method) for row in self._link.catalogue.uploads.values()]
        return CapabilityAnswer(
            False if any(each.startswith("refused for its token") for each in known) else None, seen
        )

    async def _upload_answer(self, kind: str, method: Literal["POST", "PUT"]) -> str:
        if (kind, method) not in self._upload_answers:
            self._upload_answers[kind, method] = await self._send_empty_upload(kind, method)
        return self._upload_answers[kind, method]

    async def _send_empty_upload(self, kind: str, method: Literal["POST", "PUT"]) -> str:
        if self._allowed is Safety.READ_ONLY:
            return "not asked (--allow read-only)"
        async with self._link.http() as http:
            try:
                answer = await http.upload(kind, b"", token=_WRONG_TOKEN, method=method)
            except RemoteError as error:
                return f"no usable answer: {error}"
        if answer.status in (405, 501):
            return f"refused: no such method (status {answer.status})"
        if answer.status in (401, 403) or (answer.reply is not None and answer.reply.retcode == 10005):
            return f"refused for its token (status {answer.status}{_code(answer.reply)})"
        return f"status {answer.status}{_code(answer.reply)}"

    # Video

    async def _video(self, image: str) -> CapabilityAnswer:
        if image not in self._ports:
            self._ports[image] = await self._port(image)
        return self._ports[image]

    async def _port(self, image: str) -> CapabilityAnswer:
        """A port that command 500 names is a claim: the cases judge a port that accepts no connection."""
        port = self._link.facts.general.get(_PORTS[image])
        if not isinstance(port, int) or not 0 < port < 65536:
            return CapabilityAnswer(False, f"command 500 names no {_PORTS[image]}")
        wanted = self._link.profile["video_transport"]
        ways: tuple[Literal["websocket", "tcp"], ...] = ("websocket", "tcp") if wanted == "auto" else (wanted,)
        for way in ways:
            try:
                stream = await VideoStream.open(
                    self._link.target.host,
                    port,
                    transport=way,
                    path=self._link.profile["video_path"],
                    transcript=self._link.transcript,
                    connect_timeout=5.0,
                )
            except ConnectError:
                continue
            with contextlib.suppress(LinkError):
                await stream.close()
            self.transports[image] = way
            return CapabilityAnswer(True, f"port {port} accepts a {way} connection")
        return CapabilityAnswer(None, f"command 500 names port {port}, which accepts no connection")


def _code(reply: Any) -> str:
    return "" if reply is None else f", retcode {reply.retcode}"
