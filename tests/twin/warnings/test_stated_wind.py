"""The wind that notices state in words."""

import pytest

from layers.errors import ParameterError
from twin.warnings.beaufort import Grades
from twin.warnings.stated_wind import StatedWind, stated_wind


@pytest.mark.parametrize(
    ("text", "wind"),
    [
        ("平均风力6级以上，阵风8级", StatedWind(Grades(6, 6, open=True), Grades(8, 8))),
        ("平均风力达6级以上阵风8级以上", StatedWind(Grades(6, 6, open=True), Grades(8, 8, open=True))),
        ("将出现阵风8-10级的雷雨大风", StatedWind(gust=Grades(8, 10))),
        ("将出现8级及以上的阵风", StatedWind(gust=Grades(8, 8, open=True))),
        ("最大阵风可达12级以上", StatedWind(gust=Grades(12, 12, open=True))),
        ("大部分街镇风力可达8-10级", StatedWind(mean=Grades(8, 10))),
        ("阵风6-7级，沿江沿海地区7-8级的大风", StatedWind(gust=Grades(6, 7), exposed_gust=Grades(7, 8))),
        ("沿江沿海地区有7-8级大风", StatedWind(exposed_mean=Grades(7, 8))),
        ("出现七到八级偏北大风，阵风十级", StatedWind(Grades(7, 8), Grades(10, 10), from_deg=0.0)),
        ("偏北风6级左右，阵风20米/秒", StatedWind(Grades(6, 6), Grades(8, 8), from_deg=0.0)),
        ("东北到东风5～6级", StatedWind(Grades(5, 6), from_deg=67.5)),
        ("台风中心附近最大风力14级，本区阵风8级", StatedWind(gust=Grades(8, 8))),
        ("一小时雨量40毫米以上，[Ⅲ级/较重]，北部街镇", StatedWind()),
    ],
)
def test_words_become_grades(text, wind):
    assert stated_wind(text) == wind


def test_a_grade_that_does_not_exist_is_refused():
    with pytest.raises(ParameterError, match=r"description.*20级"):
        stated_wind("阵风20级")


def test_the_strongest_gust_counts_exposed_places():
    assert stated_wind("阵风8-9级，高层建筑阵风9-11级").strongest_gust == 11
    assert not stated_wind("将发生雷电活动")
