"""The OGC's own suite for SensorThings 1.0 against our 1.1; ``make conformance`` fetches it and runs this file.

What the suite expects and 1.1 says otherwise stands in ``DIFFERENCES``, each with its reason.
"""

import os
import subprocess
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from city import serving
from database_server import Server
from mast import ROOT, datastream, observations, thing

from api.app import create_app
from layers.access.principals import ensure_administrator
from layers.settings import Settings
from twin.scenarios import scenarios

_LONGEST_S = 900
# The suite's own file for its parameters names a DTD on the internet; without that line it needs none.
_RUN = """<?xml version="1.0" encoding="UTF-8"?>
<properties version="1.0"><entry key="iut">{iut}</entry><entry key="ics">3</entry></properties>
"""
# By test, what it says then.
DIFFERENCES = {
    # It sends {"result": 6} and reads the result as a text, which is one in no version of the standard.
    "checkQueriesPriorityOrdering": 'JSONObject["result"] is not a string',
}


class Administered:
    """The application as its administrator uses it: the suite has no way to sign in."""

    def __init__(self, app: Any, token: str) -> None:
        self._app, self._token, self.app_state = app, token, app.app_state

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["headers"] = [*scope["headers"], (b"authorization", f"Bearer {self._token}".encode())]
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def service(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a service without sensors."""
    home = tmp_path_factory.mktemp("home")
    with server.copy_of(template) as database:
        with database.owner.begin() as connection:
            token = ensure_administrator(connection, home).read_text().strip()
        app = create_app(Settings(_env_file=None, home=home), database, scenarios)
        with serving(Administered(app, token)) as url:
            # Its tests of reading take what they find.
            observed = [one | {"resultTime": one["phenomenonTime"]} for one in observations(1, 2, 3)]
            document = thing(properties={"floor": 1}, Datastreams=[datastream(Observations=observed)])
            httpx.post(f"{url}{ROOT}/Things", json=document).raise_for_status()
            yield url + ROOT


def run(jar: str, service: str, folder: Path) -> dict[str, tuple[str, str]]:
    """Run the suite and return the verdict and message on each of its tests."""
    parameters = folder / "run.xml"
    parameters.write_text(_RUN.format(iut=service), encoding="utf-8")
    command = ["java", f"-Duser.home={folder}", "-jar", jar, str(parameters)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    (folder / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    found = sorted(folder.rglob("testng-results.xml"))
    assert found, (done.stdout + done.stderr)[-4000:]
    return verdicts(found[-1])


def verdicts(results: Path) -> dict[str, tuple[str, str]]:
    """Read the results as TestNG writes them."""
    told = {}
    for method in ElementTree.parse(results).iter("test-method"):  # noqa: S314 - the suite's own
        if method.get("is-config") != "true":
            message = method.findtext("exception/message") or ""
            told[method.get("name", "")] = (method.get("status", ""), message.strip())
    return told


def test_what_the_suite_of_the_ogc_says(service: str, tmp_path: Path, record_property: Any) -> None:
    jar = os.environ.get("TWIN_ETS_STA10")
    assert jar, "TWIN_ETS_STA10 names no file; run this by: make conformance"
    told = run(jar, service, tmp_path)
    for name, (status, message) in sorted(told.items()):
        record_property(name, status)
        print(f"{status} {name} {' '.join(message.split())[:600]}")
    failed = {name: message for name, (status, message) in told.items() if status != "PASS"}
    assert len(told) == 22
    assert failed.keys() == DIFFERENCES.keys()
    assert all(reason in failed[name] for name, reason in DIFFERENCES.items()), failed
