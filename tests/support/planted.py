"""A city with restricted data: things of higher grades, each with a unique word and place."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mast
from alarms import make as make_rule
from box_model import house, load_house
from designs import feature, write
from made_raster import ground, write_raster
from shapely import box
from sqlalchemy import Connection, text

from api.layers import all_layers
from api.work import raster_files
from bim.ingest import ModelOptions, load_model
from bim.schemes import Scheme, make, read_site
from layers.access import LOCAL_OPERATOR, people
from layers.access.people import Rights
from layers.catalog import built_in
from layers.grades import Grade
from layers.intake.ingest import LoadOptions, load_path
from layers.ops.jobs.progress import Silent
from layers.settings import Settings
from layers.store.engine import Database
from layers.title import Title
from twin.sensing import devices
from twin.sensing.alarms import judge
from twin.sensing.editing import Edit, create
from twin.sensing.entities.model import THING
from twin.sensing.entities.view import View

OPEN = "明月塔"
# The words of things by their grade, and their longitudes; open things are near 121.50.
WORDS = {1: "壹秘", 2: "贰秘", 3: "叁秘"}
PLACES = {1: 121.61, 2: 121.62, 3: 121.63}
# Open at first and restricted later: by an edit, by an edit before they were removed, and by the next slice.
RAISED, REMOVED, SUCCEEDED = "升秘楼", "删秘楼", "继秘楼"
# A dataset that has nothing below internal, and a raster.
SOURCE, RASTER = "秘源", "秘高程"
# In an internal column of an open thing.
PHONE = "021-58887777"
# The clearance needed to see a word.
NEEDED = {
    **{word: grade for grade, word in WORDS.items()},
    RAISED: 3,
    REMOVED: 3,
    SUCCEEDED: 3,
    SOURCE: 2,
    RASTER: 2,
    PHONE: 2,
}
_DATASETS = text("""
INSERT INTO onemap.dataset (id, title_zh, title_en, precedence, source)
VALUES ('secret', '秘源', 'x', 1, '秘源'), ('known', '公开源', 'y', 1, '公开源')
""")
_COVERAGE = text("""
INSERT INTO onemap.coverage (dataset, layer, since, extent)
SELECT d, 'buildings', '2020-01-01Z', ST_MakeEnvelope(121, 31, 122, 32, 4490)
FROM unnest(ARRAY['secret', 'known']) AS d
""")
_BUILDING = text("""
INSERT INTO onemap.buildings (name, source_key, address, height_m, floors, dataset, grade, valid, geom)
VALUES (:name, :name, :name || '路' || :number || '号', 30 + :grade, 3, :dataset, :grade,
        tstzrange('2020-01-01Z', NULL), ST_Multi(ST_MakeEnvelope(:lon, :lat, :lon + 0.0004, :lat + 0.0004, 4490)))
""")
_SIGN = text("""
INSERT INTO onemap.risk_sources (name, source_key, kind, phone, dataset, geom)
VALUES ('招牌', 'sign', 'sign', :phone, 'test', ST_SetSRID(ST_Point(121.5003, 31.2353), 4490))
""")
_RAISE = text("UPDATE onemap.buildings SET grade = 3 WHERE name = ANY (:names)")
_RAISE_ROOM = text("UPDATE onemap.building_elements SET grade = 3 WHERE name = :name")
_BIND = text("""
INSERT INTO onemap.bim_binding (thing, model, element, valid, note, grade, who) VALUES
(:raised || '计', 'open', 'room-2', '[2026-01-01Z,)', :raised, 0, 'x'),
(:secret || '计', 'inner', 'wall-1', '[2026-01-01Z,)', :secret, 0, 'x'),
(:secret || '表', 'open', 'wall-1', '[2026-01-01Z,)', :secret, 3, 'x')
""")
# What is said of things that are open when it is said, and of one that is not; by whom is internal.
_ANNOTATE = text("""
INSERT INTO onemap.annotations (dataset, source_key, name, text, state, about, model, element, scheme, author, written,
    answers, answered_by, grade, geom)
SELECT 'annotations', t.said || t.about, t.said, t.said || '批注', 'open', t.about, t.model, t.element, t.scheme,
    :phone, clock_timestamp(), '[{"text": "' || t.said || '答复", "at": "2026-01-01T00:00:00Z"}]',
    '["' || :phone || '"]', t.grade, ST_PointOnSurface(t.geom)
FROM (
    SELECT name AS said, 'buildings/' || fid AS about, NULL AS model, NULL AS element, NULL AS scheme, grade, geom
    FROM onemap.buildings WHERE dataset IN ('known', 'secret')
    UNION ALL
    SELECT name, 'building_elements/' || fid, dataset, source_key, NULL, grade, geom
    FROM onemap.building_elements WHERE kind = 'space'
    UNION ALL
    SELECT name, 'design_schemes/' || fid, NULL, NULL, source_key, grade, geom FROM onemap.design_schemes
) AS t
""")
# Views past the open design: one that everybody knows of, and one that is nobody's business.
_PROTECT = text("""
INSERT INTO onemap.view_corridors (name, source_key, corridor_code, eye_height_m, target_top_m, width_m, permitted_pct,
    basis, dataset, grade, geom)
SELECT name, name, name, 1.6, 60, 40, 10, name, 'test', grade,
    ST_Multi(ST_SetSRID(ST_MakeLine(ST_MakePoint(121.4990, 31.2358), ST_MakePoint(121.5020, 31.2358)), 4490))
FROM (VALUES (:open || '视廊', 0), (:secret || '视廊', 3)) AS v(name, grade)
""")
_BIND_MAST = text("""
INSERT INTO onemap.bim_binding (thing, model, element, valid, who)
VALUES (:thing, 'open', 'room-1', '[2026-01-01Z,)', 'admin')
""")
_RAISE_SCHEME = text("UPDATE onemap.design_schemes SET grade = 3 WHERE source_key = :id")
_END = text("UPDATE onemap.buildings SET valid = tstzrange(lower(valid), '2025-06-01Z') WHERE name = :name")
_SUCCEED = text("""
INSERT INTO onemap.buildings (fid, name, source_key, address, height_m, dataset, grade, valid, geom)
OVERRIDING SYSTEM VALUE
SELECT fid, name, source_key, address, height_m, dataset, 3, tstzrange('2025-06-01Z', NULL), geom
FROM onemap.buildings WHERE name = :name
""")


def plant(database: Database, home: Path) -> tuple[datetime, datetime]:
    """Insert all of them, and return an instant of belief before grades were raised, and one after."""
    with database.owner.begin() as connection:
        connection.execute(_DATASETS)
        connection.execute(_COVERAGE)
        _build(connection, OPEN, 0, (121.5, 31.2356))
        for grade, word in WORDS.items():
            _build(connection, f"{word}楼", grade, (PLACES[grade], 31.21), "secret" if grade > 1 else "known")
        connection.execute(_SIGN, {"phone": PHONE})
        for at, word in enumerate((RAISED, REMOVED, SUCCEEDED)):
            _build(connection, word, 0, (121.502 + at / 1000, 31.2356))
    _build_models(database, home)
    with database.owner.begin() as connection:
        connection.execute(_BIND, {"raised": RAISED, "secret": WORDS[3]})
    _design(database, home, "plan-open", OPEN, 121.5004)
    _design(database, home, "plan-inner", f"{WORDS[3]}楼", PLACES[3], Grade.RESTRICTED)
    _design(database, home, "plan-raised", RAISED, 121.502)
    _sense(database)
    _alarm(database)
    with database.owner.begin() as connection:
        connection.execute(_ANNOTATE, {"phone": PHONE})
        connection.execute(_PROTECT, {"open": OPEN, "secret": WORDS[3]})
    before_raising = _instant()
    with database.owner.begin() as connection:
        connection.execute(_RAISE, {"names": [RAISED, REMOVED]})
        connection.execute(_RAISE_ROOM, {"name": f"{RAISED}房间2"})
        connection.execute(_RAISE_SCHEME, {"id": "plan-raised"})
    with database.owner.begin() as connection:
        connection.execute(text("DELETE FROM onemap.buildings WHERE name = :name"), {"name": REMOVED})
        connection.execute(_END, {"name": SUCCEEDED})
        connection.execute(_SUCCEED, {"name": SUCCEEDED})
    _raise_sensors(database)
    after_raising = _instant()
    _load_raster(database, home)
    return before_raising, after_raising


def add_people(database: Database) -> dict[str, tuple[int, str]]:
    """Add a person of each role and grade, and return the clearance and token of each by name."""
    tokens = {}
    with database.writer.begin() as connection:
        for role in ("", "duty", "steward"):
            for grade in Grade:
                name = f"{role or 'nobody'}-{grade.name.lower()}"
                rights = Rights(roles=(role,) if role else (), clearance=grade)
                tokens[name] = (int(grade), people.add(connection, name, rights))
    return tokens


def _build(connection: Connection, name: str, grade: int, place: tuple[float, float], dataset: str = "known") -> None:
    row: dict[str, Any] = {"name": name, "grade": grade, "number": str(grade + 1), "dataset": dataset}
    connection.execute(_BUILDING, row | {"lon": place[0], "lat": place[1]})


def _build_models(database: Database, home: Path) -> None:
    """Load a restricted building model, and an open one of which a room is raised later."""
    home.mkdir(parents=True, exist_ok=True)
    secret = house(f"{WORDS[3]}楼")
    load_house(database, all_layers(), home, secret, model="inner", grade=Grade.RESTRICTED, lonlat=(PLACES[3], 31.21))
    parts = [(replace(one, name=f"{RAISED}房间2") if one.id == "room-2" else one, body) for one, body in house()]
    load_house(database, all_layers(), home, parts, model="open", lonlat=(121.5002, 31.2358))


def _sense(database: Database) -> None:
    """Make a mast of each grade, and one that is raised later, all with words and places of their own, in one room."""
    masts = [(OPEN, 121.5, "open"), (RAISED, 121.502, "open")]
    masts += [(word, PLACES[grade], Grade(grade).name.lower()) for grade, word in WORDS.items()]
    with database.writer.begin() as connection:
        for word, lon, grade in masts:
            streams = [
                mast.datastream(
                    f"{word}流",
                    "Observation",
                    Sensor=mast.sensor(f"{word}器"),
                    ObservedProperty=mast.observed(f"{word}性"),
                    Observations=[
                        {"phenomenonTime": "2026-02-28T00:00:00Z", "result": 20},
                        {"phenomenonTime": "2026-03-01T00:00:00Z", "result": f"{word}值"},
                    ],
                )
            ]
            places = [mast.location(f"{word}位", lon)]
            own = mast.thing(f"{word}机", Locations=places, Datastreams=streams, properties={"grade": grade})
            number = create(Edit(connection, View.of(LOCAL_OPERATOR)), THING, own)
            devices.add(connection, LOCAL_OPERATOR, f"mast-{number}", devices.Terms(things=(number,)))
            devices.block(connection, f"mast-{number}", f"{word}停")
            connection.execute(_BIND_MAST, {"thing": f"Things({number})"})


def _alarm(database: Database) -> None:
    """Make rules that all masts break: by place, by their numbers, and one that is secret itself."""
    ground = {"type": "Polygon", "coordinates": [[[121, 31], [122, 31], [122, 32], [121, 32], [121, 31]]]}
    with database.owner.begin() as connection:
        streams = list(connection.execute(text("SELECT fid FROM onemap.datastreams ORDER BY fid")).scalars())
        make_rule(connection, unit="m/s", area=ground)
        make_rule(connection, streams, unit="m/s", level=2)
        secret = {"zh": f"{WORDS[3]}规", "en": f"{WORDS[3]} rule"}
        make_rule(connection, unit="m/s", area=ground, title=secret, grade="restricted")
        # The newest readings are texts.
        connection.execute(text("INSERT INTO onemap.alarm_due SELECT fid, '2026-02-01Z' FROM onemap.datastreams"))
        raised = judge(connection).raised
        assert raised == {"threshold": 4}, raised


def _raise_sensors(database: Database) -> None:
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.things SET grade = 3 WHERE name = :name"), {"name": f"{RAISED}机"})


def _design(database: Database, home: Path, scheme: str, name: str, west: float, grade: Grade = Grade.OPEN) -> None:
    """Make a design scheme of one building, and load it."""
    path = write(
        home / f"{scheme}.geojson",
        feature("site", box(west, 31.21, west + 0.001, 31.211), kind="site"),
        feature("tower", box(west + 0.0003, 31.2103, west + 0.0006, 31.2106), height_m=30, storeys=9, name=name),
    )
    make(database, Scheme(scheme, Title(name, name), read_site(path), grade=grade))
    load_model(database, all_layers(), path, ModelOptions(model=scheme, scheme=scheme), Silent())


def _load_raster(database: Database, home: Path) -> None:
    files = raster_files(Settings(_env_file=None, home=home))
    raster_options = (("grade", "internal"), ("elevation", "yes"), ("title_zh", RASTER), ("title_en", "secret heights"))
    options = LoadOptions(date=datetime(2025, 1, 1, tzinfo=UTC), raster=raster_options)
    load_path(database, built_in(), write_raster(home / "inner.tif", ground()), options, Silent(), files)


def _instant() -> datetime:
    """Return an instant that no edit shares."""
    time.sleep(0.01)
    return datetime.now(UTC)
