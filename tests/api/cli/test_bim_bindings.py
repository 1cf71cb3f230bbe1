import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from box_model import house, load_house

from api.layers import all_layers
from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]
SPRING, SUMMER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
TABLE = "传感器,房间,开始时间\nT-1,room-1,2026-03-01 08:00:00\nT-2,room-2,2026-03-01 08:00:00\n"


def test_bindings_are_imported_exported_and_their_orphans_listed(
    db: Database, tmp_path: Path, at_database: Callable[[Database], Twin]
) -> None:
    load_house(db, all_layers(), tmp_path, date=SPRING)
    twin = at_database(db)
    table, written = tmp_path / "things.csv", tmp_path / "written.csv"
    table.write_text(TABLE, encoding="gb18030")
    status, _, complaint = twin("bim", "bindings", "import", str(table), "--model", "house")
    assert (status, "line 2, 开始时间: '2026-03-01 08:00:00' has no offset" in complaint) == (1, True)
    own = ("bim", "bindings", "import", str(table), "--model", "house", "--offset", "+08:00")
    assert "2 bindings would be added" in twin(*own, "--check")[1]
    assert json.loads(twin("bim", "bindings", "list", "--json")[1]) == []
    assert "2 bindings were added" in twin(*own)[1]
    assert twin("bim", "bindings", "export", str(written), "--model", "house")[0] == 0
    again = twin("bim", "bindings", "import", str(written), "--model", "house", "--json")[1]
    assert json.loads(again)["unchanged"] == 2
    assert twin("bim", "bindings", "list", "--at", "2026-01-01T00:00:00Z", "--json")[1].strip() == "[]"
    assert "room-2" in twin("bim", "bindings", "list")[1]
    load_house(db, all_layers(), tmp_path, [part for part in house() if part[0].id != "room-2"], date=SUMMER)
    listed = twin("bim", "bindings", "orphans")
    assert "room-1" in listed[1]
    assert "1 orphans" in listed[2]
    proposal = tmp_path / "proposal.csv"
    assert twin("bim", "bindings", "propose", str(proposal), "--model", "house")[0] == 0
    assert proposal.read_text(encoding="utf-8-sig").startswith("thing,model,element,from,to,note,grade,thing_name")
