"""Background jobs: queued in PostgreSQL, run by a worker, observed and cancelled by users."""

from layers.ops.jobs.progress import Progress, Silent
from layers.ops.jobs.queue import JobKind, enqueue, submit
from layers.ops.jobs.record import FINAL, Job, State, cancel, job, jobs
from layers.ops.jobs.work import Work
from layers.ops.jobs.worker import Periodic, run_worker

__all__ = [
    "FINAL",
    "Job",
    "JobKind",
    "Periodic",
    "Progress",
    "Silent",
    "State",
    "Work",
    "cancel",
    "enqueue",
    "job",
    "jobs",
    "run_worker",
    "submit",
]
