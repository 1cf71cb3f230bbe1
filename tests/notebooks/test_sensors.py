"""The notebook of sensors, against a sample of its own with masts that a day of wind blew at."""

import math
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from city import City, open_server
from nbclient import NotebookClient
from prepared import Prepared
from sqlalchemy import Connection

from layers.access import LOCAL_OPERATOR
from twin.sensing.editing import Edit, create
from twin.sensing.entities.model import OBSERVED_PROPERTY, SENSOR, THING
from twin.sensing.entities.view import View
from twin.sensing.ingest import ingest
from twin.sensing.reading import MEASUREMENT, Reading

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_sensors.ipynb"
UNIT = {"name": "metre per second", "symbol": "m/s", "definition": "ucum:m/s"}
MASTS = {"上海中心大厦测风杆": (121.5013, 31.2356), "滨江测风杆": (121.4960, 31.2420), "世纪大道测风杆": (121.5100, 31.2330)}


def blow(connection: Connection) -> None:
    """Put masts up, and let a day of wind blow, of ten minutes each; one of them was silent for some hours."""
    edit = Edit(connection, View.of(LOCAL_OPERATOR))
    plain = {"description": "", "encodingType": "text/plain", "metadata": ""}
    sensor = {"@iot.id": create(edit, SENSOR, plain | {"name": "测风仪"})}
    said = {"description": "", "definition": "http://vocab.nerc.ac.uk/standard_name/wind_speed/"}
    observed = {"@iot.id": create(edit, OBSERVED_PROPERTY, said | {"name": "风速"})}
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    for place, (name, lonlat) in enumerate(MASTS.items()):
        stream = {
            "name": "风速", "description": "", "observationType": MEASUREMENT, "unitOfMeasurement": UNIT,
            "Sensor": sensor, "ObservedProperty": observed,
        }  # fmt: skip
        location = {
            "name": name, "description": "", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": list(lonlat)},
        }  # fmt: skip
        document: dict[str, Any] = {"name": name, "description": "", "properties": {"category": "wind_mast"}}
        create(edit, THING, document | {"Locations": [location], "Datastreams": [stream]})
        (fid,) = connection.exec_driver_sql("SELECT max(fid) FROM onemap.datastreams").one()
        steps = [step for step in range(144) if not (place == 1 and 40 < step < 60)]
        ingest(
            connection,
            [
                Reading(fid, end - timedelta(minutes=10 * step), 4 + place + 2 * math.sin(step / 23))
                for step in steps
            ],
        )  # fmt: skip


@pytest.fixture
def sample(prepared: Prepared, tmp_path: Path) -> Iterator[City]:
    """Yield the sample behind the real application, with masts."""
    shutil.copytree(prepared.rasters, tmp_path / "rasters")
    with prepared.server.copy_of(prepared.sample()) as database, open_server(database, tmp_path) as city:
        with database.writer.begin() as connection:
            blow(connection)
        yield city


def test_a_day_of_wind_is_read_as_a_frame_and_as_an_array_and_answers_where(
    sample: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_URL", str(sample.client.base_url))
    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=folder).execute()
    cells = {cell.source: "".join(map(str, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"}

    def shown(words: str) -> str:
        (output,) = (output for source, output in cells.items() if words in source)
        return output

    assert "风速" in shown("client.latest()")
    assert "+08:00" in shown("client.observations(")
    assert "xarray.Dataset" in shown("def as_dataset(")
    assert "m/s" in shown("def as_dataset(")
    assert shown('resample(time="1h")').count("<tr") > 24
    for words in ("axes.plot(local", "cells.plot("):
        assert "image/png" in shown(words), words
    assert "highest" in shown("latlng_to_cell")
    assert all(name in shown("def nearest(") for name in MASTS)
