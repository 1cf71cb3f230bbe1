"""``twin status``: what the database contains, and whether the server runs."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from api.console import out, read_settings
from api.layers import all_layers
from api.schemas import all_schemas
from api.serve.broker_figures import dropped
from layers.ops import Cluster, database_bytes, database_stats, datasets, layer_counts, open_database, server_versions
from layers.ops.jobs import jobs
from layers.settings import MIB, Settings
from layers.store import Database, add_runtime_layers, is_current
from layers.temporal import rfc3339

Json = dict[str, Any]


def app_command(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Show layers, datasets, the size of the database, and whether the server runs; starts nothing."""
    settings = read_settings()
    document: Json = {"url": address(settings), "cluster": _cluster(settings)}
    if document["cluster"]["state"] == "running":
        database = open_database(settings)
        try:
            document |= _contents(database) | {"mqtt_dropped": dropped(settings)}
        finally:
            database.dispose()
    if as_json:
        out().print_json(json.dumps(document, ensure_ascii=False))
    else:
        _print(document)


def address(settings: Settings) -> str:
    """Return the address that the map is served at when it is up."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _cluster(settings: Settings) -> Json:
    if settings.database_url is not None:
        return {"kind": "server", "state": "running", "home": None}
    cluster = Cluster(settings.home, settings)
    state = "absent" if not cluster.exists() else "running" if cluster.running() else "stopped"
    return {"kind": "private", "state": state, "home": str(cluster.home)}


def _contents(database: Database) -> Json:
    registry = all_layers()
    with database.owner.connect() as connection:
        if not is_current(connection, all_schemas(), registry):
            return {"database": {"migrated": False, "bytes": database_bytes(connection)}}
        add_runtime_layers(connection, registry)
        facts = [asdict(dataset) for dataset in datasets(connection)]
        return {
            "database": {"migrated": True, "bytes": database_bytes(connection)} | server_versions(connection),
            "layers": [asdict(count) for count in layer_counts(connection, registry)],
            "datasets": [fact | {"date": fact["date"] and rfc3339(fact["date"])} for fact in facts],
            "database_stats": asdict(database_stats(connection)),
            "jobs": {state: len(jobs(database, state=state)) for state in ("queued", "running")},
        }


def _print(document: Json) -> None:
    cluster = document["cluster"]
    where = f" in {cluster['home']}" if cluster["home"] else ""
    out().print(f"database: {cluster['kind']}, {cluster['state']}{where}", markup=False)
    if "database" not in document:
        out().print("start everything with: twin up", markup=False)
        return
    if not document["database"]["migrated"]:
        out().print("its tables are not those of this version; migrate them with: twin up", markup=False)
        return
    about = document["database"]
    size = f"{about['bytes'] / MIB:,.0f} MB"
    out().print(f"PostgreSQL {about['postgresql']}, PostGIS {about['postgis']}, {size}", markup=False)
    out().print(f"map: {document['url']}/viewer", markup=False)
    _table("layers", document["layers"], ("id", "title_zh", "total", "current", "hidden", "superseded"))
    _table("datasets", document["datasets"], ("id", "title_zh", "precedence", "date", "licence"))
    _print_stock(document["database_stats"], document["jobs"])
    if document["mqtt_dropped"] is not None:
        out().print(
            f"broker (消息代理): {document['mqtt_dropped']:,} messages dropped since it was started", markup=False
        )


def _print_stock(database_stats: Json, waiting: Json) -> None:
    lines = (
        f"rasters (栅格): {database_stats['rasters']:,}",
        f"quarantine (隔离待处理): {database_stats['quarantined']:,} rows wait",
        f"codes (统一编码): {database_stats['codes']:,} in force, {database_stats['retired_codes']:,} retired",
        f"matches (同一对象): {database_stats['open_matches']:,} proposals are open",
        f"jobs (后台任务): {waiting['queued']:,} wait, {waiting['running']:,} run",
    )
    for line in lines:
        out().print(line, markup=False)


def _table(title: str, rows: list[Json], columns: tuple[str, ...]) -> None:
    table = Table(title=title, title_justify="left")
    for name in columns:
        numbers = bool(rows) and isinstance(rows[0][name], int)
        table.add_column(name, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in columns))
    out().print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else str(value)
