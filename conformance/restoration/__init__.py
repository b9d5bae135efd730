"""Restoration: a run leaves the device as it found it (the theory is in `keeper`)."""

from conformance.restoration.journal import Journal, JournalError, read_journal
from conformance.restoration.keeper import Keeper
from conformance.restoration.keepsake import Keepsake, NotKept, NotUnderstood, Recalled, RestoreError, Speaker
from conformance.restoration.writable import writable

__all__ = [
    "Journal",
    "JournalError",
    "Keeper",
    "Keepsake",
    "NotKept",
    "NotUnderstood",
    "Recalled",
    "RestoreError",
    "Speaker",
    "read_journal",
    "writable",
]
