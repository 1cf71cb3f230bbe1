"""The tile statement itself, run by pgbench: what PostgreSQL gives without us."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from walk import Walk
from wrk import Speed

from layers.access.decision import decide
from layers.access.principals import ANONYMOUS
from layers.base import Layer
from layers.temporal import now
from tiles.address import Address
from tiles.statement import tile_statement

THREADS = 2
_VARIABLES = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGDATABASE": "dbname",
}
_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Statement:
    """The statement of a layer's tiles at one zoom as the application sends it, and the values of its parameters."""

    sql: str
    values: dict[str, Any]

    def numbered(self) -> tuple[str, list[str]]:
        """Return the text with ``$1`` and so on, as a server gets it, and the names in that order."""
        names = list(dict.fromkeys(_PLACE.findall(self.sql)))
        return _PLACE.sub(lambda match: f"${names.index(match[1]) + 1}", self.sql), names

    def script(self, walk: Walk, clients: int) -> str:
        """Return a pgbench script that visits the tiles of a walk, each client from another place."""
        body = " ".join(_PLACE.sub(r":\1", self.sql).split())
        return (
            "\\set n :n + 1\n"
            f"\\set place ((:n + :client_id * {walk.total // clients}) * {walk.stride}) % {walk.total}\n"
            f"\\set x {walk.x} + :place % {walk.columns}\n"
            f"\\set y {walk.y} + :place / {walk.columns}\n"
            f"{body};\n"
        )


def statement_of(layer: Layer, zoom: int, limit: int) -> Statement:
    """Return the statement that an anonymous request for a layer's tile runs."""
    decision, when = decide(ANONYMOUS, "read", layer), now()
    statement = tile_statement(layer, zoom, when, decision)
    return Statement(statement.sql, statement.bind(Address(zoom, 0, 0), when, decision, limit))


@dataclass(frozen=True)
class Pgbench:
    """pgbench with prepared statements on a database that ``conninfo`` reaches."""

    program: Path
    conninfo: str
    script: Path
    values: dict[str, Any]
    clients: int

    def run(self, seconds: float) -> Speed:
        """Run the statement for some seconds."""
        place = conninfo_to_dict(self.conninfo)
        command = [
            str(self.program), "-n", "-M", "prepared", "-c", str(self.clients), "-j", str(THREADS),
            "-T", str(max(1, round(seconds))), "-f", str(self.script), "-D", "n=0", *self._defined(),
        ]  # fmt: skip
        environment = {name: str(place[key]) for name, key in _VARIABLES.items()}
        environment["PGOPTIONS"] = str(place.get("options", ""))
        process = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        rate = re.search(r"^tps = ([\d.]+)", process.stdout, re.MULTILINE)
        failed = re.search(r"^number of failed transactions: [1-9]", process.stdout, re.MULTILINE)
        if process.returncode or rate is None or failed:
            raise RuntimeError(f"pgbench failed:\n{process.stdout}\n{process.stderr}")
        answers = re.search(r"^number of transactions actually processed: (\d+)", process.stdout, re.MULTILINE)
        return Speed(int(answers[1]) if answers else 1, float(rate[1]))

    def _defined(self) -> list[str]:
        words = []
        for name, value in self.values.items():
            if name not in ("x", "y") and value is not None:
                words += ["-D", f"{name}={value}"]
        return words
