"""Sensors that stick, drift, spike and fall silent."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from twin.simulator.faults import FAULTS, fault_of_day, spoiled

DAY_S = 86_400.0


def course(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a value that is never the same twice."""
    return np.asarray(10.0 + 3.0 * np.sin(times_s / 5000.0))


def day_with(what: str) -> int:
    faults = ((day, fault_of_day(1, "a", day, 1.0)) for day in range(20_000, 20_200))
    return next(day for day, fault in faults if fault is not None and fault.what == what)


def said_on(day: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return what is said on a day, what is true, and when the fault lasts."""
    times = day * DAY_S + np.arange(0.0, DAY_S, 60.0)
    fault = fault_of_day(1, "a", day, 1.0)
    assert fault is not None
    during = (times >= fault.begins_s) & (times < fault.ends_s)
    return spoiled(1, "a", times, course(times), 1.0, course), course(times), during


def test_so_many_days_have_a_fault_as_are_asked_for_and_all_kinds_occur() -> None:
    faults = [fault for day in range(20_000) if (fault := fault_of_day(1, "a", day, 0.05))]
    assert 850 < len(faults) < 1150
    assert set(Counter(fault.what for fault in faults)) == set(FAULTS)
    assert all(DAY_S / 50 < fault.ends_s - fault.begins_s <= 6 * 3600 for fault in faults)
    assert fault_of_day(1, "a", 20_000, 0.0) is None


def test_a_silent_sensor_says_nothing_for_a_while() -> None:
    said, true, during = said_on(day_with("silence"))
    assert np.isnan(said[during]).all()
    np.testing.assert_array_equal(said[~during], true[~during])


def test_a_stuck_sensor_repeats_what_it_said_when_it_stuck() -> None:
    said, true, during = said_on(day_with("stuck"))
    assert len(set(said[during].tolist())) == 1
    assert abs(said[during][0] - true[during][0]) < 0.1


def test_a_drift_grows_and_ends() -> None:
    said, true, during = said_on(day_with("drift"))
    away = (said - true)[during]
    assert (np.diff(away) > 0).all()
    assert away[-1] > 1.0
    np.testing.assert_array_equal(said[~during], true[~during])


def test_spikes_are_few_and_high() -> None:
    spiky = [day for day in range(20_000, 20_200) if fault_of_day(1, "a", day, 1.0).what == "spikes"]
    days = [said_on(day) for day in spiky]
    away = np.concatenate([(said - true)[during] for said, true, during in days])
    assert 0.06 < (away > 0).mean() < 0.10
    assert away[away > 0].min() > 20.0


def test_a_fault_does_not_depend_on_what_is_asked_with_it() -> None:
    day = day_with("stuck")
    times = day * DAY_S + np.arange(0.0, DAY_S, 60.0)
    whole = spoiled(1, "a", times, course(times), 1.0, course)
    single = [spoiled(1, "a", times[n : n + 1], course(times[n : n + 1]), 1.0, course)[0] for n in range(0, 1440, 30)]
    np.testing.assert_array_equal(whole[::30], single)
