"""``twin quarantine``, ``twin rules`` and ``twin quality``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]
DIRTY = Path(__file__).parents[2] / "support" / "dirty_buildings.geojson"


def test_a_dirty_file_is_loaded_listed_mended_and_reported(
    db: Database, at_database: Callable[[Database], Twin], tmp_path: Path
) -> None:
    twin = at_database(db)
    words = ("load", str(DIRTY), "--layer", "buildings", "--dataset", "d", "--key", "id")
    status, _, err = twin(*words, "--strict")
    assert (status, "9 of its 20 rows cannot be accepted, and with --strict" in err.replace("\n", " ")) == (1, True)
    assert "9 rows cannot be accepted" not in twin(*words, "--dry-run")[2]
    status, printed, _ = twin(*words)
    assert (status, "9 rows wait in quarantine" in printed) == (0, True)
    listed = json.loads(twin("quarantine", "list", "--json")[1])
    load = str(listed[0]["properties"]["load"])
    rows = {row["properties"]["source_key"]: row["id"] for row in listed}
    number = str(rows["bow"])
    assert twin("quarantine", "release", number, "--reason", "修复", "--mend", "make_valid")[0] == 0
    status, _, err = twin("quarantine", "release", number, "--reason", "again")
    assert (status, f"row {number} is released already, by operator" in err.replace("\n", " ")) == (1, True)
    assert twin("quarantine", "discard", str(rows["line"]), "--reason", "不是建筑")[0] == 0
    assert json.loads(twin("quarantine", "show", number)[1])["properties"]["state"] == "released"
    assert twin("rules", "off", "buildings.floors.range")[0] == 0
    assert [rule["id"] for rule in listed_rules(twin) if not rule["enabled"]] == ["buildings.floors.range"]
    assert twin("rules", "set", '{"layer": "buildings", "kind": "nothing"}')[0] == 2
    assert twin("rules", "on", "buildings.floors.range")[0] == 0
    assert [rule for rule in listed_rules(twin) if not rule["enabled"]] == []
    own = {"id": "buildings.named", "layer": "buildings", "kind": "required", "column": "name"}
    assert twin("rules", "set", json.dumps(own))[0] == 0
    assert "buildings.named" in {rule["id"] for rule in listed_rules(twin)}
    assert twin("rules", "forget", "buildings.named")[0] == 0
    assert "buildings.named" not in {rule["id"] for rule in listed_rules(twin)}
    assert "there is no added or changed rule" in twin("rules", "forget", "buildings.named")[2]
    assert "buildings.geometry_valid" in twin("rules", "list", "--layer", "buildings")[1]
    page = tmp_path / "report.html"
    told = json.loads(twin("quality", "buildings", "--html", str(page), "--json")[1])
    assert told[0]["quarantine"]["pending"] == 7
    assert "一致性 consistency" in page.read_text(encoding="utf-8")
    assert "buildings.no_overlap" in twin("quality", "--load", load)[1]


def listed_rules(twin: Any) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = json.loads(twin("rules", "list", "--layer", "buildings", "--json")[1])
    return rules
