import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_library import COARSE, Quiet, small_district, small_plan

from layers.errors import Cancelled, InputError, NotFound, ParameterError, SourceError
from twin.scenarios.wind.library.build import build, evenly, needed_directions
from twin.scenarios.wind.library.entry import Entry
from twin.scenarios.wind.library.library import Library, turned, weights


@dataclass(frozen=True)
class Blow:
    speed_ms: float
    from_deg: float


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("winds") / "small"
    progress = Quiet()
    assert build(small_plan(folder), progress) == 2
    assert progress.said[-1][0] == progress.said[-1][1]
    return Library(folder)


def test_kept_velocities_are_free_of_divergence(library: Library) -> None:
    for entry in library.entries:
        u, v, w = (entry.staggered(name).astype(float) for name in "uvw")
        dx, dy, dz = (axis.widths for axis in (entry.grid.x, entry.grid.y, entry.grid.z))
        out = (
            np.diff(u, axis=0) / dx[:, None, None]
            + np.diff(v, axis=1) / dy[None, :, None]
            + np.diff(w, axis=2) / dz[None, None, :]
        )
        least = np.minimum(np.minimum(dx[:, None, None], dy[None, :, None]), dz[None, None, :])
        assert np.abs(out * least)[entry.fluid == 1].max() < 1e-3


def test_nothing_flows_through_walls(library: Library) -> None:
    for entry in library.entries:
        u, fluid = entry.staggered("u"), entry.fluid
        assert (fluid == 0).any()
        walls = (fluid[1:] == 0) | (fluid[:-1] == 0)
        assert (u[1:-1][walls] == 0).all()
        assert (entry.staggered("w")[:, :, 0] == 0).all()


def test_a_map_scales_with_the_speed_and_is_blank_inside_buildings(library: Library) -> None:
    slow, fast = library.map(Blow(5.0, 270.0)), library.map(Blow(20.0, 270.0))
    middle = len(slow.axis) // 2
    assert np.isnan(slow.gust[middle, middle])
    np.testing.assert_allclose(4 * slow.mean, fast.mean, rtol=1e-5)
    np.testing.assert_allclose(4 * slow.gust, fast.gust, rtol=1e-5)
    assert np.nanmin(fast.gust - fast.mean) > 0


def test_the_lee_is_calmer_than_the_front_is_far_out(library: Library) -> None:
    found = library.map(Blow(20.0, 270.0))
    middle = len(found.axis) // 2
    lee = found.mean[middle, middle + 5 : middle + 8].mean()
    open_ground = found.mean[-3:, :4].mean()
    assert lee < 0.7 * open_ground


def test_between_two_directions_the_wind_turns_and_keeps_its_strength(library: Library) -> None:
    high = np.array([[-95.0, -95.0, 150.0]])
    speeds = []
    for direction in (247.5, 255.0, 262.5, 270.0):
        u, v, _ = library.sample(high, [Blow(10.0, direction)]).velocities(Blow(10.0, direction))[0]
        assert np.degrees(np.arctan2(-u, -v)) % 360 == pytest.approx(direction, abs=3)
        speeds.append(np.hypot(u, v))
    assert max(speeds) / min(speeds) < 1.1


def test_outside_the_core_the_approach_flow_is_told(library: Library) -> None:
    far = np.array([[5000.0, 0.0, 10.0]])
    mean, gust = library.sample(far, [Blow(10.0, 270.0)]).speeds(Blow(10.0, 270.0))
    assert mean[0] == pytest.approx(10 * library.entries[0].inflow.u(np.array([10.0]))[0])
    assert gust[0] > mean[0]


def test_every_facade_cell_has_a_gust(library: Library) -> None:
    gusts = library.facade_gusts(Blow(30.0, 260.0))
    assert len(gusts) > 20
    assert (gusts > 5).all()
    assert (gusts < 90).all()


def test_a_build_that_was_stopped_leaves_whole_directions_and_goes_on(tmp_path: Path) -> None:
    class Stopping(Quiet):
        def report(self, done: int, total: int | None, message: str) -> None:
            super().report(done, total, message)
            if "kept" in message:
                raise Cancelled("enough")

    plan = replace(small_plan(tmp_path / "stopped", (0.0, 90.0, 180.0)), processes=1)
    with pytest.raises(Cancelled):
        build(plan, Stopping())
    assert 1 <= len(Library(plan.folder).entries) < 3
    left = len(plan.missing())
    assert build(plan, Quiet()) == left
    assert build(plan, Quiet()) == 0
    assert [entry.facts.from_deg for entry in Library(plan.folder).entries] == [0.0, 90.0, 180.0]


def test_a_domain_too_large_is_refused_with_the_estimate_before_anything_is_begun(tmp_path: Path) -> None:
    plan = replace(small_plan(tmp_path / "large"), quality=replace(COARSE, h=0.05, hz=0.05))
    with pytest.raises(InputError, match=r"needs about [\d.]+ GiB of memory, and 4.0 GiB are allowed"):
        build(plan, Quiet())
    assert not plan.folder.exists()


def test_another_building_is_another_version() -> None:
    assert small_district().version == small_district().version
    assert small_district(61.0).version != small_district(60.0).version


def test_a_folder_without_fields_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="twin wind library"):
        Library(tmp_path)
    (tmp_path / "facts.json").write_text(json.dumps({"from_deg": 0}))
    with pytest.raises(SourceError, match="not a stored wind field"):
        Entry(tmp_path)


@given(st.floats(0, 360))
def test_a_wind_lies_between_its_two_directions(from_deg: float) -> None:
    directions = np.array(evenly(16))
    pairs = weights(directions, from_deg)
    assert sum(share for _, share in pairs) == pytest.approx(1.0)
    for number, share in pairs:
        assert 0 <= share <= 1
        away = abs((directions[number] - from_deg + 180) % 360 - 180)
        assert away <= 22.5 or share == pytest.approx(0, abs=1e-9)
    needed = set(needed_directions([from_deg]))
    assert {directions[n] for n, share in pairs if share > 1e-9} <= needed


@given(st.floats(-180, 180))
def test_turning_keeps_lengths(degrees: float) -> None:
    velocity = np.array([[3.0, 4.0, 1.0]])
    there = turned(velocity, degrees)
    assert np.linalg.norm(there) == pytest.approx(np.linalg.norm(velocity))
    np.testing.assert_allclose(turned(there, -degrees), velocity, atol=1e-9)


def test_numbers_of_directions_are_bounded() -> None:
    with pytest.raises(ParameterError, match="between 1 and 72"):
        evenly(0)
