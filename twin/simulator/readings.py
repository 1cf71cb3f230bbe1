"""What stations say at given instants: readings as any sensor's."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.sensing.reading import COUNT, TRUTH, Reading
from twin.simulator.faults import spoiled
from twin.simulator.kinds import Observed
from twin.simulator.station import Station
from twin.simulator.storm import Storm
from twin.simulator.weather import Weather

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """All that decides what is said: the seed, a typhoon if there is one, and the share of days with a fault."""

    seed: int = 1
    storm: Storm | None = None
    faults: float = 0.0

    def weather(self, times_s: F64) -> Weather:
        """Return the weather at times."""
        return Weather(times_s, self.seed, self.storm)


# What is simulated unless something else is asked for.
USUAL = World(seed=1, faults=0.02)


@dataclass(frozen=True)
class Stream:
    """A datastream by its number: a property that a station observes."""

    datastream: int
    station: Station
    observed: Observed

    @property
    def name(self) -> str:
        """Return what it is called in every database."""
        return f"{self.station.key}/{self.observed.id}"


def readings_of(streams: Sequence[Stream], instants: Sequence[datetime], world: World) -> list[Reading]:
    """Return the readings of streams at instants (aware); the same whatever else is asked for with them."""
    times_s = np.array([instant.timestamp() for instant in instants])
    weather = world.weather(times_s)
    return [reading for stream in streams for reading in _of_stream(stream, instants, weather, world)]


def values_of(stream: Stream, weather: Weather, world: World) -> F64:
    """Return what a stream says (n,), NaN where it is silent."""
    observed, station = stream.observed, stream.station

    def at(times_s: F64) -> F64:
        return observed.signal(station, world.weather(times_s))

    values = observed.signal(station, weather)
    if observed.kind != TRUTH:
        values = spoiled(world.seed, stream.name, weather.times_s, values, world.faults, at)
    return np.clip(values, observed.low, observed.high)


def _of_stream(stream: Stream, instants: Sequence[datetime], weather: Weather, world: World) -> Iterator[Reading]:
    values = np.round(values_of(stream, weather, world), stream.observed.decimals)
    for instant, value in zip(instants, values.tolist(), strict=True):
        if not math.isnan(value):
            yield Reading(stream.datastream, instant, _result(stream.observed, value))


def _result(observed: Observed, value: float) -> Any:
    if observed.kind == TRUTH:
        return value > 0.5
    # A rounded zero has no sign.
    return int(value) if observed.kind == COUNT or observed.decimals == 0 else value + 0.0
