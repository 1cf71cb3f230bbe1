"""A small city in a database of its own, and clients of the real application."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from city import City, open_city

from layers.store.engine import Database


@pytest.fixture(scope="session")
def city(server: object, template: str, session_folder: Path) -> Iterator[City]:
    """Yield a city that tests share and do not change."""
    with server.copy_of(template) as database, open_city(database, session_folder / "city") as city:  # type: ignore[attr-defined]
        yield city


@pytest.fixture
def city_with(db: Database, tmp_path: Path) -> Callable[..., AbstractContextManager[City]]:
    """Return what opens a city with settings of the test's own."""
    return partial(open_city, db, tmp_path)


@pytest.fixture
def own_city(db: Database, tmp_path: Path) -> Iterator[City]:
    """Yield a city of the test's own, to edit."""
    with open_city(db, tmp_path) as city:
        yield city
