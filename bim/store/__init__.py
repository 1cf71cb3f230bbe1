"""What buildings in 3-D keep in the database beside their layer: meshes, shapes, records, models, bindings."""

from bim.store.models import binding, correction, mesh, model, own_grade, record, shape

__all__ = ["binding", "correction", "mesh", "model", "own_grade", "record", "shape"]
