"""The JSON Schema of a bench file; its errors become sentences that name the key and the nearest known word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final

import jsonschema
from jsonschema.exceptions import ValidationError

__all__ = ["bench_schema", "did_you_mean", "problems_by_schema"]

_WORDS: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}


@cache
def bench_schema() -> Mapping[str, Any]:
    """The schema that ships with the project; docs/reference/bench.schema.json is the same."""
    schema: dict[str, Any] = json.loads((resources.files("hil.bench") / "schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(bench_schema())


def problems_by_schema(document: Any) -> list[str]:
    """A sentence for each error that the schema finds in a document whose keys are all words."""
    errors = sorted(_validator().iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
    # Each missing key is an error of its own, and each of these errors lists all missing keys.
    return list(dict.fromkeys(sentence for error in errors for sentence in _sentences(error)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or an empty text where no known word is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _sentences(error: ValidationError) -> Iterator[str]:
    path = _path(error.absolute_path)
    at = f"{path}: " if path else ""
    wanted: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            schema: Any = error.schema
            known = list(schema["properties"])
            for key in instance:
                if key not in known:
                    near = did_you_mean(key, known)
                    yield f"{path + '.' if path else ''}{key}: unknown key{near or '; known are ' + ', '.join(known)}"
        case "required":
            for key in wanted:
                if key not in instance:
                    yield f"{path + '.' if path else ''}{key} is missing"
        case "type":
            expected = " or ".join(_WORDS[word] for word in ([wanted] if isinstance(wanted, str) else wanted))
            hint = "; put it in quotes" if "text" in expected and isinstance(error.instance, (int, float)) else ""
            yield f"{at}expected {expected}, found {_shown(error.instance)}{hint}"
        case "enum":
            words = [str(word) for word in wanted]
            near = did_you_mean(str(error.instance), words)
            yield f"{at}expected one of {', '.join(words)}, found {_shown(error.instance)}{near}"
        case "minimum" | "exclusiveMinimum":
            least = "at least" if error.validator == "minimum" else "over"
            yield f"{at}{_shown(instance)} is too small: {least} {wanted:g}"
        case "maximum":
            yield f"{at}{_shown(error.instance)} is too large: at most {wanted:g}"
        case "pattern" if error.absolute_schema_path[-2] == "propertyNames":
            yield f"{at}a name begins with a letter and has only letters, digits, _ and -; found {error.instance!r}"
        case "pattern":
            yield f"{at}expected a date as YYYY-MM-DD, found {_shown(error.instance)}"
        case "minLength" | "minItems" | "minProperties":
            yield f"{at}it must not be empty"
        case other:
            raise AssertionError(f"the schema uses {other}, for which there is no sentence")


def _path(parts: Iterable[Any]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
