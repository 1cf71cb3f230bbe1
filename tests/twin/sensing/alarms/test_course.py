"""The state machine of a value against a limit, against what its words say, for any course of values."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sensing import at

from twin.sensing.alarms.course import Course, Limit, Point, changes, follow

MINUTES = st.lists(st.tuples(st.integers(1, 5), st.integers(-10, 10)), max_size=40)
LIMITS = st.builds(
    lambda side, limit, depth, minutes: Limit(
        limit,
        side,
        None if depth is None else {"above": limit - depth, "below": limit + depth}[side],
        timedelta(minutes=minutes),
    ),
    st.sampled_from(["above", "below"]),
    st.integers(-5, 5),
    st.none() | st.integers(1, 6),
    st.integers(0, 6),
)


def points_of(steps):
    minute, found = 0, []
    for step, value in steps:
        minute += step
        found.append(Point(at(minute), float(value)))
    return found


def slowly(limit: Limit, points: list[Point]) -> list[tuple]:
    """Return (since, until) of the alarms, found by looking at all readings for each."""
    found, at_least = [], 0
    while True:
        raised = next(
            (
                (start, end)
                for end in range(at_least, len(points))
                for start in range(at_least, end + 1)
                if all(limit.is_reached(one.value) for one in points[start : end + 1])
                and points[end].time - points[start].time >= limit.duration
            ),
            None,
        )
        if raised is None:
            return found
        start, end = raised
        over = next((at for at in range(end + 1, len(points)) if limit.is_calm(points[at].value)), None)
        found.append((points[start].time, None if over is None else points[over].time))
        if over is None:
            return found
        at_least = over + 1


@given(LIMITS, MINUTES)
def test_alarms_are_those_that_the_words_say(limit, steps):
    points = points_of(steps)
    _, episodes = follow(limit, Course(), points)
    assert [(one.since, one.until) for one in episodes] == slowly(limit, points)


@given(LIMITS, MINUTES, st.lists(st.integers(0, 40), max_size=4))
def test_however_readings_are_cut_into_batches_the_alarms_are_the_same(limit, steps, cuts):
    points = points_of(steps)
    whole = follow(limit, Course(), points)
    course, found = Course(), []
    ends = sorted({*(cut for cut in cuts if cut < len(points)), len(points)})
    for begin, end in zip([0, *ends], ends, strict=False):
        course, episodes = follow(limit, course, points[begin:end])
        for one in episodes:
            if one.raised:
                found.append((one.since, one.until))
            else:
                found[-1] = (found[-1][0], one.until)
    assert course == whole[0]
    assert found == [(one.since, one.until) for one in whole[1]]


@given(LIMITS, MINUTES)
def test_between_two_alarms_the_clear_level_was_reached(limit, steps):
    _, episodes = follow(limit, Course(), points_of(steps))
    assert all(one.until is not None for one in episodes[:-1])
    assert all(one.until is None or one.until > one.since for one in episodes)


@given(MINUTES, st.integers(0, 8))
def test_a_change_is_against_the_earliest_reading_within_the_window(steps, minutes):
    points, window = points_of(steps), timedelta(minutes=minutes)
    for point, change in zip(points, changes(points, window), strict=True):
        earliest = next(one for one in points if one.time >= point.time - window)
        assert change == Point(point.time, point.value - earliest.value)


def test_to_either_side_the_distance_counts():
    limit = Limit(3, "either", 1)
    assert [limit.is_reached(value) for value in (-4, -3, 0, 3)] == [True, True, False, True]
    assert [limit.is_calm(value) for value in (-1, 0, 2)] == [True, True, False]
