"""Observations of datastreams by buckets of time."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.deps import TheAppState, ThePrincipal
from api.documents import document
from layers.numbers import parse_wholes
from layers.spreadsheet import harmless
from layers.temporal import parse_when
from twin.sensing.entities.view import View
from twin.sensing.rollups import Bucket, BucketQuery, Series, buckets, parse_duration

ROUTER = APIRouter(tags=["sensors"])


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
    f: Annotated[str, Query(pattern="^(json|csv)$", description="json or csv")] = "json"

    def query(self) -> BucketQuery:
        """Return what is asked for; raises ParameterError."""
        every = None if self.every is None else parse_duration(self.every)
        numbers = parse_wholes("datastreams", self.datastreams)
        if self.datetime is None:
            return BucketQuery(numbers, every=every)
        when = parse_when(self.datetime)
        return BucketQuery(numbers, when.first, when.last, every)


@ROUTER.get("/sensing/buckets", summary="Observations by buckets of time", response_model=None)
def buckets_of(
    parameters: Annotated[BucketParameters, Depends()], app_state: TheAppState, principal: ThePrincipal
) -> Response:
    """Return count, mean, min, max, first and last result by bucket; buckets without observations are left out."""
    with app_state.database.reader.connect() as connection:
        every, series = buckets(connection, View.of(principal), parameters.query())
    if parameters.f == "csv":
        return Response(_csv(series), media_type="text/csv")
    return document({"every": every.name, "series": [asdict(one) for one in series]})


def _csv(series: Iterable[Series]) -> str:
    """Return a line for each bucket; times are those of Shanghai, with their offset."""
    table = io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow(["datastream", "name", "unit", *(one.name for one in fields(Bucket))])
    for one in series:
        of = [one.datastream, harmless(one.name or ""), harmless(one.unit or "")]
        lines.writerows([*of, bucket.start.isoformat(), *astuple(bucket)[1:]] for bucket in one.buckets)
    return table.getvalue()
