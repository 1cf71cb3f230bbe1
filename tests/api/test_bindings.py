"""Things in buildings over HTTP and on the command line: tables in and out, orphans, rights, pages."""

import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from box_model import house, load_house
from city import City, open_server
from sqlalchemy import text

from api.layers import all_layers
from layers.access import people
from layers.access.people import Rights
from layers.store.engine import Database

SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
TABLE = (
    "thing,element,from,to,note\nT-1,room-1,2026-03-01T08:00:00+08:00,,'=1+1\n"
    "T-2,room-2,2026-03-01T08:00:00+08:00,,\nD-1,door-1,2026-03-01T08:00:00+08:00,,\n"
)


def post(city: City, body: str, query: str = "model=house", **headers: str) -> Any:
    signed = headers or city.signed_in
    return city.client.post(f"/bim/bindings?{query}", content=body.encode(), headers=signed)


def test_a_table_goes_in_is_reviewed_and_comes_out(db: Database, tmp_path: Path) -> None:
    load_house(db, all_layers(), tmp_path, date=SPRING)
    with open_server(db, tmp_path / "home") as city:
        assert post(city, TABLE, "model=house&check=true").json()["added"][0]["thing"] == "T-1"
        assert city.client.get("/bim/bindings").json()["bindings"] == []
        stated = post(city, TABLE)
        assert (stated.status_code, len(stated.json()["added"])) == (200, 3)
        assert post(city, TABLE).json()["unchanged"] == 3
        _read(city)
        _refuse(city)
        _pages(city)
        load_house(db, all_layers(), tmp_path, [part for part in house() if part[0].id != "room-2"], date=SUMMER)
        (orphan,) = city.client.get("/bim/bindings?orphans=true&model=house").json()["bindings"]
        assert (orphan["thing"], orphan["candidates"][0]["element"]) == ("T-2", "room-1")
        table = city.client.get("/bim/bindings?orphans=true&f=csv").text
        assert "T-2,house,room-2,2026-03-01T00:00:00Z,,,open,,,,room-1,房间1,nearest" in table
        assert city.client.get("/bim/bindings?orphans=true&datetime=2026-01-01Z/..").status_code == 400


def _read(city: City) -> None:
    listed = city.client.get("/bim/bindings?model=house&element=room-1").json()["bindings"]
    assert [(one["thing"], one["note"], one["from"]) for one in listed] == [("T-1", "=1+1", "2026-03-01T00:00:00Z")]
    assert [one["thing"] for one in city.client.get("/bim/models/house/elements/door-1").json()["things"]] == ["D-1"]
    answer = city.client.get("/bim/bindings?f=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["note"] == "'=1+1", "no spreadsheet evaluates it"
    assert (rows[1]["element_name"], rows[1]["storey_name"]) == ("房间2", "2层")
    assert post(city, answer.text).json()["unchanged"] == 3
    assert city.client.get("/bim/bindings?datetime=2026-01-01T00:00:00Z").json()["bindings"] == []


def _refuse(city: City) -> None:
    wrong = post(city, TABLE.replace("room-1", "attic"))
    assert (wrong.status_code, "line 2, element" in wrong.json()["detail"]) == (400, True)
    assert str(Path(tempfile.gettempdir())) not in post(city, "a,b\n").json()["detail"]
    assert post(city, TABLE, "model=nowhere").status_code == 404
    assert post(city, TABLE, "model=house&offset=abc").json()["parameter"] == "offset"
    assert post(city, TABLE, Authorization="Bearer x").status_code == 401
    with city.database.writer.begin() as connection:
        token = people.add(connection, "reader", Rights())
    assert post(city, TABLE, Authorization=f"Bearer {token}").status_code == 403
    with city.database.owner.connect() as connection:
        acts = connection.execute(text("SELECT allowed FROM onemap.audit WHERE resource = 'bindings'")).scalars().all()
    assert set(acts) == {"yes", "no"}


def _pages(city: City) -> None:
    things: list[str] = []
    path: str | None = "/bim/bindings?limit=2&model=house"
    while path:
        page = city.client.get(path).json()
        things += [one["thing"] for one in page["bindings"]]
        path = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
    assert things == ["T-1", "T-2", "D-1"]
    assert 'rel="next"' in city.client.get("/bim/bindings?limit=2&f=csv").headers["link"]
    for query in ("limit=0", "after=-1", "f=xml", "datetime=soon"):
        assert city.client.get(f"/bim/bindings?{query}").status_code == 400, query
