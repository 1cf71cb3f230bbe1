"""Lines of arrays that say when and which number are read at once; all others are left to the reader of all."""

import pytest
from sensing import at

from twin.sensing.plain_lines import plain_lines
from twin.sensing.reading import Reading

NOON = "2026-03-01T12:00:00+08:00"
BOTH = ["result", "phenomenonTime"]


def test_a_plain_line_is_a_reading():
    assert plain_lines(7, BOTH)([2.5, NOON]) == Reading(7, at(0), 2.5)
    told = plain_lines(7, ["phenomenonTime", "resultTime", "result"])
    assert told([NOON, "2026-03-01T04:01:00Z", 3]) == Reading(7, at(0), 3, result_time=at(1))
    assert told([NOON, None, 3]) == Reading(7, at(0), 3)


@pytest.mark.parametrize(
    "line",
    [
        [True, NOON], ["2.5", NOON], [None, NOON], [2.5, None], [2.5, 7], [2.5, "noon"], [2.5, f"{NOON}/{NOON}"], [2.5],
        [2.5, NOON, 1], {}, None, [2.5, "2026-03-01T12:00:00"],
    ],
)  # fmt: skip
def test_what_says_more_or_has_something_wrong_is_left(line):
    assert plain_lines(7, BOTH)(line) is None


@pytest.mark.parametrize(
    "components",
    [["result"], [*BOTH, "parameters"], [*BOTH, "FeatureOfInterest/id"], [*BOTH, "result"], ["result", "resultTime"]],
)
def test_arrays_with_more_components_are_left(components):
    assert plain_lines(7, components)([2.5, NOON, 1][: len(components)]) is None
