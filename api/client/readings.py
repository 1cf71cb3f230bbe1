"""What sensors observed, as tables."""

import io
from collections.abc import Iterable

import geopandas
import pandas as pd

from api.client.connection import Connection
from layers.errors import ParameterError

_EMPTY = {"value": "float64", "time": "datetime64[us, UTC]"}


def latest(items: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Return items of the layer ``readings``, indexed by datastream, with times that can be counted with."""
    if items.empty:
        return items.assign(**{name: pd.Series(dtype=kind) for name, kind in _EMPTY.items()}).rename_axis("datastream")
    times = pd.to_datetime(items["time"], format="ISO8601", utc=True)
    return items.assign(time=times).rename_axis("datastream")


def observations(
    connection: Connection,
    datastreams: Iterable[int] | None,
    things: Iterable[int] | None,
    datetime: str | None,
    zone: str,
) -> pd.DataFrame:
    """Return observations, one a row; they come as Parquet, so that types and zone are kept."""
    named = {"datastreams": _numbers(datastreams), "things": _numbers(things)}
    asked = {name: text for name, text in named.items() if text is not None}
    if len(asked) != 1:
        raise ParameterError("datastreams", "name either datastreams or things, one at least")
    query = asked | {"f": "parquet", "zone": zone} | ({} if datetime is None else {"datetime": datetime})
    return pd.read_parquet(io.BytesIO(connection.ask("GET", "/sensing/observations", query).content))


def _numbers(numbers: Iterable[int] | None) -> str | None:
    """Return numbers with commas between them, or None where there are none."""
    return None if numbers is None else ",".join(str(int(number)) for number in numbers) or None
