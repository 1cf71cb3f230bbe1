"""How well buildings are matched around Lujiazui: against labels by hand, and against a copy whose truth is known."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from perturbed import perturb
from sqlalchemy import text

from layers import catalog
from layers.entities.matching.compare import Comparison, compare
from layers.entities.matching.propose import dataset_layer
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.store.engine import Database

REPOSITORY = Path(__file__).parents[4]
LABELS = REPOSITORY / "tests" / "data" / "building_matches.csv"
LAYER = dataset_layer(catalog.built_in().get("buildings"))
SEED = 20261124
# Precision and recall. A part that is nearly as large as its whole is told as the same, or not at all.
FLOORS = {"same": (0.95, 0.95), "contains": (0.95, 0.55)}
_SOURCE = """
SELECT source_key AS key, name, ST_AsBinary(geom) AS shape,
    CASE WHEN height_source <> 'estimated' THEN height_m END AS height_m
FROM onemap.buildings WHERE dataset = 'osm' ORDER BY source_key
"""


@pytest.fixture(scope="module")
def lujiazui(server: Any, template: str, shared_data: Path) -> Iterator[Database]:
    """Yield a database with the bundled sample and OpenStreetMap around Lujiazui."""
    with server.copy_of(template) as database:
        load_path(database, catalog.built_in(), REPOSITORY / "data" / "sample", LoadOptions(), Silent())
        osm = shared_data / "osm" / "lujiazui_20260815.osm"
        load_path(database, catalog.built_in(), osm, LoadOptions(dataset="osm"), Silent())
        yield database


def pairs(database: Database, found: Comparison, relation: str, first: str) -> set[tuple[str, str]]:
    """Return the pairs of a relation by their keys; those that begin with ``first`` come first."""
    with database.reader.connect() as connection:
        keys = {
            row.fid: row.source_key for row in connection.execute(text("SELECT fid, source_key FROM onemap.buildings"))
        }
    both = ((keys[each.a], keys[each.b]) for each in found.found if each.relation == relation)
    return {(a, b) if a.startswith(first) else (b, a) for a, b in both}


def measured(
    found: set[tuple[str, str]], true: dict[tuple[str, str], float], wrong: dict[tuple[str, str], float]
) -> Any:
    """Return precision and recall of what was found, by the weights of what is true and of what is wrong."""
    hits, slips = (sum(weight for pair, weight in of.items() if pair in found) for of in (true, wrong))
    return hits / (hits + slips), hits / sum(true.values())


@pytest.fixture(scope="module")
def labels() -> dict[bool, dict[tuple[str, str], float]]:
    """Return the pairs that were labelled by hand, with their weights: those that are the same, and the others."""
    weights: dict[bool, dict[tuple[str, str], float]] = {True: {}, False: {}}
    with LABELS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            weights[row["label"] == "same"][row["osm_key"], row["sample_key"]] = float(row["weight"])
    return weights


def test_against_labels_by_hand(lujiazui: Database, labels: dict[bool, dict[tuple[str, str], float]]) -> None:
    with lujiazui.reader.connect() as connection:
        found = pairs(lujiazui, compare(connection, LAYER, ("osm", "sample"), Silent()), "same", "way/")
    precision, recall = measured(found, labels[True], labels[False])
    print(
        f"\nOSM and the sample, {sum(map(len, labels.values()))} pairs labelled by hand, {len(labels[True])} of them "
        f"the same: precision {precision:.3f}, recall {recall:.3f} (the sample's fabric is made up; true matches are "
        "landmarks)"
    )
    # Every pair that is proposed was labelled.
    assert found <= labels[True].keys() | labels[False].keys()
    assert precision >= 0.9
    assert recall >= 0.82


@pytest.mark.parametrize(
    ("chinese", "english", "floor"), [("osm", "sample", 0.35), ("sample", "osm", 0.42), ("osm sample", "", 0.7)]
)
def test_where_each_source_has_names_of_one_script(
    lujiazui: Database, labels: dict[bool, dict[tuple[str, str], float]], chinese: str, english: str, floor: float
) -> None:
    """Without the other names; what is told then is what the likeness across scripts, or within one, is good for."""
    with lujiazui.owner.connect() as connection:
        for column, other, datasets in (("name_en", "name", chinese), ("name", "name_en", english)):
            forget = f"UPDATE onemap.buildings SET {column} = NULL WHERE {other} ~ '.' AND dataset = ANY (:datasets)"
            connection.execute(text(forget), {"datasets": datasets.split()})
        compared = compare(connection, LAYER, ("osm", "sample"), Silent())
        connection.rollback()
    precision, recall = measured(pairs(lujiazui, compared, "same", "way/"), labels[True], labels[False])
    print(f"\n{chinese} Chinese, {english or 'none'} English: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.75
    assert recall >= floor


def test_against_a_copy_whose_truth_is_known(lujiazui: Database, tmp_path: Path) -> None:
    with lujiazui.reader.connect() as connection:
        source = [
            dict(row) | {"shape": shapely.from_wkb(row["shape"])}
            for row in connection.execute(text(_SOURCE)).mappings()
        ]
    copy = perturb(source, SEED)
    features = [
        {
            "type": "Feature",
            "properties": {"id": each["key"]} | each["values"],
            "geometry": json.loads(shapely.to_geojson(each["shape"])),
        }
        for each in copy.features
    ]
    path = tmp_path / "copy.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    options = LoadOptions(dataset="copy", layer="buildings", key="id", precedence=50, trust_crs=True)
    load_path(lujiazui, catalog.built_in(), path, options, Silent())
    with lujiazui.reader.connect() as connection:
        compared = compare(connection, LAYER, ("osm", "copy"), Silent())
    for relation, true in (("same", copy.same), ("contains", copy.parts)):
        found = pairs(lujiazui, compared, relation, "way/")
        precision, recall = measured(found, dict.fromkeys(true, 1.0), dict.fromkeys(found - true, 1.0))
        print(f"\na copy drawn anew, {relation}: {len(true)} true, precision {precision:.3f}, recall {recall:.3f}")
        floor = FLOORS[relation]
        assert precision >= floor[0]
        assert recall >= floor[1]
