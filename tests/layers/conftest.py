"""Small files made by hand, and what is asked of the database again and again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bundled import SAMPLE
from sqlalchemy import make_url, text

from layers.catalog import built_in
from layers.intake.ingest import LayerSummary, LoadOptions, LoadSummary, Silent, load_path
from layers.store.engine import Database

Tags = dict[str, str]
Place = tuple[float, float]
# Near the Shanghai Tower.
WEST, SOUTH = 121.50, 31.23


class OsmText:
    """An OpenStreetMap file in the making; places are counted in steps of 0.0001 degree from a corner in Lujiazui."""

    def __init__(self, date: str = "2026-08-01T00:00:00Z", bounds: bool = False) -> None:
        self._nodes: list[str] = []
        self._ways: list[str] = []
        self._relations: list[str] = []
        self._date = date
        self._bounds = bounds

    def node(self, x: float, y: float, tags: Tags | None = None, number: int | None = None) -> int:
        number = number or len(self._nodes) + 1
        place = f'lat="{SOUTH + y / 10_000:.7f}" lon="{WEST + x / 10_000:.7f}"'
        self._nodes.append(f'<node id="{number}" version="1" {place}>{_tags(tags)}</node>')
        return number

    def way(self, number: int, places: list[Place], tags: Tags | None = None) -> "OsmText":
        closed = len(places) > 1 and places[0] == places[-1]
        refs = [self.node(*place) for place in (places[:-1] if closed else places)]
        refs = [*refs, refs[0]] if closed else refs
        return self.way_of(number, refs, tags)

    def way_of(self, number: int, refs: list[int], tags: Tags | None = None) -> "OsmText":
        members = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        self._ways.append(f'<way id="{number}" version="1">{members}{_tags(tags)}</way>')
        return self

    def square(self, number: int, x: float, y: float, tags: Tags | None = None, side: float = 2) -> "OsmText":
        return self.way(number, [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)], tags)

    def relation(self, number: int, members: list[tuple[int, str]], tags: Tags) -> "OsmText":
        parts = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        self._relations.append(f'<relation id="{number}" version="1">{parts}{_tags(tags)}</relation>')
        return self

    def text(self, *, nodes_last: bool = False) -> str:
        box = f'<bounds minlat="{SOUTH}" minlon="{WEST}" maxlat="{SOUTH + 0.01}" maxlon="{WEST + 0.01}"/>'
        parts = [*self._ways, *self._nodes] if nodes_last else [*self._nodes, *self._ways]
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="test">'
        return "\n".join(
            [head, f'<meta osm_base="{self._date}"/>', box if self._bounds else "", *parts, *self._relations, "</osm>"]
        )

    def write(self, path: Path, **how: bool) -> Path:
        path.write_text(self.text(**how), encoding="utf-8")
        return path


def _tags(tags: Tags | None) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in (tags or {}).items())


@pytest.fixture
def osm() -> type[OsmText]:
    return OsmText


class Loader:
    """Loads files into one database, and looks at what became of them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __call__(self, path: Path, **options: Any) -> LoadSummary:
        return load_path(self.database, built_in(), path, LoadOptions(**options), Silent())

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.database.owner.connect() as connection:
            return list(connection.execute(text(query), values))

    def one(self, query: str, **values: Any) -> Any:
        (row,) = self.rows(query, **values)
        return row

    def state(self) -> dict[str, int]:
        """Return the number of rows of every table of ours, by name."""
        names = self.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'onemap' ORDER BY 1")
        return {name: self.one(f'SELECT count(*) FROM onemap."{name}"')[0] for (name,) in names}


@pytest.fixture
def loader(db: Database) -> Loader:
    return Loader(db)


@pytest.fixture(scope="session")
def town_template(server: Any, template: str) -> Iterator[str]:
    """Yield the name of a database with the sample's buildings and roads, to copy."""
    with server.copy_of(template) as database:
        for layer in ("buildings", "roads"):
            load_path(database, built_in(), SAMPLE, LoadOptions(layer=layer), Silent())
        database.dispose()
        yield make_url(database.urls.owner).database


@pytest.fixture
def town(server: Any, town_template: str) -> Iterator[Loader]:
    """Yield a loader into a database that has the sample's buildings and roads."""
    with server.copy_of(town_template) as database:
        yield Loader(database)


@pytest.fixture
def untouched(loader: Loader) -> Iterator[None]:
    """Check that the test leaves no trace in the database: no row, no table."""
    before = loader.state()
    yield
    assert loader.state() == before


@pytest.fixture
def layer_of() -> Callable[[LoadSummary, str], LayerSummary]:
    return lambda summary, name: next(layer for layer in summary.layers if layer.layer == name)
