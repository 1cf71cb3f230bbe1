"""From readings to rows: the one way by which observations come in, whatever door they came through."""

from twin.sensing.ingest.batch import MOST_READINGS, Outcome, ingest, reason_against

__all__ = ["MOST_READINGS", "Outcome", "ingest", "reason_against"]
