"""What the protocol document says, and the judges."""

__version__ = "0.1.0"
"""The version of thermoproof, as a run records it."""
