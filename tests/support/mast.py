"""A wind mast as clients of SensorThings describe it, and a city that is asked through their interface."""

from dataclasses import dataclass
from typing import Any

import httpx
from city import City

ROOT = "/sensorthings/v1.1"
_OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"


def point(lon: float = 121.5, lat: float = 31.2) -> dict[str, Any]:
    """Return a point as GeoJSON."""
    return {"type": "Point", "coordinates": [lon, lat]}


def location(name: str = "roof", lon: float = 121.5) -> dict[str, Any]:
    """Return a location."""
    return {"name": name, "description": "up there", "encodingType": "application/geo+json", "location": point(lon)}


def sensor(name: str = "cup") -> dict[str, Any]:
    """Return a sensor."""
    return {"name": name, "description": "turns", "encodingType": "application/pdf", "metadata": "http://example.org"}


def observed(name: str = "wind speed") -> dict[str, Any]:
    """Return an observed property."""
    return {"name": name, "definition": f"http://example.org/{name[:4]}", "description": "of the air"}


def datastream(name: str = "gusts", kind: str = "Measurement", **more: Any) -> dict[str, Any]:
    """Return a datastream with its sensor and observed property."""
    return {
        "name": name,
        "description": "every minute",
        "observationType": _OM + kind,
        "unitOfMeasurement": {"name": "metre per second", "symbol": "m/s", "definition": "ucum:m/s"},
        "Sensor": sensor(),
        "ObservedProperty": observed(),
    } | more


def thing(name: str = "mast", **more: Any) -> dict[str, Any]:
    """Return a thing with a location and a datastream."""
    return {"name": name, "description": "of steel", "Locations": [location()], "Datastreams": [datastream()]} | more


def observations(*values: float, day: int = 1) -> list[dict[str, Any]]:
    """Return one observation an hour."""
    return [{"phenomenonTime": f"2026-03-{day:02}T{hour:02}:00:00Z", "result": one} for hour, one in enumerate(values)]


@dataclass(frozen=True)
class Service:
    """The interface as somebody uses it."""

    city: City
    headers: dict[str, str]

    def get(self, path: str, **query: Any) -> Any:
        """Return the document at an address behind the root, which has to be there."""
        answer = self.ask(path, **query)
        assert answer.status_code == 200, (path, query, answer.text)
        return answer.json()

    def ask(self, path: str, **query: Any) -> httpx.Response:
        """Ask; ``top`` stands for ``$top``."""
        asked = {f"${name}": str(value) for name, value in query.items()}
        address = path if path.startswith("http") else f"{ROOT}/{path}"
        return self.city.client.get(address, params=asked or None, headers=self.headers)

    def make(self, path: str, document: Any) -> int:
        """Make an entity and return its number."""
        answer = self.send("POST", path, document)
        assert answer.status_code == 201, (path, answer.text)
        return int(answer.headers["location"].rpartition("(")[2][:-1])

    def send(self, method: str, path: str, document: Any = None, kind: str = "application/json") -> httpx.Response:
        """Send a document."""
        headers = self.headers | {"Content-Type": kind}
        return self.city.client.request(method, f"{ROOT}/{path}", json=document, headers=headers)

    def names(self, path: str, **query: Any) -> list[str]:
        """Return the names of a set's entities."""
        return [one["name"] for one in self.get(path, **query)["value"]]
