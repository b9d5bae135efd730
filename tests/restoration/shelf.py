"""A device without a wire: it keeps what its get/set pairs are given, and refuses what the document does not allow."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from conformance.catalogue import Catalogue, values
from conformance.client import LocalMessageError, Reply, check_request
from conformance.client.codec import reply_from

SIZES = {"ir_output_w": 512, "ir_output_h": 384, "ir_model_w": 256, "ir_model_h": 192}
TOKEN = "7d358ef09eaa11ecaf4d00151810ca9d"

Handler = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


class Shelf:
    """`kept` holds the configuration of each pair by its get command; `handlers` answer whatever is not of a pair.

    `asked` and `told` list the commands that read and those that wrote. A command in `deaf` succeeds without effect.
    """

    def __init__(self, catalogue: Catalogue, *, strict: bool = True) -> None:
        self.catalogue = catalogue
        self.strict = strict
        self.kept: dict[int, dict[str, Any]] = {}
        for _, get in catalogue.pairs():
            self.kept[get.cmdtype] = values.message(get.reply, SIZES, whole=True)["message"]
        self.handlers: dict[int, Handler] = {}
        self.deaf: set[int] = set()
        self.asked: list[int] = []
        self.told: list[tuple[int, Any]] = []

    async def request(self, cmdtype: int, message: Any = None, *, legal: bool = True, extra: Any = None) -> Reply:
        code, content = self._answer(cmdtype, message, extra or {})
        frame = {"action": "response", "cmdtype": cmdtype, "sequence": 1, "retcode": code, "retmsg": "said"}
        return reply_from({**frame, "message": copy.deepcopy(content)}, "", 0.0)

    def _answer(self, cmdtype: int, message: Any, extra: Mapping[str, Any]) -> tuple[int, Any]:
        if cmdtype in self.kept:
            self.asked.append(cmdtype)
            return 0, self.kept[cmdtype]
        if cmdtype in self.handlers:
            answer = self.handlers[cmdtype](message, extra)
            return answer if isinstance(answer, tuple) else (0, answer)
        self.told.append((cmdtype, message))
        pair = self.catalogue.commands[cmdtype].pair
        assert pair is not None
        if self.strict:
            frame = {"action": "request", "cmdtype": cmdtype, "sequence": 1, "token": TOKEN, "message": message}
            try:
                check_request(self.catalogue, frame, SIZES)
            except LocalMessageError as refusal:
                return (10003 if "missing" in str(refusal) else 10002), None
        if cmdtype not in self.deaf:
            self.kept[pair].update(copy.deepcopy(message))
        return 0, None
