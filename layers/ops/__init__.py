"""Operations: the database cluster, backup, restore, upgrade, diagnosis, jobs."""

from layers.ops.account import Account, account_for, make_open_folder
from layers.ops.backup_writer import backup, default_name
from layers.ops.cluster import Cluster
from layers.ops.connect import open_database
from layers.ops.doctor import FAIL, Finding, examine
from layers.ops.doctor.finding import fail, ok, warn
from layers.ops.inventory import database_bytes, database_stats, datasets, layer_counts, server_versions
from layers.ops.major_upgrade import plan_upgrade, upgrade
from layers.ops.process import Process, process_of, wait_until
from layers.ops.restoration import restore
from layers.ops.retention import Retention, prune
from layers.ops.target import target_of

__all__ = [
    "FAIL",
    "Account",
    "Cluster",
    "Finding",
    "Process",
    "Retention",
    "account_for",
    "backup",
    "database_bytes",
    "database_stats",
    "datasets",
    "default_name",
    "examine",
    "fail",
    "layer_counts",
    "make_open_folder",
    "ok",
    "open_database",
    "plan_upgrade",
    "process_of",
    "prune",
    "restore",
    "server_versions",
    "target_of",
    "upgrade",
    "wait_until",
    "warn",
]
