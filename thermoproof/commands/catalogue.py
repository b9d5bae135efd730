"""`thermoproof catalogue`: print the document as data, or export it as a schema."""

from __future__ import annotations

import argparse

from thermoproof.commands.console import Commands, complain, print_or_write

__all__ = ["add", "call"]


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    parser = commands.add_parser("catalogue", help="print or export the document as data")
    parser.add_argument(
        "--format",
        default="table",
        choices=("table", "json", "jsonschema", "asyncapi", "openapi"),
        help="default: table",
    )
    parser.add_argument("--out", metavar="FILE", help="write to a file instead of the console")
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print or write the export; returns the exit code: 0, or 2 where the catalogue or the file is at fault."""
    from conformance.catalogue import CatalogueError, load
    from conformance.catalogue.export import FORMATS

    try:
        text = FORMATS[options.format](load())
    except CatalogueError as error:
        return complain(f"the catalogue is invalid: {error}", 2)
    return print_or_write(text, options.out)
