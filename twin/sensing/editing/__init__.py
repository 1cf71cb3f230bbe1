"""Entities are made, changed and removed by documents of SensorThings."""

from twin.sensing.editing.changing import change
from twin.sensing.editing.creating import create
from twin.sensing.editing.edit import Edit
from twin.sensing.editing.observing import Lines, create_observations
from twin.sensing.editing.removing import remove

__all__ = ["Edit", "Lines", "change", "create", "create_observations", "remove"]
