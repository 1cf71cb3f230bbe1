"""Building models handed in over HTTP, and loaded in the background."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bundled import SAMPLE
from city import City

from api.work import job_kinds
from layers.ops.jobs import run_worker
from layers.settings import Settings

BLOCK = SAMPLE / "bim" / "office_block.ifc"


def hand_in(city: City, path: Path, options: str, signed: bool = True) -> Any:
    headers = city.signed_in if signed else {}
    with path.open("rb") as file:
        return city.client.post("/jobs/models", files={"file": file}, data={"options": options}, headers=headers)


def work(city: City, home: Path) -> None:
    asyncio.run(run_worker(city.database, job_kinds(Settings(_env_file=None, home=home)), until_empty=True))


def test_a_model_is_handed_in_placed_and_served(city: City, tmp_path: Path) -> None:
    answer = hand_in(city, BLOCK, "model=handed&at=121.5100,31.2400&heading=15&date=2026-05-01T00:00:00Z")
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"].endswith(f"/jobs/{answer.json()['id']}")
    work(city, tmp_path)
    done = city.client.get(f"/jobs/{answer.json()['id']}", headers=city.signed_in).json()
    assert done["state"] == "done", done
    assert done["result"]["counts"]["IfcBuildingStorey"] == 6
    (listed,) = [one for one in city.client.get("/bim/models").json()["models"] if one["id"] == "handed"]
    assert listed["date"] == "2026-05-01T00:00:00Z"
    assert listed["position"] == pytest.approx([121.51, 31.24], abs=1e-3)


def test_a_broken_model_fails_as_a_job_and_nothing_is_there(city: City, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ifc"
    broken.write_bytes(BLOCK.read_bytes()[:20_000])
    number = hand_in(city, broken, "model=broken").json()["id"]
    work(city, tmp_path)
    failed = city.client.get(f"/jobs/{number}", headers=city.signed_in).json()
    assert failed["state"] == "failed"
    assert "broken.ifc" in failed["message"]
    assert "broken" not in [one["id"] for one in city.client.get("/bim/models").json()["models"]]


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ("colour=red", "colour"), ("at=here", "at"), ("heading=north", "heading"), ("grade=secret", "grade"),
        ("model=Groß", "model"), ("control=1,2=3", "control"), ("footprint=12", "footprint"),
        ("strict=perhaps", "strict"), ("most_triangles=many", "most_triangles"), ("date=yesterday", "date"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_read_are_refused_before_anything_is_kept(
    city: City, options: str, parameter: str
) -> None:
    before = city.client.get("/jobs", headers=city.signed_in).json()["jobs"]
    answer = hand_in(city, BLOCK, options)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    assert city.client.get("/jobs", headers=city.signed_in).json()["jobs"] == before


def test_a_stranger_hands_in_nothing(city: City) -> None:
    assert hand_in(city, BLOCK, "", signed=False).status_code == 401
