"""The benchmark: cold tiles against the bare statement and tipg, warm tiles against nginx.

It makes a private cluster in a folder of its own, and removes it at the end. It states figures and judges none.
"""

import argparse
import json
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

from cold import cold
from report import Report, conditions
from stage import open_stage
from warm import warm

WRITTEN = Path(__file__).parents[2] / "docs" / "benchmarks.md"
ROUNDS, SECONDS, BUILDINGS = 5, 9.0, 1_000_000
QUICK_ROUNDS, QUICK_SECONDS, QUICK_BUILDINGS = 2, 3.0, 50_000


def main() -> int:
    """Run what the command line asks for."""
    arguments = _arguments()
    missing = [name for name in ("wrk", "nginx") if shutil.which(name) is None]
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
    rounds, seconds = arguments.rounds, arguments.seconds
    with open_stage() as stage:
        print(f"bench: {arguments.buildings:,} buildings in {stage.folder}")
        stage.load(arguments.buildings)
        told = conditions(stage, arguments.buildings, rounds, seconds)
        parts = arguments.only.split(",") if arguments.only else ["cold", "warm"]
        report = Report(
            told,
            cold(stage, rounds, seconds) if "cold" in parts else None,
            warm(stage, rounds, seconds / 2) if "warm" in parts else None,
        )
    print(f"\n{report.text()}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False), encoding="utf-8")
    if arguments.write:
        WRITTEN.write_text(report.text(), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a look in some two minutes; its figures are rough")
    parser.add_argument("--buildings", type=int, help=f"generated buildings ({BUILDINGS:,})")
    parser.add_argument(
        "--seconds", type=float, help=f"length of a cold round, warm ones take half of it ({SECONDS:g})"
    )
    parser.add_argument("--rounds", type=int, help=f"rounds ({ROUNDS})")
    parser.add_argument("--only", choices=["cold", "warm"], help="leave the other part out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure of every round here")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks.md")
    arguments = parser.parse_args()
    quick = arguments.quick
    arguments.buildings = arguments.buildings or (QUICK_BUILDINGS if quick else BUILDINGS)
    arguments.seconds = arguments.seconds or (QUICK_SECONDS if quick else SECONDS)
    arguments.rounds = arguments.rounds or (QUICK_ROUNDS if quick else ROUNDS)
    return arguments


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
