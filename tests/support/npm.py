"""Programs from the npm registry that tests hold what we make against; kept for the next run, beside the databases."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

KEPT = Path(__file__).parents[1] / "prepared"
_PATIENCE_S = 240


def npm_folder(*packages: str) -> Path:
    """Return a folder with these packages in its node_modules; skips the test where they cannot be fetched."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip(f"{packages[0]} comes by npm, which is not on this machine")
    KEPT.mkdir(exist_ok=True)
    folder = KEPT / f"npm-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}"
    with (KEPT / "npm.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not folder.exists() and not _fetched(folder, packages):
            pytest.skip(f"{', '.join(packages)} cannot be fetched from the npm registry")
    return folder


def run_node(folder: Path, script: str, *arguments: str) -> str:
    """Run a module (ESM) that may import the packages of a folder, and return what it prints."""
    name = hashlib.sha256(script.encode()).hexdigest()[:12]
    path = folder / f"{name}.mjs"
    if not path.exists():
        # Whole or not at all: other processes may run it.
        part = folder / f"{name}.{os.getpid()}.part"
        part.write_text(script, encoding="utf-8")
        part.rename(path)
    done = subprocess.run(
        ["node", path, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _fetched(folder: Path, packages: tuple[str, ...]) -> bool:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    (part / "package.json").write_text("{}", encoding="utf-8")
    ask = [
        "npm",
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--fetch-retries=0",
        "--fetch-timeout=20000",
        *packages,
    ]
    try:
        fetched = subprocess.run(ask, cwd=part, capture_output=True, check=False, timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        return False
    if fetched.returncode:
        return False
    part.rename(folder)
    return True
