"""PostgreSQL's own settings, sized by the memory of the machine."""

from collections.abc import Mapping
from pathlib import Path

MIB = 1024 * 1024
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


# Better values that not every build of PostgreSQL knows, after the common ones: lz4 compresses page images, of which
# building an index writes many, several times as fast.
PREFERRED = {"wal_compression": ("on", "lz4")}


def memory_bytes(meminfo: Path = Path("/proc/meminfo"), cgroup_limit: Path = CGROUP_LIMIT) -> int:
    """Return the memory that we may use: of the machine, or of the container where that is less."""
    lines = meminfo.read_text().splitlines()
    machine = next(int(line.split()[1]) for line in lines if line.startswith("MemTotal:")) * 1024
    try:
        return min(machine, int(cgroup_limit.read_text()))
    except (OSError, ValueError):  # no control groups, or the limit is the word "max"
        return machine


def memory_settings(memory: int) -> dict[str, str]:
    """Return settings for a machine with ``memory`` bytes that also runs the web processes."""
    shared = min(max(memory // 4, 64 * MIB), 1024 * MIB)
    return {
        "shared_buffers": f"{shared // MIB}MB",
        "effective_cache_size": f"{max(memory // 2, 128 * MIB) // MIB}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 64 * MIB), 512 * MIB) // MIB}MB",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        # The tables are on solid state disks: a page out of order costs hardly more than the next one.
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        # Compiling a plan takes longer than any tile.
        "jit": "off",
        "track_io_timing": "on",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "lc_messages": "C.UTF-8",
    }


def log_settings(folder: Path) -> dict[str, str]:
    """Return settings that keep a week of logs in ``folder``, one file for each weekday."""
    return {
        "logging_collector": "on",
        "log_directory": str(folder),
        "log_filename": "postgres-%a.log",
        "log_rotation_age": "1d",
        "log_truncate_on_rotation": "on",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_lock_waits": "on",
        "log_min_duration_statement": "10s",
    }


def listen_settings(sockets: Path, port: int, tcp: bool) -> dict[str, str]:
    """Return settings that open a Unix socket in ``sockets``, and a loopback TCP port where ``tcp`` asks for it."""
    return {
        "unix_socket_directories": str(sockets),
        "port": str(port),
        "listen_addresses": "127.0.0.1" if tcp else "",
    }


def configuration(settings: Mapping[str, str]) -> str:
    """Return the text of a configuration file."""
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    return "\n".join(["# Written by twin at every start; ALTER SYSTEM overrules it.", *lines, ""])
