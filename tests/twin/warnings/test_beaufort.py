"""Wind grades and their speeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InputError
from twin.warnings.beaufort import STRONGEST, Grades, grade_of, name_of, speeds_of


@given(st.integers(0, STRONGEST), st.floats(0.0, 1.0))
def test_every_speed_of_a_grade_has_that_grade(grade, share):
    low, high = speeds_of(grade)
    assert grade_of(low + share * (high - low)) == grade


@given(st.floats(0.0, 61.2), st.floats(0.0, 61.2))
def test_a_stronger_wind_never_has_a_lower_grade(one, other):
    weak, strong = sorted((one, other))
    assert grade_of(weak) <= grade_of(strong)


@pytest.mark.parametrize(
    ("speed", "grade"), [(10.8, 6), (13.8, 6), (17.2, 8), (20.7, 8), (32.7, 12), (37.0, 13), (61.2, 17), (75.0, 17)]
)
def test_the_limits_are_those_of_the_standard(speed, grade):
    assert grade_of(speed) == grade


@pytest.mark.parametrize("speed", [-0.1, 300.0, float("nan"), float("inf")])
def test_a_ridiculous_speed_has_no_grade(speed):
    with pytest.raises(InputError, match="has no grade"):
        grade_of(speed)


def test_grades_run_forwards_and_have_names():
    with pytest.raises(InputError, match="8-7"):
        Grades(8, 7)
    assert name_of(8).zh == "大风"
    assert name_of(13).zh == "13级风"
    assert Grades(7, 9).title().zh == "7-9级"
    assert Grades(8, 8, open=True).title().zh == "8级以上"
