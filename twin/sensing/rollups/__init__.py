"""Observations by time and by area: buckets of datastreams, and cells of grids."""

from twin.sensing.rollups.areas import AreaQuery, Cell, cells
from twin.sensing.rollups.buckets import Bucket, BucketQuery, Series, buckets
from twin.sensing.rollups.duration import DURATIONS, Duration, fitting, parse_duration

__all__ = [
    "DURATIONS",
    "AreaQuery",
    "Bucket",
    "BucketQuery",
    "Cell",
    "Duration",
    "Series",
    "buckets",
    "cells",
    "fitting",
    "parse_duration",
]
