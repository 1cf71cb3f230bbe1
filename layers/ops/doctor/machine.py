"""Checks of the machine: programs, folders, disk, memory, clock."""

import os
import platform
import shutil
import stat
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from layers.errors import ClusterError
from layers.ops.doctor.finding import Finding, fail, ok, warn
from layers.ops.postgres import find_postgres
from layers.ops.tuning import memory_bytes
from layers.settings import MIB, Settings

GIB = 1024 * MIB
FULL_DISK, TIGHT_DISK = GIB // 2, 5 * GIB
TIGHT_MEMORY = 2 * GIB
BUILT_YEAR = 2026  # a clock before it is wrong
LIBRARIES = (
    "sqlalchemy",
    "psycopg",
    "geoalchemy2",
    "fastapi",
    "uvicorn",
    "pyogrio",
    "osmium",
    "pydeck",
    "procrastinate",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CJK_FONTS = ("opentype/noto/NotoSansCJK*", "noto-cjk/*", "google-noto-sans-cjk*/*")


def examine_machine(settings: Settings) -> list[Finding]:
    """Check the machine; no database is needed."""
    home = settings.home.expanduser().absolute()
    return [
        _product(),
        _system(),
        _programs(settings),
        _home(home),
        _disk(home),
        _memory(),
        _clock(),
        *_secrets(home),
        _fonts(),
        _browser(),
    ]


def _product() -> Finding:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return ok("product", f"onemap-twin {version('onemap-twin')} ({libraries})")


def _system() -> Finding:
    cores = len(os.sched_getaffinity(0))
    text = (
        f"Python {platform.python_version()} in {sys.prefix}, {platform.platform()}, {cores} cores, user {os.geteuid()}"
    )
    return ok("system", text)


def _programs(settings: Settings) -> Finding:
    try:
        return ok("programs", str(find_postgres(settings.postgres_bin)))
    except ClusterError as error:
        if settings.database_url is not None:
            return warn("programs", str(error), "backup and restore need PostgreSQL's programs here")
        return fail("programs", str(error), "scripts/bootstrap.sh installs it")


def _home(home: Path) -> Finding:
    if not home.exists():
        return ok("home", f"{home} does not exist yet")
    if not os.access(home, os.W_OK | os.X_OK):
        return fail(
            "home", f"{home} cannot be written by this user", "start with the user that made it, or set TWIN_HOME"
        )
    return ok("home", str(home))


def _disk(home: Path) -> Finding:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    usage = shutil.disk_usage(existing)
    text = f"{usage.free / GIB:.1f} of {usage.total / GIB:.0f} GB free for {home}"
    remedy = "free some space, or set TWIN_HOME to a folder on a larger disk"
    if usage.free < FULL_DISK:
        return fail("disk", text, remedy)
    return warn("disk", text, remedy) if usage.free < TIGHT_DISK else ok("disk", text)


def _memory() -> Finding:
    memory = memory_bytes()
    text = f"{memory / GIB:.1f} GB"
    if memory < TIGHT_MEMORY:
        return warn(
            "memory", text, "at least 2 GB are recommended; set TWIN_WEB_WORKERS=1 and a small TWIN_TILE_CACHE_BYTES"
        )
    return ok("memory", text)


def _clock() -> Finding:
    now = datetime.now(UTC)
    if now.year < BUILT_YEAR:
        return fail(
            "clock",
            f"it is {now:%Y-%m-%d} here, which is in the past",
            "set the clock: recorded times are not corrected later",
        )
    return ok("clock", f"{now:%Y-%m-%dT%H:%M:%SZ}, time zone of the machine {'/'.join(time.tzname)}")


def _secrets(home: Path) -> list[Finding]:
    findings = []
    for name in ("secrets.json", "admin.token"):
        path = home / name
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            findings.append(fail("secrets", f"{path} can be read by others", f"chmod 600 {path}"))
    return findings or [ok("secrets", "passwords and token are readable by their owner only")]


def _fonts() -> Finding:
    if any(any(Path("/usr/share/fonts").glob(pattern)) for pattern in CJK_FONTS):
        return ok("fonts", "Chinese fonts are installed")
    return warn(
        "fonts",
        "no Chinese fonts on this machine; browsers elsewhere are not affected",
        "apt-get install fonts-noto-cjk",
    )


def _browser() -> Finding:
    executable = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if executable:
        return ok("browser", executable)
    return warn("browser", "no Chromium on this machine; only the tests need one", "apt-get install chromium")
