"""Systems and materials of a building model, as far as one sees their elements."""

from dataclasses import replace
from pathlib import Path

from box_model import house, load_house
from city import open_server

from api.layers import all_layers
from layers.store.engine import Database

SYSTEMS = {"door-1": ("送风", "Zone A"), "door-2": ("送风",), "wall-2": ("Zone A",), "room-2": ("秘系统",)}


def test_systems_and_materials_are_listed_with_their_elements(db: Database, tmp_path: Path) -> None:
    parts = [(replace(one, systems=SYSTEMS.get(one.id, ())), body) for one, body in house()]
    load_house(db, all_layers(), tmp_path, parts)
    with open_server(db, tmp_path / "home") as city:
        listed = city.client.get("/bim/models/house/systems").json()["systems"]
        assert [(one["name"], one["count"], one["classes"]) for one in listed] == [
            ("Zone A", 2, {"IfcDoor": 1, "IfcWall": 1}), ("秘系统", 1, {"IfcSpace": 1}), ("送风", 2, {"IfcDoor": 2}),
        ]  # fmt: skip
        assert {one["id"] for one in listed[0]["elements"]} == {"door-1", "wall-2"}
        items = city.client.get(listed[0]["links"][0]["href"]).json()
        assert {one["id"] for one in items["elements"]} == {"door-1", "wall-2"}
        (concrete,) = city.client.get("/bim/models/house/materials").json()["materials"]
        assert (concrete["name"], concrete["count"], round(concrete["volume_m3"], 3)) == ("混凝土", 2, 4.8)
        walls = city.client.get("/bim/models/house/elements?material=混凝土&storey=storey-2").json()
        assert [one["id"] for one in walls["elements"]] == ["wall-2"]
        assert city.client.get("/bim/models/house/elements?material=混凝土&system=送风").json()["count"] == 0
        names: list[str] = []
        path: str | None = "/bim/models/house/systems?limit=2"
        while path:
            page = city.client.get(path).json()
            names += [one["name"] for one in page["systems"]]
            path = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
        assert names == ["Zone A", "秘系统", "送风"]
        city.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key IN ('room-2', 'door-1')")
        told = city.client.get("/bim/models/house/systems").json()["systems"]
        assert [(one["name"], one["count"]) for one in told] == [("Zone A", 1), ("送风", 1)]
        assert city.client.get("/bim/models/none/systems").status_code == 404
