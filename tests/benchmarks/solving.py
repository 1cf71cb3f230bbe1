"""Runs the solver's programs, in processes whose thread pools are sized before they start; and memory bandwidth."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from guess import Guess
from pace import Pace
from timing import timed

HERE = Path(__file__).parent
# Arrays far larger than any cache.
_COPIED_BYTES, _COPIES = 512 * 2**20, 5


@dataclass(frozen=True)
class Paces:
    """One kind of run: its processes (all at once), round by round."""

    title: str
    rounds: tuple[tuple[Pace, ...], ...]

    @property
    def us(self) -> list[float]:
        """Return for each round the microseconds in which the machine does one cell and iteration."""
        return [max(one.us for one in together) / len(together) for together in self.rounds]

    @property
    def best(self) -> tuple[Pace, ...]:
        """Return the fastest round."""
        return self.rounds[self.us.index(min(self.us))]

    @property
    def processor_us(self) -> float:
        """Return the least time by processor time, as if all threads were busy all the time."""
        each = [
            max(1e6 * one.cpu_s / one.threads / one.cells / one.iterations for one in together) / len(together)
            for together in self.rounds
        ]
        return min(each)

    def over_copying(self, bytes_per_s: float) -> float:
        """Return the best time as a multiple of reading and writing the same arrays once each."""
        passes = np.mean([one.passes for one in self.best])
        return float(1e-6 * min(self.us) / (4 * passes / bytes_per_s))


def guesses(rounds: int, threads: int = 2) -> list[Guess]:
    """Measure the first guess."""
    (rows,) = _programs("guess.py", rounds, [threads])
    return [Guess(**one) for one in rows]


def paces(iterations: int, rounds: int) -> list[Paces]:
    """Measure the solve in turn: two threads, one thread, two processes of one thread each."""
    kinds = {"1 process, 2 threads": [2], "1 process, 1 thread": [1], "2 processes at once, 1 thread each": [1, 1]}
    rounds_by_title: dict[str, list[tuple[Pace, ...]]] = {title: [] for title in kinds}
    for number in range(rounds):
        for title, threads in kinds.items():
            rounds_by_title[title].append(tuple(Pace(**row) for row in _programs("pace.py", iterations, threads)))
            us = Paces(title, tuple(rounds_by_title[title])).us[-1]
            print(f"  solve, round {number + 1} of {rounds}: {title} {us:.3f} us per cell and iteration", flush=True)
    return [Paces(title, tuple(each)) for title, each in rounds_by_title.items()]


def copy_bytes_per_s(threads: int) -> float:
    """Return the best rate at which numpy reads and writes bytes when it copies."""
    share = _COPIED_BYTES // 4 // threads
    pairs = [(np.ones(share, np.float32), np.ones(share, np.float32)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        seconds = timed(lambda: list(pool.map(lambda pair: np.copyto(*pair), pairs)), _COPIES)
    return 2 * 4 * share * threads / seconds.best


def _programs(name: str, count: int, threads: list[int]) -> list:
    """Start a program for each number of threads, release them together once ready, and return their results."""
    running = [_start(name, count, each) for each in threads]
    try:
        for program in running:
            _line(program)
        for program in running:
            program.stdin.write("go\n")
            program.stdin.flush()
        return [json.loads(_line(program)) for program in running]
    finally:
        for program in running:
            program.kill()
            program.wait()


def _start(name: str, count: int, threads: int) -> subprocess.Popen[str]:
    sizes = dict.fromkeys(("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(threads))
    command = [sys.executable, str(HERE / name), str(count)]
    return subprocess.Popen(
        command, env=os.environ | sizes, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def _line(program: subprocess.Popen[str]) -> str:
    line = program.stdout.readline() if program.stdout else ""
    if not line:
        raise RuntimeError(f"{program.args} ended with status {program.wait()}")
    return line
