"""Two surveys of one small quarter."""

import json
from pathlib import Path
from typing import Any

import shapely

from layers import catalog
from layers.intake.ingest import LoadOptions, LoadSummary, Silent, load_path
from layers.store.engine import Database

WEST, SOUTH = 121.5000, 31.2350


def box(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    """Return a box of metres east and north of the quarter's south-west corner, in degrees."""
    return WEST + west / 95_280, SOUTH + south / 110_880, WEST + east / 95_280, SOUTH + north / 110_880


QUARTER = box(-900, -900, 900, 900)


def house(key: str, at: tuple[float, float], size: tuple[float, float] = (30, 20), **values: Any) -> dict[str, Any]:
    """Return a building with its south-west corner metres east and north of the quarter's, and its size in metres."""
    shape = shapely.box(*box(*at, at[0] + size[0], at[1] + size[1]))
    geometry = json.loads(shapely.to_geojson(shapely.MultiPolygon([shape])))
    return {"type": "Feature", "properties": {"source_key": key} | values, "geometry": geometry}


OLD = [
    house(
        "old/jin", (0, 0), name="金茂大厦", height_m=420.5, height_source="tagged", floors=88, address="世纪大道88号"
    ),
    house("old/sen", (60, 0), name="森茂大厦", height_m=203.0, height_source="tagged"),
    house("old/block", (200, 0), (90, 20)),
    house("old/alone", (400, 0), name="独立楼"),
]
NEW = [
    house("new/jin", (3, 2), name="金茂大厦", name_en="Jin Mao Tower", height_m=10.5, height_source="estimated"),
    house("new/sen", (62, 1), (31, 20), name="恒生银行大厦", height_m=200.0, height_source="tagged"),
    *(house(f"new/block{n}", (200 + 30 * n, 0)) for n in range(3)),
]


def load_survey(
    db: Database,
    path: Path,
    dataset: str,
    features: list[dict[str, Any]],
    precedence: int,
    date: str,
    extent: tuple[float, float, float, float] = QUARTER,
) -> LoadSummary:
    """Load buildings as a dataset whose coverage is the quarter, or another extent."""
    folder = path / f"{dataset}-{date}"
    folder.mkdir(exist_ok=True)
    facts = {
        "id": dataset,
        "title_zh": dataset,
        "title_en": dataset,
        "precedence": precedence,
        "date": f"{date}T00:00:00+08:00",
        "crs": "EPSG:4490",
        "layers": ["buildings"],
    }
    (folder / "dataset.json").write_text(json.dumps(facts))
    (folder / "buildings.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return load_path(db, catalog.built_in(), folder, LoadOptions(trust_crs=True, extent=extent), Silent())
