"""``twin simulate``: the sensors of a city that breathes."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import err, out, read_settings
from api.serve.prepare import put_up_sensors
from api.work import scenarios_home
from layers.errors import InputError, ParameterError
from layers.store import Database
from layers.temporal import parse_instant
from twin.scenarios.wind.forcing.track import Track
from twin.scenarios.wind.forcing.track_files import read_track
from twin.scenarios.wind.service.survey import LUJIAZUI
from twin.scenarios.wind.service.tracks import track_of
from twin.simulator.doors import DatabaseDoor, Door, Tally
from twin.simulator.kinds import KINDS
from twin.simulator.pace import batches, check_step, count_of, next_instant, parse_duration
from twin.simulator.readings import Stream, World, readings_of
from twin.simulator.standing import streams_there
from twin.simulator.storm import Storm

# So many readings are kept together.
_BATCH = 20_000
_EXIT_INTERRUPTED = 130


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Simulate what the city would tell, to see it alive.", no_args_is_help=True)
    verbs.command("sensors")(sensors)
    verbs.callback()(lambda: None)
    app.add_typer(verbs, name="simulate")


@dataclass(frozen=True)
class Period:
    """From when to when, in which steps; without an end it follows the clock."""

    start: datetime
    end: datetime | None
    every: timedelta


def sensors(  # noqa: PLR0913 - each is an option of the command line
    *,
    start: Annotated[str | None, typer.Option("--from", help="The first instant: 2026-11-29T00:00:00+08:00.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="The last one; without it, go on with the clock.")] = None,
    every: Annotated[str, typer.Option(help="The time between two readings of a sensor: PT5M.")] = "PT1M",
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.", min=0, max=2**31 - 1)] = 1,
    storm: Annotated[str | None, typer.Option(help="A typhoon: a track's id (design), or a file.")] = None,
    storm_name: Annotated[str | None, typer.Option(help="Which storm of a file with several: 2106.")] = None,
    storm_peak: Annotated[
        str | None, typer.Option(help="When its wind is strongest here: an instant, or PT30M from now; else as it was.")
    ] = None,
    faults: Annotated[
        float, typer.Option(help="The share of days on which a sensor has a fault.", min=0, max=1)
    ] = 0.02,
    category: Annotated[list[str] | None, typer.Option(help="Only these: wind_mast, rain_gauge, …")] = None,
    stand: Annotated[bool, typer.Option("--put-up", help="Put up the sample's sensors first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Let the simulated sensors speak, for a period as fast as possible, or with the clock until Ctrl-C.

    The same seed and times give the same readings, and what is there already is kept once. Ctrl-C leaves whole batches.
    """
    period = _period(start, end, every)
    world = World(seed, _storm(storm, storm_name, storm_peak), faults)
    with opened() as (database, _):
        if stand:
            put_up_sensors(database)
        streams = _streams(database, category or [])
        tally, interrupted = _speak(streams, period, world, DatabaseDoor(database))
    _print(tally, as_json=as_json)
    if interrupted:
        raise typer.Exit(_EXIT_INTERRUPTED)


def _period(start: str | None, end: str | None, every: str) -> Period:
    step = check_step(parse_duration(every, "--every"))
    if end is not None and start is None:
        raise ParameterError("--to", "a period that ends begins as well: give --from")
    begins = datetime.now(UTC) if start is None else parse_instant(start, "--from")
    ends = None if end is None else parse_instant(end, "--to")
    if ends is not None and ends < begins:
        raise ParameterError("--to", "the period ends before it begins")
    return Period(begins, ends, step)


def _storm(storm: str | None, name: str | None, peak: str | None) -> Storm | None:
    if storm is None:
        return None
    passing = Storm(_track(storm, name), (LUJIAZUI.lon, LUJIAZUI.lat))
    if peak is None:
        return passing
    if peak.startswith("P"):
        return passing.with_peak_at(datetime.now(UTC) + parse_duration(peak, "--storm-peak"))
    return passing.with_peak_at(parse_instant(peak, "--storm-peak"))


def _track(storm: str, name: str | None) -> Track:
    path = Path(storm)
    if path.is_file():
        return read_track(path, name)
    return track_of(scenarios_home(read_settings()), storm)


def _streams(database: Database, categories: Sequence[str]) -> list[Stream]:
    unknown = sorted(set(categories) - KINDS.keys())
    if unknown:
        raise ParameterError("--category", f"{unknown[0]!r} is none of {', '.join(KINDS)}")
    with database.reader.connect() as connection:
        streams = streams_there(connection, categories)
    if not streams:
        raise InputError("no simulated sensor stands here; put up those of the sample: twin simulate sensors --put-up")
    return streams


def _speak(streams: Sequence[Stream], period: Period, world: World, door: Door) -> tuple[Tally, bool]:
    """Send readings batch by batch; return what became of them, and whether somebody stopped it."""
    tally = Tally()
    try:
        with Bar() as bar:
            if period.end is None:
                _follow(streams, period, world, door, (tally, bar))
            else:
                _fill(streams, period, world, door, (tally, bar))
    except KeyboardInterrupt:
        return tally, True
    return tally, False


def _fill(streams: Sequence[Stream], period: Period, world: World, door: Door, shown: tuple[Tally, Bar]) -> datetime:
    """Send all of a period, or of what is past of one without an end; return where it ends."""
    tally, bar = shown
    end = period.end or datetime.now(UTC)
    total, done = count_of(period.start, end, period.every) * len(streams), 0
    for instants in batches(period.start, end, period.every, max(_BATCH // len(streams), 1)):
        bar.report(done, total, "simulating")
        tally.add(door.keep(readings_of(streams, instants, world)))
        done += len(instants) * len(streams)
    bar.report(done, total, "simulating")
    return end


def _follow(streams: Sequence[Stream], period: Period, world: World, door: Door, shown: tuple[Tally, Bar]) -> None:
    """Send what is past of a period, and then each step when its time has come, until Ctrl-C."""
    due = next_instant(_fill(streams, period, world, door, shown), period.every)
    tally, bar = shown
    while True:
        time.sleep(max((due - datetime.now(UTC)).total_seconds(), 0.0))
        tally.add(door.keep(readings_of(streams, [due], world)))
        bar.report(tally.new + tally.known, None, "following the clock")
        due = next_instant(due, period.every)


def _print(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        out().print_json(json.dumps(asdict(tally), ensure_ascii=False))
        return
    out().print(f"{tally.new:,} readings are new, {tally.known:,} were there, {tally.refused:,} were refused")
    for reason in tally.reasons:
        err().print(reason, markup=False)
