"""IFC's angles as whole numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.formats.ifc.dms import AngleError, degrees, parts_of

WHOLE_CIRCLE = 360 * 3600 * 10**6


@given(st.integers(-WHOLE_CIRCLE, WHOLE_CIRCLE))
def test_angles_come_back_to_the_millionth_of_a_second(millionths: int) -> None:
    angle = millionths / 3600e6
    parts = parts_of(angle)
    assert all(part <= 0 for part in parts) or all(part >= 0 for part in parts)
    assert degrees(parts) == pytest.approx(angle, abs=0.5 / 3600e6)
    assert parts_of(degrees(parts)) == parts


@given(st.sampled_from([-1, 1]), st.integers(0, 359), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999_999))
def test_lists_of_whole_numbers_come_back(sign: int, degree: int, minute: int, second: int, millionths: int) -> None:
    parts = (sign * degree, sign * minute, sign * second, sign * millionths)
    assert parts_of(degrees(parts)) == parts
    assert degrees(parts[:3]) == degrees((*parts[:3], 0))


@pytest.mark.parametrize(
    ("parts", "angle"),
    [
        ((49, 6, 1, 566000), 49.100435),
        ((-87, -38, -21, -839999), -87.6393999997222),
        ((0, -30, 0), -0.5),
        ((31, 14, 0), 31.2333333333333),
        ((0, 0, 0, 1), 1 / 3600e6),
    ],
)
def test_known_angles_are_read(parts: tuple[int, ...], angle: float) -> None:
    assert degrees(parts) == pytest.approx(angle, abs=1e-12)


def test_the_fourth_number_counts_millionths() -> None:
    assert degrees((0, 0, 0, 500_000)) == pytest.approx(0.5 / 3600)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ((31, -14, 0), "both"),
        ((-31, 14, 0, 0), "both"),
        ((31, 60, 0), "60 minutes"),
        ((31, 0, -0, 1_000_000), "1000000 millionths"),
        ((31, 0, 75), "75 seconds"),
        ((31, 14), "has 2"),
        ((31, 14, 0, 0, 0), "has 5"),
        ((), "has 0"),
        ((361, 0, 0), "beyond 360"),
    ],
)
def test_what_is_no_angle_is_said(parts: tuple[int, ...], word: str) -> None:
    with pytest.raises(AngleError, match=word):
        degrees(parts)


def test_a_latitude_ends_at_the_pole() -> None:
    assert degrees((-90, 0, 0), 90) == -90
    with pytest.raises(AngleError, match="beyond 90 degrees"):
        degrees((90, 0, 0, 1), 90)
