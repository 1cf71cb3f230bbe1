"""The loops are compiled by one process at a time, and all at once."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

from twin.scenarios.wind.field import kernels
from twin.scenarios.wind.field.compiled import LOCK, compile_once

# All loops with the number of their compiled forms, before and after a solve of either kind of wind.
BEFORE_AND_AFTER = """
from small_wind import one_block, setup_of
from twin.scenarios.wind.field import kernels, poisson, rans
from twin.scenarios.wind.field.compiled import compile_once
from twin.scenarios.wind.field.solve import solve

def forms():
    made = [*vars(kernels).items(), *vars(poisson).items(), *enumerate(rans._SWEEPS)]
    return {str(name): len(one.signatures) for name, one in made if hasattr(one, "signatures")}

compile_once()
before = forms()
for from_deg in (270.0, 240.0):
    solve(setup_of(one_block(), from_deg=from_deg, iterations=2))
assert sum(before.values()) > 12, before
assert forms() == before
"""
SUPPORT = Path(__file__).parents[4] / "support"


def test_a_solve_finds_every_loop_compiled() -> None:
    script = f"import sys; sys.path.insert(0, {str(SUPPORT)!r})\n{BEFORE_AND_AFTER}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_who_comes_while_another_compiles_waits_for_it() -> None:
    compile_once()
    path = Path(kernels.transport.stats.cache_path) / LOCK
    script = "from twin.scenarios.wind.field.compiled import compile_once; compile_once()"
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with subprocess.Popen([sys.executable, "-c", script]) as other:
            while not waits(other.pid):
                assert other.poll() is None, "it compiled though the lock was held"
                time.sleep(0.05)
            fcntl.flock(lock, fcntl.LOCK_UN)
            assert other.wait(timeout=120) == 0


def waits(process: int) -> bool:
    """Tell whether a process waits for a lock of a file, as Linux lists it."""
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return any("->" in line and str(process) in line.split() for line in lines)
