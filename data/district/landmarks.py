"""Real buildings by public facts, with synthetic ground plans that fit."""

import math
from dataclasses import dataclass

from shapely.geometry import Polygon
from shapely.ops import unary_union

from . import facts
from .feature import FACT, Feature, Value
from .outlines import outline
from .plane import Frame, to_plane

STOREY_M = 4.0  # where only the number of floors is public


@dataclass(frozen=True)
class Landmark:
    """A well-known building, and its ground plan."""

    row: facts.Row
    plan: Polygon


def landmarks() -> list[Landmark]:
    """The buildings of ``facts/landmarks.csv``."""
    return [Landmark(row, _whole_plan(row)) for row in facts.table("landmarks")]


def _whole_plan(row: facts.Row) -> Polygon:
    """All the ground below a building and its parts, which may be turned against each other."""
    parts = [part for part in facts.table("tower_parts") if part["landmark"] == row["key"]]
    return unary_union([_plan(row, part) for part in parts] or [_plan(row, row)])


def _plan(place: facts.Row, form: facts.Row) -> Polygon:
    """The outline of ``form`` at the position of ``place``, moved by the form's own offset where it has one."""
    x, y = to_plane(float(place["lon"]), float(place["lat"]))
    centre = (x + float(form.get("east_m") or 0), y + float(form.get("north_m") or 0))
    frame = Frame(centre, math.radians(float(form["turn_deg"])))
    return frame.place(outline(form["shape"], form["size_m"]))


def buildings() -> list[Feature]:
    """Rows of the layer ``buildings`` for the landmarks."""
    towers = {row["landmark"] for row in facts.table("tower_parts")}
    return [_building(landmark, landmark.row["key"] in towers) for landmark in landmarks()]


def _building(landmark: Landmark, has_parts: bool) -> Feature:
    row = landmark.row
    height, source = _height(row)
    properties: dict[str, Value] = {
        "name": row["name"],
        "name_en": row["name_en"],
        "class": row["class"],
        "use": row["use"],
        "height_m": height,
        "floors": facts.integer(row["floors"]),
        "height_source": source,
        "has_parts": has_parts,
        "address": row["address"],
        "start_year": facts.integer(row["start_year"]),
    }
    return Feature(f"landmark/{row['key']}", landmark.plan, FACT, properties)


def _height(row: facts.Row) -> tuple[float, str]:
    """The height in metres and its source."""
    if row["height_m"]:
        return float(row["height_m"]), "tagged"
    if row["floors"]:
        return float(row["floors"]) * STOREY_M, "floors"
    return float(row["estimate_m"]), "estimated"


def parts() -> list[Feature]:
    """Rows of the layer ``building_parts``: the steps of towers that taper."""
    places = {landmark.row["key"]: landmark.row for landmark in landmarks()}
    rows = enumerate(facts.table("tower_parts"), 1)
    return [_part(number, places[row["landmark"]], row) for number, row in rows]


def _part(number: int, place: facts.Row, row: facts.Row) -> Feature:
    properties: dict[str, Value] = {
        "name": f"{place['name']}{row['name']}",
        "class": place["class"],
        "height_m": float(row["to_m"]),
        "min_height_m": float(row["from_m"]),
        "height_source": "estimated",
        "roof_shape": row["roof_shape"],
        "colour": row["colour"],
    }
    return Feature(f"landmark/{row['landmark']}/{number:02d}", _plan(place, row), FACT, properties)
