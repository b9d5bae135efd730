"""The command line: the parser, and a module for each command."""

from conformance import __version__

__all__ = ["__version__"]
