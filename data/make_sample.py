"""Write the bundled sample district, Lujiazui in Pudong: ``python data/make_sample.py [FOLDER]``.

Facts come from the tables in ``data/facts``, the city between them from ``data/district``.
The same input gives the same bytes. Nothing is downloaded and no other data set is read.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from district import (  # noqa: E402
    designs,
    drains,
    fabric,
    facts,
    gatherings,
    landmarks,
    living,
    office_block,
    office_model,
    parts,
    places,
    remarks,
    risks,
    room_climate,
    sensing,
    services,
    streets,
    terrain,
    water,
)
from district.feature import Feature, collection  # noqa: E402

README = HERE / "README.md"
FIRST_LINE, LAST_LINE = "<!-- checksums -->", "<!-- end of checksums -->"
EXTENT = [121.475, 31.2, 121.562, 31.263]  # west, south, east, north in degrees


@dataclass(frozen=True)
class District:
    """Streets, houses and parts that several layers share."""

    grid: streets.Grid
    houses: list[fabric.House]
    parts: list[Feature]
    named_roads: list[facts.Road]


def district() -> District:
    """Lay out streets, houses and parts."""
    grid = streets.grid()
    roads = [road for road in grid.roads if road.on_ground]
    return District(grid, fabric.houses(grid), parts.parts(roads), [road for road in facts.roads() if road.on_ground])


LAYERS: dict[str, Callable[[District], list[Feature]]] = {
    "boundaries": lambda _: places.boundaries(),
    "water": lambda _: water.surfaces(),
    "waterways": lambda _: water.courses(),
    "landuse": lambda city: fabric.landuse(city.grid),
    "green": lambda city: places.parks() + fabric.parks(city.grid),
    "farmland": lambda _: places.fields(),
    "roads": lambda city: streets.features(city.grid),
    "railways": lambda _: places.railways(),
    "stations": lambda _: places.stations(),
    "buildings": lambda city: [
        *landmarks.buildings(),
        office_block.building(),
        *(house.feature for house in city.houses),
    ],
    "building_parts": lambda _: landmarks.parts(),
    "poi": lambda city: places.sights() + places.shops(city.houses),
    "city_parts": lambda city: city.parts,
    "risk_sources": lambda city: risks.sources(city.grid, city.houses),
    "gathering_places": lambda city: gatherings.places(city.grid, city.houses),
    "schools": lambda city: services.schools(city.houses),
    "hospitals": lambda city: services.hospitals(city.houses),
    "enterprises": lambda city: services.enterprises(city.houses),
    "drainage_nodes": lambda city: drains.nodes(city.named_roads),
    "drainage_pipes": lambda city: drains.pipes(city.named_roads),
    "planning_plots": lambda _: designs.plots(),
    "view_corridors": lambda _: designs.corridors(),
}

EXTRAS = [
    {
        "id": "sensors",
        "path": "sensors.json",
        "title_zh": "监测站点（样例）",
        "title_en": "Monitoring stations (synthetic)",
        "note": "height_m is metres above ground, negative below it",
    },
    {
        "id": "incidents",
        "path": "incidents.json",
        "title_zh": "城运案件（样例，2026年1月）",
        "title_en": "Urban management cases (synthetic, January 2026)",
        "note": "times are Beijing time with their offset",
    },
    {
        "id": "office_block",
        "path": "bim/office_block.json",
        "title_zh": "样例办公楼房间模型",
        "title_en": "Rooms of a sample office block (CityJSON 2.0)",
        "crs": "EPSG:4550 (CGCS2000 / 3-degree Gauss-Kruger CM 123E), easting, northing, height in metres; "
        "heights are above a made-up ground datum",
        "building": office_block.KEY,
    },
    {
        "id": "office_model",
        "path": "bim/office_block.ifc",
        "title_zh": "样例办公楼建筑信息模型",
        "title_en": "Building model of the sample office block (IFC 4)",
        "crs": "EPSG:4550, by its map conversion; heights as in office_block.json",
        "building": office_block.KEY,
    },
    {
        "id": "annotations",
        "path": "bim/annotations.json",
        "title_zh": "批注（样例）",
        "title_en": "Annotations (synthetic)",
        "note": "height in a point is metres above ground",
    },
    {
        "id": "room_sensors",
        "path": "bim/room_sensors.json",
        "title_zh": "房间环境传感器（样例）",
        "title_en": "Sensors in rooms (synthetic)",
        "note": "hourly values, the newest last: temperature in °C, carbon_dioxide in ppm; element: a room",
    },
    *(
        {
            "id": design.id,
            "path": f"schemes/{design.id}.geojson",
            "title_zh": design.title_zh,
            "title_en": design.title_en,
            "note": "a made-up design scheme: its site (kind site), buildings with height_m, green ground (kind green)",
        }
        for design in designs.designs()
    ),
]


def files() -> dict[str, str]:
    """Every file of the sample by its path, with its text."""
    city = district()
    rows = {layer: make(city) for layer, make in LAYERS.items()}
    texts = {f"{layer}.geojson": collection(layer, features) for layer, features in rows.items()}
    texts["sensors.json"] = _list("stations", sensing.sensors(city.houses, city.parts, city.named_roads))
    texts["incidents.json"] = _list("incidents", living.incidents(city.houses, city.parts))
    texts |= terrain.texts(EXTENT, LAYERS["green"](city), LAYERS["farmland"](city))
    texts["bim/office_block.json"] = office_block.model().text()
    texts["bim/annotations.json"] = _list("annotations", remarks.annotations())
    texts["bim/room_sensors.json"] = _list("sensors", room_climate.sensors())
    texts["bim/office_block.ifc"] = office_model.text()
    texts |= {f"schemes/{design.id}.geojson": design.text() for design in designs.designs()}
    texts["dataset.json"] = _description({layer: len(features) for layer, features in rows.items()})
    return texts


def _description(counts: dict[str, int]) -> str:
    """The text of dataset.json."""
    names = {row["name"] for row in facts.table("landmarks")}
    description = {
        "id": "sample",
        "title_zh": "陆家嘴样例区",
        "title_en": "Lujiazui sample district",
        "precedence": 0,
        "source": "onemap-twin: public facts and made-up fabric (data/README.md)",
        "licence": "Apache-2.0",
        "synthetic": True,
        "date": "2026-01-01T00:00:00+08:00",
        "crs": "EPSG:4490",
        "extent": EXTENT,
        "layers": list(LAYERS),
        "counts": counts,
        "landmarks": len(names),
        "quality": {"1.0": "public fact", "0.6": "real, drawn by hand and generalised", "0.3": "synthetic"},
        "extras": EXTRAS,
    }
    return json.dumps(description, ensure_ascii=False, indent=2) + "\n"


def _list(name: str, rows: list[dict[str, Any]]) -> str:
    """A JSON object with one list, one row per line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f'{{"synthetic":true,"{name}":[\n{lines}\n]}}\n'


def checksum_table(texts: dict[str, str]) -> str:
    """The table of checksums in the README."""
    lines = ["| file | bytes | SHA-256 |", "|---|--:|---|"]
    for path, text in sorted(texts.items()):
        raw = text.encode()
        lines.append(f"| {path} | {len(raw)} | `{hashlib.sha256(raw).hexdigest()}` |")
    return "\n".join(lines)


def write(folder: Path, texts: dict[str, str]) -> None:
    """Write the files below a folder."""
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def write_checksums(texts: dict[str, str]) -> None:
    """Write the checksums of the bundled files into the README, between its two markers."""
    before, remainder = README.read_text(encoding="utf-8").split(FIRST_LINE)
    _, after = remainder.split(LAST_LINE)
    README.write_text(f"{before}{FIRST_LINE}\n{checksum_table(texts)}\n{LAST_LINE}{after}", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Write the sample to the given folder, or to the bundled one and then also update the README's checksums."""
    texts = files()
    write(Path(arguments[0]) if arguments else HERE / "sample", texts)
    if not arguments:
        write_checksums(texts)


if __name__ == "__main__":
    main(sys.argv[1:])
