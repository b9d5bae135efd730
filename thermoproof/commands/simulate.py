"""`thermoproof simulate`: start the simulated camera."""

from __future__ import annotations

import argparse

from thermoproof.commands.console import Commands

__all__ = ["add", "call"]


def add(commands: Commands) -> None:
    """Describe the command to the parser."""
    from fixtures.camera.serve import add_arguments

    parser = commands.add_parser(
        "simulate",
        help="start the simulated camera",
        description="Start the simulated camera; prints one JSON line with its ports when it is ready.",
    )
    add_arguments(parser)
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Serve until the camera is ended; returns the exit code 0."""
    from fixtures.camera.serve import options_from, run_camera

    run_camera(options_from(options))
    return 0
