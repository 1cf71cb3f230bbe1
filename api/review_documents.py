"""Answers of the review as documents: sunlight of points as GeoJSON, with what it rests on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from api.review import DECIMALS, since_json
from bim.review import HEIGHT_SHARE, Assessment, Sunlight
from layers.space import POINTS
from layers.temporal import rfc3339

Json = dict[str, Any]
_PERCENT = round(100 * HEIGHT_SHARE)


def sunlight_json(found: Assessment) -> Json:
    """Return points with minutes and segments of sun as a FeatureCollection, with a summary and what it rests on."""
    question, around = found.prepared.question, found.prepared.surroundings
    return {
        "type": "FeatureCollection",
        "rule": question.rule.json(),
        "day": question.rule.day_in(question.year).isoformat(),
        "target": question.target,
        "summary": summary_json(found),
        "rests_on": {
            "buildings": len(around.prisms) - len(around.replaced),
            "without_height": int(around.prisms.missing.sum()),
            "models": list(around.models),
            "data": since_json(around.since),
            "reach_m": found.prepared.reach.most_m,
            "storey_m": question.placing.storey_m,
            "spacing_m": question.placing.spacing_m,
            "sill_m": question.placing.sill_m,
            "window_m": question.placing.window_m,
            "note": {
                "zh": "建筑为平顶体块,高度以底图为准,地面为平地;立面采样点代替窗户。结果不是法定日照分析报告。",
                "en": "Buildings are flat-topped blocks as high as the map has them, on flat ground; points on façades "
                "stand for windows. This is no sunlight analysis report in the sense of the law.",
            },
        },
        "features": list(_features(found)),
    }


def summary_json(found: Assessment) -> Json:
    """Return how many points have what the rule asks for, with heights as stated, a tenth more, and a tenth less."""
    return {
        **_told(found.stated),
        "storeys": _storeys(found),
        "sides": _sides(found),
        "uncertainty": {
            f"heights_plus_{_PERCENT}_percent": _told(found.higher),
            f"heights_minus_{_PERCENT}_percent": _told(found.lower),
            "points_that_change": int((found.higher.meets != found.lower.meets).sum()),
        },
    }


def _told(found: Sunlight) -> Json:
    return {
        "points": len(found.minutes),
        "meets": int(found.meets.sum()),
        "share": round(float(found.meets.mean()), 4),
        "least_min": round(float(found.minutes.min()), 2),
    }


def _storeys(found: Assessment) -> list[Json]:
    storeys = found.prepared.samples.storeys
    listed = []
    for storey in np.unique(storeys[storeys > 0]).tolist():
        own = storeys == storey
        minutes, meets = found.stated.minutes[own], found.stated.meets[own]
        listed.append(
            {"storey": storey, "points": int(own.sum()), "meets": int(meets.sum()), "least_min": float(minutes.min())}
        )
    return listed


def _sides(found: Assessment) -> list[Json]:
    """Return what façades have by the point of the compass that they look to: the north has no sun in winter."""
    normals, on_wall = found.prepared.samples.normals, found.prepared.samples.storeys > 0
    side = np.round(np.degrees(np.arctan2(normals[:, 0], normals[:, 1])) / 45.0).astype(int) % 8
    listed = []
    for number, point in enumerate(POINTS):
        own = on_wall & (side == number)
        if own.any():
            minutes, meets = found.stated.minutes[own], found.stated.meets[own]
            told = {"points": int(own.sum()), "meets": int(meets.sum()), "least_min": round(float(minutes.min()), 2)}
            listed.append({"faces": point.json(), **told, "most_min": round(float(minutes.max()), 2)})
    return listed


def _features(found: Assessment) -> Iterator[Json]:
    samples, sunlight = found.prepared.samples, found.stated
    places = found.prepared.surroundings.scene.geodetic(samples.points)
    lonlat, heights = np.round(places[:, :2], DECIMALS).tolist(), np.round(places[:, 2], 3).tolist()
    segments = _segments(sunlight)
    for number, ((lon, lat), height) in enumerate(zip(lonlat, heights, strict=True)):
        properties: Json = {
            "minutes": round(float(sunlight.minutes[number]), 2),
            "meets": bool(sunlight.meets[number]),
            "segments": segments[number],
        }
        if samples.storeys[number]:
            facing = np.degrees(np.arctan2(samples.normals[number, 0], samples.normals[number, 1])) % 360.0
            properties |= {
                "building": str(samples.owners[number]),
                "storey": int(samples.storeys[number]),
                "faces_deg": round(float(facing), 1),
            }
        geometry = {"type": "Point", "coordinates": [lon, lat, height]}
        yield {"type": "Feature", "geometry": geometry, "properties": properties}


def _segments(found: Sunlight) -> list[list[Json]]:
    """Return the segments of each point: instants, and the hours of the clock of the rule."""
    instants = [rfc3339(datetime.fromtimestamp(at, UTC).replace(microsecond=0)) for at in found.instants.tolist()]
    clock = [_clock(found.rule.from_h + step * found.rule.step_min / 60.0) for step in range(len(instants))]
    listed: list[list[Json]] = [[] for _ in range(len(found.minutes))]
    each = zip(found.segments.point.tolist(), found.segments.first.tolist(), found.segments.last.tolist(), strict=True)
    for point, first, last in each:
        listed[point].append(
            {"from": instants[first], "to": instants[last], found.rule.clock: f"{clock[first]}-{clock[last]}"}
        )
    return listed


def _clock(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
