"""``twin simulate``: the sensors of a city that breathes."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import err, out, read_settings
from api.sample import put_up_sensors
from api.serve.broker import HOST, Broker
from api.serve.listener import local_url
from api.work import scenarios_home
from layers.access import TOKEN_FILE
from layers.errors import InputError, ParameterError
from layers.store import Database
from layers.temporal import parse_instant
from twin.scenarios.wind.forcing.track import Track
from twin.scenarios.wind.forcing.track_files import read_track
from twin.scenarios.wind.service.survey import LUJIAZUI
from twin.scenarios.wind.service.tracks import track_of
from twin.sensing.devices.credential import GATEWAY
from twin.simulator.clock import taken
from twin.simulator.doors import DatabaseDoor, Door, HttpDoor, MqttDoor, Tally
from twin.simulator.kinds import KINDS
from twin.simulator.pace import check_step, parse_duration
from twin.simulator.readings import USUAL, Stream, World
from twin.simulator.speaking import Speech
from twin.simulator.standing import streams_there
from twin.simulator.storm import Storm

_EXIT_INTERRUPTED = 130


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Simulate what the city would tell, to see it alive.", no_args_is_help=True)
    verbs.command("sensors")(sensors)
    verbs.callback()(lambda: None)
    app.add_typer(verbs, name="simulate")


class Through(Enum):
    """The doors."""

    DATABASE = "database"
    HTTP = "http"
    MQTT = "mqtt"


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
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.", min=0, max=2**31 - 1)] = USUAL.seed,
    storm: Annotated[str | None, typer.Option(help="A typhoon: a track's id (design), or a file.")] = None,
    storm_name: Annotated[str | None, typer.Option(help="Which storm of a file with several: 2106.")] = None,
    storm_peak: Annotated[
        str | None, typer.Option(help="When its wind is strongest here: an instant, or PT30M from now; else as it was.")
    ] = None,
    faults: Annotated[
        float, typer.Option(help="The share of days on which a sensor has a fault.", min=0, max=1)
    ] = 0.02,
    category: Annotated[list[str] | None, typer.Option(help="Only these: wind_mast, rain_gauge, …")] = None,
    through: Annotated[Through, typer.Option(help="The door by which readings come in.")] = Through.DATABASE,
    url: Annotated[str | None, typer.Option(help="The server of --through http; by default that of this home.")] = None,
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
        with _door(through.value, url, database) as door:
            speech = Speech(streams, world, door)
            interrupted = _speak(speech, period, database)
    _print(speech.tally, as_json=as_json)
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


def _speak(speech: Speech, period: Period, database: Database) -> bool:
    """Let them speak; return whether somebody stopped it."""
    try:
        with Bar() as bar:
            speech.report = bar.report
            if period.end is None:
                with taken(database):
                    speech.follow(period.start, period.every)
            else:
                speech.fill(period.start, period.end, period.every)
    except KeyboardInterrupt:
        return True
    return False


@contextmanager
def _door(through: str, url: str | None, database: Database) -> Iterator[Door]:
    settings = read_settings()
    if through == "http":
        token = _secret(lambda: (settings.home.expanduser() / TOKEN_FILE).read_text(encoding="utf-8").strip())
        with HttpDoor(url or local_url(settings.host, settings.port), token) as door:
            yield door
    elif through == "mqtt":
        with MqttDoor(HOST, settings.mqtt_port, _secret(lambda: Broker.of(settings).password(GATEWAY))) as gate:
            yield gate
    else:
        yield DatabaseDoor(database)


def _secret(read: Callable[[], str]) -> str:
    try:
        return read()
    except OSError as error:
        raise InputError(f"--through: nothing was ever started in this home ({error}); start it: twin up") from error


def _print(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        out().print_json(json.dumps(asdict(tally), ensure_ascii=False))
        return
    out().print(f"{tally.new:,} readings are new, {tally.known:,} were there, {tally.refused:,} were refused")
    for reason in tally.reasons:
        err().print(reason, markup=False)
