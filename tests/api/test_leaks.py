"""Every route, asked by people of every role and grade, now and as it was known: nothing tells of what is not theirs.

The city has things with words and places of their own (``planted``). No answer to somebody without the clearance has
one of the words in it, nor a number that only such a place can give, nor does what they may not see move a count, an
extent or an entity tag.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from city import City, open_server
from described import openapi
from planted import NEEDED, OPEN, PHONE, PLACES, RAISED, REMOVED, SUCCEEDED, WORDS, add_people, plant
from sqlalchemy import text

BUILDINGS, SIGNS = "/collections/buildings", "/collections/risk_sources"
TILE = "/14/13721/6694.mvt"
SENSORS, EARLY = "/sensorthings/v1.1", "/sensorthings/v2.0"
SETS = (
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
    "FeaturesOfInterest",
)  # fmt: skip
EARLY_SETS = (*SETS[:-1], "Features")
# All the ground on which something is planted, and the tile of zoom 10 around it.
BOX = "121.4,31.1,121.7,31.3"
WIDE = "/10/857/418.mvt"
# The ground of the open tower, and of those beside it that were raised.
PLOT = "121.4995,31.2350,121.5065,31.2365"
# How each route that answers a GET is asked; several ways where one does not reach all that it can say.
ASKED: dict[str, list[str]] = {
    "/": ["/", "/?f=html"],
    "/3dtiles/layers/{layer}/content/{level}/{x}/{y}.glb": [
        "/3dtiles/layers/buildings/content/0/0/0.glb?root=121.25,31,1",
        "/3dtiles/layers/buildings/content/0/0/0.glb",
        "/3dtiles/layers/buildings/content/0/0/0.glb?root=121.25,31,1&datetime=2021-01-01T00:00:00Z",
    ],
    "/3dtiles/layers/{layer}/subtrees/{level}/{x}/{y}.subtree": [
        "/3dtiles/layers/buildings/subtrees/0/0/0.subtree?root=121.25,31,1"
    ],
    "/3dtiles/layers/{layer}/tileset.json": ["/3dtiles/layers/buildings/tileset.json"],
    "/3dtiles/{model}/content.glb": [
        "/3dtiles/open/content.glb?storey=storey-2&part=spaces",
        "/3dtiles/open/content.glb?storey=storey-2",
        "/3dtiles/open/content.glb?storey=storey-1&by=property:Pset_WallCommon.Reference",
        "/3dtiles/inner/content.glb?storey=storey-1",
        "/3dtiles/plan-raised/content.glb",
    ],
    "/3dtiles/{model}/tileset.json": ["/3dtiles/open/tileset.json", "/3dtiles/inner/tileset.json"],
    "/bim/annotations": [
        "/bim/annotations",
        "/bim/annotations?datetime=2020-01-01T00:00:00Z/..",
        "/bim/annotations?about=buildings/{fid}",
        "/bim/annotations?model=open",
        "/bim/annotations?scheme=plan-raised",
    ],
    "/bim/annotations/{number}": [f"/bim/annotations/{number}" for number in range(1, 16)],
    "/bim/bindings": ["/bim/bindings", "/bim/bindings?f=csv", "/bim/bindings?model=open&orphans=true"],
    "/bim/models": ["/bim/models", "/bim/models?scheme=plan-inner", "/bim/models?scheme=plan-raised"],
    "/bim/models/{model}": ["/bim/models/open", "/bim/models/inner", "/bim/models/plan-inner"],
    "/bim/models/{model}/clashes": [
        "/bim/models/open/clashes",
        "/bim/models/open/clashes?with=inner",
        "/bim/models/inner/clashes?with=open&storey=storey-2",
        "/bim/models/inner/clashes?disciplines=architecture,structure",
    ],
    "/bim/models/{model}/elements": [
        "/bim/models/open/elements",
        "/bim/models/open/elements?inside=storey-2&property=Pset_WallCommon.Reference",
        "/bim/models/open/elements?near=wall-2&within=10&limit=1",
        "/bim/models/inner/elements?class=IfcWall",
    ],
    "/bim/models/{model}/elements/{element}": [
        "/bim/models/open/elements/room-2",
        "/bim/models/open/elements/storey-2",
        "/bim/models/inner/elements/wall-1",
        "/bim/models/plan-raised/elements/tower",
    ],
    "/bim/models/{model}/extract.glb": [
        "/bim/models/open/extract.glb",
        "/bim/models/open/extract.glb?storey=storey-2",
        "/bim/models/inner/extract.glb?class=IfcWall",
    ],
    "/bim/models/{model}/legend": [
        "/bim/models/open/legend?by=property:Pset_WallCommon.Reference",
        "/bim/models/open/legend?by=storey_name",
        "/bim/models/inner/legend?by=storey_name",
        *(f"/bim/models/open/legend?by=reading:{word}性" for word in (OPEN, RAISED, *WORDS.values())),
    ],
    "/bim/models/{model}/path": [
        "/bim/models/open/path?start=room-1",
        "/bim/models/open/path?start=room-2",
        "/bim/models/inner/path?start=room-1",
    ],
    "/bim/models/{model}/placement": [
        "/bim/models/open/placement",
        "/bim/models/inner/placement",
        "/bim/models/plan-inner/placement",
    ],
    "/bim/models/{model}/readings": [
        "/bim/models/open/readings",
        "/bim/models/open/readings?element=room-1&limit=1",
        "/bim/models/inner/readings",
    ],
    "/bim/models/{model}/rooms": ["/bim/models/open/rooms", "/bim/models/inner/rooms"],
    "/bim/models/{model}/materials": ["/bim/models/open/materials", "/bim/models/inner/materials"],
    "/bim/models/{model}/systems": ["/bim/models/open/systems", "/bim/models/inner/systems"],
    "/bim/models/{model}/pick": [
        "/bim/models/open/pick?start=121.50022,31.23582,50&end=121.50022,31.23582,0&spaces=true",
        "/bim/models/inner/pick?start=121.63002,31.21001,50&end=121.63002,31.21001,0",
    ],
    "/bim/review/rules": ["/bim/review/rules"],
    "/bim/review/shadows": [f"/bim/review/shadows?bbox={PLOT}&time=2026-12-22T04:00:00Z"],
    "/bim/review/sight": ["/bim/review/sight?from=121.4990,31.2358,30&to=121.5070,31.2358,30"],
    "/bim/review/skyline": ["/bim/review/skyline?from=121.5010,31.2350,2&step=5"],
    "/bim/review/viewshed": ["/bim/review/viewshed?from=121.5010,31.2350,2&spacing=20"],
    "/bim/review/sunlight": [
        f"/bim/review/sunlight?rule=cn-great-cold-2h&bbox={PLOT}&spacing=20",
        "/bim/review/sunlight?rule=cn-great-cold-2h&building=buildings/{fid}&spacing=20",
    ],
    "/bim/schemes": ["/bim/schemes", f"/bim/schemes?bbox={BOX}&limit=1"],
    "/bim/schemes/compare": [
        "/bim/schemes/compare?schemes=plan-open,base",
        "/bim/schemes/compare?schemes=plan-open,plan-inner",
        "/bim/schemes/compare?schemes=base,plan-raised",
    ],
    "/bim/schemes/{scheme}": ["/bim/schemes/plan-open", "/bim/schemes/plan-inner", "/bim/schemes/plan-raised"],
    "/bim/schemes/{scheme}/corridors": [
        f"/bim/schemes/{one}/corridors" for one in ("plan-open", "plan-inner", "plan-raised")
    ],
    "/bim/schemes/{scheme}/sunlight": [
        "/bim/schemes/plan-open/sunlight?spacing=10",
        "/bim/schemes/plan-inner/sunlight?spacing=10",
        "/bim/schemes/plan-raised/sunlight?spacing=10",
    ],
    "/bim/schemes/{scheme}/report": [
        "/bim/schemes/plan-open/report",
        "/bim/schemes/plan-inner/report",
        "/bim/schemes/plan-raised/report?f=pdf",
    ],
    "/catalog": ["/catalog"],
    "/collections": ["/collections", "/collections?f=html"],
    "/collections/{layer_id}": [BUILDINGS, f"{BUILDINGS}?f=html"],
    "/collections/{layer_id}/changes": [
        f"{BUILDINGS}/changes?since=2021-01-01T00:00:00Z&until=2026-01-01T00:00:00Z&bbox={BOX}&limit=100"
    ],
    "/collections/{layer_id}/grid": [f"{BUILDINGS}/grid?grid=beidou&level=5&bbox={BOX}"],
    "/collections/{layer_id}/grid/tiles/{z}/{x}/{y}.mvt": [
        f"{BUILDINGS}/grid/tiles{WIDE}?grid=beidou&level=5&measure=sum&sum=height_m",
        f"{BUILDINGS}/grid/tiles{WIDE}?grid=h3&level=7",
    ],
    "/collections/{layer_id}/instants": [f"{BUILDINGS}/instants", f"{BUILDINGS}/instants?axis=known"],
    "/collections/{layer_id}/items": [
        f"{BUILDINGS}/items?limit=100",
        f"{BUILDINGS}/items?limit=100&datetime=2021-01-01T00:00:00Z",
        f"{BUILDINGS}/items?limit=100&f=html",
        f"{BUILDINGS}/items?source_key=x",
        f"{SIGNS}/items",
        f"{SIGNS}/items?f=html",
        "/collections/annotations/items?limit=100",
        "/collections/annotations/items?limit=100&datetime=2020-01-01T00:00:00Z/..",
        "/collections/design_schemes/items",
        "/collections/scheme_elements/items",
        "/collections/things/items",
        "/collections/datastreams/items",
        "/collections/readings/items",
        "/collections/readings/items?datetime=2026-03-02T00:00:00Z",
        "/collections/alarms/items",
        "/collections/alarms/items?datetime=2026-01-01T00:00:00Z/..",
        "/collections/alarms/items?datetime=2026-01-01T00:00:00Z/..&f=html",
    ],
    "/collections/{layer_id}/items/{fid}": [f"{BUILDINGS}/items/{{fid}}", f"{BUILDINGS}/items/{{fid}}?f=html"],
    "/collections/{layer_id}/items/{fid}/lineage": [f"{BUILDINGS}/items/{{fid}}/lineage"],
    "/collections/{layer_id}/quality": [f"{BUILDINGS}/quality", f"{BUILDINGS}/quality?f=html"],
    "/collections/{layer_id}/queryables": [f"{BUILDINGS}/queryables"],
    "/collections/{layer_id}/tiles": [f"{BUILDINGS}/tiles"],
    "/collections/{layer_id}/tiles/WebMercatorQuad": [f"{BUILDINGS}/tiles/WebMercatorQuad"],
    "/collections/{layer_id}/tiles/WebMercatorQuad/{z}/{row}/{col}": [
        f"{BUILDINGS}/tiles/WebMercatorQuad/13/3347/6860"
    ],
    "/conformance": ["/conformance"],
    "/geocode": ["/geocode?address={word}楼", "/geocode?address={word}楼路4号"],
    "/geocode/reverse": ["/geocode/reverse?lon={lon}&lat=31.2102"],
    "/geocode/suggest": ["/geocode/suggest?q={word}"],
    "/grids": ["/grids"],
    "/grids/{name}/cell": ["/grids/beidou/cell?lon={lon}&lat=31.21&level=5"],
    "/grids/{name}/cells": [f"/grids/beidou/cells?bbox={BOX}&level=4"],
    "/grids/{name}/cells/{code}": ["/grids/beidou/cells/N51H"],
    "/grids/{name}/crosswalk": [f"/grids/beidou/crosswalk?bbox={BOX}&level=4&to=buildings"],
    "/healthz": ["/healthz"],
    "/jobs": ["/jobs"],
    "/jobs/{number}": ["/jobs/1"],
    "/jobs/{number}/report": ["/jobs/1/report", "/jobs/1/report?f=html"],
    "/loads": ["/loads"],
    "/loads/{number}": ["/loads/{load}"],
    "/loads/{number}/quality": ["/loads/{load}/quality"],
    "/matches": ["/matches?layer=buildings"],
    "/matches/{number}": ["/matches/1"],
    "/measure": ["/measure?points=121.5,31.2;121.6,31.3"],
    "/metrics": ["/metrics"],
    "/objects": ["/objects?source_key={word}楼", "/objects?source_key={word}"],
    "/objects/{code}": ["/objects/{code}"],
    "/objects/{code}/children/{layer}": ["/objects/{code}/children/poi"],
    "/quarantine": ["/quarantine"],
    "/quarantine/{number}": ["/quarantine/1"],
    "/rasters": ["/rasters"],
    "/rasters/{raster_id}": ["/rasters/inner"],
    "/rasters/{raster_id}/file": ["/rasters/inner/file"],
    "/rasters/{raster_id}/profile": ["/rasters/inner/profile?line=121.505,31.245,121.51,31.24"],
    "/rasters/{raster_id}/terrain.json": ["/rasters/inner/terrain.json"],
    "/rasters/{raster_id}/terrain/{z}/{x}/{y}.png": ["/rasters/inner/terrain/16/54889/26776.png"],
    "/rasters/{raster_id}/tiles.json": ["/rasters/inner/tiles.json"],
    "/rasters/{raster_id}/tiles/{z}/{x}/{y}.{form}": ["/rasters/inner/tiles/16/54889/26776.png"],
    "/rasters/{raster_id}/value": ["/rasters/inner/value?lon=121.51&lat=31.24"],
    "/readyz": ["/readyz"],
    "/rules": ["/rules"],
    "/scenarios": ["/scenarios"],
    "/scenarios/wind/facades": ["/scenarios/wind/facades?speed=20&from=90"],
    "/scenarios/wind/facades/eta": ["/scenarios/wind/facades/eta?speed=20&from=90"],
    "/scenarios/wind/field": ["/scenarios/wind/field?speed=20&from=90&height=10"],
    "/scenarios/wind/masts": ["/scenarios/wind/masts"],
    "/scenarios/wind/profile": ["/scenarios/wind/profile?speed=20&from=90&lon=121.5&lat=31.23"],
    "/scenarios/wind/section": ["/scenarios/wind/section?speed=20&from=90&line=121.5,31.23,121.51,31.24"],
    "/scenarios/{scenario_id}": ["/scenarios/wind"],
    "/scenarios/{scenario_id}/runs": ["/scenarios/wind/runs"],
    "/scenarios/{scenario_id}/runs/{number}": ["/scenarios/wind/runs/1"],
    "/scenarios/{scenario_id}/runs/{number}/objects": ["/scenarios/wind/runs/1/objects"],
    "/scenarios/{scenario_id}/runs/{number}/report": ["/scenarios/wind/runs/1/report"],
    "/scenarios/{scenario_id}/runs/{number}/tasks": ["/scenarios/wind/runs/1/tasks"],
    "/search": ["/search?q={word}", "/search?q=秘", "/search?q=秘&datetime=2021-01-01T00:00:00Z"],
    "/sensing/aggregates": [
        f"/sensing/aggregates?property={{word}}性&bbox={BOX}&grid=h3:7&datetime=2026-03-01T00:00:00Z/2026-03-02T00:00:00Z",
        *(f"/sensing/aggregates?property={n}&datetime=2026-03-01T00:00:00Z/2026-03-02T00:00:00Z" for n in range(1, 6)),
    ],
    "/sensing/buckets": [f"/sensing/buckets?datastreams={number}" for number in range(1, 6)],
    "/sensing/changes": [
        "/sensing/changes?lasting=0",
        f"/sensing/changes?lasting=0&bbox={BOX}",
        "/sensing/changes?lasting=0&datastreams=1,2,3,4,5",
        "/sensing/changes?lasting=0&category={word}",
    ],
    "/sensing/alarm-rules": ["/sensing/alarm-rules"],
    "/sensing/alarm-rules/{number}": [f"/sensing/alarm-rules/{number}" for number in range(1, 4)],
    "/sensing/observations": [
        f"/sensing/observations?{kind}={number}&f={form}"
        for kind in ("datastreams", "things")
        for number in range(1, 7)
        for form in ("csv", "geojson")
    ],
    "/sensing/devices": ["/sensing/devices"],
    "/sensorthings/v1.1": [SENSORS],
    "/sensorthings/v1.1/{path}": [
        *(f"{SENSORS}/{name}?$count=true&$top=1000" for name in SETS),
        *(f"{SENSORS}/{name}({number})" for name in SETS for number in range(1, 6)),
        f"{SENSORS}/Things?$expand=Datastreams($expand=Observations,Sensor,ObservedProperty),Locations,HistoricalLocations",
        f"{SENSORS}/Things?$filter=contains(name,'{{word}}')&$expand=Locations",
        f"{SENSORS}/Locations?$filter=contains(Things/name,'{{word}}')",
        f"{SENSORS}/Observations?$filter=contains(Datastream/Thing/name,'{{word}}')&$expand=FeatureOfInterest",
        f"{SENSORS}/FeaturesOfInterest?$expand=Observations($expand=Datastream)&$orderby=name",
        f"{SENSORS}/Sensors?$expand=Datastreams($expand=Thing)&$orderby=name desc",
        f"{SENSORS}/Observations?$resultFormat=dataArray",
        f"{SENSORS}/Things(5)/Datastreams(5)/Observations",
    ],
    "/sensorthings/v2.0": [EARLY],
    "/sensorthings/v2.0/{path}": [
        *(f"{EARLY}/{name}?$count=true&$top=1000" for name in EARLY_SETS),
        *(f"{EARLY}/{name}({number})" for name in EARLY_SETS for number in range(1, 6)),
        f"{EARLY}/Things?$expand=Datastreams($expand=Observations,Sensor,ObservedProperties),Locations",
        f"{EARLY}/Observations?$filter=contains(Datastream/Thing/name,'{{word}}')&$expand=ProximateFeatureOfInterest",
        f"{EARLY}/Features?$expand=Observations($expand=Datastream)&$orderby=name",
    ],
    "/session": ["/session"],
    "/tasks/{number}": ["/tasks/1"],
    "/tileMatrixSets": ["/tileMatrixSets"],
    "/tileMatrixSets/WebMercatorQuad": ["/tileMatrixSets/WebMercatorQuad"],
    "/tiles/{layer_ids}.json": ["/tiles/buildings.json", "/tiles/buildings,roads.json"],
    "/tiles/{layer_ids}/{z}/{x}/{y}.mvt": [
        f"/tiles/buildings{TILE}",
        "/tiles/buildings/13/6860/3347.mvt",
        "/tiles/buildings/13/6863/3348.mvt",
        f"/tiles/annotations{TILE}",
        "/tiles/risk_sources/17/109772/53554.mvt",
        "/tiles/readings/13/6863/3348.mvt",
        "/tiles/things/13/6863/3348.mvt",
        "/tiles/alarms/13/6863/3348.mvt",
        "/tiles/buildings/13/6863/3348.mvt?datetime=2021-01-01T00:00:00Z",
    ],
    "/users": ["/users"],
    "/users/areas": ["/users/areas"],
    "/viewer": ["/viewer"],
    "/viewer/linked": ["/viewer/linked"],
    "/viewer/static/{version}/{name}": ["/viewer/static/none/main.js"],
    "/viewer/style.json": ["/viewer/style.json"],
    "/viewer/vendor/pydeck.js": [],
    "/warnings": ["/warnings"],
}
_COMPARED = re.compile(r"\.grade (<=|>) (int\(|self\._clearance)")


@dataclass(frozen=True)
class Planted:
    """The city, its people (clearance and token by name), and an instant of belief before grades were raised."""

    city: City
    people: dict[str, tuple[int, str]]
    before: datetime
    after: datetime
    fids: dict[str, int]
    codes: dict[str, str]
    load: int

    @property
    def everybody(self) -> list[str | None]:
        """Return the names of all people, and None for a stranger."""
        return [None, *self.people]

    @property
    def plain(self) -> list[str | None]:
        """Return a stranger, and those without a role but for one."""
        return [None, *(name for name in self.people if name.startswith("nobody")), "steward-open"]

    def clearance(self, who: str | None) -> int:
        """Return up to which grade somebody sees."""
        return 0 if who is None else self.people[who][0]

    def ask(self, path: str, who: str | None, **headers: str) -> httpx.Response:
        """Ask as somebody, or as a stranger."""
        signed = {} if who is None else {"Authorization": f"Bearer {self.people[who][1]}"}
        return self.city.client.get(path, headers=signed | headers)


@pytest.fixture(scope="module")
def planted(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """Yield the city with its secrets."""
    home = tmp_path_factory.mktemp("planted")
    with server.copy_of(template) as database:
        before, after = plant(database, home)
        with open_server(database, home) as city:
            assert city.client.post("/codes/buildings?division=310115", headers=city.signed_in).status_code < 300
            with database.owner.connect() as connection:
                rows = connection.execute(text("SELECT name, fid, code FROM onemap.buildings ORDER BY lower(valid)"))
                named = {row.name: row for row in rows}
                past = connection.execute(text("SELECT DISTINCT name, fid FROM onemap.buildings_history")).all()
                load = connection.execute(text("SELECT max(id) FROM onemap.load")).scalar_one()
            fids = {row.name: row.fid for row in (*past, *named.values())}
            codes = {name: row.code for name, row in named.items() if row.code}
            yield Planted(city, add_people(database), before, after, fids, codes, load)


def ways(planted: Planted, template: str) -> list[str]:
    """Return the ways to ask in one form: of every secret thing, or just so."""
    if "{fid}" in template:
        return [template.format(fid=fid) for fid in planted.fids.values()]
    if "{code}" in template:
        return [template.format(code=code) for code in planted.codes.values()]
    if "{word}" in template:
        return [template.format(word=word) for word in (WORDS[2], RAISED)]
    if "{lon}" in template:
        return [template.format(lon=lon + 0.0002) for lon in PLACES.values()]
    return [template.replace("{load}", str(planted.load))]


def said(answer: httpx.Response) -> str:
    """Return the body as text: words in tiles are UTF-8 as well."""
    body = answer.content
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8", errors="replace")


def leaks(planted: Planted, answer: httpx.Response, path: str, clearance: int) -> list[str]:
    """Return which secrets an answer tells of to somebody of a clearance, less what the question itself said."""
    text_, told = said(answer), unquote(path)
    words = [word for word, needed in NEEDED.items() if needed > clearance and word in text_ and word not in told]
    if any(word in told for word in NEEDED) and answer.status_code == 200:
        # What was asked for by its name is found or not; a result has a place.
        words += [f"{lon}" for grade, lon in PLACES.items() if grade > clearance and f"{lon:.2f}" in text_]
    return words


def test_every_route_is_asked() -> None:
    known = {path for path, ways in openapi()["paths"].items() if "get" in ways}
    assert known - ASKED.keys() == set(), "a new route has to say how it is asked, so that its leaks are found"
    assert ASKED.keys() - known == set()


@pytest.mark.parametrize("route", sorted(ASKED))
def test_nobody_hears_of_what_is_not_theirs(planted: Planted, route: str) -> None:
    found = []
    instants = [planted.before.isoformat(), planted.after.isoformat()]
    for template in ASKED[route]:
        for path in ways(planted, template):
            timed = [f"{path}{'&' if '?' in path else '?'}as_of={at.replace('+', '%2B')}" for at in instants]
            # Of the past a role tells nothing that it does not tell of now.
            asked = [(path, who) for who in planted.everybody] + [(one, who) for one in timed for who in planted.plain]
            for one, who in asked:
                answer = planted.ask(one, who)
                assert answer.status_code < 500 or route == "/readyz", (one, answer.text)
                found += [(one, who, word) for word in leaks(planted, answer, one, planted.clearance(who))]
    assert found == []


def test_those_with_the_clearance_do_see_the_secrets(planted: Planted) -> None:
    """Else nothing above would say anything."""
    words = {word for word, needed in NEEDED.items() if needed <= 3}
    seen = set()
    for path in (
        f"{BUILDINGS}/items?limit=100",
        f"{SIGNS}/items",
        "/catalog",
        "/rasters",
        f"{BUILDINGS}/items?limit=100&as_of={{}}",
        *ASKED["/bim/models/{model}/pick"],
        "/bim/schemes",
        "/bim/annotations",
    ):
        answer = planted.ask(path.format(planted.before.isoformat().replace("+", "%2B")), "steward-restricted")
        seen |= {word for word in words if word in said(answer)}
    assert seen == words
    told = planted.ask("/bim/annotations", "steward-restricted").text
    assert all(word in told for word in (RAISED, REMOVED, SUCCEEDED, PHONE, WORDS[3]))


def test_what_is_hidden_moves_neither_counts_nor_extents(planted: Planted) -> None:
    extents = {}
    for who in (None, "nobody-conditional", "nobody-internal", "nobody-restricted"):
        box = planted.ask(BUILDINGS, who).json()["extent"]["spatial"]["bbox"][0]
        tile = planted.ask("/tiles/buildings.json", who).json()["bounds"]
        themes = planted.ask("/catalog", who).json()["themes"]
        (entry,) = [layer for theme in themes for layer in theme["layers"] if layer["id"] == "buildings"]
        assert box == tile == entry["bounds"]
        extents[who] = (round(box[2], 4), entry["count"])
    east = [121.5004, 121.6104, 121.6204, 121.6304]
    assert list(extents.values()) == list(zip(east, [1, 2, 3, 6], strict=True))


def test_an_edit_of_what_is_hidden_leaves_the_tag_of_a_tile(planted: Planted) -> None:
    tile = f"/tiles/buildings{TILE}"
    first = {who: planted.ask(tile, who).headers["etag"] for who in (None, "nobody-restricted")}
    planted.city.sql(f"UPDATE onemap.buildings SET height_m = height_m + 1 WHERE name = '{RAISED}'")
    assert planted.ask(tile, None).headers["etag"] == first[None]
    assert planted.ask(tile, None, **{"If-None-Match": first[None]}).status_code == 304
    assert planted.ask(tile, "nobody-restricted").headers["etag"] != first["nobody-restricted"]


def test_the_past_of_what_is_raised_is_seen_by_those_who_see_it_now(planted: Planted) -> None:
    def names(who: str | None, **given: str) -> set[str]:
        answer = planted.ask(f"{BUILDINGS}/items?" + str(httpx.QueryParams({"limit": "100", **given})), who)
        return {item["properties"]["name"] for item in answer.json()["features"]}

    before = planted.before.isoformat()
    assert names(None, as_of=before) == names(None) == {OPEN}
    assert {RAISED, SUCCEEDED} <= names("nobody-restricted", as_of=before)
    assert names(None, datetime="2021-01-01T00:00:00Z") == {OPEN}


def test_answers_tell_caches_for_whom_they_are(planted: Planted) -> None:
    for path in (f"{BUILDINGS}/items", "/collections", "/catalog", "/search?q=x", f"/tiles/buildings{TILE}", "/none"):
        for who, keep in ((None, "public"), ("nobody-internal", "private")):
            headers = planted.ask(path, who).headers
            vary = {name.strip().lower() for name in headers["vary"].split(",")}
            assert {"authorization", "cookie"} <= vary, path
            assert headers["cache-control"].split(",")[0] in (keep, "no-store", "private"), path


def test_the_filter_is_the_only_place_that_compares_grades_of_rows() -> None:
    root = Path(__file__).parents[2]
    files = [f for package in ("layers", "tiles", "api") for f in (root / package).rglob("*.py")]
    compared = {str(f.relative_to(root)) for f in files if _COMPARED.search(f.read_text(encoding="utf-8"))}
    # Rows of the quarantine, rasters and loads are no rows of a layer.
    assert compared == {
        "layers/access/rows.py",
        "layers/intake/quarantine/listing.py",
        "layers/intake/quality/lineage.py",
        "layers/intake/quality/report.py",
    }
