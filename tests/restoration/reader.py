"""Reads everything that a camera holds, with code of its own: no catalogue, no client, no Keeper of ours.

The commands are listed here from the document, so that a command that restoration forgets is not forgotten here too.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from itertools import count
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["Line", "holdings", "populate"]

GETS = (2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58)
LISTS = (601, 606, 611, 614, 528)
# Free and used space change while the camera records.
_VOLATILE = {14: ("free", "system", "total", "format_status")}


class Line:
    """One logged-in connection, as simple as possible."""

    def __init__(self, link: ClientConnection) -> None:
        self.link = link
        self.token = ""
        self.numbers = count(1)

    @classmethod
    async def open(cls, port: int, key: str, user: str, password: str) -> Self:
        """Connect to a camera of this host and log in. Raises PermissionError."""
        line = cls(await connect(f"ws://127.0.0.1:{port}/api/v1/control", max_size=None, ping_interval=None))
        public = load_pem_public_key(key.encode())
        assert isinstance(public, rsa.RSAPublicKey)
        sealed = base64.b64encode(public.encrypt(password.encode(), padding.PKCS1v15())).decode()
        reply = await line.ask(501, {"username": user, "password": sealed})
        if reply["retcode"] != 0:
            await line.link.close()
            raise PermissionError(f"{user} cannot log in: {reply['retcode']} {reply['retmsg']}")
        line.token = reply["message"]["token"]
        return line

    async def ask(self, cmdtype: int, message: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """The reply to one request."""
        number = next(self.numbers)
        frame = {"action": "request", "cmdtype": cmdtype, "sequence": number, "message": message or {}, **more}
        await self.link.send(json.dumps(frame | ({"token": self.token} if self.token else {})))
        while True:
            reply: dict[str, Any] = json.loads(await self.link.recv())
            if reply.get("sequence") == number and reply.get("action") == "response":
                return reply

    async def done(self, cmdtype: int, message: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """The message of a reply that must be a success."""
        reply = await self.ask(cmdtype, message, **more)
        assert reply["retcode"] == 0, (cmdtype, message, reply)
        return reply["message"] or {}

    async def close(self) -> None:
        """Log out and close."""
        await self.ask(502, {"username": "admin"})
        await self.link.close()


async def holdings(ready: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the camera of a ready line holds: configuration, lists of the PTZ, dead pixels, what it does now,
    and which of its accounts can log in with their passwords.
    """
    accounts = {}
    for account in ready["accounts"]:
        try:
            other = await Line.open(ready["control_port"], ready["public_key"], account["user"], account["password"])
            await other.link.close()
            accounts[account["user"]] = "logs in"
        except PermissionError as error:
            accounts[account["user"]] = str(error)
            if "10010" in str(error):
                await _wait_out_the_lock(ready)
                return await holdings(ready)
    line = await Line.open(ready["control_port"], ready["public_key"], "admin", "admin")
    try:
        found: dict[str, Any] = {"accounts": accounts}
        for number in (*GETS, *LISTS):
            found[str(number)] = await line.done(number)
            for name in _VOLATILE.get(number, ()):
                found[str(number)].pop(name, None)
        status = await line.done(509, {"record_stream": 0}, subtype=4)
        found["509"] = {key: bool(status.get(key)) for key in ("status", "allrecord", "delay_status", "capture_status")}
        found["617"] = (await line.done(617)).get("ptz_movement")
        return found
    finally:
        await line.close()


async def _wait_out_the_lock(ready: Mapping[str, Any]) -> None:
    """Move the camera's clock on: an account that a case has locked opens by itself, and no command opens it (R157)."""
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{ready['stimulus_port']}/stimulus"
        (await client.post(url, json={"do": "advance", "seconds": 301})).raise_for_status()


async def populate(ready: Mapping[str, Any]) -> None:
    """Set a new camera up as a user would, so that nothing is as it left the factory."""
    line = await Line.open(ready["control_port"], ready["public_key"], "admin", "admin")
    try:
        await line.done(1, {"humi": 61, "dist": 4.5, "emiss": 0.9})
        box = [{"x": 30, "y": 30}, {"x": 90, "y": 30}, {"x": 90, "y": 80}, {"x": 30, "y": 80}]
        limits = {"high_temp": 90.5, "low_temp": -3, "diff_temp": 4, "rate_temp": 0, "temp_mod": 0.5, "alarm_time": 3}
        alarm = {"alarm_flag": 1, "alarm_type": 1, "alarm_condition": 1, "avg_temp": 40, **limits}
        rule = {"rule_name": "oven door", "show_location": 1, "type": 3, "points": box, **alarm}
        rule |= {
            "emiss_mode": 2,
            "emiss": 0.9,
            "humi": 50,
            "dist": 2.5,
            "ref_temp": 22,
            "atmo_trans": 1,
            "opti_trans": 1,
        }
        await line.done(3, {"show_type": 2, "rule_list": [rule]})
        await line.done(15, {"name": "line 3, oven", "time_format": 1})
        await line.done(17, {"rects": [{"x": 11, "y": 12, "w": 30, "h": 20}]})
        await line.done(27, {"light_flag": 1, "light_hold": 33})
        await line.done(31, {"smtp_server": "192.0.2.9", "mailto": ["a@example.com"], "subject": "alarm"})
        await line.done(35, {"brightness": 12})
        await line.done(53, {"high": 2.5})
        await line.done(57, {"sensitivity": 4})
        presets = [{"index": number, "name": f"place {number}", "param": 0} for number in (1, 2, 7, 254)]
        await line.done(602, {"presets": presets})
        stops = [{"index": number, "name": f"place {number}", "param": 0, "duration": 20} for number in (1, 2)]
        groups = [{"cruise_index": 8, "cruise_name": "night", "cruise_param": 0, "presets": stops}]
        await line.done(607, {"cruise_groups": groups})
        sides = {"linescan_left_enable": 1, "linescan_left_duration": 4}
        sides |= {"linescan_right_enable": 0, "linescan_right_duration": 6}
        await line.done(612, {"linescan_index": 5, "linescan_speed": 9, **sides})
        for index in range(1, 6):
            await line.done(615, {"trace_index": index, "trace_record_action": 0})
            await line.done(615, {"trace_index": index, "trace_record_action": 1})
        await line.done(527, {"points": [{"x": 5, "y": 6}, {"x": 7, "y": 8}]}, subtype=0)
    finally:
        await line.close()
