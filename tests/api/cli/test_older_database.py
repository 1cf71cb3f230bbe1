"""A database of an older version, as the verbs find it: they bring it up to theirs first."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from layers.store.engine import Database
from twin.store.schema import TWIN


def test_a_verb_adds_the_columns_that_a_layer_has_since(
    db: Database, at_database: Callable[..., Any], tmp_path: Path
) -> None:
    with db.owner.begin() as connection:
        for table in ("stations", "stations_history"):
            connection.execute(text(f"ALTER TABLE onemap.{table} DROP COLUMN lines CASCADE"))
    twin = at_database(db)
    assert "twin up" in twin("status")[1]
    point = {"type": "Point", "coordinates": [121.5, 31.2]}
    stop = {"type": "Feature", "id": "a", "properties": {"name": "陆家嘴", "lines": "2"}, "geometry": point}
    path = tmp_path / "stops.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [stop]}))
    assert twin("load", str(path), "--layer", "stations")[0] == 0
    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT lines FROM onemap.stations")).scalar_one() == "2"


def test_a_verb_puts_newer_functions_in_force(db: Database, at_database: Callable[..., Any]) -> None:
    older = "UPDATE onemap.package SET sql_version = 1, sql_checksum = 'older', release = '0.0' WHERE name = 'twin'"
    with db.owner.begin() as connection:
        connection.execute(text(older))
        connection.execute(text("DROP FUNCTION onemap.graded_things"))
    assert at_database(db)("rules", "list")[0] == 0
    with db.owner.connect() as connection:
        version = connection.execute(text("SELECT sql_version FROM onemap.package WHERE name = 'twin'")).scalar_one()
        assert version == TWIN.sql_version
        assert (
            connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname = 'graded_things'")).scalar_one() == 1
        )
