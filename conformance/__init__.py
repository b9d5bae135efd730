"""The protocol document as data, and everything that judges a device by it."""

__version__ = "0.1.0"
"""The version of thermoproof, as a run records it."""
