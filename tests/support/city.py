"""The real application behind the real web server, with a small city or the bundled sample in its database."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import text

from api.app import Application, create_app
from api.serve.server import Server
from api.serve.small_reads import SmallReads
from api.serve.small_sockets import SmallSockets
from layers.access.principals import ensure_administrator
from layers.settings import Settings
from layers.store.engine import Database
from twin.runs.calculate import Shelf
from twin.scenarios import scenarios as all_scenarios

# Clients of plain HTTP would each read all authorities of the system first.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TOWERS = """
INSERT INTO onemap.buildings (name, name_en, use, height_m, floors, source_key, dataset, grade, geom)
SELECT name, name_en, use, height_m, floors, 'tower/' || height_m, 'test', grade,
       ST_Multi(ST_MakeEnvelope(lon - 0.0004, lat - 0.0004, lon + 0.0004, lat + 0.0004, 4490))
FROM (VALUES
    ('上海中心大厦', 'Shanghai Tower', 'office', 632, 128, 121.5013, 31.2356, 0),
    ('上海环球金融中心', 'Shanghai World Financial Center', 'office', 492, 101, 121.5030, 31.2365, 0),
    ('金茂大厦', 'Jin Mao Tower', 'hotel', 420.5, 88, 121.5012, 31.2372, 0),
    ('内部楼', 'Inner House', 'other', 12, 3, 121.4990, 31.2340, 2)
) AS tower(name, name_en, use, height_m, floors, lon, lat, grade)
"""
ROADS = """
INSERT INTO onemap.roads (name, name_en, class, dataset, geom) VALUES
('世纪大道', 'Century Avenue', 'primary', 'test', 'SRID=4490;MULTILINESTRING((121.4990 31.2380, 121.5100 31.2330))'),
('花园石桥路', 'Huayuanshiqiao Road', 'residential', 'test',
 'SRID=4490;MULTILINESTRING((121.4990 31.2355, 121.5030 31.2350))')
"""


@dataclass(frozen=True)
class City:
    """A database with a few buildings and roads, and the application that serves it."""

    database: Database
    client: httpx.Client
    token: str
    app: Application

    @property
    def signed_in(self) -> dict[str, str]:
        """Return the headers of the administrator."""
        return {"Authorization": f"Bearer {self.token}"}

    def sql(self, statement: str) -> None:
        """Run one statement as the owner, as somebody with psql would."""
        with self.database.owner.begin() as connection:
            connection.execute(text(statement))


@contextmanager
def open_city(database: Database, home: Path, **settings: object) -> Iterator[City]:
    """Put a few towers and roads into a database and serve it."""
    with database.owner.begin() as connection:
        connection.execute(text(TOWERS))
        connection.execute(text(ROADS))
    with open_server(database, home, **settings) as city:
        yield city


@contextmanager
def open_server(database: Database, home: Path, scenarios: Shelf = all_scenarios, **settings: object) -> Iterator[City]:
    """Serve a database as it is."""
    with database.owner.begin() as connection:
        token = ensure_administrator(connection, home).read_text().strip()
    app = create_app(Settings(_env_file=None, home=home, **settings), database, scenarios)
    with serving(app) as url, httpx.Client(base_url=url, timeout=30, verify=NO_AUTHORITIES) as client:
        yield City(database, client, token, app)


@contextmanager
def serving(app: Application) -> Iterator[str]:
    """Serve an application on a free loopback port by the real web server, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app, http=SmallReads, ws=SmallSockets, ws_per_message_deflate=False, log_level="warning", lifespan="on"
        )
        server = Server(config, app.app_state)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
