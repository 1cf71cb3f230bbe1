"""Tracks that runs may name: those stored in the scenario's folder, and a synthetic one."""

from datetime import datetime, timedelta
from pathlib import Path

from layers.errors import NotFound, SourceError
from layers.title import Title
from twin.scenarios.wind.forcing.track import Track, TrackPoint
from twin.scenarios.wind.forcing.track_files import read_track
from twin.warnings.warning import BEIJING

SYNTHETIC = "design"
_FIRST = datetime(2026, 9, 15, 14, tzinfo=BEIJING)
# Synthetic: a strong typhoon with landfall south-east of Pudong, passing Lujiazui, weakening inland. Degrees, m/s, hPa.
_DESIGN = (
    (123.6, 29.6, 42.0, 955.0), (123.2, 29.95, 42.0, 955.0), (122.8, 30.3, 42.0, 955.0), (122.4, 30.62, 42.0, 955.0),
    (122.05, 30.9, 40.0, 958.0), (121.75, 31.1, 38.0, 963.0), (121.5, 31.28, 35.0, 968.0), (121.2, 31.46, 32.0, 973.0),
    (120.9, 31.62, 28.0, 979.0), (120.6, 31.78, 25.0, 984.0), (120.3, 31.95, 23.0, 988.0),
)  # fmt: skip


def track_folder(home: Path) -> Path:
    """Return the folder of stored tracks."""
    return home / "tracks"


def design_track() -> Track:
    """Return the synthetic track, hour by hour."""
    points = [
        TrackPoint(time=_FIRST + timedelta(hours=n), lon=lon, lat=lat, vmax_ms=vmax, pmin_hpa=pmin)
        for n, (lon, lat, vmax, pmin) in enumerate(_DESIGN)
    ]
    return Track("设计台风（样例，虚构）", tuple(points), 120.0, name_en="Design typhoon (made up)")


def tracks(home: Path) -> dict[str, Track]:
    """Return the stored tracks and the synthetic one by id; a file that cannot be read as a track is left out."""
    by_id = {SYNTHETIC: design_track()}
    for path in sorted(track_folder(home).glob("*")):
        try:
            by_id[path.stem] = read_track(path)
        except SourceError:
            continue
    return by_id


def track_of(home: Path, track_id: str) -> Track:
    """Return a stored track, or raise NotFound."""
    by_id = tracks(home)
    if track_id not in by_id:
        raise NotFound(f"there is no track {track_id!r}; use {', '.join(by_id)}, or add one: twin wind track FILE")
    return by_id[track_id]


def title_of(track: Track) -> Title:
    """Return the title of a track."""
    return Title(track.name, track.name_en or track.name)
