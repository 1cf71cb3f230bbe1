"""``twin bim scheme``: from a file to a report."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from designs import box, design_file, site_file
from sqlalchemy import text

from layers.store.engine import Database

Twin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def twin(db: Database, at_database: Callable[[Database], Twin]) -> Twin:
    return at_database(db)


def test_a_scheme_is_made_loaded_reviewed_compared_reported_and_removed(twin: Twin, tmp_path: Path) -> None:
    site, design = str(site_file(tmp_path)), str(design_file(tmp_path))
    limits = tmp_path / "limits.json"
    limits.write_text(json.dumps({"max_height_m": 20, "source": "评审会"}), encoding="utf-8")
    status, printed, _ = twin("bim", "scheme", "load", "a", design)
    assert status != 0
    status, printed, complaint = twin("bim", "scheme", "make", "a", "--site", site, "--title", "方案甲")
    assert (status, complaint) == (0, "")
    assert "made a: a site of 8,000.0 m²" in printed
    assert twin("bim", "scheme", "load", "a", design)[0] == 0
    assert twin("bim", "scheme", "make", "b", "--site", site, "--limits", str(limits), "--grade", "internal")[0] == 0
    assert twin("bim", "scheme", "load", "b", design)[0] == 0
    assert [one["id"] for one in json.loads(twin("bim", "scheme", "list", "--json")[1])] == ["a", "b"]
    assert json.loads(twin("bim", "list", "--json")[1]) == []
    shown = twin("bim", "scheme", "show", "b")[1]
    assert "不符合 breaks: 建筑限高 ≤ 20 m, 24" in shown
    compared = json.loads(twin("bim", "scheme", "compare", "a", "base", "--json")[1])
    assert [one["id"] for one in compared["schemes"]] == ["a", "base"]
    for name in ("report.html", "report.pdf"):
        assert twin("bim", "scheme", "report", "a", "--out", str(tmp_path / name))[0] == 0
    assert "方案甲塔楼" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "塔楼" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert twin("bim", "export", "a", str(tmp_path / "tiles"))[0] == 0
    assert (tmp_path / "tiles" / "tileset.json").exists()
    assert "removed a and its 3 elements" in twin("bim", "scheme", "remove", "a")[1]
    assert "no design scheme 'a'" in twin("bim", "scheme", "show", "a")[2]


def test_a_scheme_is_amended_in_what_is_stated_alone(twin: Twin, tmp_path: Path, db: Database) -> None:
    site = str(site_file(tmp_path))
    with db.owner.begin() as connection:
        plot = (
            "INSERT INTO onemap.planning_plots (plot_code, geom) VALUES ('A-01', ST_Multi(ST_GeomFromText(:wkt, 4490)))"
        )
        connection.execute(text(plot), {"wkt": box(0, 0, 50, 40).wkt})
        old = "INSERT INTO onemap.buildings (geom) VALUES (ST_Multi(ST_GeomFromText(:wkt, 4490))) RETURNING fid"
        fids = [
            connection.execute(text(old), {"wkt": box(west, 10, west + 10, 20).wkt}).scalar_one() for west in (10, 60)
        ]
    assert twin("bim", "scheme", "make", "a", "--site", site, "--title", "方案甲", "--grade", "internal")[0] == 0
    assert "amended a: a site of 2,000.0 m²" in twin("bim", "scheme", "amend", "a", "--plot", "A-01")[1]
    assert twin("bim", "scheme", "amend", "a", "--title-en", "Plan A", "--take", f"buildings/{fids[1]}")[0] == 0
    (listed,) = json.loads(twin("bim", "scheme", "list", "--json")[1])
    assert (listed["title"], listed["grade"]) == ({"zh": "方案甲", "en": "Plan A"}, "internal")
    assert listed["names"] == [f"buildings/{fid}" for fid in fids]
    assert twin("bim", "scheme", "amend", "a", "--leave", f"buildings/{fids[0]}", "--grade", "open")[0] == 0
    (listed,) = json.loads(twin("bim", "scheme", "list", "--json")[1])
    assert (listed["names"], listed["grade"]) == ([f"buildings/{fids[1]}"], "open")
    assert twin("bim", "scheme", "amend", "a", "--replaces", "site")[0] == 0
    assert json.loads(twin("bim", "scheme", "list", "--json")[1])[0]["names"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("make", "a"), "name its file (--site), or the code of a plot (--plot)"),
        (("amend", "nope", "--grade", "open"), "no design scheme 'nope'"),
        (("make", "a", "--site", "nowhere.geojson"), "no such file"),
        (("make", "A b", "--site", "site.geojson"), "is not an id"),
        (("make", "a", "--site", "site.geojson", "--replaces", "roads/1"), "no thing such as buildings/12"),
        (("make", "a", "--site", "site.geojson", "--grade", "top"), "is none of open"),
        (("report", "a", "--out", "a.docx"), "ends neither in .html nor in .pdf"),
        (("remove", "nope"), "no design scheme 'nope'"),
    ],
)
def test_what_cannot_be_done_is_told(twin: Twin, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    site_file(tmp_path)
    status, _, complaint = twin("bim", "scheme", *words)
    assert status != 0
    assert told in " ".join(complaint.split())
