"""A JSON Patch changes a document, and cannot make it grow without bound."""

import pytest

from layers.errors import InputError
from twin.sensing.json_patch import patched


def test_parts_are_added_replaced_moved_copied_and_removed() -> None:
    operations = [
        {"op": "add", "path": "/tags/0", "value": "a"},
        {"op": "copy", "from": "/tags", "path": "/more"},
        {"op": "replace", "path": "/floor", "value": 4},
        {"op": "move", "from": "/floor", "path": "/level"},
        {"op": "remove", "path": "/tags"},
    ]
    assert patched({"floor": 3, "tags": ["b"]}, operations) == {"level": 4, "more": ["a", "b"]}


def test_what_is_copied_into_itself_does_not_double_for_ever() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/{number}"} for number in range(40)]
    with pytest.raises(InputError, match=r"operation 15: .* at most 100000 values"):
        patched({"a": 1}, doubling)


def test_what_is_moved_into_each_other_does_not_become_too_deep() -> None:
    nesting = [{"op": "add", "path": "/0", "value": 1}] + [
        {"op": "move", "from": f"/{number}", "path": f"/{number + 1}/{number}"} for number in range(100)
    ]
    document = {str(number): {} for number in range(1, 101)}
    with pytest.raises(InputError, match="more than 64 objects"):
        patched(document, nesting)
