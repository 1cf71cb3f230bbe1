"""``twin backup``, ``twin restore`` and ``twin upgrade``: the database as a whole."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli._bar import Bar
from api.console import out, read_settings

MIB = 1024 * 1024


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="The archive to write; a name with the time if not given.")
    ] = None,
) -> None:
    """Write the whole database into one file, while it is in use."""
    from layers.store.backup import backup as write
    from layers.store.backup import default_name
    from layers.store.target import target_of

    path = file or Path(default_name(datetime.now(UTC)))
    with Bar() as bar:
        manifest = write(target_of(read_settings()), path, bar.report)
    rows = sum(manifest.tables.values())
    out().print(f"{path}: {rows:,} rows of {len(manifest.tables)} tables, {manifest.bytes / MIB:,.1f} MB", markup=False)


def restore(
    file: Annotated[Path, typer.Argument(help="An archive of 'twin backup'.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a database with contents.")
    ] = False,
) -> None:
    """Make an archive the database, as a whole or not at all."""
    from layers.catalog import built_in
    from layers.store.restore import restore as read
    from layers.store.target import target_of

    with Bar() as bar:
        manifest = read(target_of(read_settings()), built_in(), file, bar.report, replace)
    rows = sum(manifest.tables.values())
    out().print(f"restored {rows:,} rows of {len(manifest.tables)} tables, as of {manifest.made}", markup=False)
