"""Models held against delivery specifications over HTTP: checked only, or checked and loaded; who sees the report."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from authored_ids import attribute, between, specification, write_ids
from authored_ifc import Author, Plan, guid
from city import City, open_city

from api.client import Client
from api.work import job_kinds
from bim.checking import MOST_IDS_BYTES
from layers.access import people
from layers.access.people import Rights
from layers.grades import Grade
from layers.ops.jobs import run_worker
from layers.settings import Settings
from layers.store.engine import Database

ENTITY = '<!DOCTYPE ids [<!ENTITY a "aaaa">]><ids>&a;</ids>'


@pytest.fixture
def office(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a small city whose files have a folder of their own."""
    with open_city(db, tmp_path / "home") as city:
        yield city


@pytest.fixture
def authored(tmp_path: Path) -> tuple[Path, Path]:
    """Return a house, one of whose two doors is too low, and what is asked of doors."""
    author = Author(Plan(latitude=(31, 14, 0), longitude=(121, 30, 0)))
    for storey, height in zip(author.storeys, (2.1, 1.9), strict=True):
        storey.door.OverallHeight = height
    author.storeys[1].door.Name = "<b>门</b>"
    asked = [
        specification("门高", "IFCDOOR", attribute("OverallHeight", between(2.0, 2.5))),
        specification("doors", "IFCDOOR", attribute("Name")),
    ]
    return author.write(tmp_path / "house.ifc"), write_ids(tmp_path / "delivery.ids", asked)


def hand_in(city: City, kind: str, path: Path, ids: Path | None, options: str = "", signed: Any = None) -> Any:
    files = {name: (one.name, one.read_bytes()) for name, one in (("file", path), ("ids", ids)) if one is not None}
    headers = city.signed_in if signed is None else signed
    return city.client.post(f"/jobs/{kind}", files=files, data={"options": options}, headers=headers)


def work(city: City, tmp_path: Path) -> None:
    kinds = job_kinds(Settings(_env_file=None, home=tmp_path / "home"))
    asyncio.run(run_worker(city.database, kinds, until_empty=True))


def person(city: City, name: str, roles: tuple[str, ...], clearance: Grade) -> dict[str, str]:
    with city.database.writer.begin() as connection:
        token = people.add(connection, name, Rights(roles, clearance))
    return {"Authorization": f"Bearer {token}"}


def job_of(city: City, answer: Any) -> Any:
    assert answer.status_code == 202, answer.text
    return city.client.get(f"/jobs/{answer.json()['id']}", headers=city.signed_in).json()


def report(city: City, number: int, signed: Any = None, **asked: str) -> Any:
    headers = city.signed_in if signed is None else signed
    return city.client.get(f"/jobs/{number}/report", params=asked, headers=headers)


def test_a_check_loads_nothing_and_its_report_is_json_and_a_page(
    office: City, authored: tuple[Path, Path], tmp_path: Path
) -> None:
    answer = hand_in(office, "checks", *authored)
    assert report(office, answer.json()["id"]).status_code == 404, "there is none yet"
    work(office, tmp_path)
    done = job_of(office, answer)
    assert (done["kind"], done["state"]) == ("check", "done"), done
    assert done["result"] == {"passed": False, "specifications": 2, "failed": 1, "defects": done["result"]["defects"]}
    document = report(office, done["id"]).json()
    assert document["file"] == "house.ifc"
    assert [one["status"] for one in document["ids"]["specifications"]] == ["failed", "passed"]
    (failure,) = document["ids"]["specifications"][0]["requirements"][0]["failures"]
    assert failure["element"] == guid("door 1")
    assert "1.9" in failure["reason"]["zh"]
    assert document["georeference"]["level"] == 20
    page = report(office, done["id"], f="html")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "不符合 failed" in page.text
    assert "<b>门" not in page.text
    assert office.client.get("/bim/models").json()["models"] == []


def test_a_load_has_what_fails_as_defects_and_a_strict_one_is_refused_with_its_report(
    office: City, authored: tuple[Path, Path], tmp_path: Path
) -> None:
    strict = hand_in(office, "models", *authored, "model=house&strict=yes")
    work(office, tmp_path)
    failed = job_of(office, strict)
    assert failed["state"] == "failed"
    assert "1 of 2 specifications of '交付要求' fail" in failed["message"]
    assert office.client.get("/bim/models").json()["models"] == []
    assert report(office, failed["id"]).json()["passed"] is False
    loaded = hand_in(office, "models", *authored, "model=house")
    work(office, tmp_path)
    done = job_of(office, loaded)
    assert done["state"] == "done", done
    assert guid("door 1") in [one["element"] for one in done["result"]["defects"] if one["rule"] == "ids.failed"]
    assert [one["id"] for one in office.client.get("/bim/models").json()["models"]] == ["house"]
    assert "不符合 failed" in report(office, done["id"], f="html").text


def test_a_report_is_for_administrators_up_to_its_grade_and_for_whoever_handed_it_in(
    office: City, authored: tuple[Path, Path], tmp_path: Path
) -> None:
    lowly = person(office, "lowly", ("administrator",), Grade.OPEN)
    reader = person(office, "reader", ("steward",), Grade.RESTRICTED)
    number = hand_in(office, "checks", *authored, "grade=internal&shapes=no").json()["id"]
    own = hand_in(office, "models", *authored, "model=house", signed=lowly).json()["id"]
    work(office, tmp_path)
    assert report(office, number).status_code == 200
    unseen = report(office, number, lowly)
    assert unseen.status_code == 404
    assert unseen.json()["detail"].replace(str(number), "9999") == report(office, 9999, lowly).json()["detail"]
    assert report(office, number, reader).status_code == 404
    assert report(office, number, {}).status_code == 401
    with office.database.writer.begin() as connection:
        people.change(connection, "lowly", roles=("steward",))
    assert report(office, own, lowly).status_code == 200, "who handed it in keeps it"
    office.sql("UPDATE onemap.building_elements SET grade = 2 WHERE dataset = 'house' AND class = 'IfcDoor'")
    assert report(office, own, lowly).status_code == 404, "a grade that is raised later counts"
    assert report(office, own).status_code == 200


@pytest.mark.parametrize(
    ("kind", "name", "options", "says"),
    [
        ("checks", "house.glb", "", "files of IFC"), ("models", "house.glb", "", "files of IFC"),
        ("checks", "house.ifc", "colour=red", "colour"), ("checks", "house.ifc", "shapes=some", "shapes"),
        ("checks", "house.ifc", "grade=secret", "grade"), ("checks", "house.ifc", "grade=a%00", "NUL"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused_before_anything_is_kept(
    office: City, authored: tuple[Path, Path], tmp_path: Path, kind: str, name: str, options: str, says: str
) -> None:
    path = authored[0].rename(tmp_path / name)
    answer = hand_in(office, kind, path, authored[1], options)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert list((tmp_path / "home").glob("uploads/*")) == []


def test_a_specification_that_is_too_large_leaves_nothing_and_one_with_a_dtd_fails_as_a_job(
    office: City, authored: tuple[Path, Path], tmp_path: Path
) -> None:
    large = tmp_path / "large.ids"
    large.write_bytes(b" " * (MOST_IDS_BYTES + 1))
    answer = hand_in(office, "checks", authored[0], large)
    assert answer.status_code == 400
    assert "ids: it is larger than 16777216 bytes" in answer.json()["detail"]
    assert list((tmp_path / "home").glob("uploads/*")) == []
    hostile = tmp_path / "hostile.ids"
    hostile.write_text(ENTITY)
    answer = hand_in(office, "checks", authored[0], hostile)
    work(office, tmp_path)
    failed = job_of(office, answer)
    assert failed["state"] == "failed"
    assert "no XML that can be read" in failed["message"]
    assert report(office, failed["id"]).status_code == 404
    assert hand_in(office, "checks", authored[0], None, signed={}).status_code == 401


def test_the_client_waits_for_the_report(office: City, authored: tuple[Path, Path], tmp_path: Path) -> None:
    found: list[dict[str, Any]] = []

    def ask() -> None:
        with Client(str(office.client.base_url), office.token) as client:
            found.append(client.check_model(*authored, shapes="no"))

    asking = Thread(target=ask)
    asking.start()
    while asking.is_alive():
        work(office, tmp_path)
        asking.join(0.2)
    assert [one["status"] for one in found[0]["ids"]["specifications"]] == ["failed", "passed"]
