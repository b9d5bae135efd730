"""The text of docs/coverage.md: which demands of the document are judged, which are not, and why not."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from conformance.catalogue.model import Catalogue, Command, Field, Push, Requirement, Safety, Upload
from conformance.rules.case import CHAPTERS, Case, chapter_of

__all__ = ["coverage_text", "excluded_fields", "field_cases", "judged_codes", "request_fields", "stream_cases"]

_NO_BOUNDARY = frozenset({"ordinary", "default"})
"""Labels of values that are not at a limit."""
_CODE = re.compile(r"(?<![0-9])(?:0|100[0-9]{2})(?![0-9])")
_STREAMS = ("ir-main", "ir-sub", "vl-main", "vl-sub")


def request_fields(command: Command) -> Iterator[Field]:
    """Every field of a request that a client can choose, also inside arrays and objects."""
    for top in command.envelope + command.request:
        for field in top.walk():
            if not field.read_only and not field.path.endswith("[]"):
                yield field


def field_cases(command: Command, cases: Iterable[Case[object]]) -> dict[str, int]:
    """For each request field, by its path: how many of `cases` send a value at or past one of its limits.

    The id of such a case has the name of the field between two slashes (`III.1/set/emiss/above-max`).
    """
    named = Counter(
        part
        for case in cases
        if case.clause == command.clause and case.id.rsplit("/", 1)[-1] not in _NO_BOUNDARY
        for part in set(case.id.split("/")[1:-1])
    )
    return {field.path: named[_label(field)] for field in request_fields(command)}


def _label(field: Field) -> str:
    return field.path.removeprefix("message.").replace("[]", "")


def excluded_fields(catalogue: Catalogue, command: Command) -> dict[str, str]:
    """The reason why no boundary case touches a request field (`exclusions` of the catalogue), by the field's path."""
    return {
        field.path: exclusion.reason
        for field in request_fields(command)
        for exclusion in catalogue.exclusions
        if any(fnmatch.fnmatchcase(f"{command.cmdtype}:{field.path}", pattern) for pattern in exclusion.fields)
    }


def judged_codes(catalogue: Catalogue, cases: Iterable[Case[object]]) -> dict[int, dict[str, int]]:
    """For each return code: the requirements whose cases must provoke it, each with its number of cases.

    The codes of a requirement are those of its readings (R20-R33). If there are several and the id of a case names one,
    the case counts for that one.
    """
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for case in cases:
        requirement = catalogue.requirements.get(case.requirement)
        codes = _codes(catalogue, requirement) if requirement is not None else frozenset()
        named = codes & {int(code) for code in _CODE.findall(case.id)}
        for code in named or codes:
            found[code][case.requirement] += 1
    return {code: dict(found[code]) for code in catalogue.return_codes}


def _codes(catalogue: Catalogue, requirement: Requirement) -> frozenset[int]:
    readings = (catalogue.readings[name].codes for name in requirement.readings)
    return frozenset(code for codes in readings if codes is not None for code in codes.canonical)


def stream_cases(cases: Iterable[Case[object]]) -> dict[str, int]:
    """The number of cases that open each video stream."""
    rows = list(cases)
    return {name: sum(1 for case in rows if f"video.{name}" in case.capabilities) for name in _STREAMS}


def coverage_text(catalogue: Catalogue, declared: Iterable[tuple[str, Case[object]]]) -> str:
    """The whole of docs/coverage.md, the same text for the same catalogue and the same cases.

    `declared` holds each case after the full name of the module that declares it (`declared_in`).
    """
    judged_in: dict[str, set[str]] = defaultdict(set)
    cases = []
    for module, case in declared:
        judged_in[case.requirement].add(_place(module))
        cases.append(case)
    return "\n".join(
        [
            *_head(catalogue, cases),
            *_clauses(catalogue, cases, judged_in),
            *_unjudged(catalogue),
            *_fields(catalogue, cases),
            *_codes_table(catalogue, cases),
            *_subjects(catalogue, cases),
        ]
    )


def _place(module: str) -> str:
    """Where a module is found: `iii_linkage/test_details` below conformance/suites, or `hil/suites/test_error`."""
    return module.removeprefix("conformance.suites.").replace(".", "/")


def _head(catalogue: Catalogue, cases: Sequence[Case[object]]) -> Iterator[str]:
    rows = catalogue.requirements.values()
    excluded = sum(1 for row in rows if row.excluded is not None)
    yield "# Coverage: what is judged, and what is not"
    yield ""
    yield "`thermoproof coverage --out docs/coverage.md` makes this page of catalogue and suites: do not edit it."
    yield ""
    yield f"{len(cases):,} cases judge {len(rows) - excluded:,} requirements. Not judged: {excluded}."
    yield ""
    yield "`iii_linkage/test_details` in the column *judged in* is `conformance/suites/iii_linkage/test_details.py`."
    yield ""
    yield from _table(
        ("chapter", "requirements", "cases", *(each.value for each in Safety), "quick"),
        (
            (
                title,
                sum(1 for row in rows if chapter_of(row.clause) == title),
                len(mine),
                *(sum(1 for case in mine if case.safety is safety) for safety in Safety),
                sum(1 for case in mine if case.quick),
            )
            for title in CHAPTERS.values()
            if (mine := [case for case in cases if case.chapter == title])
        ),
    )


def _clauses(
    catalogue: Catalogue, cases: Sequence[Case[object]], judged_in: Mapping[str, Collection[str]]
) -> Iterator[str]:
    judged = Counter(case.requirement for case in cases)
    by_clause: dict[str, list[Requirement]] = defaultdict(list)
    for row in catalogue.requirements.values():
        by_clause[row.clause].append(row)
    titles = _titles(catalogue)
    chapter = ""
    for clause in sorted(by_clause, key=_order):
        if chapter_of(clause) != chapter:
            chapter = chapter_of(clause)
            yield f"## {chapter}"
            yield ""
        yield f"### {clause} {titles.get(clause, '')}".rstrip()
        yield ""
        yield from _table(
            ("requirement", "keyword", "demand", "cases", "judged in", "readings"),
            (
                (
                    f"`{row.id}`",
                    row.keyword.value,
                    row.text,
                    judged[row.id] if row.excluded is None else "not judged",
                    ", ".join(f"`{place}`" for place in sorted(judged_in.get(row.id, ()))),
                    ", ".join(row.readings),
                )
                for row in by_clause[clause]
            ),
        )


def _titles(catalogue: Catalogue) -> dict[str, str]:
    subjects: list[Command | Push | Upload] = [*catalogue.commands.values(), *catalogue.pushes.values()]
    subjects += catalogue.uploads.values()
    return {each.clause: each.title for each in subjects}


def _order(clause: str) -> tuple[int, list[int], str]:
    head, _, rest = clause.partition(".")
    return list(CHAPTERS).index(head), [int(number) for number in re.findall(r"[0-9]+", rest)], clause


def _unjudged(catalogue: Catalogue) -> Iterator[str]:
    yield "## Not judged, and why"
    yield ""
    rows = [row for row in catalogue.requirements.values() if row.excluded is not None]
    yield from _table(
        ("requirement", "demand", "why not"), ((f"`{row.id}`", row.text, row.excluded or "") for row in rows)
    )
    yield "The document leaves these points open. A run observes them and never fails a device for them:"
    yield ""
    yield from _table(
        ("reading", "what is open", "what is still demanded"),
        ((row.id, row.says, row.canonical) for row in catalogue.readings.values() if row.open),
    )


def _fields(catalogue: Catalogue, cases: Sequence[Case[object]]) -> Iterator[str]:
    yield "## Fields of requests"
    yield ""
    yield "The number after a field counts the cases that send it at or past a limit, or with a wrong type or form."
    yield "Fields of replies and pushes are checked against their tables in every message that arrives."
    yield ""
    reasons: dict[str, list[str]] = defaultdict(list)
    rows = []
    for command in catalogue.commands.values():
        touched, excluded = field_cases(command, cases), excluded_fields(catalogue, command)
        words = [f"{_short(path)} {count}" for path, count in touched.items() if count]
        for path, count in touched.items():
            if not count:
                reasons[excluded.get(path, "(no reason is given)")].append(f"{command.cmdtype} {_short(path)}")
        if words:
            rows.append((command.clause, command.cmdtype, ", ".join(words)))
    yield from _table(("clause", "command", "boundary cases of each field"), rows)
    yield "Fields without a boundary case:"
    yield ""
    yield from _table(("fields", "why"), ((", ".join(fields), why) for why, fields in sorted(reasons.items())))


def _short(path: str) -> str:
    return path.removeprefix("message.")


def _codes_table(catalogue: Catalogue, cases: Sequence[Case[object]]) -> Iterator[str]:
    yield "## Return codes"
    yield ""
    provoked = judged_codes(catalogue, cases)
    yield from _table(
        ("code", "meaning", "provoked by", "also accepted for"),
        (
            (
                code,
                row.text,
                "every command that succeeds" if code == 0 else _grouped(provoked[code]),
                ", ".join(
                    each.id for each in catalogue.readings.values() if each.codes and code in each.codes.tolerated
                ),
            )
            for code, row in catalogue.return_codes.items()
            if row.documented
        ),
    )


def _grouped(requirements: Mapping[str, int]) -> str:
    """The requirements, those of the same name in several clauses together: `*/illegal in 28 clauses: 2,400 cases`."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for identity in requirements:
        by_name[identity.partition("/")[2]].append(identity)
    parts = []
    for name, identities in by_name.items():
        count = sum(requirements[identity] for identity in identities)
        where = f"`{identities[0]}`" if len(identities) == 1 else f"`*/{name}` in {len(identities)} clauses"
        parts.append(f"{where}: {count:,} case{'' if count == 1 else 's'}")
    return "; ".join(parts)


def _subjects(catalogue: Catalogue, cases: Sequence[Case[object]]) -> Iterator[str]:
    count = Counter(case.clause for case in cases)
    parts: tuple[tuple[str, Iterable[Push | Upload]], ...] = (
        ("Pushes", catalogue.pushes.values()),
        ("Uploads", catalogue.uploads.values()),
    )
    for title, rows in parts:
        yield f"## {title}"
        yield ""
        yield from _table(
            ("clause", "cmdtype", "title", "cases"),
            ((row.clause, row.cmdtype, row.title, count[row.clause]) for row in rows),
        )
    yield "## Video streams"
    yield ""
    yield from _table(("stream", "cases"), stream_cases(cases).items())


def _table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table in Markdown and an empty line; nothing when there are no rows."""
    lines = [_row(row) for row in rows]
    if lines:
        yield _row(head)
        yield "|" + "---|" * len(head)
        yield from lines
        yield ""


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
