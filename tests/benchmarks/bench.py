"""The benchmark: cold tiles against the bare statement and tipg, warm ones against nginx; loads, wind, and more.

Belief, swaps, 3-D tiles, sunlight and sensors are measured when they are asked for. It creates private clusters in
folders of their own, and removes them at the end. Figures have no pass or fail.
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
from buildings import MANY, QUICK_MANY, Buildings, buildings
from cold import cold
from loading import Loading, loading
from report import Report, conditions
from sensing import Sensing, sensing
from stage import Stage, open_stage
from sunlight import Sunshine, sunshine
from swap import Swap, swap
from tiles3d import Tiles3d, tiles3d
from warm import warm
from wind import Wind, WindOptions, wind

TILES, LOAD, WIND, BELIEF, SWAP = "tiles", "load", "wind", "belief", "swap"
TILES3D, BUILDINGS_3D, SUNLIGHT, SENSORS = "tiles3d", "buildings", "sunlight", "sensing"
ALL = (TILES, LOAD, WIND, BELIEF, SWAP, TILES3D, BUILDINGS_3D, SUNLIGHT, SENSORS)
# How long belief is looked at, and how long a swap is kept waiting.
WATCHED_SECONDS, QUICK_WATCHED_SECONDS = 60.0, 10.0
Part = Report | Loading | Wind | Belief | Swap | Tiles3d | Buildings | Sunshine | Sensing
THINGS, OBSERVATIONS, QUICK_OBSERVATIONS = 20_000, 200_000, 50_000
ROUNDS, SECONDS, BUILDINGS = 5, 9.0, 1_000_000
QUICK_ROUNDS, QUICK_SECONDS, QUICK_BUILDINGS = 2, 3.0, 50_000


def main() -> int:
    """Run what the command line asks for."""
    arguments = _arguments()
    missing = [name for name in ("wrk", "nginx") if TILES in arguments.what and shutil.which(name) is None]
    if missing:
        print(f"bench: not installed; install with: apt install {' '.join(missing)}", file=sys.stderr)
        return 1
    # Both signals, since a shell lets its background jobs ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        _run(arguments)
    except KeyboardInterrupt:
        print("\nbench: interrupted; all processes that it started have ended", file=sys.stderr)
        return 130
    return 0


def _run(arguments: argparse.Namespace) -> None:
    results: dict[str, Part] = {}
    watched = QUICK_WATCHED_SECONDS if arguments.quick else WATCHED_SECONDS
    if TILES in arguments.what:
        with open_stage() as stage:
            results[TILES] = _tiles(stage, arguments)
    if LOAD in arguments.what:
        with open_stage() as stage:
            results[LOAD] = loading(stage, arguments.buildings, min(arguments.rounds, 3))
    if WIND in arguments.what:
        results[WIND] = wind(_wind_options(arguments))
    if BELIEF in arguments.what:
        with open_stage() as stage:
            results[BELIEF] = belief(stage, watched, 2 * arguments.rounds)
    if SWAP in arguments.what:
        with open_stage() as stage:
            results[SWAP] = swap(stage, watched)
    results |= _in_three_dimensions(arguments)
    if SENSORS in arguments.what:
        with open_stage() as stage:
            results[SENSORS] = sensing(stage, arguments.things, arguments.observations, min(arguments.rounds, 3))
    texts = {name: part.text() for name, part in results.items()}
    print("\n" + "\n".join(texts.values()))
    if arguments.json:
        figures = _as_json(results)
        arguments.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")
    if arguments.write:
        document.write(*(texts.get(name) for name in ALL))


def _in_three_dimensions(arguments: argparse.Namespace) -> dict[str, Part]:
    results: dict[str, Part] = {}
    if TILES3D in arguments.what:
        with open_stage() as stage:
            results[TILES3D] = tiles3d(stage, arguments.buildings, arguments.rounds)
    if BUILDINGS_3D in arguments.what:
        with open_stage() as stage:
            results[BUILDINGS_3D] = buildings(stage, arguments.rounds, QUICK_MANY if arguments.quick else MANY)
    if SUNLIGHT in arguments.what:
        results[SUNLIGHT] = sunshine(arguments.rounds)
    return results


def _as_json(results: dict[str, Part]) -> dict[str, Any]:
    """Return all figures: those of the tiles at the top level, the others by name."""
    document = results[TILES].as_json() if TILES in results else {}
    return document | {name: results[name].as_json() for name in ALL[1:] if name in results}


def _wind_options(arguments: argparse.Namespace) -> WindOptions:
    return WindOptions(
        min(arguments.rounds, WindOptions.rounds), 5 if arguments.quick else WindOptions.iterations, arguments.district
    )


def _tiles(stage: Stage, arguments: argparse.Namespace) -> Report:
    rounds, seconds = arguments.rounds, arguments.seconds
    print(f"bench: {arguments.buildings:,} buildings in {stage.folder}")
    stage.load(arguments.buildings)
    measured_under = conditions(stage, arguments.buildings, rounds, seconds)
    parts = arguments.only.split(",") if arguments.only else ["cold", "warm"]
    return Report(
        measured_under,
        cold(stage, rounds, seconds) if "cold" in parts else None,
        warm(stage, rounds, seconds / 2) if "warm" in parts else None,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", nargs="?", choices=ALL, help="without it: tiles, load and wind")
    parser.add_argument("--quick", action="store_true", help="a quick run of some two minutes with rough figures")
    parser.add_argument("--buildings", type=int, help=f"generated buildings ({BUILDINGS:,})")
    parser.add_argument("--things", type=int, default=THINGS, help=f"sensing: Things with a Datastream ({THINGS:,})")
    parser.add_argument("--observations", type=int, help=f"sensing: observations a round ({OBSERVATIONS:,})")
    parser.add_argument(
        "--seconds", type=float, help=f"length of a cold round, warm ones take half of it ({SECONDS:g})"
    )
    parser.add_argument("--rounds", type=int, help=f"rounds ({ROUNDS})")
    parser.add_argument("--only", choices=["cold", "warm"], help="leave the other part out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure of every round here")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md")
    parser.add_argument("--district", action="store_true", help="wind: also a real district in the finest quality")
    arguments = parser.parse_args()
    arguments.what = [arguments.what] if arguments.what else [TILES, LOAD, WIND]
    quick = arguments.quick
    arguments.buildings = arguments.buildings or (QUICK_BUILDINGS if quick else BUILDINGS)
    arguments.observations = arguments.observations or (QUICK_OBSERVATIONS if quick else OBSERVATIONS)
    arguments.seconds = arguments.seconds or (QUICK_SECONDS if quick else SECONDS)
    arguments.rounds = arguments.rounds or (QUICK_ROUNDS if quick else ROUNDS)
    return arguments


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt
