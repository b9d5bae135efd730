from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .drawings import DOCS, DRAWINGS, WAY, Step

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_committed_drawing_is_the_one_of_its_table(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == DRAWINGS[name](), "python -m tests.drawings"


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_well_formed(name: str) -> None:
    assert ET.fromstring(DRAWINGS[name]()).tag.endswith("svg")


@pytest.mark.parametrize("step", WAY, ids=lambda step: step.where)
def test_every_step_of_the_way_is_a_place_in_the_house(step: Step) -> None:
    where = step.where
    assert (ROOT / where).is_file() if "/" in where else find_spec(where) is not None
