"""Objects are found by the keys of their sources, by the index that loads keep."""

from sqlalchemy import Connection, event, text

from layers import catalog
from layers.access.principals import ANONYMOUS, LOCAL_OPERATOR, Principal
from layers.entities.codebook.keys import codes_of_key
from layers.registry import Registry

BUILDINGS = Registry([catalog.built_in().get("buildings")])
ROWS = """
INSERT INTO onemap.buildings (source_key, dataset, grade, geom)
SELECT 'way/' || n, 'd' || n % 3, CASE WHEN n = 7 THEN 3 ELSE 0 END,
       ST_Multi(ST_MakeEnvelope(121.5, 31.2, 121.501, 31.201, 4490))
FROM generate_series(1, 3000) AS n
"""


def found(tx: Connection, key: str, who: Principal = ANONYMOUS) -> list[str]:
    return [each["dataset"] for each in codes_of_key(tx, BUILDINGS, who, key)]


def test_a_key_finds_its_object_in_every_dataset(tx: Connection) -> None:
    tx.execute(text(ROWS))
    tx.execute(text(ROWS.replace("'d' || n % 3", "'more'")))
    assert sorted(found(tx, "way/5")) == ["d2", "more"]
    assert found(tx, "way/0") == found(tx, "") == []
    assert (found(tx, "way/7"), sorted(found(tx, "way/7", LOCAL_OPERATOR))) == ([], ["d1", "more"])


def test_an_empty_layer_has_nothing(tx: Connection) -> None:
    assert found(tx, "way/1") == []


def test_a_key_is_looked_up_in_the_index(tx: Connection) -> None:
    tx.execute(text(ROWS))
    tx.execute(text("ANALYZE onemap.buildings"))
    asked: list[tuple[str, dict[str, object]]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: dict[str, object], *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(tx, "before_cursor_execute", note)
    found(tx, "way/5")
    event.remove(tx, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    plan = "\n".join(row[0] for row in tx.exec_driver_sql(f"EXPLAIN {statement}", parameters))
    assert "buildings_source" in plan, plan
    assert "Seq Scan" not in plan, plan
