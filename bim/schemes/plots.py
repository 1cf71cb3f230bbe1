"""Plots of the plan as sites of schemes."""

from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, func, select

from bim.tileset import View
from layers.access import visible
from layers.errors import ParameterError


def site_of_plot(connection: Connection, view: View, code: str) -> Any:
    """Return the ground (degrees, EPSG:4490) of the plot of a code, as a site; raises ParameterError for none."""
    plots = visible(view.layer, view.decision, view.when).subquery("plot")
    statement = select(plots.c.fid, func.ST_AsBinary(plots.c.geom)).where(plots.c.plot_code == code)
    found = {fid: shapely.from_wkb(bytes(wkb)) for fid, wkb in connection.execute(statement)}
    if len(found) != 1:
        many = f"{len(found)} plots have the code" if found else "there is no plot of the code"
        raise ParameterError("plot", f"{many} {code[:60]!r}; state the site itself")
    (ground,) = found.values()
    return shapely.multipolygons(np.array(shapely.get_parts(ground), dtype=object))
