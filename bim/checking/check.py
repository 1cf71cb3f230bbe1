"""Checks of a model file against a delivery specification (IDS) 模型检查, in a process of their own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bim.checking.report import IdsReport
from layers.errors import SourceError

_WORKER = "bim.checking.worker"
_GIB = 1024**3
# What is read of a specification, at most.
MOST_IDS_BYTES = 16 * 1024**2


@dataclass(frozen=True)
class Limits:
    """What a check may take: seconds and bytes of memory; and how many failures of one requirement are told."""

    seconds: float = 900.0
    memory: int = 16 * _GIB
    failures: int = 1000


def check_file(path: Path, specification: Path, limits: Limits | None = None) -> IdsReport:
    """Check an IFC file; raises SourceError where it, or the specification, cannot be read, or takes too much."""
    limits = limits or Limits()
    for one in (path, specification):
        if not one.is_file():
            raise SourceError(str(one), "there is no such file")
    told = [str(path), str(specification), str(limits.failures), str(limits.memory)]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", _WORKER, *told],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(
            str(path), f"the check against {specification.name} took more than {limits.seconds:g} s; check it in parts"
        ) from None
    return _report(path, specification, done, limits)


def _report(path: Path, specification: Path, done: "subprocess.CompletedProcess[bytes]", limits: Limits) -> IdsReport:
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        memory = b"MemoryError" in done.stderr or b"bad_alloc" in done.stderr
        why = f"needed more than {limits.memory / _GIB:.3g} GiB of memory" if memory else f"ended ({_last(done)})"
        raise SourceError(str(path), f"the check against {specification.name} {why}") from None
    if "report" in told:
        return IdsReport.from_json(told["report"])
    # The path is said before the message.
    place = told["place"]
    said = f"{told['path']}, {place}: " if place else f"{told['path']}: "
    raise SourceError(told["path"], told["message"].removeprefix(said), place)


def _last(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else f"status {done.returncode}"
