import json
from pathlib import Path

import numpy as np
import pytest
from shapely import box
from shapely.geometry import mapping
from tunnel import GEOMETRY, HEAD, INFLOW, measurements, write_tunnel

from layers.errors import SourceError
from twin.scenarios.wind.skill.reading import read_cases

CITY_INFLOW = "z_m,U_ms,k\n2,2.0,0.9\n10,3.3,1.0\n50,5.0,1.0\n200,7,0.8\n"


def geojson(*heights: object, west: float = 0.0, metre: float = 1.0) -> str:
    """Return blocks of 12 x 10 m at 30 m pitch; ``metre`` is how many units of the coordinates a metre is."""
    features = []
    for n, height in enumerate(heights):
        x = west + 30 * n * metre
        plan = box(x, 0.2 * west, x + 12 * metre, 0.2 * west + 10 * metre)
        features.append({"type": "Feature", "geometry": mapping(plan), "properties": {"height": height}})
    return json.dumps({"type": "FeatureCollection", "features": features})


def write_city(folder: Path, measured: str, geometry: str | None = None) -> Path:
    write_tunnel(folder, inflow=CITY_INFLOW, measurements=measured)
    (folder / "geometry.csv").unlink()
    (folder / "buildings.geojson").write_text(geometry or geojson(8, 60), encoding="utf-8")
    return folder


def test_each_variant_and_direction_is_a_run_at_full_scale(tmp_path: Path) -> None:
    cases = read_cases(write_tunnel(tmp_path / "tunnel"))
    assert [(c.variant, c.from_deg) for c in cases] == [(v, d) for v in ("high", "low") for d in (270.0, 315.0)]
    high, low = cases[0], cases[2]
    assert [b.top_m for b in high.blocks] == pytest.approx([20.0, 40.0])
    assert len(low.blocks) == 1
    assert low.points[0] == pytest.approx([-30.0, -30.0, 2.0])
    assert low.observed[0] == pytest.approx(0.97)
    assert low.reference_ms == 2.4
    assert low.quantity == "scalar"
    assert low.unit_m == pytest.approx(100.0)
    assert low.inflow.u(np.array([2.0]))[0] == pytest.approx(2.4)


def test_a_folder_of_folders_has_the_runs_of_all(tmp_path: Path) -> None:
    write_tunnel(tmp_path / "one")
    write_tunnel(tmp_path / "two")
    (tmp_path / "notes").mkdir()
    assert {case.name for case in read_cases(tmp_path)} == {"one", "two"}


def test_vectors_are_read_by_their_length_over_the_wind_at_the_roof(tmp_path: Path) -> None:
    rows = "x_m,y_m,z_m,U,V,W\n-0.3,0,0.02,1.2,0.9,0\n0.8,0,0.02,0,0,2\n"
    case = read_cases(write_tunnel(tmp_path, measurements=rows, geometry=GEOMETRY.replace("_low", "_m")))[0]
    assert case.quantity == "vector"
    assert case.from_deg == 270.0
    assert case.reference_ms == pytest.approx(3.7)
    assert case.observed == pytest.approx([1.5 / 3.7, 2 / 3.7])


def test_two_components_are_compared_as_two(tmp_path: Path) -> None:
    rows = "x_m,y_m,z_m,U_ms,W_ms,uref_ms\n-0.3,0,0.02,3,4,5\n"
    case = read_cases(write_tunnel(tmp_path, measurements=rows, geometry=GEOMETRY.replace("_low", "_m")))[0]
    assert case.components == (0, 2)
    assert case.observed == pytest.approx([1.0])


@pytest.mark.parametrize("column", ["speed_ms", "U_ms", "speed"])
def test_a_lone_speed_is_that_of_a_probe_without_direction(column: str, tmp_path: Path) -> None:
    rows = f"x_m,y_m,z_m,{column},zref_m\n-0.3,0,0.02,1.6,0.10\n0.3,0,0.02,,0.10\n"
    case = read_cases(write_tunnel(tmp_path, measurements=rows, geometry=GEOMETRY.replace("_low", "_m")))[0]
    assert case.quantity == "scalar"
    assert case.reference_ms == pytest.approx(3.2)
    assert case.observed == pytest.approx([0.5])  # what was not measured is left out


@pytest.mark.parametrize(
    ("column", "told", "meant"),
    [
        ("wind_deg", "45", 45.0),
        ("wind_from_deg", "360", 0.0),
        ("direction", "NNE", 22.5),
        ("wind", "w", 270.0),
        ("angle_deg", "22.5", 292.5),
    ],
)
def test_directions_go_by_several_names(column: str, told: str, meant: float, tmp_path: Path) -> None:
    rows = f"{column},x_m,y_m,z_m,speed_ms\n{told},-20,0,2,1.5\n"
    assert [case.from_deg for case in read_cases(write_city(tmp_path, rows))] == [meant]


def test_a_city_in_metres_stays_as_it_is(tmp_path: Path) -> None:
    case = read_cases(write_city(tmp_path, "wind,x_m,y_m,z_m,speed_ms\nN,-20,0,2,1.5\n"))[0]
    assert [block.top_m for block in case.blocks] == [8.0, 60.0]
    assert case.unit_m == 1.0
    assert case.points.tolist() == [[-20.0, 0.0, 2.0]]


def test_ground_plans_come_as_wkt_too_and_one_that_crosses_itself_is_split(tmp_path: Path) -> None:
    plans = (
        'wkt,height_m\n"POLYGON ((0 0, 20 20, 20 0, 0 20, 0 0))",10\n"POLYGON Z ((40 0 3, 60 0 3, 60 9 3, 40 0 3))",9\n'
    )
    rows = "x_m,y_m,z_m,speed_ms\n-20,0,2,1.5\n"
    case = read_cases(write_tunnel(tmp_path, inflow=CITY_INFLOW, measurements=rows, geometry=plans))[0]
    assert sorted(block.outline.area for block in case.blocks) == pytest.approx([90, 100, 100])


def test_lengths_in_block_heights_are_scaled_by_them(tmp_path: Path) -> None:
    rows = "xOverH,yOverH,zOverH,speed_ms\n-1.5,0,0.5,1.5\n"
    case = read_cases(write_tunnel(tmp_path, measurements=rows, geometry=GEOMETRY.replace("_low", "_m")))[0]
    assert case.points == pytest.approx(np.array([[-30.0, 0.0, 10.0]]))
    assert case.unit == "H"


ROW = "low,270,-0.3,0,0.02,1.0,2.4\n"
WRONG = [
    ({"measurements": HEAD + ROW + ROW.replace("1.0", "fast")}, "measurements.csv, row 3: speed_over_uref .* 'fast'"),
    ({"measurements": HEAD + ROW.replace("-0.3", "")}, "measurements.csv, row 2: x_m must be a number, it is empty"),
    ({"measurements": HEAD.replace("y_m", "why") + ROW}, r"measurements.csv: lacks the place along y \(column y_m"),
    ({"measurements": HEAD.replace("uref_ms", "u0") + ROW}, "measurements.csv: lacks the speed that .* over"),
    ({"measurements": HEAD.replace("speed_over_uref", "s") + ROW}, "measurements.csv: lacks the speeds"),
    ({"measurements": HEAD + ROW.replace("1.0", "")}, "measurements.csv: nothing was measured in low 270"),
    ({"measurements": HEAD + ROW + ROW.replace("2.4", "9")}, "row 2: the reference speed of a run must be one"),
    ({"measurements": HEAD}, "measurements.csv: there are no rows"),
    ({"measurements": HEAD + ROW.replace("270", "upwind")}, "row 2: wind_from_deg must be a number, it is 'upwind'"),
    ({"inflow": INFLOW.replace("sigmaU_ms", "noise")}, "inflow.csv: lacks the turbulence"),
    ({"inflow": INFLOW.replace("0.10", "0.02")}, "inflow.csv, row 3: z_m: heights must differ"),
    ({"inflow": INFLOW.replace("3.7", "-3.7")}, "inflow.csv, row 4: u_ms: .* positive"),
    ({"geometry": GEOMETRY.replace("height_low", "h")}, r"geometry.csv: lacks the heights \(column height_low"),
    ({"geometry": GEOMETRY.replace("cx_m", "c")}, "geometry.csv: lacks a wkt or the block's place and size"),
    ({"geometry": GEOMETRY.replace("0.2,0,0.4", "0.2,,0.4")}, "geometry.csv, row 3: height_low .* it is empty"),
    ({"geometry": "wkt,height_m\nPOINT (1 1),3\n"}, "geometry.csv, row 2: the ground plan is Point, not a polygon"),
    ({"geometry": "wkt,height_m\nround,3\n"}, "geometry.csv, row 2: this is not valid WKT: 'round'"),
    ({"geometry": GEOMETRY.replace("0.2,0.2,0.2\n", "0.2,0,0.2\n")}, "there are no blocks"),
]


@pytest.mark.parametrize(("files", "complaint"), WRONG, ids=[complaint[:40] for _, complaint in WRONG])
def test_what_cannot_be_read_is_named_by_file_column_and_row(
    files: dict[str, str], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=complaint):
        read_cases(write_tunnel(tmp_path, **files))


def test_geojson_that_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    rows = "x_m,y_m,z_m,speed_ms\n-20,0,2,1.5\n"
    with pytest.raises(SourceError, match=r"buildings\.geojson, feature 2: height must be a number, it is empty"):
        read_cases(write_city(tmp_path, rows, geojson(8, None)))
    with pytest.raises(SourceError, match="are degrees"):
        read_cases(write_city(tmp_path, rows, geojson(8, 9, west=121.5, metre=1e-5)))
    with pytest.raises(SourceError, match="not a GeoJSON FeatureCollection"):
        read_cases(write_city(tmp_path, rows, "{}"))


def test_a_folder_without_measurements_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no measurements"):
        read_cases(tmp_path)
    with pytest.raises(SourceError, match="is not a folder"):
        read_cases(tmp_path / "nowhere")
    write_tunnel(tmp_path)
    (tmp_path / "geometry.csv").unlink()
    with pytest.raises(SourceError, match=r"geometry\.csv: this file is missing"):
        read_cases(tmp_path)


def test_made_up_measurements_are_what_the_other_tests_think() -> None:
    assert measurements().count("\n") == 101
