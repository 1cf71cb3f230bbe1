"""``twin wind``: the wind scenario at the command line; validating needs no database."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._bar import Bar
from api.cli._database import opened
from api.console import err, out, read_settings
from api.work import scenarios_home

if TYPE_CHECKING:  # numba and its kernels are imported only when a verb needs them
    from twin.scenarios.wind.skill.report import Report

_DATA = "A folder of measured configurations, or of several: inflow.csv, measurements.csv, geometry.csv or .geojson."
_CELLS = "Cells to the size of a usual block."
_MOST = "The most cells of one run; where they do not suffice the cells are larger."


def app_command(app: typer.Typer) -> None:
    """Add the verbs."""
    verbs = typer.Typer(help="Maintain the wind scenario.", no_args_is_help=True)
    verbs.command("validate")(validate)
    verbs.command("library")(library)
    verbs.command("track")(track)
    app.add_typer(verbs, name="wind")


def validate(  # noqa: PLR0913 - each is an option of the command line
    data: Annotated[Path, typer.Option(help=_DATA)],
    *,
    cells: Annotated[int, typer.Option(min=2, max=64, help=_CELLS)] = 12,
    iterations: Annotated[int, typer.Option(min=5, max=2000, help="The most iterations of one run.")] = 150,
    most_cells: Annotated[int, typer.Option(min=10_000, max=50_000_000, help=_MOST)] = 1_500_000,
    sensitivity: Annotated[bool, typer.Option("--sensitivity", help="Also on other grids and iterations.")] = False,
    results: Annotated[
        Path | None, typer.Option("--out", help="A folder for the tables, the numbers and the plots.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Runs at a time; else 2, or 1 on one core.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Compare the wind model with measurements, and with trivial baselines."""
    from twin.scenarios.wind.skill.compare import usual_processes
    from twin.scenarios.wind.skill.predict import Fineness
    from twin.scenarios.wind.skill.reading import read_cases
    from twin.scenarios.wind.skill.report import validated

    cases = read_cases(data)
    fineness = Fineness(cells=cells, iterations=iterations, most_cells=most_cells)
    with Bar() as bar:
        report = validated(
            cases, fineness, bar.report, sensitivity=sensitivity, processes=processes or usual_processes()
        )
    if results is not None:
        _write(report, results)
    if as_json:
        out().print_json(json.dumps(report.json(), ensure_ascii=False))
    else:
        out().print(report.markdown(), markup=False)


def _write(report: "Report", folder: Path) -> None:
    from twin.scenarios.wind.skill.plots import plots

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wind-skill.md").write_text(report.markdown() + "\n", encoding="utf-8")
    numbers = json.dumps(report.json(), ensure_ascii=False, indent=1)
    (folder / "wind-skill.json").write_text(numbers + "\n", encoding="utf-8")
    for name, figure in plots(report.comparisons).items():
        figure.savefig(folder / f"{name}.png", dpi=110)
    err().print(f"written to {folder}", markup=False)


def library(
    quality: Annotated[str, typer.Option(help="preview or fine.")] = "preview",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Solve the wind fields of the district as it stands, from sixteen directions; what is kept is not solved again."""
    from twin.scenarios.wind.library.build import build
    from twin.scenarios.wind.library.quality import quality_of
    from twin.scenarios.wind.service.fields import plan_of
    from twin.scenarios.wind.service.status import surveyed

    home = scenarios_home(read_settings())
    with opened() as (database, _), Bar() as bar:
        plan = plan_of(home, surveyed(database)[1].district, quality_of(quality))
        solved = build(plan, bar)
    if as_json:
        out().print_json(json.dumps({"solved": solved, "directions": plan.directions, "folder": str(plan.folder)}))
    else:
        out().print(f"{solved} of {len(plan.directions)} directions solved, {plan.folder}", markup=False)


def track(path: Annotated[Path, typer.Argument(help="A track by CMA, QWeather, JTWC or JMA.")]) -> None:
    """Keep a typhoon's track, so that runs may name it."""
    from twin.scenarios.wind.forcing.track_files import read_track
    from twin.scenarios.wind.service.tracks import track_folder

    storm = read_track(path)
    folder = track_folder(scenarios_home(read_settings()))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, folder / path.name)
    out().print(f"{path.stem}: {storm.name}, {len(storm.points)} points; runs name it {path.stem}", markup=False)
