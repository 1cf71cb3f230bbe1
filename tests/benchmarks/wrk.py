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
    """The result of a contestant in a round: answers, their rate, and milliseconds (latency, processor) of one."""

    answers: int
    per_s: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    bytes_per_answer: float | None = None
    server_ms: float | None = None
    postgres_ms: float | None = None


@dataclass(frozen=True)
class Load:
    """The load on a server: the paths (each may have an entity tag after a blank), headers and connections."""

    base: str
    paths: Path
    connections: int
    headers: Sequence[str] = ()

    def run(self, seconds: float) -> Speed:
        """Send requests for some seconds; an error response ends the benchmark."""
        command = [
            "wrk", "-t", str(THREADS), "-c", str(self.connections), "-d", f"{max(1, round(seconds))}s",
            "--timeout", "60s", "--latency", "-s", str(SCRIPT), self.base, "--", str(self.paths), str(THREADS),
            *self.headers,
        ]  # fmt: skip
        process = subprocess.run(command, capture_output=True, text=True, check=True)
        line = next(line for line in process.stdout.splitlines() if line.startswith("RESULT "))
        figures = json.loads(line.removeprefix("RESULT "))
        if figures["errors"] or not figures["requests"]:
            raise RuntimeError(f"{self.base} answered with errors:\n{process.stdout}")
        return Speed(
            figures["requests"],
            figures["requests"] / figures["microseconds"] * 1e6,
            figures["p50_us"] / 1000,
            figures["p99_us"] / 1000,
            figures["bytes"] / figures["requests"],
        )
