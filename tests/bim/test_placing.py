"""Models moved by hand: what is asked, what follows from it, what is kept of it by later versions and as of before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
import shapely
from box_model import PLACE, house, load_house
from designs import design_file, site_file
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from api.layers import all_layers
from bim.catalog.building_elements import LAYER
from bim.corrections import history, state, versions_of
from bim.georeference import LocateOptions, Placement
from bim.ingest import ModelOptions, load_model
from bim.models import ModelVersion, model_version
from bim.placing import Relocation, handle, move, read_relocation, shift_between, take_back
from bim.placing.outlines import moved_outlines
from bim.schemes import Scheme, make, read_site
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, decide
from layers.errors import Conflict, InputError, NotFound, ParameterError, SourceError
from layers.ops.jobs import Silent
from layers.store.engine import Database
from layers.temporal import When, now
from layers.title import Title

SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
THERE = (PLACE[0] + 0.0004, PLACE[1] - 0.0003)
ASKED = Relocation("fits the survey", lonlat=THERE, height_m=6.5, heading_deg=33.0)
METRES = (95_210.0, 110_880.0)  # of a degree to the east and to the north at the house


def seen(when: When | None = None) -> View:
    return View(LAYER, decide(LOCAL_OPERATOR, "read", LAYER), when or now())


def version(db: Database, model: str = "house", when: When | None = None) -> ModelVersion:
    with db.reader.connect() as connection:
        return model_version(connection, seen(when), model)


def outlines(db: Database, model: str = "house", table: str = "building_elements") -> dict[str, Any]:
    statement = text(f"SELECT source_key, ST_AsBinary(geom) FROM onemap.{table} WHERE dataset = :model")
    with db.reader.connect() as connection:
        return {key: shapely.from_wkb(bytes(wkb)) for key, wkb in connection.execute(statement, {"model": model})}


def apart_m(one: Any, other: Any) -> float:
    """Return how far two outlines are apart at the most, in metres."""
    sides = [shapely.transform(each, lambda at: (at - PLACE) * METRES) for each in (one, other)]
    return float(shapely.hausdorff_distance(*sides))


def instant(db: Database) -> datetime:
    with db.reader.connect() as connection:
        return connection.execute(text("SELECT clock_timestamp()")).scalar_one()  # type: ignore[no-any-return]


@pytest.fixture
def load(db: Database, tmp_path: Path) -> Callable[..., Any]:
    """Return what loads the house, or other parts."""
    return lambda parts=None, **options: load_house(db, all_layers(), tmp_path, parts, **options)


def test_a_moved_model_lies_where_a_fresh_load_at_that_place_does(db: Database, load: Callable[..., Any]) -> None:
    load(date=SPRING)
    before = outlines(db)
    moved = move(db, "house", ASKED, "wang")
    assert (moved.versions, moved.rows) == (1, 10)
    there = version(db).placement
    fresh = LocateOptions(lonlat=THERE, anchor=there.anchor, height_m=6.5, heading_deg=33.0)
    load(model="fresh", place=fresh)
    here, other = outlines(db), outlines(db, "fresh")
    assert max(apart_m(here[key], other[key]) for key in other) < 1e-6
    assert max(apart_m(here[key], before[key]) for key in before) > 30
    assert version(db, "fresh").placement == there
    assert there.anchor[:2] == pytest.approx(((0 + 4) / 2, (-0.1 + 5.2) / 2)), "it turns about the middle of its plan"


def test_what_the_file_says_stays_on_record_beside_what_is_said_by_hand(db: Database, load: Callable[..., Any]) -> None:
    load()
    before = version(db)
    move(db, "house", ASKED, "wang")
    after = version(db)
    told = after.georeference
    assert (told["source"], told["residual_m"], told["level"]) == ("by_hand", None, before.georeference["level"])
    assert told["stated"] == before.georeference == after.stated
    assert before.correction == 0 < after.correction


def test_as_of_before_the_model_and_its_rows_stand_at_the_former_place(db: Database, load: Callable[..., Any]) -> None:
    load()
    before, then = version(db), instant(db)
    former = outlines(db)
    move(db, "house", ASKED, "wang")
    earlier = When(then, then, then)
    assert version(db, when=earlier).placement == before.placement
    assert version(db).placement != before.placement
    past = outlines(db, table="building_elements_history")
    assert {key: shape.wkb for key, shape in past.items()} == {key: shape.wkb for key, shape in former.items()}
    with db.reader.connect() as connection:
        (said,) = history(connection, "house")
        assert (said.who, said.why, said.until) == ("wang", "fits the survey", None)
        assert history(connection, "house", then) == []


def test_metres_from_where_it_stands_are_metres_on_the_ground(db: Database, load: Callable[..., Any]) -> None:
    load()
    moved = move(db, "house", Relocation("east", shift=(12.0, -5.0, 1.5)), "wang")
    told = shift_between(moved.before, moved.after)
    assert told == {"east_m": 12.0, "north_m": -5.0, "up_m": 1.5, "turn_deg": 0.0}
    again = move(db, "house", Relocation("and back", shift=(-12.0, 5.0, -1.5)), "wang")
    assert shift_between(moved.before, again.after)["east_m"] == pytest.approx(0.0, abs=1e-4)


def test_a_move_is_taken_back_and_that_is_on_record_too(db: Database, load: Callable[..., Any]) -> None:
    load()
    before, rows = version(db).placement, outlines(db)
    with pytest.raises(Conflict, match="nothing is to be taken back"):
        take_back(db, "house", "li", "mistake")
    move(db, "house", ASKED, "wang")
    take_back(db, "house", "li", "the survey was wrong")
    assert version(db).placement == before
    assert version(db).georeference == version(db).stated
    now_there = outlines(db)
    assert max(apart_m(now_there[key], rows[key]) for key in rows) < 1e-6
    with db.reader.connect() as connection:
        last, first = history(connection, "house")
    assert (last.placement, last.who, last.until) == (None, "li", None)
    assert first.until == last.since


def test_a_later_version_keeps_the_place_by_hand_and_what_has_not_changed_is_no_news(
    db: Database, load: Callable[..., Any]
) -> None:
    load(date=SPRING)
    move(db, "house", ASKED, "wang")
    there = version(db).placement
    (again,) = load(date=SPRING).load.layers
    assert (again.new, again.changed, again.unchanged) == (0, 0, 10)
    parts = [(replace(one, name="改名") if one.id == "wall-1" else one, body) for one, body in house()]
    summary = load(parts, date=SUMMER)
    (newer,) = summary.load.layers
    assert (newer.new, newer.changed, newer.unchanged, newer.closed) == (0, 1, 9, 0)
    assert summary.georeference["placement"] == there.json()
    assert any("put by hand" in note for note in summary.load.notes)
    assert version(db).placement == there
    assert version(db).stated["placement"]["lon"] == PLACE[0]
    moved = move(db, "house", Relocation("a little more", shift=(1.0, 0.0, 0.0)), "wang")
    assert moved.versions == 3, "the versions that stood together are moved together"
    take_back(db, "house", "li", "no")
    (last,) = load(parts, date=SUMMER).load.layers
    assert (last.new, last.changed) == (0, 0), "what was moved to and fro is where it was"


@pytest.mark.parametrize(
    ("options", "lon", "note"),
    [
        ({"corrected": False}, PLACE[0], "as the load asks"),
        ({"lonlat": (121.6, 31.3)}, 121.6, "states another"),
        ({"lonlat": PLACE}, None, "put by hand"),
    ],
)
def test_a_load_that_is_told_otherwise_does_not_keep_it(
    db: Database, load: Callable[..., Any], options: dict[str, Any], lon: float | None, note: str
) -> None:
    load(date=SPRING)
    move(db, "house", ASKED, "wang")
    kept = version(db).placement
    summary = load(date=SUMMER, **options)
    assert any(note in one for one in summary.load.notes), summary.load.notes
    placed = version(db).placement
    assert placed == kept if lon is None else placed.lon == pytest.approx(lon, abs=1e-12)
    assert version(db, when=When(SPRING, SPRING)).placement == kept, "the former version stays where it was put"


def test_only_versions_that_stand_together_are_moved_together(db: Database, load: Callable[..., Any]) -> None:
    load(date=SPRING)
    load(date=SUMMER, lonlat=(121.6, 31.3))
    moved = move(db, "house", Relocation("down", shift=(0.0, 0.0, -2.0)), "wang")
    assert (moved.versions, moved.rows) == (1, 10)
    assert version(db, when=When(SPRING, SPRING)).placement.lon == PLACE[0]


def test_whoever_moves_what_somebody_else_moved_since_is_told(db: Database, load: Callable[..., Any]) -> None:
    load()
    move(db, "house", replace(ASKED, version=0), "wang")
    with pytest.raises(Conflict, match="somebody else"):
        move(db, "house", Relocation("mine", shift=(1.0, 0.0, 0.0), version=0), "li")
    move(db, "house", Relocation("mine", shift=(1.0, 0.0, 0.0), version=version(db).correction), "li")
    with pytest.raises(NotFound):
        move(db, "nowhere", ASKED, "wang")


def test_a_model_that_is_being_loaded_is_not_moved_meanwhile(db: Database, load: Callable[..., Any]) -> None:
    load()
    hold = text("SELECT pg_advisory_xact_lock(hashtextextended('onemap dataset house', 0))")
    with db.writer.begin() as connection:
        connection.execute(hold)
        with pytest.raises(Conflict, match="waiting for another load of house"):
            move(db, "house", ASKED, "wang")
    assert version(db).correction == 0


def test_a_load_that_was_read_before_the_model_was_moved_is_refused(db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path, date=SPRING)
    waits, failed = Event(), []

    class Told(Silent):
        def report(self, done: int, total: int | None, message: str) -> None:
            if message.startswith("waiting for another load"):
                waits.set()

    def load() -> None:
        with pytest.raises(Conflict) as refused:
            load_house(db, all_layers(), tmp_path, date=SUMMER, progress=Told())
        failed.append(str(refused.value))

    with db.writer.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('onemap dataset house', 0))"))
        loading = Thread(target=load)
        loading.start()
        assert waits.wait(60)
        (held,) = versions_of(connection, "house")
        state(connection, [held.load], replace(held.placement, height_m=9.0), "wang", "meanwhile")
    loading.join(60)
    assert failed == ["the model 'house' was moved by hand while its file was read; load it again"]
    assert version(db).placement.height_m == 9.0


def test_a_model_of_a_scheme_moves_in_its_own_layer_and_stays_near_its_site(db: Database, tmp_path: Path) -> None:
    make(db, Scheme("a", Title("方案", "Scheme"), read_site(site_file(tmp_path)), date=SPRING))
    options = ModelOptions(model="a", scheme="a", date=SPRING)
    load_model(db, all_layers(), design_file(tmp_path, "a.geojson"), options, Silent())
    before = outlines(db, "a", "scheme_elements")
    assert move(db, "a", Relocation("aside", shift=(20.0, 0.0, 0.0)), "wang").rows == len(before)
    after = outlines(db, "a", "scheme_elements")
    assert all(apart_m(after[key], before[key]) == pytest.approx(20.0, abs=0.1) for key in before)
    with pytest.raises(SourceError, match="from the site of the scheme 'a'"):
        move(db, "a", Relocation("away", shift=(9000.0, 0.0, 0.0)), "wang")
    kept = outlines(db, "a", "scheme_elements")
    assert {key: one.wkb for key, one in kept.items()} == {key: one.wkb for key, one in after.items()}


def test_a_place_too_far_away_is_refused_and_nothing_has_moved(db: Database, load: Callable[..., Any]) -> None:
    load()
    before = outlines(db)
    with pytest.raises(InputError, match="100 km at most"):
        move(db, "house", Relocation("elsewhere", lonlat=(116.4, 39.9)), "wang")
    assert version(db).correction == 0
    assert {key: one.wkb for key, one in outlines(db).items()} == {key: one.wkb for key, one in before.items()}


@pytest.mark.parametrize(
    ("document", "parameter"),
    [
        ({"lon": 121.5}, "lat"), ({"lat": 91, "lon": 0}, "lat"), ({"heading_deg": 361}, "heading_deg"),
        ({"heading_deg": "north"}, "heading_deg"), ({"height_m": 1e9}, "height_m"), ({"east_m": True}, "east_m"),
        ({"east_m": float("nan")}, "east_m"), ({"lon": 1, "lat": 1, "east_m": 2}, "east_m"),
        ({"height_m": 1, "up_m": 2}, "up_m"), ({"up_m": 1, "why": " "}, "why"), ({"up_m": 1, "why": "x" * 501}, "why"),
        ({"up_m": 1, "anchor": [1, 2]}, "anchor"), ({"up_m": 1, "version": -1}, "version"), ({"scale": 2}, "scale"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_place_is_refused_by_its_word(document: dict[str, Any], parameter: str) -> None:
    with pytest.raises(ParameterError) as refused:
        read_relocation({"why": "because", **document})
    assert refused.value.parameter == parameter


def test_a_relocation_to_nowhere_is_none() -> None:
    with pytest.raises(InputError, match="nothing is asked for"):
        read_relocation({"why": "because"})


PLACES = st.builds(
    Placement,
    lon=st.floats(-180, 180), lat=st.floats(-80, 80), height_m=st.floats(-500, 5000), heading_deg=st.floats(-180, 180),
    scale=st.floats(0.99, 1.01), anchor=st.tuples(*[st.floats(-2000, 2000)] * 2, st.floats(-50, 50)),
)  # fmt: skip


@given(PLACES, PLACES, st.floats(-30, 600))
def test_outlines_are_taken_along_to_a_micrometre(before: Placement, after: Placement, low: float) -> None:
    corners = np.array([[0.0, 0.0], [40.0, 0.0], [40.0, 25.0], [0.0, 25.0], [0.0, 0.0]])
    here, there = (
        np.array([shapely.MultiPolygon([shapely.Polygon(one.geodetic(np.column_stack([corners, [low] * 5]))[:, :2])])])
        for one in (before, replace(after, scale=before.scale))
    )
    moved = moved_outlines(here, np.array([low]), before, replace(after, scale=before.scale))
    assert np.allclose(shapely.get_coordinates(moved), shapely.get_coordinates(there), rtol=0, atol=1e-11)


@given(PLACES, st.floats(-500, 500), st.floats(-500, 500), st.floats(-20, 20), st.floats(0, 360))
def test_a_shift_is_what_it_says_wherever_it_is(
    place: Placement, east: float, north: float, up: float, heading: float
) -> None:
    box = (-10.0, -20.0, 0.0, 30.0, 40.0, 50.0)
    there = Relocation("so", shift=(east, north, up), heading_deg=heading).of(place, box)
    told = shift_between(handle(place, box), there)
    assert told["east_m"] == pytest.approx(east, abs=0.05)
    assert told["north_m"] == pytest.approx(north, abs=0.05)
    assert told["up_m"] == pytest.approx(up, abs=1e-4)
    assert there.heading_deg % 360 == pytest.approx(heading % 360, abs=1e-9)
