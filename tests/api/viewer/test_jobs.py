"""Long work in the viewer, as an administrator sees it."""

import json

import pytest
from authored_ids import attribute, specification, write_ids
from authored_ifc import authored
from sqlalchemy import text

pytestmark = pytest.mark.browser


@pytest.fixture
def administrator(viewer, sample_city):
    """Yield the viewer, signed in for one test."""
    viewer.open_beside()
    viewer.page.click("#principal")
    viewer.page.fill("#token", sample_city.token)
    with viewer.page.expect_navigation():
        viewer.page.click("#sign-in")
    yield viewer.settle()
    viewer.page.context.clear_cookies()


def test_a_visitor_sees_no_jobs(viewer) -> None:
    assert not viewer.open_beside().page.is_visible("#jobs-open")


def test_an_administrator_hands_in_a_file_and_stops_its_job(administrator, tmp_path) -> None:
    page = administrator.page
    point = {
        "type": "Feature",
        "properties": {"name": "甲"},
        "geometry": {"type": "Point", "coordinates": [121.5, 31.2]},
    }
    path = tmp_path / "jobs_of_the_viewer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [point]}))
    page.click("#jobs-open")
    page.set_input_files("#jobs-file", str(path))
    page.wait_for_selector("#jobs-list li[data-state=queued]")
    assert "排队中" in page.inner_text("#jobs-list")
    page.click("#jobs-list button")
    page.wait_for_selector("#jobs-list li[data-state=cancelled]")
    assert "已取消" in page.inner_text("#jobs-list")


def test_what_a_file_is_goes_by_its_name(administrator) -> None:
    names = ["a.IFC", "a.city.json", "a.city.jsonl.gz", "a.obj", "a.geojson", "a.json", "a.geojsonl", "a.xlsx", "a.tif"]
    assert administrator.of_module("jobs.js", "given.filter(one.isModel)", names) == names[:4]


def test_a_job_tells_the_time_left_once_its_speed_is_known(administrator) -> None:
    steps = [("shaping", 100, 0), ("shaping", 110, 1000), ("shaping", 200, 10000), ("shaping", 999, 20000)]
    told = "given.map(([message, done, ms]) => one.leftOf({id: 1, message, total: 1000, done}, ms))"
    said = administrator.of_module("jobs.js", told, [*steps, ("writing", 0, 21000)])
    assert said == ["", "", "约剩 80 秒", "约剩 0 秒", ""]


def test_a_model_is_checked_against_a_specification_and_its_report_is_linked(
    administrator, sample_city, tmp_path
) -> None:
    page = administrator.page
    page.click("#jobs-open")
    ids = write_ids(tmp_path / "delivery.ids", [specification("门", "IFCDOOR", attribute("Name"))])
    page.set_input_files("#jobs-ids", str(ids))
    page.check("#jobs-check")
    page.set_input_files("#jobs-file", str(authored(tmp_path / "house.ifc")))
    page.wait_for_selector("#jobs-list li:has-text('house.ifc')")
    administrator.picture("jobs_check")
    with sample_city.database.owner.begin() as connection:
        done = "UPDATE onemap.job SET state = 'done' WHERE kind = 'check' RETURNING id, arguments"
        number, arguments = connection.execute(text(done)).one()
    assert arguments["ids"].endswith("delivery.ids")
    page.wait_for_selector("#jobs-list li[data-state=done] a")
    assert page.get_attribute("#jobs-list li[data-state=done] a", "href") == f"/jobs/{number}/report?f=html"
    page.uncheck("#jobs-check")
    page.check("#jobs-strict")
    page.set_input_files("#jobs-file", str(authored(tmp_path / "other.ifc")))
    page.wait_for_selector("#jobs-list li:has-text('other.ifc')")
    with sample_city.database.owner.begin() as connection:
        kept = "UPDATE onemap.job SET state = 'cancelled' WHERE kind = 'model' AND state = 'queued' RETURNING arguments"
        (given,) = connection.execute(text(kept)).scalars()
    assert given["given"] == {"strict": ["yes"]}
    assert given["ids"].endswith("delivery.ids")
