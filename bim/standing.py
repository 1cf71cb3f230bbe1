"""Which things of the base map a model stands for: where it is drawn, they are not drawn again."""

from typing import Any

from sqlalchemy import Connection, func, select

from bim.tileset.statement import View
from layers.access import visible

# A footprint of the map and the outline of a model are of one building where they share this much of the former.
_SHARE = 0.5
_MOST = 1000


def stands_for(connection: Connection, view: View, base: View, model: str) -> list[int]:
    """Return the numbers of the rows of ``base`` that lie mostly under the model, the largest first."""
    rows = view.rows(model)
    # The outline of what stands on the site, and not of the site around it.
    outline = (
        select(func.ST_Union(rows.c.geom).label("geom")).where(rows.c.kind.in_(("building", "storey"))).cte("outline")
    )
    things = visible(base.layer, base.decision, base.when).subquery("thing")
    common = func.ST_Area(func.ST_Intersection(things.c.geom, outline.c.geom))
    touching: Any = func.ST_Intersects(things.c.geom, outline.c.geom)
    statement = (
        select(things.c.fid)
        .select_from(things.join(outline, touching))
        .where(common >= _SHARE * func.ST_Area(things.c.geom))
        .order_by(common.desc(), things.c.fid)
    )
    return list(connection.execute(statement.limit(_MOST)).scalars())
