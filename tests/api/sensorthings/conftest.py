from collections.abc import Iterator
from typing import Any

import pytest
from city import open_server
from mast import Service


@pytest.fixture(scope="module")
def service(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Yield the interface as the administrator uses it, on a city without sensors."""
    with server.copy_of(template) as database, open_server(database, tmp_path_factory.mktemp("home")) as city:
        yield Service(city, city.signed_in)


@pytest.fixture
def stranger(service: Service) -> Service:
    """Return the interface as anybody uses it."""
    return Service(service.city, {})
