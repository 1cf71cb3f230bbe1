"""``twin backup``, ``twin restore`` and ``twin upgrade``: the database as a whole."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli._bar import Bar
from api.console import out, read_settings
from layers.errors import Conflict

MIB = 1024 * 1024


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(backup)
    app.command()(restore)
    app.command()(upgrade)


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="The archive to write; a name with the time if not given.")
    ] = None,
) -> None:
    """Write the whole database to one file, also while it is in use."""
    from layers.ops import backup as write
    from layers.ops import default_name, target_of

    path = file or Path(default_name(datetime.now(UTC)))
    with Bar() as bar:
        manifest = write(target_of(read_settings()), path, bar.report)
    rows = sum(manifest.tables.values())
    out().print(f"{path}: {rows:,} rows of {len(manifest.tables)} tables, {manifest.bytes / MIB:,.1f} MB", markup=False)


def restore(
    file: Annotated[Path, typer.Argument(help="An archive of 'twin backup'.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a database that has contents.")] = False,
) -> None:
    """Make an archive the database, as a whole or not at all."""
    from api.layers import all_layers
    from api.schemas import all_schemas
    from layers.ops import restore as read
    from layers.ops import target_of

    with Bar() as bar:
        manifest = read(target_of(read_settings()), all_layers(), all_schemas(), file, bar.report, replace)
    rows = sum(manifest.tables.values())
    out().print(f"restored {rows:,} rows of {len(manifest.tables)} tables, as of {manifest.made}", markup=False)


def upgrade() -> None:
    """Move the private database to the newest installed PostgreSQL, and keep the old one beside it."""
    from api.layers import all_layers
    from api.schemas import all_schemas
    from api.serve.state import StateFile
    from layers.ops import Cluster, plan_upgrade
    from layers.ops import upgrade as move

    settings = read_settings()
    if settings.database_url is not None:
        raise Conflict("TWIN_DATABASE_URL names a server, which is upgraded by its own administrator")
    if StateFile(settings.home).held():
        raise Conflict("the server is running; stop it first with: twin down")
    cluster = Cluster(settings.home, settings)
    programs = plan_upgrade(cluster)
    if programs is None:
        out().print("nothing to do: the database uses the newest installed PostgreSQL already, or does not exist yet")
        return
    with Bar() as bar:
        done = move(cluster, all_layers(), all_schemas(), programs, bar.report)
    versions = f"PostgreSQL {done.old.major} → {done.new.major}"
    out().print(f"{versions}: {done.rows:,} rows; the old one is kept in {done.old_data}", markup=False)
