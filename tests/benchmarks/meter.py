"""Processor time of a process and all its descendants, from /proc."""

import os
from collections.abc import Callable
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")

Meter = Callable[[], float]


def meter(pid: int) -> Meter:
    """Return a function that returns the processor seconds of a process tree, ended children included."""
    return lambda: _seconds(pid)


def _seconds(pid: int) -> float:
    stats = _all_stats()
    tree, pending = set(), [pid]
    while pending:
        member = pending.pop()
        tree.add(member)
        pending += [child for child, (parent, _) in stats.items() if parent == member and child not in tree]
    return sum(stats[member][1] for member in tree if member in stats) / _TICKS_PER_S


def _all_stats() -> dict[int, tuple[int, int]]:
    """Return the parent of each process, and its clock ticks with those of its reaped children."""
    stats = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text(errors="replace")
        except OSError:  # it has just ended
            continue
        fields = text[text.rindex(")") + 2 :].split()
        stats[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    return stats
