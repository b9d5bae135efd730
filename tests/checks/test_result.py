from __future__ import annotations

from conformance import checks


def test_a_long_value_is_told_in_one_line() -> None:
    text = checks.short("x" * 1000)
    assert len(text) <= 122
    assert text.endswith("(1002 characters)")
    assert checks.short("a\nb\x1b[2J\u202e热") == r'"a\nb\u001b[2J\u202e热"'
