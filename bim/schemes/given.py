"""What is said of a scheme when it is made: its site, its limits, and what it takes the place of."""

import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bim.formats.footprints.features import Feature, features_of, polygon_of, read_features
from bim.place import Place
from bim.schemes.indicators import ellipsoidal_area
from bim.schemes.rules import Limits, limits_of
from layers.errors import ParameterError, SourceError
from layers.temporal import parse_instant
from layers.title import Title

# Layers of the base map with what a scheme may take the place of.
REPLACEABLE = ("buildings", "building_parts")
_MOST_SITE_M2, _LEAST_SITE_M2 = 25e6, 1.0
_MOST_CORNERS = 10_000
_MOST_NAMED = 1_000
_THING = re.compile(r"([a-z_]{1,63})/([1-9][0-9]{0,17})")
BY_HAND = Title("方案自定的规划条件", "limits given with the scheme")


@dataclass(frozen=True)
class Thing:
    """A thing of the base map: a layer and its number there."""

    layer: str
    fid: int

    @classmethod
    def parse(cls, text: str) -> "Thing":
        """Read ``buildings/12``."""
        match = _THING.fullmatch(text.strip())
        if match is None or match[1] not in REPLACEABLE:
            raise ParameterError(
                "replaces", f"{text[:60]!r} is no thing such as buildings/12; layers are {', '.join(REPLACEABLE)}"
            )
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.layer}/{self.fid}"


def parse_things(text: str) -> tuple[Thing, ...]:
    """Read things with commas between them; an empty text names none."""
    return some_things(Thing.parse(part) for part in text.split(",") if part.strip())


def some_things(found: Iterable[Thing]) -> tuple[Thing, ...]:
    """Return things, each once; raises ParameterError for more than may be named."""
    things = tuple(dict.fromkeys(found))
    if len(things) > _MOST_NAMED:
        raise ParameterError("replaces", f"it names {len(things)} things; {_MOST_NAMED} is the most")
    return things


def read_site(path: Path) -> Any:
    """Return the site in a file of polygons: the features of kind site, or all where there is none of that kind.

    Raises SourceError for what is no site: nothing, more than 25 km², or parts of it that overlap.
    """
    return _site(read_features(path).features, str(path))


def site_of(document: object) -> Any:
    """Return the site in a document of GeoJSON, by the same rules; a geometry alone is one too."""
    return _site(features_of(document, "site").features, "site")


def _site(features: Sequence[Feature], where: str) -> Any:
    meant = [one for one in features if one.kind == "site"]
    if not meant and len(features) > 1:
        raise SourceError(
            where, f'it has {len(features)} features, and none with "kind": "site"; mark the one that is the site'
        )
    polygons = [part for one in meant or features for part in shapely.get_parts(one.polygon)]
    site = polygon_of(shapely.multipolygons(np.array(polygons, dtype=object)), Place(Path(where)))
    area = ellipsoidal_area(site)
    if not _LEAST_SITE_M2 <= area <= _MOST_SITE_M2:
        raise SourceError(where, f"its site has {area:,.1f} m²; 1 m² to 25 km² can be")
    if shapely.get_num_coordinates(site) > _MOST_CORNERS:
        raise SourceError(where, f"its site has more than {_MOST_CORNERS:,} corners; simplify it")
    return site


def read_limits(path: Path) -> Limits:
    """Read limits from a file, JSON or TOML: each by its name, ``source`` and ``date`` beside them."""
    if not path.is_file():
        raise SourceError(str(path), "there is no such file; check the path")
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text) if path.name.lower().endswith(".toml") else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(str(path), f"this is neither JSON nor TOML of limits: {error}") from error
    return limits_from(document, str(path))


def limits_from(document: object, where: str) -> Limits:
    """Return limits of a document; raises SourceError, naming the limit, for what cannot be used."""
    if not isinstance(document, dict):
        raise SourceError(where, 'limits are an object such as {"max_height_m": 60, "source": "…"}')
    values = {name: value for name, value in document.items() if name not in ("source", "date")}
    source = document.get("source", "")
    if not isinstance(source, str) or len(source) > 500:
        raise SourceError(where, "source is no text of up to 500 characters")
    try:
        return Limits(limits_of(values), source, _instant(document.get("date")), BY_HAND)
    except ParameterError as error:
        raise SourceError(where, str(error)) from error


def _instant(value: object) -> datetime | None:
    """Read a date or an instant; a date is its first instant in UTC."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    text = str(value)
    return parse_instant(f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text, "date")
