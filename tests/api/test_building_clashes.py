"""Clashes of models and of disciplines over HTTP: what was built in is found, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxes import box_body
from city import City, open_city
from two_models import ASIDE, BUILT_IN, FRAME, SERVICES, STRUCTURE, load_parts, part

from api.layers import all_layers
from api.routes import clashes as route
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.store.engine import Database


@pytest.fixture(scope="module")
def built(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield a city with both as models of their own, and as disciplines of one."""
    folder = tmp_path_factory.mktemp("built")
    with server.copy_of(template) as database:
        load_parts(database, all_layers(), folder, "structure", STRUCTURE)
        load_parts(database, all_layers(), folder, "services", SERVICES, ASIDE)
        load_parts(database, all_layers(), folder, "both", [*STRUCTURE, *SERVICES])
        with open_city(database, folder / "home") as city:
            yield city


def report(city: City, path: str) -> Any:
    answer = city.client.get(f"/bim/models/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(document: Any) -> set[tuple[str, str, str]]:
    assert document["count"] == len(document["clashes"])
    assert not any(one["undecided"] for one in document["clashes"])
    return {(one["first"]["id"], one["second"]["id"], one["kind"]) for one in document["clashes"]}


def unordered(clashes: set[tuple[str, str, str]]) -> set[tuple[str, ...]]:
    """Return them with the two in alphabetical order: within one model none is the first."""
    return {(*sorted(one[:2]), one[2]) for one in clashes}


def test_five_clashes_of_two_models_are_found_and_no_more(built: City) -> None:
    document = report(built, "structure/clashes?with=services")
    assert found(document) == BUILT_IN
    assert document["compared"]["first"] == 5
    depths = [one["depth_m"] for one in document["clashes"]]
    assert depths == sorted(depths, reverse=True)


def test_five_clashes_of_two_disciplines_are_found_and_within_one_there_are_none(built: City) -> None:
    assert found(report(built, "both/clashes?disciplines=structure,hvac")) == BUILT_IN
    assert found(report(built, "both/clashes?disciplines=hvac,hvac")) == set()
    assert unordered(found(report(built, "both/clashes"))) == unordered(BUILT_IN)
    (beams,) = found(report(built, "both/clashes?with=both&name=beam"))
    assert beams[2] == "identical"


def test_a_clash_has_its_place_on_the_map_whichever_model_is_asked(built: City) -> None:
    there, back = (report(built, f"{one}/clashes?with={two}")["clashes"] for one, two in (
        ("structure", "services"), ("services", "structure")
    ))  # fmt: skip
    (first,) = [one for one in there if one["first"]["id"] == "slab"]
    (second,) = [one for one in back if one["first"]["id"] == "bar"]
    for one, placement in ((first, FRAME), (second, ASIDE)):
        assert placement.geodetic(np.array([one["point"]]))[0] == pytest.approx(one["position"])
    assert first["box"][:3] == pytest.approx([7, 7, 3], abs=0.3), "the box of a turned model is larger"
    x, y, z = FRAME.model(np.array([second["position"]]))[0]
    assert 7 - 1e-4 <= x <= 8 + 1e-4
    assert 7 - 1e-4 <= y <= 8 + 1e-4
    assert 3 - 1e-4 <= z <= 3.3 + 1e-4


def test_a_larger_tolerance_finds_less(built: City) -> None:
    assert len(found(report(built, "structure/clashes?with=services&tolerance=0.06"))) < 5
    assert ("angle", "pipe", "intersects") not in found(report(built, "structure/clashes?with=services&tolerance=0.06"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("structure/clashes?with=nowhere", 404), ("nowhere/clashes", 404), ("structure/clashes?tolerance=0", 400),
        ("structure/clashes?tolerance=nan", 400), ("both/clashes?disciplines=hvac", 400),
        ("both/clashes?disciplines=a,b,c", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(built: City, path: str, status: int) -> None:
    assert built.client.get(f"/bim/models/{path}").status_code == status


def test_too_many_pairs_are_refused_with_a_way_out(built: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "_MOST_PAIRS", 2)
    answer = built.client.get("/bim/models/both/clashes")
    assert answer.status_code == 400
    assert "disciplines=" in answer.json()["detail"]
    assert built.client.get("/bim/models/both/clashes?name=beam").status_code == 200


def test_a_part_is_not_held_against_what_it_is_a_part_of(db: Database, tmp_path: Path) -> None:
    stair = box_body((2, 1, 2))
    parts = [part("stair", stair), part("flight", stair, parent="stair"), part("step", stair, parent="flight")]
    load_parts(db, all_layers(), tmp_path, "stairs", parts)
    with open_city(db, tmp_path / "home") as city:
        assert found(report(city, "stairs/clashes")) == set()


def test_what_is_graded_clashes_with_nothing_that_a_stranger_hears_of(db: Database, tmp_path: Path) -> None:
    load_parts(db, all_layers(), tmp_path, "structure", STRUCTURE)
    load_parts(db, all_layers(), tmp_path, "services", SERVICES, ASIDE)
    path = "structure/clashes?with=services"
    with open_city(db, tmp_path / "home") as city:
        city.sql("UPDATE onemap.building_elements SET grade = 2 WHERE source_key IN ('duct', 'beam')")
        document = report(city, path)
        assert found(document) == {one for one in BUILT_IN if not {"duct", "beam"} & set(one)}
        assert document["compared"] == {"first": 4, "second": 6, "pairs": document["compared"]["pairs"]}
        with city.database.writer.begin() as connection:
            token = people.add(connection, "inspector", Rights(clearance=Grade.INTERNAL))
        signed = city.client.get(f"/bim/models/{path}", headers={"Authorization": f"Bearer {token}"}).json()
        assert found(signed) == BUILT_IN
