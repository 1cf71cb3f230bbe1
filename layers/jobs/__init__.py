"""Long work: kept in a queue on PostgreSQL, done by a worker, watched and cancelled by people."""

from layers.jobs.loads import LOAD, submit_load
from layers.jobs.queue import JobKind, submit
from layers.jobs.record import Job, cancel, job, jobs
from layers.jobs.worker import run_worker

__all__ = ["LOAD", "Job", "JobKind", "cancel", "job", "jobs", "run_worker", "submit", "submit_load"]
