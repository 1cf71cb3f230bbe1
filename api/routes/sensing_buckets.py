"""Observations of datastreams by buckets of time."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.deps import TheAppState, ThePrincipal
from api.documents import document
from layers.errors import ParameterError
from layers.temporal import parse_when
from twin.sensing.entities.view import View
from twin.sensing.rollups import BucketQuery, Series, buckets, parse_duration

ROUTER = APIRouter(tags=["sensors"])
_MOST = 2**63


@dataclass(frozen=True)
class BucketParameters:
    """Which datastreams, when, and how long a bucket is."""

    datastreams: Annotated[str, Query(description="numbers of datastreams, such as 1,2,3", max_length=2000)]
    datetime: Annotated[
        str | None, Query(description="an interval START/END, both in it; without it the last day of the data")
    ] = None
    every: Annotated[
        str | None, Query(description="PT1M … PT12H, P1D, P7D, P1M, P3M or P1Y; without it at most 500 buckets")
    ] = None

    def query(self) -> BucketQuery:
        """Return what is asked for; raises ParameterError."""
        every = None if self.every is None else parse_duration(self.every)
        if self.datetime is None:
            return BucketQuery(_numbers(self.datastreams), every=every)
        when = parse_when(self.datetime)
        return BucketQuery(_numbers(self.datastreams), when.first, when.last, every)


@ROUTER.get("/sensing/buckets", summary="Observations by buckets of time", response_model=None)
def buckets_of(
    parameters: Annotated[BucketParameters, Depends()], app_state: TheAppState, principal: ThePrincipal
) -> Response:
    """Return count, mean, min, max, first and last result by bucket; buckets without observations are left out."""
    with app_state.database.reader.connect() as connection:
        every, series = buckets(connection, View.of(principal), parameters.query())
    return document({"every": every.name, "series": [_series(one) for one in series]})


def _numbers(text: str) -> list[int]:
    parts = text.split(",")
    wrong = next((one for one in parts if not (one.isascii() and one.isdigit() and int(one[:20]) < _MOST)), None)
    if wrong is not None:
        raise ParameterError("datastreams", f"{wrong[:40]!r} is not the number of a datastream")
    return [int(one) for one in parts]


def _series(one: Series) -> dict[str, Any]:
    return asdict(one)
