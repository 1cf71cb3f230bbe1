"""Notices of the meteorological office."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from layers.errors import InputError, ParameterError
from twin.hazard import Level
from twin.warnings import Status, Validity, decide, read_cap, read_record, read_records, read_text, write_cap
from twin.warnings.kinds import KINDS
from twin.warnings.warning import BEIJING

COLORS = {"蓝色": Level.BLUE, "黄色": Level.YELLOW, "橙色": Level.ORANGE, "红色": Level.RED}
TEXT = "浦东新区气象台2026年07月19日15时30分发布大风黄色预警[Ⅲ级/较重]:预计今天半夜以前,本区将出现阵风8-10级的大风。"


def record(**changes):
    return {
        "headline": "浦东新区发布大风黄色预警",
        "warning_type": "大风",
        "level": "黄色",
        "area": "浦东新区",
        "published_at": "2026-07-19T15:30",
        "date_from": "2026-07-19",
        "date_to": "2026-07-20",
        "description": TEXT,
    } | changes


@pytest.fixture(scope="module")
def notices(shared_data):
    path = shared_data / "incidents" / "pudong_weather_warnings_2026.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_real_notice_says_what_its_own_fields_and_text_say(notices):
    warnings = read_records(notices)
    assert len(warnings) == len(notices) == 47
    for notice, warning in zip(notices, warnings, strict=True):
        assert KINDS[warning.kind].title.zh == notice["warning_type"]
        assert warning.level is COLORS[notice["level"]]
        assert (warning.area, warning.division) == (notice["area"], "310115")
        assert warning.issued == datetime.fromisoformat(notice["published_at"] + "+08:00")
        year, month, day, hour, minute = map(int, re.findall(r"\d+", notice["description"])[:5])
        assert warning.issued.astimezone(BEIJING) == datetime(year, month, day, hour, minute, tzinfo=BEIJING)
        assert warning.issued.tzinfo is UTC
        assert warning.issued <= warning.begins < warning.expires <= warning.issued + timedelta(days=4)
        assert warning.source == "浦东新区气象台"


def test_the_wind_notices_start_a_run_and_the_others_do_not(notices):
    started = [warning for warning in read_records(notices) if decide(warning).scenario == "wind"]
    expected = [notice for notice in notices if notice["warning_type"] in {"大风", "台风"}]
    assert len(started) == len(expected) == 13
    assert all(warning.wind for warning in started)


def test_times_figures_and_changes_of_real_notices_are_read(notices):
    by_time = {notice["published_at"]: read_record(notice) for notice in notices}
    fading = by_time["2026-07-12T18:30"]
    assert (fading.status, fading.previous) == (Status.UPDATED, Level.YELLOW)
    assert fading.begins == datetime(2026, 7, 12, 20, tzinfo=BEIJING)
    assert fading.expires == datetime(2026, 7, 13, 20, tzinfo=BEIJING)
    assert (fading.wind.mean.low, fading.wind.mean.high, fading.wind.from_deg) == (7, 8, 180.0)
    coming = by_time["2026-08-08T09:00"]
    assert (coming.status, coming.validity) == (Status.UPDATED, Validity.DEFAULT)
    assert coming.expires - coming.begins == timedelta(hours=24)
    assert by_time["2026-08-09T12:58"].previous is Level.RED
    assert sum(warning.validity is Validity.DEFAULT for warning in by_time.values()) == 1
    assert sum(warning.status is Status.UPDATED for warning in by_time.values()) == 12


def test_the_bare_texts_say_the_same_as_the_records(notices):
    for notice in notices:
        by_record, by_text = read_record(notice), read_text(notice["description"])
        for field in ("kind", "level", "division", "issued", "expires", "status", "wind"):
            assert getattr(by_record, field) == getattr(by_text, field), field


def test_every_real_notice_survives_cap(notices):
    for warning in read_records(notices):
        assert read_cap(write_cap(warning)) == warning


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"headline": "浦东新区发布大风蓝色预警"}, "headline"),
        ({"headline": "浦东新区发布暴雨黄色预警"}, "headline"),
        ({"headline": "徐汇区发布大风黄色预警"}, "headline"),
        ({"headline": "要刮风了"}, "headline"),
        ({"level": "蓝色"}, "headline"),
        ({"level": "紫色"}, "level"),
        ({"warning_type": "地震"}, "warning_type"),
        ({"area": ""}, "area"),
        ({"published_at": "2026-07-19T15:31"}, "description"),
        ({"published_at": "昨天"}, "published_at"),
        ({"published_at": "0001-01-01T00:00"}, "published_at"),
        ({"description": TEXT.replace("2026年", "9999年")}, "description"),
        ({"date_to": "2026-07-18"}, "date_to"),
        ({"date_from": "2026-07-20"}, "date_from"),
        ({"description": TEXT.replace("Ⅲ级/较重", "Ⅱ级/严重")}, "description"),
        ({"description": TEXT.replace("Ⅲ级/较重", "Ⅲ级/严重")}, "description"),
        ({"description": TEXT.replace("大风黄色预警[", "大风橙色预警[")}, "description"),
        ({"description": TEXT + "大风蓝色预警信号更新为大风红色预警信号。"}, "description"),
        ({"description": TEXT.replace("07月19日", "13月19日")}, "description"),
        ({"description": TEXT.replace("8-10级", "8-20级")}, "description"),
        ({"description": 7}, "description"),
        ({"description": "风" * 6000}, "description"),
    ],
)
def test_a_contradiction_names_the_field(changes, field):
    with pytest.raises(ParameterError) as caught:
        read_record(record(**changes))
    assert caught.value.parameter == field


def test_an_error_in_a_list_names_the_record():
    with pytest.raises(ParameterError, match=r"^\[1\]\.level: "):
        read_records([record(), record(level="紫色")])
    with pytest.raises(ParameterError, match="not list"):
        read_record([])
    with pytest.raises(InputError, match="1001 notices"):
        read_records([record()] * 1001)


def test_a_cancellation_ends_at_once_and_starts_nothing():
    warning = read_text("浦东新区气象台2026年07月19日20时05分解除大风黄色预警信号。")
    assert warning.status is Status.CANCELLED
    assert warning.expires == warning.issued
    assert decide(warning).scenario is None


@pytest.mark.parametrize("text", ["", "明天有大风", "浦东新区气象台发布大风黄色预警"])
def test_text_that_is_no_notice_is_refused(text):
    with pytest.raises(ParameterError, match="does not begin with office"):
        read_text(text)


def test_the_city_office_speaks_for_the_city():
    warning = read_text(
        "上海中心气象台2024年09月16日01时16分更新台风橙色预警为台风红色预警[Ⅰ级/特别严重]:阵风12-14级。"
    )
    assert (warning.area, warning.division, warning.level) == ("上海", "310000", Level.RED)
    assert warning.concerns("310115")
    assert not warning.concerns("320500")


def test_thunderstorm_gales_start_a_run_only_with_gusts_of_grade_eight():
    opening = "深圳市气象台2026年05月03日14时00分发布雷雨大风黄色预警:预计未来2小时"
    assert decide(read_text(opening + "有阵风8-9级。")).scenario == "wind"
    assert decide(read_text(opening + "有阵风7级。")).scenario is None
    assert decide(read_text(opening + "有雷电。")).scenario is None
    thunder = read_text(opening.replace("雷雨大风", "雷电") + "有雷电，伴有阵风8-9级。")
    assert decide(thunder).scenario is None
