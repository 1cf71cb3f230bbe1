"""Design schemes in the database: a branch with its own rows, times and grade; the base is as it was."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from box_model import house, load_house
from boxes import box_body
from bundled import SAMPLE
from designs import PLACE, SITE, box, design_file, feature, site_file, tower, write
from sqlalchemy import text

from api.layers import all_layers
from bim.georeference import LocateOptions
from bim.ingest import ModelOptions, load_model
from bim.model import Element
from bim.models import ModelsQuery, layer_of, model_version, models
from bim.schemes import (
    BASE,
    Review,
    Scheme,
    compare,
    ellipsoidal_area,
    grade_of,
    make,
    parse_things,
    read_limits,
    read_site,
    remove,
    replaced,
    review,
    scheme_of,
    schemes,
)
from bim.tileset import View, groups
from layers.access import Principal, decide
from layers.errors import Conflict, NotFound, ParameterError, SourceError
from layers.grades import Grade
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.temporal import When, now
from layers.title import Title

SPRING = datetime(2026, 3, 1, tzinfo=UTC)
BASE_LAYERS = ("buildings", "building_parts", "building_elements", "green", "landuse", "planning_plots")
PLOT = """
INSERT INTO onemap.planning_plots (plot_code, source_key, max_height_m, max_far, min_green_pct, min_setback_m,
                                   min_setback_west_m, basis, approved, geom)
VALUES ('A-01', 'a', 30, 1.5, 10, 8, 9, '沪规 1 号', '2025-05-01Z', ST_Multi(ST_GeomFromText(:wkt, 4490)))
"""


def sees(clearance: Grade = Grade.RESTRICTED, when: When | None = None) -> Any:
    registry, who = all_layers(), Principal("reader", clearance=clearance)

    def view(name: str) -> View:
        layer = registry.get(name)
        return View(layer, decide(who, "read", layer), when or now())

    return view


def enter(db: Database, folder: Path, scheme: str = "a", mark: str = "", **more: Any) -> None:
    make(db, Scheme(scheme, Title("方案" + mark, "Scheme"), read_site(site_file(folder)), date=SPRING, **more))
    options = ModelOptions(model=scheme, scheme=scheme, date=SPRING, grade=grade_of(db, scheme))
    load_model(db, all_layers(), design_file(folder, f"{scheme}.geojson", mark), options, Silent())


def looked_at(db: Database, scheme: str = "a", **seen: Any) -> Review:
    with db.reader.connect() as connection:
        return review(connection, sees(**seen), scheme)


def run(db: Database, statement: str, **values: Any) -> None:
    with db.owner.begin() as connection:
        connection.execute(text(statement), values)


def value(made: Review, name: str) -> float | None:
    return next(figure.value for figure in made.figures if figure.name == name)


def states(made: Review) -> dict[str, str]:
    return {verdict.rule.id: verdict.state for verdict in made.verdicts}


def base_sum(db: Database) -> dict[str, str]:
    """Return a checksum of all rows of each layer of the base, and of their past."""
    names = [name for layer in BASE_LAYERS for name in (layer, f"{layer}_history")]
    with db.owner.connect() as connection:
        return {
            name: connection.execute(
                text(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.fid), '')) FROM onemap.{name} AS t")
            ).scalar_one()
            for name in names
        }


def add_building(db: Database, name: str, *sides: float, **more: Any) -> int:
    row = {"name": name, "height": 12.0, "floors": 4, "grade": 0, "wkt": box(*sides).wkt} | more  # type: ignore[arg-type]
    with db.owner.begin() as connection:
        return int(
            connection.execute(
                text(
                    "INSERT INTO onemap.buildings (name, height_m, floors, grade, geom) VALUES "
                    "(:name, :height, :floors, :grade, ST_Multi(ST_GeomFromText(:wkt, 4490))) RETURNING fid"
                ),
                row,
            ).scalar_one()
        )


def test_a_scheme_of_footprints_has_the_indicators_that_it_is_drawn_with(db: Database, tmp_path: Path) -> None:
    enter(db, tmp_path)
    made = looked_at(db)
    assert made.title == Title("方案", "Scheme")
    found = {figure.name: figure.value for figure in made.figures}
    assert found == pytest.approx(
        {
            "site_area_m2": 8000.0, "buildings": 2.0, "footprint_m2": 1400.0, "density_pct": 17.5,
            "floor_area_m2": 5200.0, "far": 0.65, "height_m": 24.0, "storeys": 6.0, "green_m2": 800.0,
            "green_pct": 10.0, "setback_m": 10.0, "setback_north_m": 40.0, "setback_east_m": 10.0,
            "setback_south_m": 10.0, "setback_west_m": 10.0, "spacing_m": 20.0, "beyond_site_m2": 0.0,
        },
        # Outlines are kept to a tenth of a millimetre.
        rel=1e-5, abs=1e-6,
    )  # fmt: skip
    assert value(made, "site_area_m2") == pytest.approx(8000.0, rel=1e-6)
    # RFC 7946 has WGS 84, whose numbers the map takes to a metre.
    setback = next(figure for figure in made.figures if figure.name == "setback_m")
    assert setback.uncertainty == 1.0


def test_verdicts_come_from_the_plot_and_flip_when_its_table_is_edited(db: Database, tmp_path: Path) -> None:
    enter(db, tmp_path)
    nothing = looked_at(db)
    assert nothing.verdicts == ()
    assert "no plot" in nothing.limits.found.en
    run(db, PLOT, wkt=box(*SITE).wkt)
    made = looked_at(db)
    assert states(made) == {
        "max_height_m": "meets", "max_far": "meets", "min_green_pct": "meets", "min_setback_m": "meets",
        "min_setback_west_m": "meets",
    }  # fmt: skip
    assert (made.limits.source, made.limits.date) == ("沪规 1 号", datetime(2025, 5, 1, tzinfo=UTC))
    assert "plot A-01, which covers 100.0%" in made.limits.found.en
    run(db, "UPDATE onemap.planning_plots SET max_height_m = 20, min_setback_west_m = NULL, min_green_pct = 10.1")
    edited = looked_at(db)
    assert states(edited) == {
        "max_height_m": "breaks", "max_far": "meets", "min_green_pct": "breaks", "min_setback_m": "meets",
    }  # fmt: skip
    assert {v.rule.id: v.margin for v in edited.verdicts}["max_height_m"] == pytest.approx(-4.0)


def test_a_plot_that_covers_half_of_the_site_is_not_its_plot(db: Database, tmp_path: Path) -> None:
    enter(db, tmp_path)
    run(db, PLOT, wkt=box(0, 0, 50, 80).wkt)
    made = looked_at(db)
    assert made.verdicts == ()
    assert "1 reach into it" in made.limits.found.en


def test_limits_of_its_own_go_before_those_of_the_plot(db: Database, tmp_path: Path) -> None:
    run(db, PLOT, wkt=box(*SITE).wkt)
    path = tmp_path / "limits.toml"
    path.write_text('max_height_m = 20\nsource = "评审会"\ndate = 2026-02-01\n', encoding="utf-8")
    enter(db, tmp_path, limits=read_limits(path))
    made = looked_at(db)
    assert states(made) == {"max_height_m": "breaks"}
    assert (made.limits.source, made.limits.date) == ("评审会", datetime(2026, 2, 1, tzinfo=UTC))


def test_the_base_is_as_it_was_whatever_is_done_with_schemes(db: Database, tmp_path: Path) -> None:
    add_building(db, "旧楼", 20, 20, 40, 40)
    load_house(db, all_layers(), tmp_path, lonlat=PLACE)
    run(db, PLOT, wkt=box(*SITE).wkt)
    before = base_sum(db)
    enter(db, tmp_path)
    enter(db, tmp_path, "b", grade=Grade.INTERNAL)
    looked_at(db)
    enter(db, tmp_path, "b", "改")
    with db.reader.connect() as connection:
        compare(connection, sees(), ["a", "b", BASE])
    remove(db, "b")
    assert base_sum(db) == before


def test_models_of_schemes_are_not_among_those_of_what_there_is(db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path)
    enter(db, tmp_path)
    with db.reader.connect() as connection:
        seen = sees()
        assert [one.id for one in models(connection, seen("building_elements"))] == ["house"]
        assert [one.id for one in models(connection, seen("scheme_elements"), ModelsQuery("a"))] == ["a"]
        assert layer_of(connection, "a").id == "scheme_elements"
        view = seen("scheme_elements")
        assert model_version(connection, view, "a").scheme == "a"
        assert len(groups(connection, view, "a")) == 1
        codes = connection.execute(text("SELECT count(code), count(*) FROM onemap.scheme_elements")).one()
        assert tuple(codes) == (0, 3)


def test_a_model_is_of_one_scheme_or_of_what_there_is(db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path)
    enter(db, tmp_path)
    path = design_file(tmp_path)
    told = r"'house' is of what there is already, not of the design scheme 'a'; give this file another id"
    with pytest.raises(Conflict, match=told):
        load_model(db, all_layers(), path, ModelOptions(model="house", scheme="a"), Silent())
    with pytest.raises(Conflict, match=r"'a' is of the design scheme 'a' already, not of what there is"):
        load_model(db, all_layers(), path, ModelOptions(model="a"), Silent())
    with pytest.raises(Conflict, match=r"no design scheme 'nope'; make it first"):
        load_model(db, all_layers(), path, ModelOptions(model="n", scheme="nope"), Silent())
    with db.reader.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM onemap.scheme_elements")).scalar_one() == 3


def test_what_is_made_again_is_amended_and_what_was_believed_is_kept(db: Database, tmp_path: Path) -> None:
    enter(db, tmp_path)
    before = datetime.now(UTC)
    other = write(tmp_path / "other.geojson", feature("s", box(0, 0, 50, 50)))
    amended = Scheme("a", Title("改", "Changed"), read_site(other))
    assert not make(db, amended)
    assert not make(db, amended), "the same again is nothing new"
    assert value(looked_at(db), "site_area_m2") == pytest.approx(2500, rel=1e-6)
    then = looked_at(db, when=now().believed(before))
    assert value(then, "site_area_m2") == pytest.approx(8000, rel=1e-6)
    with db.reader.connect() as connection:
        assert len(schemes(connection, sees()("design_schemes"))) == 1


def test_a_removed_scheme_is_gone_and_its_past_is_not(db: Database, tmp_path: Path) -> None:
    enter(db, tmp_path)
    before = datetime.now(UTC)
    assert remove(db, "a") == 3
    with pytest.raises(NotFound, match="no design scheme 'a'"):
        looked_at(db)
    with pytest.raises(NotFound):
        remove(db, "a")
    then = looked_at(db, when=now().believed(before))
    assert value(then, "floor_area_m2") == pytest.approx(5200, rel=1e-5)
    enter(db, tmp_path)
    assert value(looked_at(db), "height_m") == 24.0


def test_a_grade_is_that_of_every_part_even_when_it_is_raised_by_hand(db: Database, tmp_path: Path) -> None:
    enter(db, tmp_path)
    enter(db, tmp_path, "b")
    before = datetime.now(UTC)
    run(db, "UPDATE onemap.design_schemes SET grade = 2 WHERE source_key = 'a'")
    with db.owner.connect() as connection:
        grades = dict(
            map(
                tuple, connection.execute(text("SELECT scheme, min(grade) FROM onemap.scheme_elements GROUP BY scheme"))
            )
        )
    assert grades == {"a": 2, "b": 0}
    for when in (now(), now().believed(before)):
        with pytest.raises(NotFound, match="no design scheme 'a'"):
            looked_at(db, clearance=Grade.OPEN, when=when)
    assert looked_at(db, clearance=Grade.INTERNAL).scheme.grade == Grade.INTERNAL
    with db.reader.connect() as connection:
        assert [one.id for one in schemes(connection, sees(Grade.OPEN)("design_schemes"))] == ["b"]
        with pytest.raises(NotFound):
            model_version(connection, sees(Grade.OPEN)("scheme_elements"), "a")
        with pytest.raises(NotFound):
            compare(connection, sees(Grade.OPEN), ["b", "a"])


def test_what_a_scheme_is_loaded_with_has_its_grade(db: Database, tmp_path: Path) -> None:
    make(db, Scheme("a", Title("甲", "A"), read_site(site_file(tmp_path)), grade=Grade.RESTRICTED))
    # The option is lower: the grade of the scheme is higher by the time that the load ends.
    load_model(db, all_layers(), design_file(tmp_path), ModelOptions(model="a", scheme="a"), Silent())
    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT min(grade) FROM onemap.scheme_elements")).scalar_one() == 3


def test_it_takes_the_place_of_buildings_on_its_site_or_of_those_it_names(db: Database, tmp_path: Path) -> None:
    on = add_building(db, "在", 20, 20, 40, 40)
    mostly_beside = add_building(db, "旁", 90, 20, 140, 40)
    hidden = add_building(db, "密", 50, 50, 60, 60, grade=2)
    enter(db, tmp_path)
    enter(db, tmp_path, "b", replaces=parse_things(f"buildings/{mostly_beside}, buildings/{hidden}"))
    with db.reader.connect() as connection:
        for clearance, scheme, met in (
            (Grade.OPEN, "a", [on]), (Grade.INTERNAL, "a", [on, hidden]), (Grade.OPEN, "b", [mostly_beside]),
            (Grade.INTERNAL, "b", [mostly_beside, hidden]),
        ):  # fmt: skip
            seen = sees(clearance)
            made = scheme_of(connection, seen("design_schemes"), scheme)
            assert replaced(connection, seen, made) == {"buildings": met, "building_parts": []}


def test_the_district_as_it_is_is_compared_on_the_same_site(db: Database, tmp_path: Path) -> None:
    add_building(db, "在", 20, 20, 40, 40)
    add_building(db, "密", 50, 50, 60, 60, grade=2, height=99.0)
    add_building(db, "无层数", 60, 20, 70, 30, floors=None, height=None)
    run(db, PLOT, wkt=box(*SITE).wkt)
    enter(db, tmp_path)
    with db.reader.connect() as connection:
        base, scheme = compare(connection, sees(Grade.OPEN), [BASE, "a"])
    assert base.is_base
    assert value(base, "footprint_m2") == pytest.approx(500, rel=1e-5)
    assert value(base, "far") is value(base, "height_m") is value(base, "green_pct") is None
    assert states(base)["max_height_m"] == "unknown"
    assert value(scheme, "far") == pytest.approx(0.65, rel=1e-5)
    with db.reader.connect() as connection:
        for wrong in (["a"], [BASE], ["a", "a"], list("abcdefg")):
            with pytest.raises(ParameterError, match="schemes"):
                compare(connection, sees(), wrong)


def test_green_of_the_base_map_counts_where_a_scheme_gives_none(db: Database, tmp_path: Path) -> None:
    run(
        db,
        "INSERT INTO onemap.green (name, geom) VALUES ('园', ST_Multi(ST_GeomFromText(:wkt, 4490)))",
        wkt=box(0, 0, 100, 20).wkt,
    )
    make(db, Scheme("a", Title("甲", "A"), read_site(site_file(tmp_path))))
    path = write(tmp_path / "a.geojson", tower("t", 10, 10, 30, 40))
    load_model(db, all_layers(), path, ModelOptions(model="a", scheme="a"), Silent())
    made = looked_at(db)
    assert value(made, "green_m2") == pytest.approx(2000 - 200, rel=1e-5)
    assert "base map" in next(figure.basis.en for figure in made.figures if figure.name == "green_m2")


def test_a_scheme_may_be_a_building_model(db: Database, tmp_path: Path) -> None:
    site = write(tmp_path / "s.geojson", feature("s", box(-10, -10, 30, 30)))
    make(db, Scheme("a", Title("甲", "A"), read_site(site)))
    load_house(db, all_layers(), tmp_path, house(), model="a-house", scheme="a", lonlat=PLACE)
    made = looked_at(db)
    (massing,) = made.massings
    assert (massing.name, massing.top_m, massing.storeys.value) == ("小楼", 6.0, None)
    assert "the file has 2 levels" in massing.storeys.basis.en
    # Walls and doors, and not the rooms between them.
    assert value(made, "footprint_m2") == pytest.approx(4 * 0.2 + 0.1, rel=1e-3)
    assert massing.floor_area_m2.value is None
    assert value(made, "far") is None


def test_the_sample_office_block_as_a_scheme_is_as_large_as_it_is_drawn(db: Database, tmp_path: Path) -> None:
    make(db, Scheme("a", Title("甲", "A"), read_site(SAMPLE / "schemes" / "sample-a.geojson")))
    for name in ("office_block.ifc", "office_block.json"):
        stem = Path(name).suffix[1:]
        load_model(db, all_layers(), SAMPLE / "bim" / name, ModelOptions(model=f"a-{stem}", scheme="a"), Silent())
    made = looked_at(db)
    ifc, cityjson = made.massings
    for one in (ifc, cityjson):
        assert ellipsoidal_area(one.outline) == pytest.approx(48 * 18, rel=2e-3)
        assert one.storeys.value == 6.0
        assert one.floor_area_m2.value == pytest.approx(6 * 48 * 18, rel=2e-3)
    # The one has a slab of 0.3 m over its last storey; the other's heights are those of a datum 4.5 m below the ground.
    assert [one.top_m for one in (ifc, cityjson)] == pytest.approx([23.7, 23.4], abs=1e-3)
    assert value(made, "spacing_m") is None, "they are in the same place"
    assert value(made, "density_pct") == pytest.approx(100 * 864 / (66 * 36), rel=5e-3)


def test_a_real_house_as_a_scheme_has_the_storeys_and_height_of_its_file(
    db: Database, tmp_path: Path, shared_data: Path
) -> None:
    make(db, Scheme("a", Title("甲", "A"), read_site(site_file(tmp_path))))
    place = LocateOptions(lonlat=PLACE, heading_deg=0.0)
    path = shared_data / "bim" / "AC20-FZK-Haus.ifc"
    load_model(db, all_layers(), path, ModelOptions(model="fzk", scheme="a", place=place), Silent())
    (fzk,) = looked_at(db).massings
    # 12 × 10 m of walls under a roof that reaches over them.
    assert 120 < ellipsoidal_area(fzk.outline) < 200
    assert fzk.storeys.value == 2.0
    assert "as the file states it" in fzk.floor_area_m2.basis.en
    assert 150 < (fzk.floor_area_m2.value or 0.0) < 300
    assert 6.0 < (fzk.top_m or 0.0) < 7.0


def test_floor_areas_of_storeys_with_rooms_are_added_up(db: Database, tmp_path: Path) -> None:
    make(db, Scheme("a", Title("甲", "A"), read_site(site_file(tmp_path))))
    levels = {"storey-1": 20.5, "storey-2": 20.0}
    parts = [
        (replace(one, quantities={"Qto": {"GrossFloorArea": levels[one.id]}}) if one.id in levels else one, body)
        for one, body in house()
    ]
    roof = Element("roof", "storey", "IfcBuildingStorey", "屋面", parent="house", elevation_m=6.0)
    slab = Element("slab", "element", "IfcSlab", "屋面板", parent="roof", storey="roof")
    parts += [(roof, None), (slab, box_body((4.0, 5.2, 0.2), (0.0, 0.0, 6.0)))]
    load_house(db, all_layers(), tmp_path, parts, model="a-house", scheme="a", lonlat=PLACE)
    assert value(looked_at(db), "floor_area_m2") == pytest.approx(40.5)


def test_the_two_schemes_of_the_sample_differ_as_they_are_meant_to(sample_city: Any) -> None:
    with sample_city.database.reader.connect() as connection:
        base, a, b = compare(connection, sees(Grade.OPEN), [BASE, "sample-a", "sample-b"])
    assert set(states(a).values()) == {"meets"}
    broken = {rule for rule, state in states(b).items() if state == "breaks"}
    assert broken == {
        "max_height_m", "max_far", "max_density_pct", "min_green_pct", "min_setback_m", "min_setback_west_m",
    }  # fmt: skip
    assert value(base, "height_m") == pytest.approx(23.4, abs=1e-5)
    assert value(a, "site_area_m2") == pytest.approx(66 * 36, rel=1e-3)


@pytest.mark.parametrize(
    ("features", "told"),
    [
        ([tower("a", 0, 0, 9, 9), tower("b", 20, 0, 29, 9)], 'none with "kind": "site"'),
        ([feature("a", box(0, 0, 0.5, 0.5))], "1 m² to 25 km²"),
        ([feature("a", box(0, 0, 9000, 9000))], "1 m² to 25 km²"),
        ([feature("a", shapely.Point(121.5, 31.2))], "it is a Point"),
        ([feature("a", box(0, 0, 9, 9), kind="site"), feature("b", box(5, 5, 20, 20), kind="site")], "not valid"),
    ],
)
def test_what_is_no_site_is_told(tmp_path: Path, features: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read_site(write(tmp_path / "s.geojson", *features))


@pytest.mark.parametrize(
    ("text_", "told"),
    [
        ("[1]", "an object such as"),
        ("{", "neither JSON nor TOML"),
        (json.dumps({"max_far": "x"}), "max_far is 'x'"),
        (json.dumps({"hoehe": 3}), "no limit hoehe"),
        (json.dumps({"max_far": 3, "source": 7}), "source is no text"),
        (json.dumps({"max_far": 3, "date": "soon"}), "date"),
    ],
)
def test_limits_that_cannot_be_read_are_told(tmp_path: Path, text_: str, told: str) -> None:
    path = tmp_path / "limits.json"
    path.write_text(text_, encoding="utf-8")
    with pytest.raises((SourceError, ParameterError), match=told):
        read_limits(path)


@pytest.mark.parametrize(
    "wrong", ["roads/3", "buildings", "buildings/0", "buildings/x", "buildings/9999999999999999999"]
)
def test_what_is_no_thing_to_replace_is_told(wrong: str) -> None:
    with pytest.raises(ParameterError, match="replaces"):
        parse_things(wrong)


@pytest.mark.parametrize("wrong", ["Base", "base", "compare", "", "a b", "-a"])
def test_what_is_no_id_is_told(wrong: str) -> None:
    with pytest.raises(ParameterError):
        Scheme(wrong, Title("甲", "A"), box(0, 0, 9, 9))
