"""Documents of JSON are read so that nothing after that runs out of stack."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError
from layers.json_document import DEEPEST, is_deeper, parse_json, size_of

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


def depth_of(document: Any) -> int:
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


@given(_JSON, st.integers(0, 6))
def test_a_document_is_as_deep_as_it_is(document: Any, most: int) -> None:
    assert is_deeper(document, most) == (depth_of(document) > most)


@given(_JSON)
def test_a_document_that_is_not_deep_comes_back(document: Any) -> None:
    assert parse_json(orjson.dumps(document)) == document


def test_all_values_are_counted() -> None:
    assert size_of({"a": [1, {"b": None}], "c": 2}) == 6
    assert size_of(5) == 1


@pytest.mark.parametrize("depth", [DEEPEST + 1, 500, 100_000])
def test_what_is_too_deep_is_refused_with_a_sentence(depth: int) -> None:
    with pytest.raises(InputError, match=r"more than 64 objects and lists|not JSON"):
        parse_json(b"[" * depth + b"]" * depth)
    assert depth_of(parse_json(b"[" * DEEPEST + b"]" * DEEPEST)) == DEEPEST
