"""Drawings, and the text of PDFs."""

import math
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from api.report.drawing import Area, Drawing, Label, spread
from api.report.flowables import CHINESE, LATIN, marked, runs
from api.report.storm_drawing import storm_drawing
from api.report.svg import to_svg
from api.report.words import people, ratio
from twin.hazard import Level
from twin.runs.impact_titles import KIND_TITLES, kind_of
from twin.runs.report import Step

BOX = (300.0, 200.0)
POINTS = st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200)), min_size=1, max_size=8)


@given(POINTS)
def test_marks_stay_inside_and_do_not_cover_each_other(points: list[tuple[float, float]]) -> None:
    placed = spread(points, 20.0, BOX, rounds=300)
    assert all(10 <= x <= 290 and 10 <= y <= 190 for x, y in placed)
    assert all(math.dist(a, b) > 17.0 for a, b in combinations(placed, 2))


def test_marks_that_are_far_apart_stay_where_they_are() -> None:
    placed = spread([(50, 50), (150, 50)], 20.0, BOX)
    assert all(math.dist(a, b) < 0.02 for a, b in zip(placed, [(50, 50), (150, 50)], strict=True))


def test_texts_of_a_drawing_are_escaped() -> None:
    drawn = to_svg(Drawing(10, 10, "<b>", (Label((1, 2), "</text><script>"),)))
    assert "<script>" not in drawn
    assert "<title>&lt;b&gt;</title>" in drawn


def storm(count: int) -> Drawing | None:
    begins = datetime(2026, 9, 15, 20, tzinfo=UTC)
    return storm_drawing(
        [Step(begins + timedelta(hours=n), 10.0 + n, 90.0, 2.0, 15.0 + n, Level.BLUE) for n in range(count)]
    )


def test_a_chart_of_any_length_has_its_times_and_stays_in_its_frame() -> None:
    assert storm(0) is None
    for count in (1, 2, 24, 73, 400):
        drawn = storm(count)
        assert drawn is not None
        texts = [shape.text for shape in drawn.shapes if isinstance(shape, Label)]
        assert "04:00" in texts
        assert len([text for text in texts if ":" in text]) <= 24
        corners = [point for shape in drawn.shapes if isinstance(shape, Area) for ring in shape.rings for point in ring]
        assert all(0 <= x <= drawn.width and 0 <= y <= drawn.height for x, y in corners)


def test_an_arrow_flies_with_the_wind() -> None:
    drawn = storm(1)
    assert drawn is not None
    arrow = next(shape for shape in drawn.shapes if isinstance(shape, Area) and len(shape.rings[0]) == 7)
    tip, tail = arrow.rings[0][0], arrow.rings[0][3]
    # A wind from the east blows to the left.
    assert tip[0] < tail[0]
    assert math.isclose(tip[1], drawn.height - 60, abs_tol=1.0)


def test_each_character_has_a_font_that_knows_it() -> None:
    assert list(runs("η=2.6±1 façade 陆家嘴😀")) == [
        (CHINESE, "η"),
        (LATIN, "=2.6±1 façade "),
        (CHINESE, "陆家嘴〓"),
    ]


def test_markup_in_a_text_is_text_and_a_long_one_is_cut() -> None:
    assert marked("<b>&\n") == f'<font name="{LATIN}">&lt;b&gt;&amp; </font>'
    assert len(marked("x" * 900, 50)) < 100


def test_kinds_are_known_by_code_title_and_common_word() -> None:
    assert [kind_of(word) for word in ("tree", "行道树", " Tower Crane ", "玻璃幕墙", "boat")] == [
        "tree",
        "tree",
        "tower_crane",
        "facade",
        None,
    ]
    assert {"facade", "sign", "scaffold", "tree", "sky_deck"} <= KIND_TITLES.keys()


def test_people_are_written_with_two_figures_and_ratios_without_cases_as_a_dash() -> None:
    assert [people(value) for value in (0, 0.4, 7.2, 83.4, 2035.7, 12345)] == ["0", "<1", "7", "83", "2,000", "12,000"]
    assert [ratio(None), ratio(0.905)] == ["–", "90%"]
