"""The wind behind warnings."""

import json
from datetime import timedelta

import pytest

from layers.errors import InputError
from twin.scenarios.wind.forcing.reference import Window
from twin.scenarios.wind.forcing.warning_wind import warning_series
from twin.warnings import decide, read_records, read_text

OPENING = "浦东新区气象台2026年08月10日14时20分发布"


def test_every_real_wind_warning_has_a_wind_of_its_grades(shared_data):
    path = shared_data / "incidents" / "pudong_weather_warnings_2026.json"
    for warning in read_records(json.loads(path.read_text(encoding="utf-8"))):
        if decide(warning).scenario != "wind":
            with pytest.raises(InputError):
                warning_series(warning)
            continue
        series = warning_series(warning)
        assert series[0].time == warning.begins
        assert series[-1].time <= warning.expires
        assert 8.0 < series[0].speed_ms < 28.0
        assert 0.5 < series[0].sigma_ms < 5.0
        assert len({(wind.speed_ms, wind.from_deg) for wind in series}) == 1


def test_a_stated_mean_and_direction_are_taken():
    wind = warning_series(read_text(OPENING + "台风蓝色预警信号：预计未来6小时有7-9级的东南大风。"))[0]
    # The middle of grades 7 to 9, 13.9 to 24.4 m/s, as a mean of ten minutes.
    assert wind.speed_ms == pytest.approx(19.15 * 1.06 / 1.15)
    assert (wind.from_deg, wind.spread_deg) == (135.0, 25.0)
    assert "文中平均风力7-9级" in wind.source


def test_a_stated_gust_gives_the_mean_below_it():
    wind = warning_series(read_text(OPENING + "大风黄色预警信号：预计未来6小时有阵风9-10级。"))[0]
    assert wind.speed_ms == pytest.approx(24.6 / 1.52)
    assert "由文中阵风9-10级折算" in wind.source
    assert "按气候取" in wind.source
    assert wind.spread_deg >= 45.0


def test_without_figures_the_criterion_of_the_signal_stands():
    winds = [
        warning_series(read_text(f"{OPENING}台风{color}色预警信号：请注意防范。"))[0]
        for color in ("蓝", "黄", "橙", "红")
    ]
    speeds = [wind.speed_ms for wind in winds]
    assert speeds == sorted(speeds)
    assert speeds[0] == pytest.approx((10.8 + 17.1) / 2 * 1.06 / 1.15)
    assert "按信号标准" in winds[0].source


def test_squalls_and_winter_gales_come_from_their_own_side():
    squall = warning_series(read_text(OPENING + "大风黄色预警信号：预计未来2小时有阵风9级的雷雨大风。"))[0]
    winter = warning_series(read_text(OPENING.replace("08月", "01月") + "大风黄色预警信号：有阵风9级。"))[0]
    assert (squall.from_deg, winter.from_deg) == (300.0, 330.0)


def test_only_times_while_the_warning_holds_are_given():
    warning = read_text(OPENING + "大风黄色预警信号：预计未来6小时有阵风9级。")
    window = Window(warning.issued - timedelta(hours=3), warning.issued + timedelta(hours=2))
    assert len(warning_series(warning, window)) == 3
    with pytest.raises(InputError, match="no time within"):
        warning_series(warning, Window(warning.expires + timedelta(hours=1), warning.expires + timedelta(hours=2)))
