import asyncio
import json
import time
from urllib.parse import urlencode

import pytest
from made_raster import ground, write_raster
from sqlalchemy import text

from layers.catalog import built_in
from layers.intake.ingest.jobs import LOAD, load_kind
from layers.ops.jobs import run_worker
from layers.ops.process import wait_until
from layers.raster.files import RasterFiles

SCHOOLS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": number,
            "properties": {"name": f"第{number}小学", "pupils": 100 * number},
            "geometry": {"type": "Point", "coordinates": [121.5 + number / 1000, 31.23]},
        }
        for number in range(1, 4)
    ],
}


def hand_in(city, content: bytes, options: str = "") -> dict:
    upload = {"file": ("clinics.geojson", content)}
    answer = city.client.post("/jobs/loads", files=upload, data={"options": options}, headers=city.signed_in)
    assert answer.status_code == 202, answer.text
    return answer.json() | {"location": answer.headers["location"]}


def work(city) -> None:
    asyncio.run(run_worker(city.database, [LOAD], until_empty=True))


def test_an_uploaded_file_becomes_a_layer_on_every_route(own_city) -> None:
    job = hand_in(own_city, json.dumps(SCHOOLS).encode())
    assert job["state"] == "queued"
    work(own_city)
    done = own_city.client.get(job["location"], headers=own_city.signed_in).json()
    assert done["state"] == "done", done
    items = own_city.client.get("/collections/clinics/items?pupils=200").json()
    assert [feature["properties"]["name"] for feature in items["features"]] == ["第2小学"]
    assert own_city.client.get("/tiles/clinics/14/13721/6695.mvt").status_code in (200, 204)
    assert own_city.client.get("/search?q=第3小学").json()["results"][0]["layer"] == "clinics"


def test_wishes_on_columns_and_keys_are_heeded(own_city) -> None:
    job = hand_in(own_city, json.dumps(SCHOOLS).encode(), "layer=colleges&key=title&map=name=title&map=pupils=students")
    work(own_city)
    done = own_city.client.get(job["location"], headers=own_city.signed_in).json()
    assert done["state"] == "done", done
    items = own_city.client.get("/collections/colleges/items?students=200").json()
    assert [feature["properties"]["title"] for feature in items["features"]] == ["第2小学"]


def test_an_uploaded_raster_is_in_the_catalogue(own_city, tmp_path) -> None:
    content = write_raster(tmp_path / "dem.tif", ground()).read_bytes()
    upload = {"file": ("地面高程.tif", content)}
    options = urlencode({"layer": "dem", "raster": ["unit=m", "elevation=yes"]}, doseq=True)
    answer = own_city.client.post("/jobs/loads", files=upload, data={"options": options}, headers=own_city.signed_in)
    files = RasterFiles.in_home(tmp_path)
    asyncio.run(run_worker(own_city.database, [load_kind(built_in, files)], until_empty=True))
    done = own_city.client.get(answer.headers["location"], headers=own_city.signed_in).json()
    assert done["state"] == "done", done
    assert [(one["raster"], one["outcome"]) for one in done["result"]["rasters"]] == [("dem", "new")]
    (shown,) = own_city.client.get("/rasters").json()["rasters"]
    assert (shown["id"], shown["bands"][0]["unit"], shown["elevation"]) == ("dem", "m", True)
    value = own_city.client.get("/rasters/dem/value", params={"lon": 121.5001, "lat": 31.2499}).json()
    assert value["bands"][0]["value"] == pytest.approx(3.0, abs=0.01)


def test_a_file_that_is_none_fails_with_its_reason_and_leaves_nothing(own_city) -> None:
    job = hand_in(own_city, b"{ this is no GeoJSON")
    work(own_city)
    failed = own_city.client.get(job["location"], headers=own_city.signed_in).json()
    assert failed["state"] == "failed"
    assert "clinics.geojson" in failed["message"]
    assert own_city.client.get("/collections/clinics").status_code == 404


def test_a_queued_job_can_be_stopped(own_city) -> None:
    job = hand_in(own_city, json.dumps(SCHOOLS).encode())
    answer = own_city.client.delete(f"/jobs/{job['id']}", headers=own_city.signed_in)
    assert answer.status_code == 202
    work(own_city)
    assert own_city.client.get(job["location"], headers=own_city.signed_in).json()["state"] == "cancelled"
    assert own_city.client.get("/collections/clinics").status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/jobs"), ("GET", "/jobs/1"), ("DELETE", "/jobs/1")])
def test_jobs_are_for_those_who_may(city, method: str, path: str) -> None:
    assert city.client.request(method, path).status_code == 401


def test_loads_are_for_those_who_may_and_a_refusal_is_recorded(own_city) -> None:
    answer = own_city.client.post("/jobs/loads", files={"file": ("a.geojson", b"{}")})
    assert answer.status_code == 401
    with own_city.database.owner.connect() as connection:
        rows = connection.execute(text("SELECT principal, action, resource, allowed FROM onemap.audit")).all()
    assert [tuple(row) for row in rows] == [("anonymous", "write", "loads", "no")]


def test_a_wish_that_is_none_is_named(city) -> None:
    upload = {"file": ("a.geojson", b"{}")}
    answer = city.client.post("/jobs/loads", files=upload, data={"options": "colour=red"}, headers=city.signed_in)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "colour"


def test_trust_is_yes_or_no(city) -> None:
    upload = {"file": ("a.geojson", b"{}")}
    answer = city.client.post("/jobs/loads", files=upload, data={"options": "trust_crs=1"}, headers=city.signed_in)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "trust_crs: '1' is neither yes nor no"


def test_shifted_coordinates_are_a_wish_like_any_other(own_city) -> None:
    job = hand_in(own_city, json.dumps(SCHOOLS).encode(), "crs=GCJ-02&trust_crs=yes")
    work(own_city)
    result = own_city.client.get(job["location"], headers=own_city.signed_in).json()["result"]
    assert (result["source_crs"], result["accuracy_m"]) == ("GCJ-02", 2.0)


def test_a_file_over_the_limit_is_refused(city_with, tmp_path) -> None:
    with city_with(upload_bytes=10) as city:
        answer = city.client.post("/jobs/loads", files={"file": ("a.geojson", b"x" * 11)}, headers=city.signed_in)
        assert answer.status_code == 400
        assert "larger than 10 bytes" in answer.json()["detail"]
    assert list((tmp_path / "uploads").iterdir()) == []


def test_new_layers_are_followed_on_after_an_error_of_the_database(own_city) -> None:
    own_city.sql("ALTER TABLE onemap.layer RENAME COLUMN definition TO hidden")
    own_city.sql("NOTIFY onemap_layers")
    # Until the process has met it and waits to try again.
    time.sleep(0.5)
    own_city.sql("ALTER TABLE onemap.layer RENAME COLUMN hidden TO definition")
    hand_in(own_city, json.dumps(SCHOOLS).encode())
    work(own_city)
    assert wait_until(lambda: own_city.client.get("/collections/clinics").status_code == 200, 60)
