"""What goes wrong with sensors: they stick, drift, spike or fall silent, each for a part of some day."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.simulator.calendar import DAY_S, HOUR_S
from twin.simulator.noise import normal, uniform

F64 = NDArray[np.float64]
FAULTS = ("stuck", "drift", "spikes", "silence")
# Spikes spoil so many readings of their time.
_SPIKED = 0.08


@dataclass(frozen=True)
class Fault:
    """A fault of one datastream: one of ``FAULTS``, from one second to another."""

    what: str
    begins_s: float
    ends_s: float


def fault_of_day(seed: int, name: str, day: int, share: float) -> Fault | None:
    """Return the fault of a datastream on a day since 1970 (UTC), or None; ``share`` is how many days have one."""
    if float(uniform(seed, f"{name}/has fault", day)) >= share:
        return None
    what = FAULTS[int(len(FAULTS) * float(uniform(seed, f"{name}/which fault", day)))]
    begins = DAY_S * (day + 0.75 * float(uniform(seed, f"{name}/fault begins", day)))
    hours = 1.0 + 5.0 * float(uniform(seed, f"{name}/fault lasts", day))
    return Fault(what, begins, min(begins + hours * HOUR_S, DAY_S * (day + 1)))


def spoiled(seed: int, name: str, times_s: F64, values: F64, share: float, at: Callable[[F64], F64]) -> F64:
    """Return what a faulty sensor says instead of values, NaN where it says nothing; ``at`` gives values of times."""
    said = values.copy()
    for day in np.unique(np.floor(times_s / DAY_S).astype(np.int64)).tolist() if share > 0.0 else ():
        fault = fault_of_day(seed, name, day, share)
        if fault is not None:
            during = (times_s >= fault.begins_s) & (times_s < fault.ends_s)
            if during.any():
                said[during] = _said(seed, name, fault, times_s[during], values[during], at)
    return said


def _said(seed: int, name: str, fault: Fault, times_s: F64, values: F64, at: Callable[[F64], F64]) -> F64:
    if fault.what == "silence":
        return np.full(len(values), np.nan)
    first = float(at(np.array([fault.begins_s]))[0])
    if fault.what == "stuck":
        return np.full(len(values), first)
    scale = max(abs(first), 1.0)
    if fault.what == "drift":
        return np.asarray(values + 0.3 * scale * (times_s - fault.begins_s) / HOUR_S)
    spiked = uniform(seed, f"{name}/spike", np.round(times_s)) < _SPIKED
    height = 4.0 * scale * (1.0 + np.abs(normal(seed, f"{name}/height", np.round(times_s))))
    return np.asarray(np.where(spiked, values + height, values))
