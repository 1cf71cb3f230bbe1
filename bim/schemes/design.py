"""A scheme as the sun and views meet it."""

from sqlalchemy import Connection

from bim.catalog import DESIGN_SCHEMES, SCHEME_ELEMENTS
from bim.models import ModelsQuery, models
from bim.review import Design, Prisms
from bim.schemes.buildings import built_by
from bim.schemes.register import scheme_of
from bim.schemes.review import Sees, replaced


def design_of(connection: Connection, sees: Sees, scheme_id: str) -> Design:
    """Return a scheme in place of what it replaces; raises NotFound for one that the reader may not see.

    Its buildings are ``design/`` and the id of the building; those whose height is not known are left out.
    """
    scheme = scheme_of(connection, sees(DESIGN_SCHEMES.id), scheme_id)
    view = sees(SCHEME_ELEMENTS.id)
    versions = models(connection, view, ModelsQuery(scheme.id))
    solid = [
        (one.outline, max(0.0, one.base_m), one.top_m, f"design/{one.id}", version.id)
        for version in versions
        for one in built_by(connection, view, [version]).massings
        if one.top_m is not None and one.top_m > max(0.0, one.base_m)
    ]
    *columns, names = zip(*solid, strict=True) if solid else [()] * 5
    gone = replaced(connection, sees, scheme)
    owners = frozenset(f"{layer}/{fid}" for layer, fids in gone.items() for fid in fids)
    model_of = dict(zip(columns[3], names, strict=True))
    return Design(scheme.id, owners, view, tuple(versions), Prisms.of(*columns), model_of)
