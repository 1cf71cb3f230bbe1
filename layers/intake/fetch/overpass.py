"""All OpenStreetMap objects of an area, from an Overpass server (its API and query language, version 0.7)."""

import re
from datetime import UTC, datetime
from pathlib import Path

import shapely

from layers.errors import ParameterError, Unavailable
from layers.intake.fetch.area import Area
from layers.intake.fetch.download import Limits, Request, download
from layers.ops.jobs.progress import Progress

MOST_KM2 = 2_500
_TIMEOUT_S = 300
_MAX_BYTES = 1 << 30
# Degrees that an outline may be off, about ten metres: servers refuse long polygons.
_SIMPLER = 0.0001
_TAIL_BYTES = 2048
_REMARK = re.compile(rb"<remark>\s*(.*?)\s*</remark>", re.DOTALL)


def query_of(area: Area) -> str:
    """Return the query: objects with a point inside, their nodes and ways, and their dates."""
    if area.km2 > MOST_KM2:
        raise ParameterError(
            "place", f"{area.name} has {area.km2:.0f} km², but at most {MOST_KM2} are requested from Overpass; "
            "fetch a region from Geofabrik instead"
        )  # fmt: skip
    inside = "".join(f"nwr{condition};" for condition in _filters(area))
    return f"[out:xml][timeout:{_TIMEOUT_S}][maxsize:{_MAX_BYTES}];({inside});(._;>;);out meta;"


def fetch_area(area: Area, url: str, folder: Path, limits: Limits, progress: Progress) -> Path:
    """Fetch an area into a file of ``folder`` named by place and time; raises Unavailable when it is incomplete."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = re.sub(r"[^\w-]+", "-", area.name).strip("-")
    target = folder / f"osm-{name}-{stamp}.osm"
    download(Request(url, (("data", query_of(area)),)), target, limits, progress)
    try:
        _require_complete(target)
    except Unavailable:
        for path in (target, target.with_name(f"{target.name}.json")):
            path.unlink(missing_ok=True)
        raise
    return target


def _filters(area: Area) -> list[str]:
    """Return the filters of Overpass: a rectangle is south,west,north,east; a polygon has latitudes first."""
    if (box := area.box) is not None:
        west, south, east, north = box
        return [f"({south:.7f},{west:.7f},{north:.7f},{east:.7f})"]
    parts = shapely.get_parts(shapely.simplify(area.shape, _SIMPLER))
    rings = [shapely.get_coordinates(part.exterior)[:-1] for part in parts]
    return ['(poly:"' + " ".join(f"{lat:.5f} {lon:.5f}" for lon, lat in ring) + '")' for ring in rings]


def _require_complete(path: Path) -> None:
    """Raise Unavailable for an incomplete file: on failure Overpass writes a remark, after status 200."""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = handle.read()
    if (remark := _REMARK.search(tail)) and b"error" in remark[1]:
        raise Unavailable(f"Overpass gave up: {remark[1].decode('utf-8', 'replace')}")
    if not tail.rstrip().endswith(b"</osm>"):
        raise Unavailable("Overpass sent an incomplete OpenStreetMap file")
