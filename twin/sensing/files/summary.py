"""What a load of observations did: every value that was read is kept, known, missing or refused with a reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.sensing.files.series import Contents

MOST_TOLD = 100


@dataclass
class Tally:
    """Counts of lines and values, and the first refusals with their places.

    ``known`` values were there before. Where another value is there, that one stays, and what was read is refused.
    """

    lines: int = 0
    read: int = 0
    kept: int = 0
    known: int = 0
    missing: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    told: list[dict[str, Any]] = field(default_factory=list)
    most: int = MOST_TOLD

    def refuse(self, place: str, why: str, reason: str, count: int = 1) -> None:
        """Count values that are refused, and tell of the first."""
        self.refused[why] += count
        if len(self.told) < self.most:
            self.told.append({"place": place, "why": why, "reason": reason})

    def json(self) -> dict[str, Any]:
        """Return the counts as JSON; ``read`` is the sum of kept, known, missing and refused."""
        counts = {name: getattr(self, name) for name in ("lines", "read", "kept", "known", "missing")}
        return counts | {
            "refused": self.refused.total(),
            "refused_by_reason": dict(self.refused.most_common()),
            "refusals": self.told,
        }


@dataclass(frozen=True)
class Summary:
    """What was taken of a file as what, and what became of it; ``streams`` are the datastreams by key."""

    contents: Contents
    tally: Tally
    streams: Mapping[str, int]
    made: int
    seconds: float

    def json(self) -> dict[str, Any]:
        """Return the summary as JSON."""
        return {
            **contents_json(self.contents, self.streams),
            **self.tally.json(),
            "made": self.made,
            "seconds": round(self.seconds, 2),
        }


def contents_json(contents: Contents, streams: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Return what is taken of a file as what, as JSON."""
    names = {one.key: one.name for one in contents.stations}
    return {
        "dataset": contents.dataset,
        "zone": contents.zone,
        "things": [{"key": one.key, "name": one.name, "place": one.place} for one in contents.stations],
        "taken": [
            {
                "column": one.key,
                "datastream": (streams or {}).get(one.key),
                "name": one.name,
                "observed_property": one.observed.name,
                "definition": one.observed.definition,
                "unit": one.unit.code,
                "kind": one.kind,
                "thing": names.get(one.station),
            }
            for one in contents.series
        ],
        "left_out": [{"column": one.what, "why": one.why} for one in contents.left_out],
        "notes": list(contents.notes),
    }
