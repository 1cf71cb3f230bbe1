"""A small client for notebooks and scripts: layers and results as tables, over the same API that everybody uses."""

from api.client.annotations import Annotations
from api.client.buildings import Buildings
from api.client.client import Client, WindField
from api.client.device import Account, DeviceClient
from api.client.review import Review, Sunlight

__all__ = ["Account", "Annotations", "Buildings", "Client", "DeviceClient", "Review", "Sunlight", "WindField"]
