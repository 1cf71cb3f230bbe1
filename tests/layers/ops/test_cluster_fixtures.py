from sqlalchemy import Connection, text

from api.schemas import all_schemas
from layers.store.engine import Database
from layers.store.package_schema import newest_revisions
from layers.store.revision import current_revisions


def test_a_test_database_is_at_the_newest_revision(db: Database) -> None:
    with db.owner.connect() as connection:
        assert current_revisions(connection) == newest_revisions(all_schemas()) != frozenset()


def test_two_tests_do_not_share_a_database(db: Database, shared_db: Database) -> None:
    assert db.urls != shared_db.urls


def test_the_transaction_of_a_test_sees_the_tables_of_the_layers(tx: Connection) -> None:
    assert tx.execute(text("SELECT to_regclass('onemap.buildings') IS NOT NULL")).scalar() is True
