"""A raster is loaded wholly or not at all, into the catalogue and into the folder of files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from made_raster import ground, write_raster
from sqlalchemy import text

from layers.catalog import built_in
from layers.errors import Cancelled, InputError, ParameterError, SourceError
from layers.intake.ingest import LoadOptions, LoadSummary, Silent, load_path, preview_path
from layers.query.rasters import raster_of, rasters_statement
from layers.raster.files import RasterFiles
from layers.raster.raster import Raster
from layers.store.engine import Database
from layers.temporal import When, now

OLD, NEW = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)


class Loader:
    """Loads files into a database and a folder of the test's own."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.files = database, RasterFiles(folder)

    def load(self, path: Path, **raster_options: Any) -> LoadSummary:
        said = tuple((name, str(value)) for name, value in raster_options.pop("raster", {}).items())
        options = LoadOptions(raster=said, **raster_options)
        return load_path(self.database, built_in(), path, options, raster_options.pop("progress", Silent()), self.files)

    def raster(self, name: str, when: When | None = None) -> Raster | None:
        with self.database.reader.connect() as connection:
            row = connection.execute(rasters_statement(when or now(), name)).one_or_none()
        return None if row is None else raster_of(row)

    def kept(self) -> list[str]:
        return sorted(entry.name for entry in self.files.folder.iterdir()) if self.files.folder.is_dir() else []

    def count(self, table: str) -> int:
        with self.database.reader.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM onemap.{table}")).scalar_one())


@pytest.fixture
def loader(db: Database, tmp_path: Path) -> Loader:
    return Loader(db, tmp_path / "rasters")


@pytest.fixture
def refusing(shared_db: Database, tmp_path: Path) -> Loader:
    """Return a loader into a database that others read: nothing of what it is given may stay."""
    return Loader(shared_db, tmp_path / "rasters")


def test_a_geotiff_is_kept_cloud_optimised_with_every_pixel_as_it_was(loader: Loader, tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(4, 1, (700, 900)).astype(np.float32)
    values[10:20, 30:50] = -9999
    source = write_raster(tmp_path / "dem.tif", values, nodata=-9999)
    summary = loader.load(source, date=NEW, raster={"unit": "m", "elevation": "yes", "title_zh": "地面高程"})
    [done] = summary.rasters
    assert (done.raster, done.outcome, done.width, done.height) == ("dem", "new", 900, 700)

    raster = loader.raster("dem")
    assert raster is not None
    [band] = raster.bands
    good = values[values != -9999].astype(np.float64)
    assert (band.minimum, band.maximum) == (good.min(), good.max())
    assert band.mean == pytest.approx(good.mean(), rel=1e-9)
    assert band.std == pytest.approx(good.std(), rel=1e-9)
    assert band.valid_share == pytest.approx(good.size / values.size, abs=1e-6)
    assert (band.unit, raster.title.zh, raster.style.elevation) == ("m", "地面高程", True)
    assert raster.bounds == pytest.approx((121.5, 31.25 - 0.35, 121.95, 31.25))
    assert raster.pixel_m == pytest.approx((47.6, 55.4), abs=0.3)

    with rasterio.open(loader.files.path(raster.file)) as kept:
        assert kept.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert kept.overviews(1) == [2]
        assert kept.profile["tiled"]
        read = kept.read(1, masked=True)
    assert (read.mask == (values == -9999)).all()
    assert (read.compressed() == values[values != -9999]).all()


def test_the_same_file_again_changes_nothing_and_a_younger_one_supersedes(loader: Loader, tmp_path: Path) -> None:
    source = write_raster(tmp_path / "dem.tif", ground())
    loader.load(source, date=OLD)
    assert loader.load(source, date=OLD).rasters[0].outcome == "unchanged"
    assert len(loader.kept()) == 1
    assert loader.load(source).rasters[0].outcome == "unchanged", "without a date it is the newest state"

    write_raster(source, ground() + 1)
    assert loader.load(source, date=NEW).rasters[0].outcome == "new"
    newest, before = loader.raster("dem"), loader.raster("dem", When(OLD, OLD))
    assert newest is not None
    assert before is not None
    assert newest.bands[0].minimum == 4.0
    assert before.bands[0].minimum == 3.0
    assert newest.version != before.version
    assert loader.raster("dem", When(None, datetime(2020, 1, 1, tzinfo=UTC))) is None


def test_a_corrected_state_is_seen_as_it_was_believed_then(loader: Loader, tmp_path: Path) -> None:
    source = write_raster(tmp_path / "dem.tif", ground())
    loader.load(source, date=OLD)
    between = datetime.now(UTC)
    write_raster(source, ground() + 1)
    assert loader.load(source, date=OLD).rasters[0].outcome == "corrected"
    now_known, then_known = loader.raster("dem"), loader.raster("dem", now().believed(between))
    assert now_known is not None
    assert then_known is not None
    assert (now_known.bands[0].minimum, then_known.bands[0].minimum) == (4.0, 3.0)


def test_a_state_that_is_not_committed_yet_is_in_no_instant(loader: Loader, tmp_path: Path) -> None:
    instants: list[datetime] = []

    class Asking(Silent):
        def report(self, done: int, total: int | None, message: str) -> None:
            if message == "committing":
                instants.append(datetime.now(UTC))

    source = write_raster(tmp_path / "dem.tif", ground())
    loader.load(source, date=OLD)
    write_raster(source, ground() + 1)
    loaded = load_path(loader.database, built_in(), source, LoadOptions(date=OLD), Asking(), loader.files)
    assert loaded.rasters[0].outcome == "corrected"
    during, after = (loader.raster("dem", now().believed(one)) for one in (instants[0], datetime.now(UTC)))
    assert during is not None
    assert after is not None
    assert (during.bands[0].minimum, after.bands[0].minimum) == (3.0, 4.0)


def test_the_ledger_knows_the_load_and_its_file(loader: Loader, tmp_path: Path) -> None:
    loader.load(write_raster(tmp_path / "dem.tif", ground()), dataset="survey", principal="li")
    with loader.database.reader.connect() as connection:
        row = connection.execute(text("SELECT dataset, principal, finished, summary FROM onemap.load")).one()
    assert (row.dataset, row.principal) == ("survey", "li")
    assert row.finished is not None
    assert row.summary["rasters"][0]["raster"] == "dem"


def test_a_palette_makes_classes_and_overviews_by_mode(loader: Loader, tmp_path: Path) -> None:
    cover = np.full((40, 60), 2, dtype=np.uint8)
    cover[:20] = 1
    palette = {1: (255, 0, 0, 255), 2: (0, 128, 0, 255)}
    loader.load(write_raster(tmp_path / "cover.tif", cover, palette=palette))
    raster = loader.raster("cover")
    assert raster is not None
    assert (raster.kind, raster.overviews, raster.style.resampling) == ("categorical", "mode", "nearest")
    assert [(one.value, one.color) for one in raster.style.classes] == [(1, "#ff0000"), (2, "#008000")]


def _no_crs(folder: Path) -> Path:
    return write_raster(folder / "a.tif", ground(), crs=None)


def _no_place(folder: Path) -> Path:
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        return write_raster(folder / "a.tif", ground(), transform=rasterio.Affine.identity())


def _cut_short(folder: Path) -> Path:
    path = write_raster(folder / "a.tif", np.random.default_rng(0).random((900, 900)))
    path.write_bytes(path.read_bytes()[:200_000])
    return path


def _no_raster(folder: Path) -> Path:
    path = folder / "a.tif"
    path.write_text("no raster")
    return path


def _names_others(folder: Path) -> Path:
    path = folder / "a.tif"
    path.write_text('<VRTDataset rasterXSize="9" rasterYSize="9"><SRS>EPSG:4490</SRS></VRTDataset>')
    return path


def _complex(folder: Path) -> Path:
    return write_raster(folder / "a.tif", ground().astype(np.complex64))


def _empty(folder: Path) -> Path:
    return write_raster(folder / "a.tif", np.full((9, 9), -1.0), nodata=-1)


def _elsewhere(folder: Path) -> Path:
    return write_raster(folder / "a.tif", ground(), transform=rasterio.Affine(2, 0, 640000, 0, -2, 3460000))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_no_crs, "coordinate reference system"),
        (_no_place, "no georeference"),
        (_cut_short, "pixels cannot be read"),
        (_no_raster, "cannot be read as a raster"),
        (_names_others, "cannot be read as a raster"),
        (_complex, "complex64"),
        (_empty, "no pixel has a value"),
        (_elsewhere, "no degrees"),
    ],
)
@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_a_bad_file_is_refused_by_name_and_leaves_nothing(
    refusing: Loader, tmp_path: Path, make: Any, sentence: str
) -> None:
    source = make(tmp_path)
    with pytest.raises(SourceError, match=sentence) as refused:
        refusing.load(source)
    assert "a.tif" in str(refused.value)
    assert (refusing.kept(), refusing.count("raster"), refusing.count("load")) == ([], 0, 0)


@pytest.mark.parametrize(
    ("raster_options", "sentence"),
    [
        ({"raster": {"colour": "red"}}, "not an option of a raster"),
        ({"raster": {"colormap": "jet"}}, "viridis"),
        ({"raster": {"rescale": "5,1"}}, "lower and a higher"),
        ({"raster": {"band": 2}}, "bands 1 to 1"),
        ({"raster": {"kind": "categorical"}}, "whole numbers"),
        ({"raster": {"grade": "secret"}}, "restricted"),
        ({"layer": "buildings"}, "a layer of objects"),
        ({"key": "id"}, "rasters do not support this option"),
        ({"crs": "EPSG:nonsense"}, "names no coordinate reference system"),
    ],
)
def test_a_wish_that_cannot_be_heeded_is_refused(
    refusing: Loader, tmp_path: Path, raster_options: Any, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        refusing.load(write_raster(tmp_path / "dem.tif", ground()), **raster_options)
    assert (refusing.kept(), refusing.count("raster")) == ([], 0)


def test_what_is_said_of_a_raster_is_refused_for_other_files(refusing: Loader, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(ParameterError, match="not a raster"):
        refusing.load(path, raster={"unit": "m"})


def test_a_load_that_is_stopped_leaves_nothing(refusing: Loader, tmp_path: Path) -> None:
    class Stopping:
        def report(self, done: int, total: int | None, message: str) -> None:
            if message == "committing":
                assert len(refusing.kept()) == 2, "the file and the folder that it was made in"
                raise Cancelled("somebody asked the work to stop")

    source = write_raster(tmp_path / "dem.tif", ground())
    with pytest.raises(Cancelled):
        load_path(refusing.database, built_in(), source, LoadOptions(), Stopping(), refusing.files)
    assert (refusing.kept(), refusing.count("raster"), refusing.count("load")) == ([], 0, 0)


def test_a_dry_run_tells_all_and_writes_nothing(refusing: Loader, tmp_path: Path) -> None:
    source = write_raster(tmp_path / "dem.tif", ground(), crs="EPSG:4490", nodata=-9999)
    [found] = preview_path(refusing.database, built_in(), source, LoadOptions(), Silent()).rasters
    assert (found.width, found.height, found.source_crs, found.kind) == (60, 40, "EPSG:4490", "continuous")
    assert found.bands[0]["minimum"] == 3.0
    assert found.resampling == {"drawing": "bilinear", "overviews": "average"}
    assert (refusing.kept(), refusing.count("raster"), refusing.count("load")) == ([], 0, 0)
