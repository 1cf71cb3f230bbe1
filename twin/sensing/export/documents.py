"""Datastreams and observations as members of JSON objects, by the names of SensorThings where it has one."""

from twin.sensing.export.pages import Observed, Stream


def told(stream: Stream) -> dict[str, object]:
    """Return what is told of a datastream."""
    return {
        "datastream": stream.number,
        "name": stream.name,
        "thing": stream.thing,
        "thing_name": stream.thing_name,
        "observed_property": stream.observed_property,
        "unit": stream.unit,
    }


def said(one: Observed) -> dict[str, object]:
    """Return what an observation says."""
    time = one.time.isoformat() if one.end is None else f"{one.time.isoformat()}/{one.end.isoformat()}"
    members: dict[str, object] = {"phenomenonTime": time, "result": one.result}
    if one.sequence:
        members["sequence"] = one.sequence
    return members if one.quality is None else members | {"resultQuality": one.quality}
