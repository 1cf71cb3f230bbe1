"""The benchmark: cold tiles against the bare statement and tipg, warm ones against nginx; loading; the wind; belief.

It makes private clusters in folders of their own, and removes them at the end. It states figures and judges none.
"""

import argparse
import json
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import document
from belief import Belief, belief
from cold import cold
from loading import Loading, loading
from report import Report, conditions
from stage import Stage, open_stage
from warm import warm
from wind import Wind, Wish, wind

TILES, LOAD, WIND, BELIEF = "tiles", "load", "wind", "belief"
BELIEF_SECONDS, QUICK_BELIEF_SECONDS = 60.0, 10.0
ROUNDS, SECONDS, BUILDINGS = 5, 9.0, 1_000_000
QUICK_ROUNDS, QUICK_SECONDS, QUICK_BUILDINGS = 2, 3.0, 50_000


def main() -> int:
    """Run what the command line asks for."""
    arguments = _arguments()
    missing = [name for name in ("wrk", "nginx") if TILES in arguments.what and shutil.which(name) is None]
    if missing:
        print(f"bench: not installed; install with: apt install {' '.join(missing)}", file=sys.stderr)
        return 1
    # Both, since a shell lets its background jobs ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        _run(arguments)
    except KeyboardInterrupt:
        print("\nbench: interrupted, everything it started has ended", file=sys.stderr)
        return 130
    return 0


def _run(arguments: argparse.Namespace) -> None:
    found: dict[str, Report | Loading | Wind | Belief] = {}
    if TILES in arguments.what:
        with open_stage() as stage:
            found[TILES] = _tiles(stage, arguments)
    if LOAD in arguments.what:
        with open_stage() as stage:
            found[LOAD] = loading(stage, arguments.buildings, min(arguments.rounds, 3))
    if WIND in arguments.what:
        found[WIND] = wind(_wish(arguments))
    if BELIEF in arguments.what:
        with open_stage() as stage:
            seconds = QUICK_BELIEF_SECONDS if arguments.quick else BELIEF_SECONDS
            found[BELIEF] = belief(stage, seconds, 2 * arguments.rounds)
    texts = {name: part.text() for name, part in found.items()}
    print("\n" + "\n".join(texts.values()))
    if arguments.json:
        told = _as_json(found)
        arguments.json.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    if arguments.write:
        document.write(texts.get(TILES), texts.get(LOAD), texts.get(WIND))


def _as_json(found: dict[str, Report | Loading | Wind | Belief]) -> dict[str, Any]:
    """Return all figures: those of the tiles as ever, the others beside them by their names."""
    told = found[TILES].as_json() if TILES in found else {}
    return told | {name: found[name].as_json() for name in (LOAD, WIND, BELIEF) if name in found}


def _wish(arguments: argparse.Namespace) -> Wish:
    return Wish(min(arguments.rounds, Wish.rounds), 5 if arguments.quick else Wish.iterations, arguments.district)


def _tiles(stage: Stage, arguments: argparse.Namespace) -> Report:
    rounds, seconds = arguments.rounds, arguments.seconds
    print(f"bench: {arguments.buildings:,} buildings in {stage.folder}")
    stage.load(arguments.buildings)
    told = conditions(stage, arguments.buildings, rounds, seconds)
    parts = arguments.only.split(",") if arguments.only else ["cold", "warm"]
    return Report(
        told,
        cold(stage, rounds, seconds) if "cold" in parts else None,
        warm(stage, rounds, seconds / 2) if "warm" in parts else None,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", nargs="?", choices=[TILES, LOAD, WIND, BELIEF], help="all but belief if not said")
    parser.add_argument("--quick", action="store_true", help="a look in some two minutes; its figures are rough")
    parser.add_argument("--buildings", type=int, help=f"generated buildings ({BUILDINGS:,})")
    parser.add_argument(
        "--seconds", type=float, help=f"length of a cold round, warm ones take half of it ({SECONDS:g})"
    )
    parser.add_argument("--rounds", type=int, help=f"rounds ({ROUNDS})")
    parser.add_argument("--only", choices=["cold", "warm"], help="leave the other part out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure of every round here")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md")
    parser.add_argument("--district", action="store_true", help="wind: a real district in the finest quality, too")
    arguments = parser.parse_args()
    arguments.what = [arguments.what] if arguments.what else [TILES, LOAD, WIND]
    quick = arguments.quick
    arguments.buildings = arguments.buildings or (QUICK_BUILDINGS if quick else BUILDINGS)
    arguments.seconds = arguments.seconds or (QUICK_SECONDS if quick else SECONDS)
    arguments.rounds = arguments.rounds or (QUICK_ROUNDS if quick else ROUNDS)
    return arguments


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
