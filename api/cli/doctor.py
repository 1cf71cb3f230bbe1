"""``twin doctor``: check the installation, and say what to do about each problem."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from api.console import EXIT_FAILURE, out, read_settings
from api.layers import all_layers
from api.schemas import all_schemas
from api.serve.broker_figures import examine_broker
from api.serve.listener import bind
from api.serve.state import StateFile
from layers.errors import Unavailable
from layers.ops import FAIL, Finding, examine, fail, ok, warn
from layers.settings import Settings

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def app_command(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False) -> None:
    """Check what a support person would ask for; starts and changes nothing, exit status 1 for a failure."""
    settings = read_settings()
    findings = [*examine(settings, all_layers(), all_schemas()), web(settings), examine_broker(settings)]
    if as_json:
        out().print_json(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            _print(finding)
    if any(finding.status == FAIL for finding in findings):
        sys.exit(EXIT_FAILURE)


def web(settings: Settings) -> Finding:
    """Check whether the web port is ours, free or taken."""
    file = StateFile(settings.home)
    state = file.read()
    if file.held() and state is not None:
        if state.ready:
            return ok("web", f"up: {state.viewer}, {len(state.children)} processes")
        return warn("web", f"starting, or not answering: {state.url}", f"see the logs in {settings.home / 'log'}")
    try:
        bind(settings.host, settings.port).close()
    except Unavailable as error:
        return fail("web", str(error), "then: twin up")
    return ok("web", f"not running; {settings.host}:{settings.port} is free")


def _print(finding: Finding) -> None:
    colour = COLOURS[finding.status]
    out().print(f"[{colour}]{finding.status:4}[/{colour}] ", end="")
    out().print(f"{finding.check}: {finding.message}", markup=False)
    if finding.remedy:
        out().print(f"     → {finding.remedy}", markup=False)
