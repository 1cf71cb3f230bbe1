import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from api.schemas import all_schemas
from layers import catalog
from layers.errors import ClusterError, Conflict, DatabaseError
from layers.ops import major_upgrade as module
from layers.ops.cluster import Cluster
from layers.ops.major_upgrade import plan_upgrade, upgrade
from layers.ops.postgres import Postgres, find_postgres
from layers.ops.provision import connect
from layers.settings import Settings
from layers.store.engine import Database
from layers.store.migration import migrate

PARK = """
INSERT INTO onemap.green (name, class, source_key, dataset, geom)
VALUES ('陆家嘴中心绿地', 'park', 'park', 'test', ST_Multi(ST_MakeEnvelope(121.50, 31.23, 121.51, 31.24, 4490)))
"""


def silent(done: int, total: int | None, message: str) -> None:
    assert message


def count(cluster: Cluster) -> int:
    with connect(cluster.urls().reader) as connection:
        row = connection.execute("SELECT count(*) FROM onemap.green").fetchone()
    return int(row[0]) if row else 0


@pytest.fixture
def same() -> tuple[Postgres, Postgres]:
    """Return one version twice: all is done that an upgrade does, with what is installed."""
    return find_postgres(), find_postgres()


@pytest.fixture
def filled(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home, Settings(_env_file=None, database_port=None), {"fsync": "off", "shared_buffers": "32MB"})
    database = Database(cluster.ensure())
    migrate(database, catalog.built_in(), all_schemas())
    with database.owner.begin() as connection:
        connection.execute(text(PARK))
    database.dispose()
    yield cluster
    cluster.stop()


@pytest.mark.slow
def test_the_rows_move_to_a_new_cluster_and_the_old_one_is_kept(filled, same) -> None:
    identity = (filled.server.data / "global" / "pg_control").read_bytes()[:8]  # of the system that made it

    done = upgrade(filled, catalog.built_in(), all_schemas(), same, silent)

    assert count(filled) == 1
    assert done.old_data == filled.home / f"pgdata.{same[0].major}"
    assert (done.old_data / "global" / "pg_control").read_bytes()[:8] == identity
    assert (filled.server.data / "global" / "pg_control").read_bytes()[:8] != identity
    assert not (filled.home / "upgrade.backup").exists()
    filled.stop()
    filled.server.data.rename(filled.home / "elsewhere")
    with pytest.raises(ClusterError, match="rename it back"):
        filled.ensure()


@pytest.mark.slow
def test_an_upgrade_that_fails_leaves_the_old_cluster_running_as_it_was(filled, same, monkeypatch) -> None:
    def fail(*arguments: object) -> None:
        raise DatabaseError("试验")

    monkeypatch.setattr(module, "restore", fail)
    with pytest.raises(DatabaseError, match="试验"):
        upgrade(filled, catalog.built_in(), all_schemas(), same, silent)

    assert count(filled) == 1
    assert sorted(path.name for path in filled.home.glob("pgdata*")) == ["pgdata"]


@pytest.mark.slow
def test_a_database_that_is_not_ours_is_not_forgotten_silently(filled, same) -> None:
    with connect(filled.superuser_url("postgres")) as connection:
        connection.execute('CREATE DATABASE "别人的"')

    with pytest.raises(Conflict, match="another database, 别人的"):
        upgrade(filled, catalog.built_in(), all_schemas(), same, silent)
    assert count(filled) == 1


def test_with_the_newest_version_there_is_nothing_to_do(cluster) -> None:
    assert plan_upgrade(cluster) is None


def test_missing_old_programs_are_named(home: Path) -> None:
    cluster = Cluster(home, Settings(_env_file=None))
    cluster.server.data.mkdir(parents=True)
    (cluster.server.data / "PG_VERSION").write_text("13\n")

    with pytest.raises(ClusterError, match=r"PostgreSQL 13 is not installed.*postgresql-13-postgis-3"):
        plan_upgrade(cluster)


@pytest.mark.slow
@pytest.mark.skipif("TWIN_TEST_NEW_POSTGRES" not in os.environ, reason="TWIN_TEST_NEW_POSTGRES names no newer programs")
def test_a_newer_major_version_takes_over(filled) -> None:
    newer = find_postgres(Path(os.environ["TWIN_TEST_NEW_POSTGRES"]))
    older = find_postgres(major=filled.server.major())

    cluster = Cluster(filled.home, filled.settings.model_copy(update={"postgres_bin": newer.bin}))

    done = upgrade(cluster, catalog.built_in(), all_schemas(), (older, newer), silent)

    assert count(cluster) == 1
    assert cluster.server.major() == done.new.major > done.old.major
