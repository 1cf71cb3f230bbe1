"""Columns and text of vector files."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from layers.intake.vector import geojson_text
from layers.intake.vector.columns import Inference, bring_to, safe_names
from layers.intake.vector.geojson_shape import pack
from layers.intake.vector.infer_schema import geometry_of, layer_id


def test_names_are_made_safe_and_stay_apart():
    safe = safe_names(["名称", "Name", "geom", "人口 (万)", "2020", "--", "ctid", "valid"])
    assert safe == {
        "名称": "name", "Name": "name_2", "geom": "geom_", "人口 (万)": "人口_万", "2020": "_2020", "--": "column",
        "ctid": "ctid_", "valid": "valid_",
    }  # fmt: skip


@given(st.lists(st.text(min_size=1, max_size=80), max_size=12, unique=True))
def test_any_names_become_distinct_identifiers_of_bounded_length(names):
    safe = list(safe_names(names).values())
    assert len(set(safe)) == len(names)
    assert all(name and len(name.encode()) <= 63 and '"' not in name for name in safe)


def test_types_are_the_narrowest_that_hold_all_values():
    inference = Inference()
    inference.see(
        {"n": 1, "x": 1, "t": "a", "b": True, "big": 310115000001, "mix": 1, "none": None, "d": "2026-01-01T00:00:00Z"}
    )
    inference.see({"n": 2, "x": 1.5, "t": None, "b": False, "big": 1, "mix": "a", "none": None, "d": None})
    assert inference.types() == {
        "n": "integer", "x": "real", "t": "text", "b": "boolean", "big": "text", "mix": "text", "none": "text",
        "d": "timestamp",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("12", "integer", 12),
        (3.0, "integer", 3),
        ("", "integer", None),
        ("是", "boolean", True),
        (0, "boolean", False),
        (12, "text", "12"),
        ({"街道": 1}, "text", '{"街道": 1}'),
        ("a\0b", "text", "ab"),
        (None, "real", None),
    ],
)
def test_values_are_brought_to_their_type(value, kind, expected):
    assert bring_to(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [("十二", "integer"), (1.5, "integer"), (2**40, "integer"), ("也许", "boolean"), ("x", "real"), ("x", "timestamp")],
)
def test_values_that_are_none_of_a_type_are_refused(value, kind):
    with pytest.raises(ValueError, match=r".+"):
        bring_to(value, kind)


@pytest.mark.parametrize(("name", "expected"), [("Schools 2026", "schools_2026"), ("a--b", "a_b"), ("lamps", "lamps")])
def test_ids_of_layers_are_made_from_names(name, expected):
    assert layer_id(name) == expected


@pytest.mark.parametrize("name", ["学校", "9lines", "", "x" * 60])
def test_names_that_give_no_id_are_refused(name):
    with pytest.raises(ParameterError, match="name one with --layer"):
        layer_id(name)


def test_points_lines_and_areas_do_not_mix():
    assert geometry_of(frozenset({"Polygon", "MultiPolygon"})) == "MultiPolygon"
    assert geometry_of(frozenset({"Point", "MultiPoint"})) == "MultiPoint"
    assert geometry_of(frozenset({"Point", "Polygon"})) is None


@pytest.mark.parametrize("geometry", [None, {"type": "Point", "coordinates": []}])
def test_no_geometry_packs_to_none(geometry):
    assert pack(geometry) is None


FEATURES = st.lists(
    st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=20), st.booleans()), max_size=4),
    max_size=8,
)


@given(features=FEATURES, block=st.integers(1, 64), indent=st.sampled_from([None, 1]))
def test_any_block_size_reads_the_same_features(tmp_path_factory, features, block, indent):
    path = Path(tmp_path_factory.mktemp("text")) / "a.geojson"
    collection = {"crs": 12, "type": "FeatureCollection", "features": features, "name": "浦东"}
    path.write_text(json.dumps(collection, ensure_ascii=False, indent=indent), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(geojson_text, "_BLOCK", block)
        text = geojson_text.GeoJsonText(path)
        assert [feature for _, feature in text.features()] == features
    assert (text.members["crs"], text.members["name"]) == (12, "浦东")
