"""The drawings of docs/architecture.md, made of the tables that they show: `python -m tests.drawings` writes them.

The house is drawn from `tests/house.py`: a room stands above every room that it imports from. The way of a case is
drawn from the table below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from .house import ALLOWED

DOCS = Path(__file__).parent.parent / "docs" / "topics"

_FOLDED = {
    "conformance.suites": "13 folders, by the head of the id",
    "fixtures.camera": "with its mutants and dialects",
    "hil.instruments": "and their codecs",
}
"""Rooms that are drawn as one box with everything in them, and what the box says of it."""

_LEFT_OUT = ("thermoproof.__main__", "conformance.coverage")
"""Single modules that would only add arrows."""

_COLOURS = {
    "conformance": "#dbe9f6",
    "hil": "#fde5cd",
    "fixtures": "#e0f0dc",
    "reports": "#eeeeee",
    "thermoproof": "#f3dcec",
}
_COLUMNS = ("reports", "conformance", "hil", "fixtures", "thermoproof")

_BOX_W, _BOX_H, _GAP_X, _GAP_Y, _MARGIN = 172, 34, 18, 44, 24


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way of a case: where it happens (a module, or a file of the catalogue), and its outcome."""

    where: str
    what: str


WAY = (
    Step("conformance/catalogue/data/iii-configuration-01-24.yaml", "a field of the document, with its limits"),
    Step("conformance.catalogue.values", "a value for it: legal, or with the rule that it violates"),
    Step("conformance.suites.iii_configuration.test_values", "a case: id, title, stimulus, expectation"),
    Step("fixtures.run.selection", "chosen by mode, safety class and pattern"),
    Step("fixtures.run.order", "put into its place in the run"),
    Step("conformance.dut.applicability", "applicable, by the profile"),
    Step("conformance.restoration.keeper", "the present value saved in the journal"),
    Step("conformance.client.selfcheck", "our message checked against the catalogue"),
    Step("conformance.client.websocket", "sent; the reply stamped on arrival"),
    Step("conformance.client.codec", "the reply decoded strictly"),
    Step("conformance.checks", "compared with the document: a result"),
    Step("conformance.rules.judgement", "findings, and the verdict that follows"),
    Step("fixtures.run.carry_out", "the saved value restored and verified"),
    Step("fixtures.run.row", "the row of the case"),
    Step("reports.record", "written to the record, flushed"),
    Step("reports.render.console", "shown to people"),
)
"""The way of a case that is generated from data."""


def _box_of(room: str) -> str:
    """The box in which a room is drawn."""
    return next((folded for folded in _FOLDED if room == folded or room.startswith(f"{folded}.")), room)


def _arrows(allowed: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Each box and the boxes below it, without what a longer way shows already."""
    all_arrows: dict[str, set[str]] = {}
    for room, names in allowed.items():
        if room in _LEFT_OUT:
            continue
        below = all_arrows.setdefault(_box_of(room), set())
        drawn = {_box_of(other) for other in allowed if other not in _LEFT_OUT}
        below |= ({_box_of(name) for name in names} & drawn) - {_box_of(room)}
    return {
        box: {each for each in below if not _reached(all_arrows, below - {each}, each)}
        for box, below in all_arrows.items()
    }


def _reached(arrows: Mapping[str, set[str]], starts: Iterable[str], goal: str) -> bool:
    seen, left = set(), list(starts)
    while left:
        box = left.pop()
        if box == goal:
            return True
        if box not in seen:
            seen.add(box)
            left += arrows.get(box, ())
    return False


def _levels(arrows: Mapping[str, set[str]]) -> dict[str, int]:
    """The step of the staircase on which each box stands: one above the highest box below it."""
    levels: dict[str, int] = {}

    def level(box: str) -> int:
        if box not in levels:
            levels[box] = 1 + max((level(each) for each in arrows.get(box, ())), default=-1)
        return levels[box]

    for box in arrows:
        level(box)
    return levels


def house() -> str:
    """The staircase of rooms as an SVG."""
    arrows = _arrows(ALLOWED)
    levels = _levels(arrows)
    rows: dict[int, list[str]] = {}
    for box in sorted(arrows, key=lambda box: (_COLUMNS.index(box.split(".")[0]), box)):
        rows.setdefault(levels[box], []).append(box)
    widest, highest = max(map(len, rows.values())), max(rows)
    width = 2 * _MARGIN + widest * (_BOX_W + _GAP_X) - _GAP_X
    height = 2 * _MARGIN + (highest + 1) * (_BOX_H + _GAP_Y) - _GAP_Y
    place = {
        box: (
            (width - len(row) * (_BOX_W + _GAP_X) + _GAP_X) / 2 + column * (_BOX_W + _GAP_X),
            height - _MARGIN - _BOX_H - level * (_BOX_H + _GAP_Y),
        )
        for level, row in rows.items()
        for column, box in enumerate(row)
    }
    lines = [_arrow(place[box], place[each]) for box, below in sorted(arrows.items()) for each in sorted(below)]
    boxes = [
        _box(*place[box], box.replace("conformance.", "").replace("fixtures.", ""), _FOLDED.get(box, ""), box)
        for box in place
    ]
    return _svg(width, height, [*lines, *boxes], "The rooms of the house: a room imports only from rooms below it")


def way() -> str:
    """The way of a case that is generated from data, as an SVG."""
    row_h, box_w, text_x = 46, 330, 380
    width, height = 2 * _MARGIN + 760, 2 * _MARGIN + len(WAY) * row_h - (row_h - _BOX_H)
    parts = []
    for number, step in enumerate(WAY):
        x, y = float(_MARGIN), float(_MARGIN + number * row_h)
        if number:
            middle = x + box_w / 2
            parts.append(f'<path class="arrow" d="M{middle:g} {y - row_h + _BOX_H:g} V{y - 3:g}"/>')
        room = step.where.replace("/", ".")
        name = step.where.rpartition("/data/")[2] if "/" in step.where else step.where
        parts.append(_box(x, y, name, "", room, box_w))
        parts.append(f'<text class="said" x="{text_x}" y="{y + _BOX_H / 2 + 4:g}">{escape(step.what)}</text>')
    return _svg(width, height, parts, "The way of a case that is generated from data")


def _box(x: float, y: float, name: str, below: str, room: str, box_w: float = _BOX_W) -> str:
    colour = _COLOURS[room.split(".")[0]]
    middle = y + _BOX_H / 2 + (4 if not below else -2)
    more = f'<text class="small" x="{x + box_w / 2:g}" y="{middle + 12:g}">{escape(below)}</text>' if below else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{box_w:g}" height="{_BOX_H}" rx="5" fill="{colour}"/>'
        f'<text x="{x + box_w / 2:g}" y="{middle:g}">{escape(name)}</text>{more}'
    )


def _arrow(upper: tuple[float, float], lower: tuple[float, float]) -> str:
    x1, y1 = upper[0] + _BOX_W / 2, upper[1] + _BOX_H
    x2, y2 = lower[0] + _BOX_W / 2, lower[1] - 3
    bend = (y2 - y1) / 2
    return f'<path class="arrow" d="M{x1:g} {y1:g} C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}"/>'


def _svg(width: float, height: float, parts: Iterable[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'font-family="sans-serif" font-size="13">\n<title>{escape(title)}</title>\n'
        "<style>text{text-anchor:middle;fill:#222}.said{text-anchor:start}.small{font-size:10px;fill:#555}"
        "rect{stroke:#777}.arrow{fill:none;stroke:#999;marker-end:url(#tip)}</style>\n"
        '<defs><marker id="tip" markerWidth="7" markerHeight="7" refX="5" refY="3.5" orient="auto">'
        '<path d="M0 0 L7 3.5 L0 7 z" fill="#999"/></marker></defs>\n'
        f'<rect width="{width:g}" height="{height:g}" fill="#fff" style="stroke:none"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


DRAWINGS = {"house.svg": house, "way-of-a-case.svg": way}


def main() -> None:
    """Write the drawings."""
    for name, draw in DRAWINGS.items():
        (DOCS / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
