"""What buildings in 3-D keep in the database beside their layer: meshes, shapes in their place, records, models."""

from bim.store.models import mesh, model, record, shape

__all__ = ["mesh", "model", "record", "shape"]
