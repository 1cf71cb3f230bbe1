"""CityJSON in the database: all objects are rows, in their place, with their volume."""

from datetime import UTC, datetime

import numpy as np
import pytest
from bundled import SAMPLE
from pyproj import Geod, Transformer
from sqlalchemy import text

from api.layers import all_layers
from bim.formats import open_model
from bim.georeference import LocateOptions, Placement
from bim.ingest import ModelOptions, load_model
from layers.ops.jobs import Silent

DATE = datetime(2026, 1, 1, tzinfo=UTC)
ELEMENTS = """
SELECT e.source_key, e.kind, e.class, e.volume_m3, e.defect, e.shape IS NOT NULL AS shaped, e.parent, e.storey,
       ST_X(ST_Centroid(e.geom)) AS lon, ST_Y(ST_Centroid(e.geom)) AS lat, ST_Area(e.geom::geography) AS area_m2,
       e.area_m2 AS plan_m2, r.properties #>> '{attributes,roofType}' AS roof,
       r.properties #>> '{attributes,RelativeRidgeHeight}' AS ridge_m
FROM onemap.building_elements e JOIN onemap.bim_record r ON r.id = e.record
"""


def loaded(db, path, **options):
    summary = load_model(db, all_layers(), path, ModelOptions(date=DATE, **options), Silent())
    with db.owner.connect() as connection:
        rows = {row.source_key: row for row in connection.execute(text(ELEMENTS))}
    return summary, rows


def metres_off(lonlat, other):
    return Geod(ellps="GRS80").inv(*lonlat, *other)[2]


def places_off(summary, path, operation):
    """Return how far at most, in metres, a model is from where an operation of PROJ has it."""
    reading = open_model(path)
    placement = Placement.from_json(summary.georeference["placement"])
    way = Transformer.from_pipeline(operation)
    worst = 0.0
    for _, body in reading.bodies(lambda done, total: None):
        ours = placement.geodetic(body.points)
        lon, lat = way.transform(body.points[:, 0], body.points[:, 1])
        _, _, distances = Geod(ellps="GRS80").inv(ours[:, 0], ours[:, 1], lon, lat)
        worst = max(worst, float(np.max(distances)))
    return worst


def test_delft_stands_where_proj_has_it(db, shared_data):
    path = shared_data / "bim" / "delft.json"
    summary, rows = loaded(db, path)
    assert len(rows) == 570
    assert summary.counts["Building"] == 160
    assert sum(row.kind == "building" for row in rows.values()) == 160
    assert summary.load.layers[0].read == summary.load.layers[0].new == 570
    # Amersfoort / RD New by its published parameters: the double stereographic projection on Bessel's ellipsoid, and
    # the seven parameters of "Amersfoort to WGS 84", EPSG:4833, its turns in seconds of arc.
    rd = (
        "+proj=pipeline +step +inv +proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 "
        "+x_0=155000 +y_0=463000 +ellps=bessel +step +proj=push +v_3 +step +proj=cart +ellps=bessel "
        "+step +proj=helmert +x=565.4171 +y=50.3319 +z=465.5524 +rx=0.398957 +ry=-0.343988 +rz=1.877402 +s=4.0725 "
        "+convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    assert places_off(summary, path, rd) < 0.01
    assert summary.georeference["crs"] == "EPSG:28992"
    assert 0.0 < summary.georeference["residual_m"] < 0.02
    assert {row.defect for row in rows.values() if row.kind == "building"} == {"solid.open"}
    assert sum(row.defect is not None for row in rows.values()) == 161


def test_a_solid_of_the_hague_has_its_volume_once_its_reference_system_is_said(db, shared_data):
    path = shared_data / "bim" / "DH_01_subs.city.json"
    _, rows = loaded(db, path, place=LocateOptions(crs="EPSG:28992"))
    assert len(rows) == 12
    parts = [row for row in rows.values() if row.kind == "element"]
    # What val3dity finds too (203): one polygon is bent by a little more than a centimetre.
    assert [row.defect for row in rows.values() if row.defect] == ["polygon.nonplanar"]
    # A part with a flat roof is as large as its plan is wide and as it says that it is high.
    flat = [row for row in parts if row.roof == "1000"]
    assert len(flat) == 6
    for row in flat:
        assert row.volume_m3 == pytest.approx(row.plan_m2 * float(row.ridge_m), rel=2e-3), row.source_key
    assert all(row.parent in rows for row in parts)


def test_the_office_block_stands_with_the_convergence_of_its_zone(db):
    path = SAMPLE / "bim" / "office_block.json"
    summary, rows = loaded(db, path)
    zone = "+proj=pipeline +step +inv +proj=tmerc +lon_0=123 +x_0=500000 +ellps=GRS80 +step +proj=unitconvert "
    assert places_off(summary, path, f"{zone} +xy_in=rad +xy_out=deg") < 0.001
    assert summary.georeference["placement"]["heading_deg"] == pytest.approx(0.766, abs=0.001)
    assert metres_off((rows["office-block"].lon, rows["office-block"].lat), (121.5229, 31.2285)) < 0.5
    assert {row.kind for row in rows.values()} == {"building", "storey", "space"}
    assert len(rows) == 109
    # Storeys have no shape: what is in them tells where they are.
    assert not rows["storey-3"].shaped
    assert rows["storey-3"].area_m2 > 500.0
    assert rows["room-300"].storey == "storey-3"
    # A metre of the zone is 0.99976 m on the ground here.
    assert rows["room-100"].volume_m3 == pytest.approx(114.24 * 3.6 * 0.99976**2, rel=1e-3)


def test_loading_it_again_changes_nothing(db):
    path = SAMPLE / "bim" / "office_block.json"
    loaded(db, path)
    summary, rows = loaded(db, path)
    (layer,) = summary.load.layers
    assert (layer.unchanged, layer.new, layer.changed) == (109, 0, 0)
    assert len(rows) == 109
