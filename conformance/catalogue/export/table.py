"""The catalogue as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from conformance.catalogue.model import Catalogue, Field

__all__ = ["as_table"]

_HEADINGS: Final = ("number", "clause", "title", "group", "safety", "fields in", "out", "capability")
_NUMERIC: Final = frozenset({0, 5, 6})
_TITLE_WIDTH: Final = 58


def as_table(catalogue: Catalogue) -> str:
    """A line per command, push and upload, with the number of fields in its request and reply, and totals below."""
    rows = [*_command_rows(catalogue), *_push_rows(catalogue), *_upload_rows(catalogue)]
    return "\n".join([*_aligned([_HEADINGS, *rows]), "", _totals(catalogue)])


def _command_rows(catalogue: Catalogue) -> Iterable[tuple[str, ...]]:
    for command in catalogue.commands.values():
        asked, answered = _count(command.envelope + command.request), _count(command.reply)
        words = (command.group.value, command.safety.value, str(asked), str(answered), command.capability or "")
        yield (str(command.cmdtype), command.clause, _short(command.title), *words)


def _push_rows(catalogue: Catalogue) -> Iterable[tuple[str, ...]]:
    for push in catalogue.pushes.values():
        words = ("push", "", "", str(_count(push.envelope + push.fields)), push.capability or "")
        yield (str(push.cmdtype), push.clause, _short(push.title), *words)


def _upload_rows(catalogue: Catalogue) -> Iterable[tuple[str, ...]]:
    for upload in catalogue.uploads.values():
        words = ("upload", upload.safety.value, "", "", upload.capability or "")
        yield (str(upload.cmdtype), upload.clause, _short(upload.title), *words)


def _count(fields: Iterable[Field]) -> int:
    """Fields at all depths; the entries of an array count through their own fields."""
    return sum(1 for top in fields for field in top.walk() if not field.path.endswith("[]"))


def _short(title: str) -> str:
    return title if len(title) <= _TITLE_WIDTH else f"{title[: _TITLE_WIDTH - 3].rstrip()}..."


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(
            cell.rjust(width) if column in _NUMERIC else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _totals(catalogue: Catalogue) -> str:
    commands = catalogue.commands.values()
    documented = sum(code.documented for code in catalogue.return_codes.values())
    counts = {
        "commands": len(commands),
        "request fields": sum(_count(command.envelope + command.request) for command in commands),
        "reply fields": sum(_count(command.reply) for command in commands),
        "pushes": len(catalogue.pushes),
        "push fields": sum(_count(push.envelope + push.fields) for push in catalogue.pushes.values()),
        "uploads": len(catalogue.uploads),
        "documented return codes": documented,
        "readings": len(catalogue.readings),
        "requirements": len(catalogue.requirements),
    }
    return ", ".join(f"{number} {name}" for name, number in counts.items())
