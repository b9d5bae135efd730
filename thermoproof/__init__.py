"""The front door: the command line."""

from conformance import __version__

__all__ = ["__version__"]
