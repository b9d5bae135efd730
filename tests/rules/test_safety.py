from __future__ import annotations

import pytest

from conformance.catalogue import Catalogue, Safety
from conformance.rules.case import default_class, permits

CLASSES = [Safety.READ_ONLY, Safety.REVERSIBLE, Safety.DISRUPTIVE, Safety.DESTRUCTIVE]


@pytest.mark.parametrize("allowed", CLASSES)
def test_a_class_permits_itself_and_whatever_hurts_less(allowed: Safety) -> None:
    permitted = [needed for needed in CLASSES if permits(allowed, needed)]
    assert permitted == CLASSES[: CLASSES.index(allowed) + 1]


def test_a_real_camera_keeps_its_link_and_its_data_unless_asked_otherwise() -> None:
    assert default_class(simulated=False) is Safety.REVERSIBLE
    assert default_class(simulated=True) is Safety.DESTRUCTIVE


def test_what_cannot_be_undone_is_destructive_and_asking_is_not(catalogue: Catalogue) -> None:
    assert {catalogue.commands[number].safety for number in (504, 511)} == {Safety.DESTRUCTIVE}
    assert {upload.safety for upload in catalogue.uploads.values()} == {Safety.DESTRUCTIVE}
    gets = [command for command in catalogue.commands.values() if command.group == "get"]
    assert {get.safety for get in gets} == {Safety.READ_ONLY}
    assert catalogue.commands[508].safety is Safety.DISRUPTIVE
