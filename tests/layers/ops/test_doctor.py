import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from api.schemas import all_schemas
from layers import catalog
from layers.ops.cluster import Cluster
from layers.ops.doctor import FAIL, OK, WARN, examine
from layers.ops.doctor import machine as machine_module
from layers.ops.doctor.database import examine_database
from layers.ops.doctor.machine import examine_machine
from layers.ops.provision import connect
from layers.settings import Settings
from layers.store.engine import Database


def by_check(findings: list) -> dict:
    return {finding.check: finding for finding in findings}


def asked(database: Database) -> dict:
    return by_check(examine_database(database.urls, catalog.built_in(), all_schemas()))


def test_a_healthy_database_has_no_failure(db: Database) -> None:
    found = asked(db)

    assert [finding for finding in found.values() if finding.status == FAIL] == []
    assert "GEOS" in found["postgis"].message
    assert "UTF8" in found["encoding"].message
    assert f"{len(catalog.built_in())} layers" in found["layers"].message
    assert "twin_reader, no superuser" in found["role reader"].message


def test_the_cluster_of_this_session_is_described(cluster: Cluster) -> None:
    settings = cluster.settings.model_copy(update={"home": cluster.home})
    found = by_check(examine(settings, catalog.built_in(), all_schemas()))

    assert found["cluster"].status == OK
    assert str(cluster.sockets()) in found["cluster"].message
    assert "PostGIS" in found["programs"].message


def test_a_home_without_a_cluster_is_no_failure_but_says_how_to_begin(home: Path) -> None:
    found = by_check(examine(Settings(_env_file=None, home=home), catalog.built_in(), all_schemas()))

    assert found["cluster"].status == WARN
    assert "twin up" in found["cluster"].remedy
    assert not home.exists()


def test_a_database_that_was_never_prepared_says_so(server) -> None:
    with server.copy_of("template0") as database:
        found = asked(database)

    assert found["migrations"].status == FAIL
    assert found["extension postgis"].status == FAIL
    assert "CREATE EXTENSION postgis" in found["extension postgis"].remedy


def test_a_missing_column_is_named(db: Database) -> None:
    with db.owner.begin() as connection:
        connection.execute(text("ALTER TABLE onemap.roads DROP COLUMN lanes"))

    assert "roads.lanes" in asked(db)["layers"].message


def test_an_index_that_cannot_be_used_is_named(db: Database, server) -> None:
    with connect(server.admin_url(db.urls)) as connection:
        connection.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'onemap.roads_geom_3857'::regclass"
        )

    found = asked(db)["indexes"]
    assert (found.status, "roads_geom_3857" in found.message) == (FAIL, True)


def test_an_older_revision_is_told_with_the_way_out(db: Database) -> None:
    with db.owner.begin() as connection:
        connection.execute(text("DELETE FROM onemap.alembic_version"))
        connection.execute(text("INSERT INTO onemap.alembic_version VALUES ('0001')"))

    found = asked(db)["migrations"]
    assert found.status == FAIL
    assert "twin up" in found.remedy


def test_a_superuser_as_reader_is_a_failure(db: Database, server) -> None:
    urls = replace(db.urls, reader=server.admin_url(db.urls))

    found = by_check(examine_database(urls, catalog.built_in(), all_schemas()))["role reader"]
    assert (found.status, "is a superuser" in found.message) == (FAIL, True)


def test_a_database_that_does_not_answer_is_one_finding(db: Database) -> None:
    urls = replace(db.urls, owner=db.urls.of_database("没有").owner)

    found = examine_database(urls, catalog.built_in(), all_schemas())
    assert [finding.status for finding in found] == [FAIL]


def test_a_full_disk_is_a_failure_with_the_way_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_module, "FULL_DISK", 1 << 60)

    found = by_check(examine_machine(Settings(_env_file=None, home=home)))["disk"]
    assert found.status == FAIL
    assert "TWIN_HOME" in found.remedy


def test_secrets_that_others_can_read_are_a_failure(home: Path) -> None:
    home.mkdir()
    (home / "admin.token").write_text("x")
    os.chmod(home / "admin.token", 0o644)

    found = by_check(examine_machine(Settings(_env_file=None, home=home)))["secrets"]
    assert found.status == FAIL
    assert "chmod 600" in found.remedy
