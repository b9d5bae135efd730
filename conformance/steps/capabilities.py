"""The capabilities that commands belong to: what a case names, and what the device under test has."""

from __future__ import annotations

from conformance.catalogue import Command, load
from conformance.dut.device import Device

__all__ = ["capabilities_of", "offers"]


def capabilities_of(*commands: Command | int) -> tuple[str, ...]:
    """The capabilities that these commands (or their numbers) belong to, each named once, in this order."""
    rows = [load().commands[each] if isinstance(each, int) else each for each in commands]
    return tuple(dict.fromkeys(row.capability for row in rows if row.capability))


def offers(dut: Device, command: Command) -> bool:
    """Whether the profile claims the capability of a command; true for a command that belongs to none."""
    return all(dut.profile.has(name) for name in capabilities_of(command))
