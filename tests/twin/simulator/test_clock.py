"""Speaking with the clock: step by step, and one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from layers.store.engine import Database
from twin.sensing.reading import Reading
from twin.simulator.clock import is_taken, taken
from twin.simulator.doors import Tally
from twin.simulator.kinds import KINDS
from twin.simulator.readings import Stream, World
from twin.simulator.speaking import Speech
from twin.simulator.station import Station

SECOND = timedelta(seconds=1)


class EnoughError(Exception):
    """Ends what would go on for ever."""


@dataclass
class Counting:
    """A door that remembers the instants of its batches, and has had enough after some."""

    most: int
    heard: list[datetime] = field(default_factory=list)

    def keep(self, readings: Sequence[Reading]) -> Tally:
        self.heard += [one.time for one in readings]
        if len(self.heard) >= self.most:
            raise EnoughError
        return Tally(new=len(readings))


def gauge() -> list[Stream]:
    return [Stream(1, Station("rain_gauge-01", "rain_gauge", 2.0), KINDS["rain_gauge"].observed[0])]


def test_what_is_past_comes_first_and_then_each_second_in_its_time() -> None:
    door, begun = Counting(8), datetime.now(UTC)
    with pytest.raises(EnoughError):
        Speech(gauge(), World(), door).follow(begun - 4 * SECOND, SECOND)
    assert [later - earlier for earlier, later in zip(door.heard, door.heard[1:], strict=False)] == [SECOND] * 7
    assert door.heard[-1] <= datetime.now(UTC)
    assert door.heard[0] < begun - 3 * SECOND


def test_who_stands_back_says_nothing_meanwhile_and_makes_up_for_nothing() -> None:
    others = [True, True, False]
    door, begun = Counting(1), datetime.now(UTC)
    speech = Speech(gauge(), World(), door, stands_back=lambda: others.pop(0))
    with pytest.raises(EnoughError):
        speech.follow(begun + SECOND, SECOND)
    assert not others
    assert len(door.heard) == 1
    assert door.heard[0] > begun + 2 * SECOND


def test_the_clock_is_taken_by_several_and_free_after_the_last(db: Database) -> None:
    assert not is_taken(db)
    with taken(db):
        assert is_taken(db)
        with taken(db):
            pass
        assert is_taken(db)
    assert not is_taken(db)
