"""A file of footprints that is open: its buildings and green surfaces, and their prisms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from bim.flaws import Flaw, defects_of
from bim.formats.footprints.features import Feature, Features, read_features
from bim.formats.footprints.prisms import Color, prism, surface
from bim.georeference import SiteAngles, Statement
from bim.model import Body, Element, Mesh, Value
from bim.reading import ModelReading, ReadOptions, Tell
from layers.errors import SourceError
from layers.space import east_north_up, to_geocentric

# The set of what was read from a feature; the other set has its properties as they stand in the file.
FACTS, AS_WRITTEN = "Footprint", "properties"
GREEN = "Green"
_ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)
_TALLEST_M = 1_000.0
_MOST_STOREYS = 250
# Of what storeys take, this much may lie over the height: a roof that is none, a storey half in the ground.
_SLACK_M = 0.5
# How far footprints of one file may lie from each other: beyond, a plane in metres is no longer one.
_WIDEST_M = 20_000.0
_WHITE: Color = (0.82, 0.80, 0.76, 1.0)
_LEAF: Color = (0.36, 0.58, 0.31, 1.0)


@dataclass
class FootprintReading(ModelReading):
    """Footprints; ``features`` are those that are elements, ``middle`` is the origin of their frame, degrees."""

    options: ReadOptions = field(default_factory=ReadOptions)
    features: tuple[Feature, ...] = ()
    middle: tuple[float, float] = (0.0, 0.0)

    def bodies(self, tell: Tell) -> Iterator[tuple[str, Body]]:
        """Stream the shapes by the id of their feature, each once; one with too many triangles is among ``defects``.

        Raises SourceError where the reading is strict and a shape is left out.
        """
        for done, feature in enumerate(self.features, 1):
            mesh = self._mesh(feature)
            if len(mesh.triangles) <= self.options.most_triangles:
                yield feature.key, Body(mesh, np.eye(4), encloses=feature.kind == "building")
            else:
                self.defects.extend(defects_of(feature.key, [Flaw("shape.too_large", value=len(mesh.triangles))]))
                if self.options.strict:
                    raise feature.place.error(self.defects[-1].message.en)
            tell(done, len(self.features))

    def _mesh(self, feature: Feature) -> Mesh:
        figure = shapely.transform(feature.polygon, self._plane)
        if feature.kind == "green":
            return surface(figure, 0.0, _LEAF)
        low, high = heights(feature)
        return prism(figure, low, high, _WHITE)

    def _plane(self, lonlat: Any) -> Any:
        """Return metres east and north of the middle (n, 2), in its tangent plane, of degrees (n, 2)."""
        places = np.column_stack([np.concatenate([lonlat, [self.middle]]), np.zeros(len(lonlat) + 1)])
        fixed = to_geocentric(places)
        return ((fixed[:-1] - fixed[-1]) @ east_north_up(*self.middle))[:, :2]


def open_footprints(path: Path, options: ReadOptions) -> FootprintReading:
    """Read a file; raises SourceError, naming the feature, for what cannot be used."""
    read = read_features(path)
    features = tuple(feature for feature in read.features if feature.kind != "site")
    if not features:
        raise SourceError(str(path), "it has the site of a scheme, and no building; add footprints with height_m")
    for feature in features:
        _require_kind(feature)
    middle = _middle(path, features)
    left_out = len(read.features) - len(features)
    notes = (f"{left_out} feature(s) of kind site are the ground of a scheme, and no elements",) if left_out else ()
    return FootprintReading(
        path=path,
        format="footprints",
        schema="2.5-D",
        title=read.title,
        elements=tuple(_element(feature) for feature in features),
        statement=Statement(
            angles=SiteAngles(middle[1], middle[0]), elevation_m=0.0, true_north=(0.0, 1.0), notes=notes
        ),
        header=_header(read),
        options=options,
        features=features,
        middle=middle,
    )


def heights(feature: Feature) -> tuple[float, float]:
    """Return from where to where over the ground a footprint is raised, metres; raises SourceError for nonsense."""
    high, low = feature.number("height_m"), feature.number("min_height_m") or 0.0
    if high is None:
        raise feature.place.error("it has no height_m, the height of its top over the ground in metres")
    if not 0.0 <= low < high:
        raise feature.place.error(
            f"it reaches from min_height_m {low:g} to height_m {high:g} m; 0 ≤ the first < the other"
        )
    if high > _TALLEST_M:
        raise feature.place.error(
            f"height_m is {high:g} m; nothing over {_TALLEST_M:g} m is taken, heights are in metres"
        )
    return low, high


def _require_kind(feature: Feature) -> None:
    if feature.kind not in ("building", "green"):
        raise feature.place.error(f"its kind is {feature.kind[:40]!r}; building, green and site are known")


def _middle(path: Path, features: tuple[Feature, ...]) -> tuple[float, float]:
    west, south, east, north = shapely.total_bounds(np.array([one.polygon for one in features], dtype=object)).tolist()
    across = _ELLIPSOID.inv(west, south, east, north)[2]
    if across > _WIDEST_M:
        raise SourceError(
            str(path),
            f"its footprints lie {across / 1000:,.0f} km apart; {_WIDEST_M / 1000:g} km is the most of one model",
        )
    return (west + east) / 2, (south + north) / 2


def _element(feature: Feature) -> Element:
    name = feature.properties.get("name")
    green = feature.kind == "green"
    area, _ = _ELLIPSOID.geometry_area_perimeter(shapely.orient_polygons(feature.polygon))
    return Element(
        id=feature.key,
        kind="element" if green else "building",
        type=GREEN if green else "Building",
        name=name if isinstance(name, str) else "",
        discipline="site" if green else "architecture",
        properties={FACTS: {} if green else _facts(feature), AS_WRITTEN: _as_written(feature.properties)},
        quantities={FACTS: {"area_m2": abs(area)}},
    )


def _facts(feature: Feature) -> dict[str, Value]:
    """Return storeys and floor area, as far as they are stated, and how; raises SourceError for nonsense."""
    low, high = heights(feature)
    facts: dict[str, Value] = {"height_m": high, "min_height_m": low}
    storeys, each = feature.number("storeys"), feature.number("storey_height_m")
    if each is not None and not 1.5 <= each <= 50.0:
        raise feature.place.error(f"storey_height_m is {each:g} m; 1.5 to 50 m can be")
    if storeys is not None and (storeys != int(storeys) or not 1 <= storeys <= _MOST_STOREYS):
        raise feature.place.error(f"storeys is {storeys:g}; whole numbers from 1 to {_MOST_STOREYS} can be")
    if storeys is not None and each is not None and storeys * each > high - low + _SLACK_M:
        raise feature.place.error(
            f"{storeys:g} storeys of {each:g} m are {storeys * each:g} m, more than its {high - low:g} m"
        )
    if storeys is not None:
        facts |= {"storeys": int(storeys), "storeys_from": "stated"}
    elif each is not None:
        facts |= {"storeys": max(1, int((high - low + _SLACK_M) // each)), "storeys_from": "storey_height_m"}
    floor_area = feature.number("floor_area_m2")
    if floor_area is not None and floor_area <= 0:
        raise feature.place.error(f"floor_area_m2 is {floor_area:g}; square metres above 0 can be")
    return facts if floor_area is None else facts | {"floor_area_m2": floor_area}


def _as_written(properties: Mapping[str, Any]) -> dict[str, Value]:
    return {str(name): _value(value) for name, value in properties.items() if value is not None}


def _value(value: Any) -> Value:
    if isinstance(value, str | int | float | bool):
        return value
    return [_value(one) for one in value] if isinstance(value, list) else str(value)


def _header(read: Features) -> dict[str, Any]:
    return {"program": "", "crs": read.crs, "accuracy_m": read.accuracy_m}
