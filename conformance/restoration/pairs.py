"""The keepsake of a configuration: a get/set pair of chapter III."""

from __future__ import annotations

from conformance.catalogue.json_types import JsonMapping, JsonObject
from conformance.catalogue.model import Catalogue, Field
from conformance.checks import differences, shows
from conformance.client.errors import LocalError
from conformance.restoration.keepsake import Speaker, succeeded
from conformance.restoration.writable import kept, narrowed, writable

__all__ = ["PairKeepsake"]


class PairKeepsake:
    """What the get command shows, without secrets and read-only facts; written by the set command `number`.

    Only fields that differ are written. The first write sends them exactly as they were shown, with values that a
    device may show but need not accept (a hold of 0, R50). The second write sends what the document lets a client set.
    A keepsake knows whether it has written before, so that each restoration needs a new one.
    """

    def __init__(self, catalogue: Catalogue, number: int) -> None:
        self._setter = catalogue.commands[number]
        if self._setter.pair is None:
            raise LookupError(f"command {number} has no get command")
        self._getter = catalogue.commands[self._setter.pair]
        self._written = False

    async def read(self, speaker: Speaker) -> JsonObject:
        """The present configuration."""
        reply = succeeded(await speaker.request(self._getter.cmdtype, {}), self._getter.cmdtype)
        return kept(self._getter.reply, reply.message or {})

    async def write(self, speaker: Speaker, value: JsonMapping, present: JsonMapping) -> bool:
        """Write the fields that differ. True when the device accepted them in the form of the document."""
        names = {name for each in self._getter.reply if differences((each,), value, present) for name in each.names}
        exact = {name: content for name, content in value.items() if name in names}
        settable = {name: content for name, content in writable(self._setter, value).items() if name in names}
        first, self._written = not self._written, True
        if first:
            await self._write_as_shown(speaker, exact, settable)
            return False
        # Entries that were accepted and had no effect (a null that stands for nothing) are not written again first.
        narrow = [narrowed(self._setter, each, present) for each in (settable, exact)]
        return await self._write_by_the_document(speaker, *narrow)

    async def _write_as_shown(self, speaker: Speaker, exact: JsonMapping, settable: JsonMapping) -> None:
        number = self._setter.cmdtype
        if not (await speaker.request(number, exact, legal=False)).ok:
            # Whether this is refused too does not matter: the second write uses the names of the table.
            await speaker.request(number, settable, legal=False)

    async def _write_by_the_document(self, speaker: Speaker, settable: JsonMapping, exact: JsonMapping) -> bool:
        number = self._setter.cmdtype
        try:
            if (await speaker.request(number, settable)).ok:
                return True
        except LocalError:  # the catalogue forbids the message: the device need not show what it accepts of it
            if (await speaker.request(number, settable, legal=False)).ok:
                return False
        succeeded(await speaker.request(number, exact, legal=False), number)
        return False

    def differs(self, saved: JsonMapping, present: JsonMapping) -> list[str]:
        """The fields that are not as they were saved, as far as the protocol can restore them."""
        if saved == present:
            return []
        settable = writable(self._setter, saved)
        return [line for each in self._getter.reply for line in self._field_differs(each, saved, present, settable)]

    def _field_differs(self, each: Field, saved: JsonMapping, present: JsonMapping, settable: JsonMapping) -> list[str]:
        found = differences((each,), saved, present)
        if not found:
            return []
        part = {name: settable[name] for name in each.names if name in settable}
        if missing := shows(self._setter.request, part, present):
            return missing
        # A value that may be shown but not set (a hold of 0, R160) cannot be restored by the protocol, and does no
        # harm. Of such a field the settable part must be there; of any other, every entry and no more. A list without
        # entries may be shown as null (R44).
        shown = {name: saved[name] for name in each.names if name in saved}
        all_settable = bool(part) and part == ({each.name: []} if shown == {each.name: None} else shown)
        return found if all_settable else []
