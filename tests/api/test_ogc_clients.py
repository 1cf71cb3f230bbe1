"""The clients that other systems use, against the real server."""

import json
import subprocess
import sys

# GDAL keeps Python's lock while it waits for an answer, so it gets a process of its own.
READ = """
import json, sys
import pyogrio
source, layer, box = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
box = tuple(box) if box else None
names = [name for name, _ in pyogrio.list_layers(source)]
frame = pyogrio.read_dataframe(source, layer=layer, bbox=box, read_geometry=False)
print(json.dumps({"layers": names, "rows": json.loads(frame.to_json(orient="records"))}))
"""


def gdal(url: object, layer: str, box: tuple[float, ...] | None = None) -> dict:
    """Return what GDAL's OAPIF driver sees of a server, which QGIS uses as well."""
    words = [sys.executable, "-c", READ, f"OAPIF:{url}", layer, json.dumps(box)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_gdal_lists_the_layers_and_reads_one(city) -> None:
    seen = gdal(city.client.base_url, "buildings")
    assert {"buildings", "roads"} <= set(seen["layers"])
    heights = {row["name_en"]: row["height_m"] for row in seen["rows"]}
    assert heights == {"Shanghai Tower": 632, "Shanghai World Financial Center": 492, "Jin Mao Tower": 420.5}


def test_gdal_asks_for_a_box_and_follows_pages(city_with) -> None:
    with city_with(items_limit=1) as city:
        assert len(gdal(city.client.base_url, "roads")["rows"]) == 2
        box = (121.5009, 31.2368, 121.5016, 31.2380)
        assert [row["name"] for row in gdal(city.client.base_url, "buildings", box)["rows"]] == ["金茂大厦"]


def test_another_reference_system_is_refused_by_name(city) -> None:
    answer = city.client.get("/collections/roads/items?crs=http://www.opengis.net/def/crs/EPSG/0/4549")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "crs"
