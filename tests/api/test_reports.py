import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import breeze
import pytest
from city import City, open_server
from paper import page_content, shows
from shapely.geometry import Point
from sqlalchemy import text

from layers.access.principals import token_hash
from layers.ops.jobs import run_worker
from layers.store.engine import Database
from layers.temporal import rfc3339
from layers.title import Title
from twin.runs.calculate import run_kind
from twin.scenario import RunContext, RunFeature, RunResult

RUNS = "/scenarios/wind/runs"
DUTY = {"Authorization": "Bearer duty-token"}
HOSTILE = "<script>alert('塔')</script>&amp;"
WARNING = {
    "headline": "浦东新区发布大风黄色预警",
    "warning_type": "大风",
    "level": "黄色",
    "area": "浦东新区",
    "published_at": "2026-09-15T16:00",
    "description": "浦东新区气象台2026年09月15日16时00分发布大风黄色预警[Ⅲ级/较重]:预计未来12小时本区将出现9级阵风。",
}


def hostile_sign() -> RunFeature:
    return RunFeature(
        kind="objects",
        key="risk_sources/9",
        name=HOSTILE,
        category="sign",
        geom=Point(breeze.LON - 0.0005, breeze.LAT + 0.0003),
        level=2,
        value=0.2,
        unit="1",
        rank=4,
        reason_zh=HOSTILE,
        reason_en=HOSTILE,
        owner=HOSTILE,
        detail={"measure": "probability"},
    )


def busy_street() -> RunFeature:
    """A street where people are in danger, which breaks by itself never."""
    return RunFeature(
        kind="objects",
        key="roads/1",
        name="世纪大道",
        category="street",
        geom=Point(breeze.LON, breeze.LAT),
        level=3,
        value=22.0,
        unit="m/s",
        rank=5,
        detail={"measure": "gust_ms"},
    )


def step(number: int, request: breeze.Breeze) -> dict[str, object]:
    return {
        "time": rfc3339(request.begins),
        "speed_ms": request.speed_ms + number,
        "from_deg": 90.0,
        "sigma_ms": 2.0,
        "gust_p99_ms": request.speed_ms + 5,
        "level": number,
    }


def blow(context: RunContext, request: breeze.Breeze) -> RunResult:
    calm = breeze.run(context, request)
    summary = {
        "steps": [step(number, request) for number in range(request.steps)],
        "response": {"level": 3},
        "source": f"测试风 {HOSTILE}",
        "fields": {"quality": "preview", "directions": [0, 90]},
    }
    return replace(calm, features=[*calm.features, hostile_sign(), busy_street()], summary=summary)


STORM = replace(breeze.SCENARIO, run=blow, method=(Title("筛查用", "for screening"),))


def shelf() -> dict[str, object]:
    return {STORM.id: STORM}


@pytest.fixture
def town(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a server whose only scenario is a storm with a hostile sign, and an officer who sees what is internal."""
    officer = (
        "INSERT INTO onemap.principal (name, token_sha256, roles, clearance) VALUES ('值班员', :hash, '{duty}', 2)"
    )
    with db.owner.begin() as connection:
        connection.execute(text(officer), {"hash": token_hash("duty-token")})
    with open_server(db, tmp_path, shelf) as city:
        yield city


@pytest.fixture
def work(town: City, tmp_path: Path) -> Callable[[], None]:
    kind = run_kind(shelf, tmp_path / "scenarios")
    return lambda: asyncio.run(run_worker(town.database, [kind], until_empty=True))


@pytest.fixture
def run(town: City, work: Callable[[], None]) -> str:
    """Return the address of a run that is done."""
    answer = town.client.post(f"{RUNS}?title=台风夜", json={"speed_ms": 20}, headers=DUTY)
    work()
    return f"{RUNS}/{answer.json()['id']}"


def damage(east_deg: float = 0.0, **changed: object) -> dict[str, object]:
    """Return a damage near the first crane; a ten-thousandth of a degree is some ten metres."""
    stated = {"lon": breeze.LON + 0.0001 + east_deg, "lat": breeze.LAT, "kind": "tower_crane"}
    return stated | {"time": "2026-09-16T06:30:00+08:00", "text": "吊臂折断 李某报告"} | changed


def kept(town: City) -> int:
    with town.database.owner.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM onemap.damage")).scalar_one())


def test_the_report_says_what_was_found_and_what_is_to_be_done(town, run: str) -> None:
    report = town.client.get(f"{run}/report?f=json", headers=DUTY).json()
    assert report["title"] == {"zh": "微风推演报告", "en": "Breeze: run report"}
    assert report["levels"] == {"red": 1, "orange": 2, "yellow": 2, "blue": 0}
    assert [each["rank"] for each in report["objects"]] == [1, 2, 3, 4, 5]
    assert report["objects"][0]["kind_title"] == {"zh": "塔吊", "en": "tower crane"}
    (facade,) = report["facades"]
    assert (facade["key"], facade["worst"], facade["height_m"]) == ("buildings/1", 0.75, 100)
    assert facade["cells"] == {"red": 0, "orange": 0, "yellow": 1, "blue": 0}
    assert report["keepout"] == {"red": 1, "orange": 0, "yellow": 0, "blue": 0}
    tasks = report["tasks"]
    assert (tasks["total"], tasks["states"]["draft"], tasks["in_time"]) == (2, 2, 0)
    assert tasks["listed"][0]["events"][0]["what"] == "drafted"
    assert (report["warnings"], report["damages"], report["after_action"]) == ([], [], None)
    assert report["method"] == [{"zh": "筛查用", "en": "for screening"}]
    assert report["run"]["geometry_version"] == "test"


def test_a_run_that_is_done_leads_to_its_report(town, run: str) -> None:
    links = {link["rel"]: link["href"] for link in town.client.get(run).json()["links"]}
    answer = town.client.get(links["report"], headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert town.client.get(links["report"]).headers["content-type"] == "application/json"


def test_the_table_has_as_many_objects_as_are_wanted(town, run: str) -> None:
    report = town.client.get(f"{run}/report?f=json&limit=2", headers=DUTY).json()
    assert [each["rank"] for each in report["objects"]] == [1, 2]
    assert report["levels"]["yellow"] == 2


@pytest.mark.parametrize("form", ["html", "json", "pdf"])
def test_owners_phones_remarks_and_internal_rows_are_for_those_who_may_see_them(town, run: str, form: str) -> None:
    (task, _) = town.client.get(f"{run}/tasks").json()["tasks"]
    done = {"action": "confirm", "note": "密语"}
    assert town.client.post(f"/tasks/{task['id']}", json=done, headers=DUTY).status_code == 200
    town.client.post(f"{run}/damages", json=[damage()], headers=DUTY)
    anonymous, officer = (town.client.get(f"{run}/report?f={form}", headers=headers).content for headers in ({}, DUTY))
    secrets = ("建筑公司", "密语", "李某", "值班员", "塔吊3")
    if form == "pdf":
        assert [shows(anonymous, word) for word in secrets] == [False] * 5
        assert [shows(officer, word) for word in ("建筑公司", "密语", "李某", "值班员")] == [True] * 4
        assert (b"5555" in page_content(anonymous), b"5555" in page_content(officer)) == (False, True)
    else:
        assert [word for word in (*secrets, "5555") if word in anonymous.decode()] == []
        assert [word for word in (*secrets, "5555") if word not in officer.decode()] == []


def test_a_hostile_name_is_only_text(town, run: str) -> None:
    answer = town.client.get(f"{run}/report?f=html", headers=DUTY)
    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(&#39;塔&#39;)&lt;/script&gt;&amp;amp;" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_asks_nobody_for_anything_and_has_both_languages(town, run: str, language: str) -> None:
    page = town.client.get(f"{run}/report?f=html&lang={language}").text
    assert re.findall(r"(?:src|href|url)\s*[=(]", page) == []
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}
    zh, en = page.index("重点风险对象"), page.index("Objects in danger")
    assert (zh < en) == (language == "zh")
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page
    for word in ("台风夜", "2026-09-16 06:00", "测试风", "预览级", "screening, verify on site", "II 级"):
        assert word in page, word


def test_the_map_has_streets_by_gust_numbers_and_zones_and_the_chart_the_wind(town, run: str) -> None:
    page = town.client.get(f"{run}/report?f=html", headers=DUTY).text
    plan, chart = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    # A gust of 22 m/s lies in the class from 20 to 25.
    assert 'stroke="#ff7a00"' in plan
    assert 'fill="#e02020" opacity="0.16"' in plan
    assert re.findall(r">(\d)</text>", plan) == ["5", "4", "3", "2", "1"]
    assert chart.count("级 Bft") == 3
    assert "灾损" not in plan


def test_a_run_without_steps_has_a_report_without_chart(town, run: str) -> None:
    town.sql("UPDATE onemap.run SET summary = '{}'")
    page = town.client.get(f"{run}/report?f=html")
    assert page.status_code == 200
    assert page.text.count("<figure") == 1
    assert town.client.get(f"{run}/report?f=pdf").content.startswith(b"%PDF")


def test_a_run_that_found_nothing_has_a_report_too(town, run: str) -> None:
    town.sql("DELETE FROM onemap.run_feature")
    town.sql("DELETE FROM onemap.task")
    page = town.client.get(f"{run}/report?f=html").text
    for word in ("没有达到蓝色及以上等级的对象", "没有达到蓝色及以上等级的立面单元", "没有生成任务"):
        assert word in page
    assert town.client.get(f"{run}/report?f=pdf").content.startswith(b"%PDF")


def test_the_pdf_has_vectors_chinese_and_numbered_pages(town, run: str) -> None:
    answer = town.client.get(f"{run}/report?f=pdf", headers=DUTY)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('inline; filename="run-')
    pdf = answer.content
    assert pdf.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type /Page\b", pdf))
    assert pages >= 2
    assert b"/Subtype /Image" not in pdf
    drawn = page_content(pdf)
    for number in range(1, pages + 1):
        assert b"(%d / %d) Tj" % (number, pages) in drawn
    for word in ("塔吊1", "平面图", "方法与局限"):
        assert shows(pdf, word.rstrip("1")), word


def test_names_that_are_too_long_or_have_no_character_in_the_font_still_make_a_pdf(town, run: str) -> None:
    long = "长" * 5000 + "😀\u202e" + "W" * 5000
    town.sql(f"UPDATE onemap.run_feature SET name = '{long}', reason_zh = '{long}', owner = '{long}'")
    town.sql(
        f"UPDATE onemap.task SET title_zh = '{long}', title_en = '{long}', owner = '{long}', department_en = '{long}'"
    )
    (task, _) = town.client.get(f"{run}/tasks").json()["tasks"]
    for _ in range(12):
        said = {"action": "report", "note": "长" * 2000}
        assert town.client.post(f"/tasks/{task['id']}", json=said, headers=DUTY).status_code == 200
    town.client.post(f"{run}/damages", json=[damage(text="长" * 1000), damage(0.1, text="W" * 1000)], headers=DUTY)
    assert town.client.get(f"{run}/report?f=pdf", headers=DUTY).content.startswith(b"%PDF")


def test_damages_are_judged(town, run: str) -> None:
    rows = [damage(), damage(0.0009, kind="树木", text="树倒"), damage(0.05, kind="tree", text="远处")]
    answer = town.client.post(f"{run}/damages", json=rows, headers=DUTY)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith(f"{run}/report")
    found = answer.json()
    assert (found["new"], found["known"]) == (3, 0)
    judged = found["after_action"]
    # One of two cranes was hit; the other and two signs were not; a street does not break.
    assert judged["score"] == {"hits": 1, "misses": 1, "false_alarms": 3, "pod": 0.5, "far": 0.75, "csi": 0.2}
    assert judged["kinds"]["tower_crane"] == {
        "hits": 1,
        "misses": 0,
        "false_alarms": 1,
        "pod": 1.0,
        "far": 0.5,
        "csi": 0.5,
    }
    assert judged["hits"][0]["object"]["key"] == "risk_sources/1"
    assert judged["hits"][0]["distance_m"] < 0.5
    assert [each["kind"] for each in judged["misses"]] == ["tree"]
    assert [each["lon"] for each in judged["outside"]] == [pytest.approx(rows[2]["lon"])]
    report = town.client.get(f"{run}/report?f=json", headers=DUTY).json()
    assert report["after_action"] == judged
    assert report["title"]["zh"] == "微风行动后报告"
    page = town.client.get(f"{run}/report?f=html", headers=DUTY).text
    for word in ("范围外，未参与评估", "灾损 Damage", "50%", "75%", "20%"):
        assert word in page, word


def test_a_facade_is_hit_at_any_of_its_cells(town, run: str) -> None:
    town.sql("UPDATE onemap.run_feature SET key = 'buildings/1/7' WHERE kind = 'facades'")
    town.sql(
        "UPDATE onemap.run_feature SET key = 'buildings/1', category = 'facade', "
        "geom = ST_SetSRID(ST_MakePoint(121.52, 31.25), 4490) WHERE key = 'risk_sources/1'"
    )
    found = town.client.post(f"{run}/damages", json=[damage(kind="玻璃幕墙")], headers=DUTY).json()
    assert [hit["object"]["key"] for hit in found["after_action"]["hits"]] == ["buildings/1"]


def test_an_object_of_a_higher_grade_is_no_hit_for_who_may_not_see_it(town, run: str) -> None:
    town.client.post(f"{run}/damages", json=[damage(0.0002, kind="sign")], headers=DUTY)
    anonymous, officer = (
        town.client.get(f"{run}/report?f=json", headers=headers).json()["after_action"] for headers in ({}, DUTY)
    )
    assert officer["hits"][0]["object"]["name"] == "塔吊3"
    assert (anonymous["hits"], len(anonymous["misses"])) == ([], 1)
    assert "塔吊3" not in str(anonymous)


def test_a_task_done_before_the_damage_is_told(town, run: str) -> None:
    (task, _) = town.client.get(f"{run}/tasks").json()["tasks"]
    for action in ("confirm", "start", "done"):
        town.client.post(f"/tasks/{task['id']}", json={"action": action}, headers=DUTY)
    town.sql("UPDATE onemap.task_event SET at = '2026-09-15T22:10:00Z'")
    found = town.client.post(f"{run}/damages", json={"damages": [damage()]}, headers=DUTY).json()
    assert found["after_action"]["hits"][0]["acted_before"]
    report = town.client.get(f"{run}/report?f=json").json()
    assert (report["tasks"]["in_time"], report["tasks"]["states"]["done"]) == (1, 1)


def test_what_is_handed_in_twice_is_kept_once_and_may_be_taken_back(town, run: str) -> None:
    for known in (0, 1):
        answer = town.client.post(f"{run}/damages", json=[damage()], headers=DUTY).json()
        assert (answer["new"], answer["known"]) == (1 - known, known)
    (one,) = town.client.get(f"{run}/report?f=json").json()["damages"]
    url = f"{run}/damages/{one['id']}"
    assert town.client.delete(url).status_code == 401
    assert town.client.delete(url, headers=DUTY).status_code == 204
    assert town.client.delete(url, headers=DUTY).status_code == 404
    assert town.client.get(f"{run}/report?f=json").json()["after_action"] is None


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        (damage(kind="boat"), "damages[1].kind"),
        (damage(kind=None), "damages[1].kind"),
        (damage(lon="east"), "damages[1].lon"),
        (damage(lat=True), "damages[1].lat"),
        (damage(lat=121.5, lon=31.2), "damages[1].lat"),
        (damage(time="2026-09-16T06:30:00"), "damages[1].time"),
        (damage(time="2025-09-16T06:30:00Z"), "damages[1].time"),
        (damage(time=17), "damages[1].time"),
        (damage(text="长" * 1001), "damages[1].text"),
        (damage(text="\0"), "damages[1].text"),
        (damage(colour="red"), "damages[1].colour"),
        ("树倒了", "damages[1]"),
    ],
)
def test_a_bad_damage_is_refused_with_its_place_and_nothing_is_kept(
    town, run: str, wrong: object, parameter: str
) -> None:
    answer = town.client.post(f"{run}/damages", json=[damage(), wrong], headers=DUTY)
    assert (answer.status_code, answer.json().get("parameter")) == (400, parameter)
    assert kept(town) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"{", b'"x"', b"\xff", b'[{"lon": 1e999}]'])
def test_what_is_no_list_of_damages_is_refused(town, run: str, body: bytes) -> None:
    answer = town.client.post(f"{run}/damages", content=body, headers=DUTY)
    assert answer.status_code == 400, answer.text
    assert kept(town) == 0


def test_damages_are_for_those_on_duty_and_every_act_is_in_the_audit_trail(town, run: str) -> None:
    assert town.client.post(f"{run}/damages", json=[damage()]).status_code == 401
    town.client.post(f"{run}/damages", json=[damage()], headers=DUTY)
    with town.database.owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT principal, allowed FROM onemap.audit"
                " WHERE detail ? 'damages' OR principal = 'anonymous' ORDER BY id"
            )
        )
        assert [tuple(row) for row in rows] == [("anonymous", "no"), ("值班员", "yes")]
    assert kept(town) == 1


def test_a_run_that_is_not_done_has_no_report_and_takes_no_damages(town) -> None:
    waiting = town.client.post(RUNS, json={}, headers=DUTY).json()["id"]
    answer = town.client.get(f"{RUNS}/{waiting}/report?f=html")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        f"run {waiting} is queued; its report is available once it is done",
    )
    assert town.client.post(f"{RUNS}/{waiting}/damages", json=[damage()], headers=DUTY).status_code == 409


def test_the_damages_of_a_run_go_with_it(town, run: str) -> None:
    town.client.post(f"{run}/damages", json=[damage()], headers=DUTY)
    assert town.client.delete(run, headers=DUTY).status_code == 204
    assert kept(town) == 0
    assert town.client.get(f"{run}/report").status_code == 404


@pytest.mark.parametrize(
    ("query", "parameter"), [("f=doc", "f"), ("lang=fr", "lang"), ("limit=0", "limit"), ("limit=x", "limit")]
)
def test_a_form_that_there_is_not_is_named(town, run: str, query: str, parameter: str) -> None:
    answer = town.client.get(f"{run}/report?{query}")
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


def test_the_warning_behind_a_run_stands_in_its_report(town, work) -> None:
    started = town.client.post("/warnings", json=WARNING, headers=DUTY)
    work()
    run = started.headers["location"]
    report = town.client.get(f"{run}/report?f=json").json()
    assert [each["level"] for each in report["warnings"]] == [2]
    page = town.client.get(f"{run}/report?f=html").text
    assert "浦东新区大风黄色预警" in page
    assert "预计未来12小时本区将出现9级阵风" in page
    assert shows(town.client.get(f"{run}/report?f=pdf").content, "浦东新区大风黄色预警")
