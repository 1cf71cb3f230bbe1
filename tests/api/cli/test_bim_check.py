import json
from collections.abc import Callable
from pathlib import Path

from authored_ids import attribute, between, property_of, simple, specification, write_ids
from authored_ifc import Author, Plan, guid
from sqlalchemy import text

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]


def authored(folder: Path) -> tuple[Path, Path]:
    """Return a house in millimetres, one of whose two doors is too low, and what is asked of doors."""
    author = Author(Plan(unit="mm", latitude=(31, 14, 0), longitude=(121, 30, 0)))
    for storey, height in zip(author.storeys, (2100.0, 1900.0), strict=True):
        storey.door.OverallHeight = height
    author.storeys[0].door.Name = "<b>门</b>"
    asked = [
        specification("门高", "IFCDOOR", attribute("OverallHeight", between(2.0, 2.5))),
        specification("doors", "IFCDOOR", attribute("Name")),
    ]
    return author.write(folder / "house.ifc"), write_ids(folder / "spec.ids", asked)


def test_a_file_is_checked_and_what_fails_is_named(command_line: Twin, tmp_path: Path) -> None:
    path, spec = authored(tmp_path)
    status, printed, _ = command_line("bim", "check", str(path), str(spec))
    assert status == 1
    assert f"IfcDoor {guid('door 1')} door 1: the attribute is 1.9 (属性值为 1.9)" in printed
    assert "stands at 121.5" in printed
    page = tmp_path / "report.html"
    status, printed, _ = command_line("bim", "check", str(path), str(spec), "--json", "--html", str(page))
    document = json.loads(printed)
    assert (status, document["passed"], document["georeference"]["level"]) == (1, False, 20)
    assert [one["status"] for one in document["ids"]["specifications"]] == ["failed", "passed"]
    written = page.read_text(encoding="utf-8")
    assert guid("door 1") in written
    assert "不符合 failed" in written
    good = write_ids(tmp_path / "good.ids", [specification("doors", "IFCDOOR", attribute("Name"))])
    assert command_line("bim", "check", str(path), str(good), "--no-shapes")[0] == 0
    assert command_line("bim", "check", str(path))[0] == 0


def test_names_in_a_file_do_not_run_in_the_page(command_line: Twin, tmp_path: Path) -> None:
    path, _ = authored(tmp_path)
    spec = write_ids(tmp_path / "spec.ids", [specification("<i>x</i>", "IFCDOOR", property_of("P", "Q", simple("1")))])
    page = tmp_path / "report.html"
    command_line("bim", "check", str(path), str(spec), "--html", str(page), "--no-shapes")
    written = page.read_text(encoding="utf-8")
    assert "<b>门</b>" not in written
    assert "<i>x</i>" not in written
    assert "&lt;b&gt;门&lt;/b&gt;" in written


def test_a_load_records_what_fails_or_refuses_it(
    db: Database, tmp_path: Path, at_database: Callable[[Database], Twin]
) -> None:
    path, spec = authored(tmp_path)
    twin = at_database(db)
    status, _, complaint = twin("bim", "load", str(path), "--ids", str(spec), "--strict")
    assert (status, "1 of 2 specifications of '交付要求' fail" in complaint) == (1, True)
    assert "no building model" in twin("bim", "show", "house")[2]
    status, printed, _ = twin("bim", "load", str(path), "--ids", str(spec), "--json")
    summary = json.loads(printed)
    assert status == 0
    assert any("1 of 2 specifications" in note for note in summary["notes"])
    failed = [defect for defect in summary["defects"] if defect["rule"] == "ids.failed"]
    assert [(one["element"], one["message"]["zh"]) for one in failed] == [(guid("door 1"), "门高：属性值为 1.9")]
    with db.reader.connect() as connection:
        found = connection.execute(
            text("SELECT source_key FROM onemap.building_elements WHERE defect LIKE '%ids.failed%'")
        )
        assert list(found.scalars()) == [guid("door 1")]
    assert "IDS" in twin("bim", "load", __file__, "--ids", str(spec))[2]
