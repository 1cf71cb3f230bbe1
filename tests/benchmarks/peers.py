"""The contestants that answer HTTP: our application, tipg on the same table, nginx with the same bytes as files."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import quote

from programs import Program, free_port
from psycopg.conninfo import conninfo_to_dict
from stage import LAYER, Stage

WORKERS = 2
_NGINX = """\
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    # In favour of nginx: no file is opened twice, and no connection ends.
    open_file_cache max=1000 inactive=600s;
    open_file_cache_valid 600s;
    keepalive_requests 1000000000;
    types {{ application/vnd.mapbox-vector-tile mvt; }}
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/static;
    }}
}}
"""


def ours(stage: Stage, name: str, cache_bytes: int | None = None) -> Program:
    """Return the application as 'twin serve' runs it; ``cache_bytes`` of None is the default."""
    port = free_port()
    home = stage.folder / name
    environment = {
        "TWIN_HOME": str(home), "TWIN_DATABASE_URL": stage.server_url,
        "TWIN_PORT": str(port), "TWIN_WEB_WORKERS": str(WORKERS),
    }  # fmt: skip
    if cache_bytes is not None:
        environment["TWIN_TILE_CACHE_BYTES"] = str(cache_bytes)
    command = [sys.executable, "-m", "api.cli", "serve"]
    return Program(name, command, port, "/readyz", stage.folder, environment)


def our_path(x: int, y: int, zoom: int) -> str:
    """Return the path of one of our tiles."""
    return f"/tiles/{LAYER}/{zoom}/{x}/{y}.mvt"


def tipg_version() -> str | None:
    """Return the version of tipg that is installed with us, if it is."""
    try:
        return version("tipg")
    except PackageNotFoundError:
        return None


def tipg(stage: Stage, limit: int) -> Program:
    """Return tipg under uvicorn; it connects as the writer, since it makes temporary functions."""
    port = free_port()
    place = conninfo_to_dict(stage.database.writer_conninfo())
    user, password = quote(str(place["user"]), safe=""), quote(str(place["password"]), safe="")
    url = f"postgresql://{user}:{password}@{quote(str(place['host']), safe='')}:{place['port']}/{place['dbname']}"
    environment = {
        "DATABASE_URL": url,
        "TIPG_DB_SCHEMAS": '["onemap"]',
        "TIPG_DB_TABLES": f'["onemap.{LAYER}"]',
        "TIPG_TABLE_CONFIG__ONEMAP_BUILDINGS__PK": "fid",
        # In its favour: its scan of the whole table, every five minutes, would fall into the measurement.
        "TIPG_CATALOG_TTL": "0",
        # Ours is allowed as many; with its own limit of 10000 it would leave features out.
        "TIPG_MAX_FEATURES_PER_TILE": str(limit),
    }
    command = [
        sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", str(WORKERS),
        "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    return Program("tipg", command, port, f"/collections/onemap.{LAYER}", stage.folder, environment)


def tipg_path(x: int, y: int, zoom: int, query: str = "") -> str:
    """Return the path of one of tipg's tiles."""
    return f"/collections/onemap.{LAYER}/tiles/WebMercatorQuad/{zoom}/{x}/{y}{query}"


def tipg_favoured(columns: Sequence[str]) -> str:
    """Return a query by which tipg takes our stored Web Mercator geometry, and no more columns than our tile has."""
    return f"?geom-column=geom_3857&properties={','.join(columns)}"


def nginx(folder: Path) -> Program:
    """Return nginx that serves ``folder/static``."""
    port = free_port()
    configuration = folder / "nginx.conf"
    text = _NGINX.format(workers=WORKERS, folder=folder, port=port)
    if os.geteuid() == 0:
        text = "user nobody nogroup;\n" + text
    configuration.write_text(text)
    command = ["nginx", "-c", str(configuration), "-p", str(folder), "-e", str(folder / "nginx.start.log")]
    return Program("nginx", command, port, "/ready.mvt", folder)
