"""What the tests of several rooms are given."""

from __future__ import annotations

import pytest

from conformance.catalogue import Catalogue, load


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue that ships."""
    return load()
