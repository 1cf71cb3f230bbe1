"""How well points of interest are matched: real names in two languages, on places of the sample, drawn again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from bilingual import is_latin
from perturbed import perturb_points
from sqlalchemy import text

from layers import catalog
from layers.entities.matching.compare import compare
from layers.entities.matching.propose import dataset_layer
from layers.intake.ingest import LoadOptions, Silent, load_path
from layers.store.engine import Database

SAMPLE = Path(__file__).parents[4] / "data" / "sample" / "poi.geojson"
LAYER = dataset_layer(catalog.built_in().get("poi"))
SEED = 20261124


def places(names: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the places of the sample, each with a name of its own."""
    features = json.loads(SAMPLE.read_text())["features"]
    once = list({han: (han, latin) for han, latin in names}.values())
    chosen = np.random.default_rng(SEED).permutation(len(once))[: len(features)]
    return [
        {
            "key": f"ours/{number}",
            "shape": shapely.Point(feature["geometry"]["coordinates"]),
            "name": once[which][0],
            "name_en": once[which][1],
            "class": feature["properties"]["class"],
        }
        for number, (feature, which) in enumerate(zip(features, chosen, strict=False))
    ]


def load(db: Database, folder: Path, dataset: str, features: list[dict[str, Any]]) -> None:
    collection = [
        {
            "type": "Feature",
            "properties": {"id": each["key"], "name": each["values"]["name"], "class": each["values"]["class"]},
            "geometry": json.loads(shapely.to_geojson(each["shape"])),
        }
        for each in features
    ]
    path = folder / f"{dataset}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": collection}))
    load_path(db, catalog.built_in(), path, LoadOptions(dataset=dataset, layer="poi", key="id"), Silent())


def test_points_of_interest_against_a_copy_with_english_names(
    db: Database, tmp_path: Path, bilingual: list[tuple[str, str]]
) -> None:
    ours = places(bilingual)
    copy = perturb_points(ours, SEED)
    load(db, tmp_path, "ours", [{"key": each["key"], "shape": each["shape"], "values": each} for each in ours])
    load(db, tmp_path, "theirs", copy.features)
    with db.reader.connect() as connection:
        keys = {row.fid: row.source_key for row in connection.execute(text("SELECT fid, source_key FROM onemap.poi"))}
        compared = compare(connection, LAYER, ("ours", "theirs"), Silent())
    found = {(keys[each.a], keys[each.b]) for each in compared.found}
    found = {(a, b) if a.startswith("ours") else (b, a) for a, b in found}
    hits = found & copy.same
    print(f"\n{len(ours)} points of interest, {compared.pairs} neighbours: precision {len(hits) / len(found):.3f}")
    recall = {}
    for kind in ("Chinese", "English", "no"):
        true = {pair for pair in copy.same if script(copy.features, pair[1]) == kind}
        recall[kind] = len(hits & true) / len(true)
        print(f"recall of {len(true)} with {kind} name: {recall[kind]:.3f}")
    assert len(hits) / len(found) >= 0.98
    assert recall["Chinese"] >= 0.95
    assert recall["English"] >= 0.8
    # Eight metres off and without a name, a place of the same class is mostly another one: that is left to a person.
    assert recall["no"] <= 0.2


def script(features: list[dict[str, Any]], key: str) -> str:
    name = next(each["values"]["name"] for each in features if each["key"] == key)
    return "no" if name is None else "English" if is_latin(name) else "Chinese"
