"""The strict YAML reader refuses everything that would silently change a value."""

from __future__ import annotations

import pytest

from conformance.catalogue.strict_yaml import StrictYamlError, load_yaml


def test_off_and_no_are_words_and_a_time_of_day_is_no_number() -> None:
    assert load_yaml("a: off\nb: no\nc: 12:30\nd: true", "f.yaml") == {"a": "off", "b": "no", "c": "12:30", "d": True}


def test_a_doubled_key_is_refused_with_file_and_line() -> None:
    with pytest.raises(StrictYamlError, match=r"f\.yaml: line 3: the key 'a' stands twice"):
        load_yaml("a: 1\nb: 2\na: 3", "f.yaml")


def test_what_is_not_yaml_is_refused() -> None:
    with pytest.raises(StrictYamlError, match=r"f\.yaml: not YAML"):
        load_yaml("a: [1", "f.yaml")
