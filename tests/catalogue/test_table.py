from __future__ import annotations

from conformance.catalogue import Catalogue
from conformance.catalogue.export import FORMATS
from conformance.catalogue.export.table import as_table


def test_every_message_has_a_line_of_at_most_150_characters(catalogue: Catalogue) -> None:
    heading, rule, *rows, blank, totals = as_table(catalogue).splitlines()
    assert heading.split()[:3] == ["number", "clause", "title"]
    assert set(rule) == {"-", " "}
    assert [int(row.split()[0]) for row in rows] == [*catalogue.commands, *catalogue.pushes, *catalogue.uploads]
    assert max(len(row) for row in rows) <= 150
    assert blank == ""
    assert totals.startswith("105 commands, ")


def test_the_formats_are_the_ones_the_command_line_offers() -> None:
    assert list(FORMATS) == ["table", "json", "jsonschema", "asyncapi", "openapi"]
