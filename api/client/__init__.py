"""A small client for notebooks and scripts: layers and results as tables, over the same API that everybody uses."""

from api.client.buildings import Buildings
from api.client.client import Client, WindField

__all__ = ["Buildings", "Client", "WindField"]
