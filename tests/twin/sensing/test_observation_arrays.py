"""Arrays of observations are read in one way, whether a steward or a device sends them."""

from typing import Any

import pytest
from sensing import at

from layers.errors import InputError
from twin.sensing.observation_arrays import lines_of
from twin.sensing.observation_document import Faulty
from twin.sensing.reading import Reading

NOON, NOW, MOST = "2026-03-01T12:00:00+08:00", at(60), 5


def array(components: Any, *lines: Any, stream: Any = 7) -> dict[str, Any]:
    return {"Datastream": {"@iot.id": stream}, "components": components, "dataArray": list(lines)}


def read(*arrays: Any) -> list[Any]:
    return list(lines_of(list(arrays), NOW, MOST))


def test_plain_lines_and_those_that_say_more_come_in_their_order():
    lines = read(
        array(["phenomenonTime", "result"], [NOON, 1], [f"{NOON}/2026-03-01T13:00:00+08:00", 2], [None, 3]),
        array(["result", "sequence"], [4, 9], stream=8),
    )
    assert lines == [
        (7, Reading(7, at(0), 1)),
        (7, Reading(7, at(0), 2, time_end=at(60))),
        (7, Reading(7, NOW, 3)),
        (8, Reading(8, NOW, 4, sequence=9)),
    ]


@pytest.mark.parametrize("name", ["FeatureOfInterest/id", "FeatureOfInterest/@iot.id"])
def test_a_line_names_its_feature_by_either_name(name: str):
    (_, named), (_, unnamed), (_, faulty) = read(array(["result", name], [1, 5], [2, None], [3, "5"]))
    assert (named.feature, unnamed.feature) == (5, None)
    assert faulty == Faulty("FeatureOfInterest/id: '5' is no number")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([NOON], "does not have 2 values"),
        ({"result": 1}, "does not have 2 values"),
        ([NOON, None], "result: an Observation has to have it"),
        (["2026-03-01T12:00:00", 1], "phenomenonTime"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_of_it_alone(line: Any, said: str):
    (_, first), (_, faulty), (_, last) = read(array(["phenomenonTime", "result"], [NOON, 1], line, [NOON, 2]))
    assert (first, last) == (Reading(7, at(0), 1), Reading(7, at(0), 2))
    assert said in faulty.reason


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "takes a list"),
        ([5], "each object has"),
        ([array(["result"], stream="7")], "with the number of one"),
        ([array(["resutl"])], "components are some of"),
        ([array("result")], "components are some of"),
        ([array(["result"], [1], [2], [3]), array(["result"], [1], [2], [3])], "more than 5 observations"),
    ],
)
def test_what_is_no_array_and_too_many_lines_are_refused_as_a_whole(body: Any, said: str):
    with pytest.raises(InputError, match=said):
        list(lines_of(body, NOW, MOST))
