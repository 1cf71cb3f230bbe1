"""Writes ``dirty_buildings.geojson``: eleven buildings, and one of every kind of defect."""

import json
from pathlib import Path
from typing import Any


def box(x: float, y: float, side: float = 0.001) -> list[Any]:
    return [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]


def feature(rings: Any, **properties: Any) -> dict[str, Any]:
    shape = None if rings is None else {"type": "Polygon", "coordinates": rings}
    return {"type": "Feature", "geometry": shape, "properties": properties}


def features() -> list[Any]:
    good = [
        feature(box(121.50 + n / 500, 31.2), id=f"ok{n}", name=f"{n}号楼", use="office", floors=5) for n in range(7)
    ]
    x, y = 121.52, 31.21
    line = {"type": "LineString", "coordinates": [[x, y], [x + 0.001, y]]}
    return [
        *(row | {"properties": row["properties"] | {"height_m": 20}} for row in good),
        feature(box(121.5, 31.205), id="tall", use="office", height_m=5000),
        feature(box(121.5005, 31.2055), id="odd", use="castle", height_m=9),
        feature(box(121.505, 31.205, 1e-6), id="tiny", use="office", height_m=9),
        feature(box(121.51, 31.205), id="twin", use="office", height_m=9),
        feature(box(121.51, 31.205), id="twin", use="office", height_m=9),
        feature([[[x, y], [x + 0.001, y + 0.001], [x + 0.001, y], [x, y + 0.001], [x, y]]], id="bow", name="自交楼"),
        feature([[[x, y], [x + 0.001, y], [x + 0.001, y + 0.001], [x, y + 0.001]]], id="open", name="未闭合楼"),
        feature(None, id="bare", name="无几何楼"),
        feature(box(x, y + 0.01), name="无标识楼"),
        feature(box(x, y + 0.02), id="many", floors="许多"),
        feature(box(3e6, 1), id="far"),
        {"type": "Thing", "id": "thing"},
        {"type": "Feature", "geometry": line, "properties": {"id": "line"}},
    ]


if __name__ == "__main__":
    document = {"type": "FeatureCollection", "features": features()}
    target = Path(__file__).with_name("dirty_buildings.geojson")
    target.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
