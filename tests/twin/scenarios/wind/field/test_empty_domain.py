"""The approach flow arrives as it left: what a model does not keep over bare ground it cannot know about buildings."""

import numpy as np
import pytest
from small_wind import log_law, setup_of

from twin.scenarios.wind.field.inflow import Inflow, measured, of_terrain
from twin.scenarios.wind.field.solve import solve
from twin.scenarios.wind.terrain import Terrain

# A wind tunnel's boundary layer over floor and blocks, as rough as a suburb: it grows faster aloft than a log law.
TUNNEL = measured(
    np.array([1.25, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0]),
    np.array([2.75, 2.95, 3.2, 3.45, 3.9, 4.5, 5.5, 6.5]),
    np.array([0.38, 0.40, 0.44, 0.49, 0.52, 0.50, 0.42, 0.20]),
)
FLOWS = {
    "log law": log_law(),
    "wind tunnel": TUNNEL,
    "GB 50009 B": of_terrain(Terrain.B).times(5.0),
    "GB 50009 C": of_terrain(Terrain.C).times(5.0),
    "GB 50009 D": of_terrain(Terrain.D).times(5.0),
}
# Centres of cells: between them a straight line is read, not a profile.
HEIGHTS = np.array([2.5, 7.5, 12.5, 22.5, 42.5])


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
@pytest.mark.parametrize("from_deg", [270.0, 240.0], ids=["straight", "30 degrees"])
def test_an_empty_domain_keeps_its_approach_profile(flow: Inflow, from_deg: float) -> None:
    field = solve(setup_of((), from_deg=from_deg, inflow=flow))
    for x, y in ((-35.0, -40.0), (0.0, 0.0), (55.0, 40.0)):
        velocity, tke = field.at(np.array([[x, y, z] for z in HEIGHTS]))
        assert np.linalg.norm(velocity, axis=1) / flow.u(HEIGHTS) == pytest.approx(1.0, abs=0.02)
        assert tke / flow.k(HEIGHTS) == pytest.approx(1.0, abs=0.02)
