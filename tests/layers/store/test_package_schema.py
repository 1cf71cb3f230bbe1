import re
from pathlib import Path

import pytest
from sqlalchemy import text

from api.layers import all_layers
from api.schemas import all_schemas
from layers.errors import Conflict
from layers.store.engine import Database
from layers.store.migration import migrate
from layers.store.package_schema import PackageSchema
from layers.store.schema import LAYERS
from twin.store.schema import TWIN

REPOSITORY = Path(__file__).parents[3]
# By package: the version of its SQL functions, and the checksum of the files that they are made from.
VERSIONS = {"bim": (3, "338418059a81d047"), "layers": (4, "8391754ce60707aa"), "twin": (6, "ff71ae2c7db70403")}


@pytest.mark.parametrize("schema", all_schemas(), ids=lambda schema: schema.name)
def test_a_change_of_sql_functions_raises_their_version(schema: PackageSchema) -> None:
    present, home = (schema.sql_version, schema.sql_checksum), f"{schema.home}.schema"
    assert present == VERSIONS[schema.name], (
        f"the SQL files beside {home} have changed: raise sql_version there, unless version {present[0]} was never "
        f"released; then write {present}, or the raised version, into VERSIONS here"
    )


def test_an_older_program_does_not_take_back_newer_functions(db: Database) -> None:
    newer = "UPDATE onemap.package SET sql_version = 99, release = '9.9' WHERE name = 'twin'"
    tampered = "CREATE OR REPLACE FUNCTION onemap.cell14(metres double precision) RETURNS integer LANGUAGE sql RETURN 7"
    with db.owner.begin() as connection:
        connection.execute(text(newer))
        connection.execute(text(tampered))
    told = r"functions of twin have version 99, installed by release 9\.9 on .*, but this program has version \d+"
    with pytest.raises(Conflict, match=told):
        migrate(db, all_layers(), all_schemas())
    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT onemap.cell14(0)")).scalar_one() == 7


def test_other_functions_of_the_same_version_are_not_overwritten_in_silence(db: Database) -> None:
    with db.owner.begin() as connection:
        connection.execute(text("UPDATE onemap.package SET sql_checksum = 'another' WHERE name = 'layers'"))
    with pytest.raises(Conflict, match=r"functions of layers have the same version \d+, but"):
        migrate(db, all_layers(), all_schemas())


def test_a_newer_program_replaces_older_functions_and_says_so(db: Database) -> None:
    older = "UPDATE onemap.package SET sql_version = 1, sql_checksum = 'older', release = '0.0' WHERE name = 'twin'"
    with db.owner.begin() as connection:
        connection.execute(text(older))
    migrate(db, all_layers(), all_schemas())
    with db.owner.connect() as connection:
        row = connection.execute(text("SELECT sql_version, sql_checksum FROM onemap.package WHERE name = 'twin'"))
        assert tuple(row.one()) == (TWIN.sql_version, TWIN.sql_checksum)


def test_a_program_without_a_package_leaves_its_tables_alone(db: Database) -> None:
    with pytest.raises(Conflict, match="tables of the package bim"):
        migrate(db, all_layers(), (LAYERS,))


def test_layers_makes_its_part_of_a_database_alone(bare: Database) -> None:
    migrate(bare, all_layers(), (LAYERS,))
    with bare.owner.connect() as connection:
        made = connection.execute(text("SELECT to_regclass('onemap.load'), to_regclass('onemap.run')")).one()
        assert (made[0] is not None, made[1]) == (True, None)
    migrate(bare, all_layers(), all_schemas())
    with bare.owner.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('onemap.run')")).scalar_one() is not None


def test_layers_names_no_table_of_another_package() -> None:
    others = sorted({name for schema in all_schemas() if schema is not LAYERS for name in schema.tables})
    # Words such as "run" stand for other things too, unless the schema is named before them.
    quoted = "|".join(name for name in others if "_" in name)
    named = re.compile(rf"""onemap\.({"|".join(others)})\b|["']({quoted})["']""")
    sources = [*(REPOSITORY / "layers").rglob("*.py"), *(REPOSITORY / "layers").rglob("*.sql")]
    assert len(sources) > 200
    found = {str(path): named.search(path.read_text(encoding="utf-8")) for path in sources}
    assert {path: match[0] for path, match in found.items() if match} == {}
