"""``twin fetch``: download files from other servers, to be loaded afterwards."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import err, out, read_settings
from layers.intake import Area, Limits, area_of, fetch_area, fetch_extract
from layers.registry import Registry
from layers.settings import Settings
from layers.store import DatasetLayer

PREFIX = "osm:"
_PLACE = "A boundary's name, such as 陆家嘴街道, or west,south,east,north in degrees."


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Fetch files from elsewhere; load them with: twin load.", no_args_is_help=True)
    verbs.command("osm")(osm)
    verbs.command("geofabrik")(geofabrik)
    app.add_typer(verbs, name="fetch")


def osm(place: Annotated[str, typer.Argument(help=_PLACE)]) -> None:
    """Fetch OpenStreetMap of a place from the Overpass server of TWIN_OVERPASS_URL."""
    out().print(str(fetch_place(place)[0]), markup=False, highlight=False, soft_wrap=True)


def geofabrik(
    url: Annotated[
        str | None, typer.Argument(help="The extract's address; TWIN_GEOFABRIK_URL if none is given.")
    ] = None,
) -> None:
    """Fetch a region's extract, and check it against its published checksum."""
    settings = read_settings()
    with Bar() as bar:
        path = fetch_extract(url or settings.geofabrik_url, _folder(settings), _limits(settings), bar)
    out().print(str(path), markup=False, highlight=False, soft_wrap=True)


def fetch_place(place: str) -> tuple[Path, Area]:
    """Fetch a place, and return the file and the area that it covers."""
    settings = read_settings()
    with opened() as (database, registry), database.reader.connect() as connection:
        area = _area(place, connection, registry, settings)
    err().print(f"{area.name}: {area.km2:.1f} km² from {settings.overpass_url}", markup=False, soft_wrap=True)
    with Bar() as bar:
        return fetch_area(area, settings.overpass_url, _folder(settings), _limits(settings), bar), area


def _area(place: str, connection: Connection, registry: Registry, settings: Settings) -> Area:
    boundaries = registry.get("boundaries")
    assert isinstance(boundaries, DatasetLayer)  # noqa: S101 - it is built in
    return area_of(place, connection, boundaries, settings.nominatim_url, _limits(settings))


def _folder(settings: Settings) -> Path:
    return settings.home / "downloads"


def _limits(settings: Settings) -> Limits:
    return Limits(settings.download_timeout_s, settings.download_bytes)
