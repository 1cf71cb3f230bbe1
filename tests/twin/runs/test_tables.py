import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.layers import all_layers
from api.schemas import all_schemas
from layers.errors import Conflict, NotFound
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.registry import Registry
from layers.store.dataset_layer import DatasetLayer
from layers.store.engine import Database
from layers.store.migration import migrate


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM onemap.run",
        "UPDATE onemap.run_feature SET value = 0",
        "INSERT INTO onemap.warning (id, kind, level, area, issued, expires, status, principal) "
        "VALUES ('x', 'gale', 1, 'x', now(), now(), 'issued', 'x')",
        "UPDATE onemap.task SET state = 'done'",
        "TRUNCATE onemap.run_feature",
    ],
)
def test_the_reader_only_reads(db: Database, statement: str) -> None:
    with db.reader.connect() as connection:
        connection.execute(text("SELECT count(*) FROM onemap.run, onemap.run_feature, onemap.task, onemap.warning"))
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text(statement))


def test_the_writer_cannot_renew_versions_of_layers_by_hand(db: Database) -> None:
    with db.writer.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("INSERT INTO onemap.tile_edit VALUES ('wind_streets', -1, -1, 1)"))


@pytest.mark.parametrize("name", ["run", "warning", "task_event", "job", "alembic_version"])
def test_no_layer_takes_the_name_of_a_table_of_our_own(db: Database, name: str) -> None:
    layer = replace(cast(DatasetLayer, all_layers().get("stations")), id=name)
    with pytest.raises(Conflict, match=f"{name} is reserved for a table of the program"):
        migrate(db, Registry([layer]), all_schemas())


def test_no_load_takes_the_place_of_a_layer_of_runs(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "wind_streets.geojson"
    point = {"type": "Point", "coordinates": [121.5, 31.2]}
    path.write_text(json.dumps({"type": "Feature", "properties": {"name": "x"}, "geometry": point}))
    with pytest.raises(NotFound, match="has no data of its own"):
        load_path(db, all_layers(), path, LoadOptions(layer="wind_streets"), Silent())
