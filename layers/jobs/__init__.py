"""Long work: kept in a queue on PostgreSQL, done by a worker, watched and cancelled by people."""

from layers.jobs.loads import LOAD, load_kind, submit_load
from layers.jobs.queue import JobKind, submit
from layers.jobs.record import FINAL, Job, cancel, job, jobs
from layers.jobs.worker import Periodic, run_worker

__all__ = [
    "FINAL",
    "LOAD",
    "Job",
    "JobKind",
    "Periodic",
    "cancel",
    "job",
    "jobs",
    "load_kind",
    "run_worker",
    "submit",
    "submit_load",
]
