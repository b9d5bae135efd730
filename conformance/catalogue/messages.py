"""Whole messages: the rows around the body (action, number, sequence, token ...) joined with the body's own fields.

The catalogue holds the envelope once; here it becomes the field table of one command, push or upload. The number is
that of the command, `notify` is an action only where a reading says so, and only commands that need a token have one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from conformance.catalogue.model import Catalogue, Command, Field, Push, Upload

__all__ = ["push_fields", "reply_fields", "request_fields", "upload_reply_fields"]

_NOTIFY_READING: Final = "R08"
"""The reading that lets a client send a command as a notification."""


def request_fields(catalogue: Catalogue, command: Command) -> tuple[Field, ...]:
    """Every field of a request of `command`, envelope first, in the order of the document's tables (II.6, III, IV)."""
    notified = _NOTIFY_READING in command.readings
    fields = [
        _without_notify(field) if field.name == "action" and not notified else field
        for field in catalogue.request_envelope
        if command.token or field.name != "token"
    ]
    return _joined(fields, command.envelope, command.cmdtype, "message", command.request, command.message_required)


def reply_fields(catalogue: Catalogue, command: Command) -> tuple[Field, ...]:
    """Every field of a reply to `command`; `message` is required where the reply carries anything (R01)."""
    return _joined(catalogue.reply_envelope, (), command.cmdtype, "message", command.reply, bool(command.reply))


def push_fields(catalogue: Catalogue, push: Push) -> tuple[Field, ...]:
    """Every field of `push`, with its fields below `content` or `message` (chapter VI, R92)."""
    body = Field(name=push.body, path=push.body, type="object", required=bool(push.fields), text="The push itself")
    return _joined((*catalogue.push_envelope, body), push.envelope, push.cmdtype, push.body, push.fields, body.required)


def upload_reply_fields(catalogue: Catalogue, upload: Upload) -> tuple[Field, ...]:
    """Every field of the reply to `upload` (chapter V)."""
    return _joined(catalogue.reply_envelope, (), upload.cmdtype, "message", (), required=False)


def _joined(
    envelope: Iterable[Field],
    own: Iterable[Field],
    cmdtype: int,
    body: str,
    inner: tuple[Field, ...],
    required: bool,
) -> tuple[Field, ...]:
    """The envelope with the command's `own` rows in it (those of the same name replaced) and `inner` below `body`."""
    rows = {field.name: field for field in envelope}
    rows.update((field.name, field) for field in own)
    rows["cmdtype"] = replace(rows["cmdtype"], enum={cmdtype: "This message"})
    rows[body] = replace(rows[body], required=required, fields=inner)
    return tuple(rows.values())


def _without_notify(action: Field) -> Field:
    words = {word: text for word, text in (action.enum or {}).items() if word != "notify"}
    return replace(action, enum=words, readings=tuple(name for name in action.readings if name != _NOTIFY_READING))
