"""The query language of OGC SensorThings 1.1: resource paths, query options and filters, as plain data."""

from twin.sensing.query.asking import query_of
from twin.sensing.query.expression import (
    Binary,
    Call,
    Expression,
    Geometry,
    In,
    Interval,
    Literal,
    Property,
    Unary,
    Value,
    is_boolean,
)
from twin.sensing.query.filtering import parse_filter
from twin.sensing.query.functions import FUNCTIONS, Function
from twin.sensing.query.options import Expand, Options, Order, parse_options
from twin.sensing.query.path import Path, Segment, parse_path
from twin.sensing.query.writing import write

__all__ = [
    "FUNCTIONS",
    "Binary",
    "Call",
    "Expand",
    "Expression",
    "Function",
    "Geometry",
    "In",
    "Interval",
    "Literal",
    "Options",
    "Order",
    "Path",
    "Property",
    "Segment",
    "Unary",
    "Value",
    "is_boolean",
    "parse_filter",
    "parse_options",
    "parse_path",
    "query_of",
    "write",
]
