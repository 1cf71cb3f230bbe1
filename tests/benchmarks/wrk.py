"""Load by wrk: paths of a list, in one order, from two threads."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

THREADS = 2
SCRIPT = Path(__file__).with_name("walk.lua")


@dataclass(frozen=True)
class Speed:
    """What a contestant did in a round: answers, how many a second, and milliseconds (waiting, processor) of one."""

    answers: int
    per_s: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    bytes_per_answer: float | None = None
    server_ms: float | None = None
    postgres_ms: float | None = None


@dataclass(frozen=True)
class Load:
    """What to ask of a server: the paths (each may carry an entity tag after a blank), headers and connections."""

    base: str
    paths: Path
    connections: int
    headers: Sequence[str] = ()

    def run(self, seconds: float) -> Speed:
        """Ask for some seconds; an answer that is an error ends the benchmark."""
        command = [
            "wrk", "-t", str(THREADS), "-c", str(self.connections), "-d", f"{max(1, round(seconds))}s",
            "--timeout", "60s", "--latency", "-s", str(SCRIPT), self.base, "--", str(self.paths), str(THREADS),
            *self.headers,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
        found = json.loads(line.removeprefix("RESULT "))
        if found["errors"] or not found["requests"]:
            raise RuntimeError(f"{self.base} answered with errors:\n{done.stdout}")
        return Speed(
            found["requests"],
            found["requests"] / found["microseconds"] * 1e6,
            found["p50_us"] / 1000,
            found["p99_us"] / 1000,
            found["bytes"] / found["requests"],
        )
