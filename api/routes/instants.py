"""The instants at which a layer changed, for time lines."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.deps import TheVisit
from api.instants import Timeline
from layers.access import readable
from layers.query import Axis, Bin, Instant, bins_of
from layers.temporal import parse_instant, rfc3339

ROUTER = APIRouter(tags=["items"])
_MOST_BINS = 500
Json = dict[str, Any]


@dataclass(frozen=True)
class InstantsParameters:
    """Which of the two times, and how it is summed up."""

    axis: Annotated[Axis, Query(description="valid: when the world changed; known: when what is known did")] = "valid"
    as_of: Annotated[str | None, Query(description="as it was known at this RFC 3339 instant (axis valid)")] = None
    bins: Annotated[int | None, Query(ge=1, le=_MOST_BINS, description="count by this many bins of one width, too")] = (
        None
    )


@ROUTER.get("/collections/{layer_id}/instants", summary="When a layer changed")
async def instants(layer_id: str, visit: TheVisit, parameters: Annotated[InstantsParameters, Depends()]) -> Json:
    """Return the instants at which things were added, removed or changed, with the number of each, earliest first.

    ``grain`` tells whether these are all instants, or the last ones of minutes or days.
    """
    layer, decision = readable(visit.app_state.registry, visit.principal, layer_id)
    as_of = None if parameters.as_of is None else parse_instant(parameters.as_of, "as_of")
    timeline = await visit.app_state.timelines.of(layer, decision, parameters.axis, as_of)
    return _document(layer.id, parameters, timeline)


def _document(layer: str, parameters: InstantsParameters, timeline: Timeline) -> Json:
    listed = timeline.instants
    document: Json = {
        "layer": layer,
        "axis": parameters.axis,
        "grain": timeline.grain,
        "truncated": timeline.cut,
        "first": rfc3339(listed[0].at) if listed else None,
        "last": rfc3339(listed[-1].at) if listed else None,
        "instants": [{"at": rfc3339(one.at)} | _numbers(one) for one in listed],
    }
    if parameters.bins is not None:
        document["bins"] = [
            {"from": rfc3339(one.begins), "to": rfc3339(one.ends)} | _numbers(one)
            for one in bins_of(listed, parameters.bins)
        ]
    return document


def _numbers(one: Instant | Bin) -> Json:
    return {"added": one.added, "removed": one.removed, "changed": one.changed}
