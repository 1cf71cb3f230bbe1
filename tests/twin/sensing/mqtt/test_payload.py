"""What devices publish, read as observations."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.sensing.mqtt.payload import readings_of
from twin.sensing.mqtt.topics import datastream_of, followed, published
from twin.sensing.observation_document import Faulty
from twin.sensing.reading import Reading

NOW = datetime(2026, 11, 30, 4, tzinfo=UTC)
EIGHT = datetime(2026, 11, 30, 0, tzinfo=UTC)


def read(payload: bytes) -> list[Reading | Faulty]:
    return readings_of(5, payload, NOW)


@pytest.mark.parametrize(
    ("payload", "reading"),
    [
        (b"12.5", Reading(5, NOW, 12.5)),
        ("\"多云\"".encode(), Reading(5, NOW, "多云")),
        (b'{"result": 1, "phenomenonTime": "2026-11-30T08:00:00+08:00"}', Reading(5, EIGHT, 1)),
        (
            b'{"result": 1, "phenomenonTime": "2026-11-30T00:00:00Z/2026-11-30T01:00:00Z", "sequence": 3}',
            Reading(5, EIGHT, 1, sequence=3, time_end=EIGHT + timedelta(hours=1)),
        ),
        (
            b'{"result": [1, 2], "resultTime": "2026-11-30T00:00:00Z", "resultQuality": {"code": "good"},'
            b' "validTime": "2026-11-30T00:00:00Z/2026-11-30T04:00:00Z", "parameters": {"height": 10},'
            b' "FeatureOfInterest": {"@iot.id": 7}}',
            Reading(
                5, NOW, [1, 2], result_time=EIGHT, quality={"code": "good"}, valid_time=(EIGHT, NOW),
                parameters={"height": 10}, feature=7,
            ),
        ),
    ],
)  # fmt: skip
def test_an_observation_is_read(payload: bytes, reading: Reading) -> None:
    assert read(payload) == [reading]


def test_several_come_in_one_message_and_each_stands_for_itself() -> None:
    first, second, third = read(b'[{"result": 1}, {"resutl": 2}, 3]')
    assert (first, third) == (Reading(5, NOW, 1), Reading(5, NOW, 3))
    assert isinstance(second, Faulty)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "this is not JSON"),
        (b"{", "this is not JSON"),
        (b"\xff\xfe", "this is not JSON"),
        (b'{"result": NaN}', "this is not JSON"),
        (b"[" * 5000, "this is not JSON"),
        (b'{"result": ' + b"[" * 200 + b"]" * 200 + b"}", "more than 64 objects and lists within each other"),
        (b'{"result": 1, "Datastream": {"@iot.id": 6}}', "Datastream: the document says 6, and its address 5"),
        (b"{}", "result: an Observation has to have it"),
        (b'{"result": null}', "result: an Observation has to have it"),
        (b"null", "result: an Observation has to have it"),
        (b'{"resutl": 1}', "resutl: Observation has no such property; it has phenomenonTime"),
        (b'{"result": 1, "phenomenonTime": "2026-11-30T08:00:00"}', "phenomenonTime: '2026-11-30T08:00:00' is not"),
        (b'{"result": 1, "phenomenonTime": 1796029489}', "phenomenonTime: '1796029489' is not a text"),
        (b'{"result": 1, "validTime": "2026-11-30T08:00:00Z"}', "validTime: '2026-11-30T08:00:00Z' is not an interval"),
        (b'{"result": 1, "sequence": true}', "sequence: 'True' is not a whole number"),
        (b'{"result": 1, "parameters": 5}', "parameters: this is not a JSON object"),
        (b'{"result": 1, "FeatureOfInterest": 5}', "FeatureOfInterest: it is not named by its id"),
        (b"[" + b"1," * 1000 + b"1]", "a message of 1001 observations is longer than 1000"),
    ],
)
def test_what_cannot_be_read_is_said(payload: bytes, said: str) -> None:
    (faulty,) = read(payload)
    assert isinstance(faulty, Faulty)
    assert said in faulty.reason


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["result", "validTime", "x"]), inner),
    max_leaves=8,
)  # fmt: skip


@given(st.binary(max_size=40) | _JSON.map(orjson.dumps))
def test_whatever_comes_is_a_reading_or_a_reason(payload: bytes) -> None:
    assert all(isinstance(one, Reading | Faulty) for one in read(payload))


def test_topics_name_their_datastream() -> None:
    assert datastream_of(published(12)) == datastream_of(followed(12)) == 12


@pytest.mark.parametrize(
    "topic",
    ["v1.1/Datastreams(x)/Observations", "v1.1/Things(1)/Observations", "v1.1/Datastreams(1)/Observations/x",
     f"v1.1/Datastreams({'9' * 30})/Observations", "v1.1/Datastreams(١)/Observations", ""],
)  # fmt: skip
def test_other_topics_name_none(topic: str) -> None:
    value: Any = topic
    with pytest.raises(ParameterError, match="topic"):
        datastream_of(value)
