"""Radial profiles of cyclones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import ParameterError
from twin.scenarios.wind.forcing.holland import (
    Profile,
    Vortex,
    b_of_2008,
    decayed_vmax,
    delta_by_vmax,
    fit_rmw,
    inflow_deg,
    rmw_by_pressure,
    vmax_by_pressure,
)

VORTEX = Vortex(delta_hpa=50.0, vmax_ms=40.0, rmw_km=30.0, lat=31.0)
BOTH = [VORTEX, replace(VORTEX, profile=Profile.H2010)]


@pytest.mark.parametrize("vortex", BOTH)
def test_the_wind_is_highest_near_the_radius_of_maximum_wind(vortex):
    radii = np.linspace(1.0, 400.0, 2000)
    speeds = vortex.speed_ms(radii)
    assert radii[np.argmax(speeds)] == pytest.approx(30.0, abs=1.5)
    assert speeds.max() == pytest.approx(40.0, rel=0.03)
    assert np.all(np.diff(speeds[radii > 31.0]) < 0.0)
    assert vortex.speed_ms(0.0) == pytest.approx(0.0, abs=0.1)


@given(
    st.floats(1.0, 120.0),
    st.floats(1.0, 80.0),
    st.floats(5.0, 200.0),
    st.sampled_from(Profile),
    st.floats(0.0, 3000.0),
)
def test_any_cyclone_has_a_finite_wind_everywhere(delta, vmax, rmw, profile, radius):
    speed = float(Vortex(delta, vmax, rmw, 25.0, profile).speed_ms(radius))
    assert 0.0 <= speed < 110.0


@pytest.mark.parametrize("profile", Profile)
def test_a_radius_of_maximum_wind_is_found_again_from_radii(profile):
    true = Vortex(50.0, 40.0, 25.0, 31.0, profile)
    # Winds of less than the maximum, outside of it, as bulletins give them.
    radii = np.array([60.0, 110.0])
    known = list(zip(true.speed_ms(radii), radii, strict=True))
    found = fit_rmw(replace(true, rmw_km=40.0), known, expected_km=40.0)
    # The pressure's radius is kept in sight, and Holland 2010 has a second unknown.
    assert abs(found.rmw_km - 25.0) < (4.0 if profile is Profile.H1980 else 8.0)
    assert found.speed_ms(radii) == pytest.approx(true.speed_ms(radii), rel=0.08)


def test_without_radii_the_pressure_decides():
    assert fit_rmw(VORTEX, [], 45.0).rmw_km == 45.0
    assert fit_rmw(VORTEX, [(60.0, 20.0)], 45.0).rmw_km == 45.0


def test_the_tables_and_formulas_have_the_published_values():
    assert rmw_by_pressure(980.0) == pytest.approx(25.74 * 1.852)
    assert rmw_by_pressure(800.0) == pytest.approx(14.91 * 1.852)
    # By hand: -0.11 + 0.5 - 0 - 0.28 + 0.15·5^0.4605 + 1.
    assert b_of_2008(50.0, 0.0, 20.0, 5.0) == pytest.approx(1.4248, abs=1e-3)
    assert vmax_by_pressure(delta_by_vmax(40.0, 1.5), 1.5) == pytest.approx(40.0)


def test_the_wind_turns_inwards_more_outside():
    assert inflow_deg(0.0, 30.0) == 0.0
    assert inflow_deg(30.0, 30.0) == 10.0
    assert inflow_deg(100.0, 30.0) == 25.0


def test_a_cyclone_decays_over_land_to_its_background():
    winds = [decayed_vmax(45.0, hours) for hours in (0.0, 0.01, 6.0, 12.0, 48.0, 500.0)]
    assert winds == sorted(winds, reverse=True)
    assert winds[1] == pytest.approx(0.9 * 45.0, rel=0.01)
    assert winds[-1] == pytest.approx(26.7 * 0.514444)
    assert decayed_vmax(10.0, 12.0) == pytest.approx(9.0)


@pytest.mark.parametrize(
    "changes", [{"delta_hpa": 0.0}, {"vmax_ms": 300.0}, {"rmw_km": 0.0}, {"lat": 95.0}, {"vmax_ms": float("nan")}]
)
def test_what_no_cyclone_is_is_refused(changes):
    with pytest.raises(ParameterError, match=next(iter(changes))):
        replace(VORTEX, **changes)
