#!/bin/sh
# MapInfo TAB, written and read by GDAL 3.12.4 (pyogrio 0.13.0), loses two things without a warning:
#   - the datum CGCS2000: EPSG:4490 comes back as EPSG:4326, and a zone (EPSG:4549) on the datum of WGS 84;
#   - nulls: an integer comes back as 0, a float as 0.0, a boolean as False, a text as ''. A date alone stays null.
# So a height of 0 m in such a file may be a height that nobody knows, and its CRS says nothing of whether the
# coordinates are in the national system. GeoPackage keeps both.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'pyogrio==0.13.0' 'geopandas==1.2.0' 'shapely==2.2.0' 'pandas==3.1.1' || {
    echo "could not install the pinned packages" >&2
    exit 2
}
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import warnings

import geopandas
import pandas
import pyogrio
import shapely

warnings.simplefilter("error")
print(f"pyogrio {pyogrio.__version__}, GDAL {pyogrio.__gdal_version_string__}")
columns = {
    "whole": pandas.array([1, None], dtype="Int32"),
    "real": [1.5, None],
    "text": ["a", None],
    "truth": pandas.array([True, None], dtype="boolean"),
    "day": pandas.to_datetime(["2020-01-01", None]),
}
places = [shapely.Point(121.5, 31.2), shapely.Point(121.6, 31.3)]
frame = geopandas.GeoDataFrame(columns, geometry=places, crs="EPSG:4490")
seen = {}
for name, driver in (("a.tab", "MapInfo File"), ("a.gpkg", "GPKG")):
    pyogrio.write_dataframe(frame, name, driver=driver)
    back = pyogrio.read_dataframe(name)
    row = back[list(columns)].iloc[1]
    values = [None if pandas.isna(value) else getattr(value, "item", lambda: value)() for value in row]
    seen[name] = (back.crs.to_epsg(), values)
pyogrio.write_dataframe(frame.to_crs("EPSG:4549"), "zone.tab", driver="MapInfo File")
zone = pyogrio.read_dataframe("zone.tab").crs.datum.name
print(seen, zone)
expected = {"a.tab": (4326, [0, 0.0, "", False, None]), "a.gpkg": (4490, [None, None, None, None, None])}
if seen != expected or zone != "World Geodetic System 1984":
    sys.exit("it behaves in another way now")
PYTHON
