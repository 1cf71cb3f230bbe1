"""Building models as the verbs of ``twin bim`` see them: all of what there is, and all that is designed."""

from sqlalchemy import Connection

from bim.models import ModelVersion, layer_of, model_version
from bim.tileset import View
from layers.access import LOCAL_OPERATOR, decide
from layers.base import Layer
from layers.temporal import When, now


def view_in(layer: Layer, when: When | None = None) -> View:
    """Return all of a layer at a time, as it is now without one."""
    return View(layer, decide(LOCAL_OPERATOR, "read", layer), when or now())


def seen(connection: Connection, model: str) -> tuple[ModelVersion, View]:
    """Return a model, of what there is or of a design scheme, and all of the layer that it is in."""
    view = view_in(layer_of(connection, model))
    return model_version(connection, view, model), view
