from __future__ import annotations

import subprocess
import sys

import pytest

import conformance.client


def test_every_public_name_can_be_imported() -> None:
    assert all(getattr(conformance.client, name) is not None for name in conformance.client.__all__)


def test_a_name_that_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = conformance.client.Nothing


def test_the_codec_does_not_wait_for_the_libraries_of_the_transports() -> None:
    program = (
        "import sys; from conformance.client import decode; "
        "assert not {'httpx', 'websockets', 'cryptography'} & sys.modules.keys(), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
