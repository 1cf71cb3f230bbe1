"""The result of one check."""

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Finding:
    """The result of a check: its name, status (ok, warn or fail), message, and the remedy where one is needed."""

    check: str
    status: str
    message: str
    remedy: str = ""


def ok(check: str, message: str) -> Finding:
    """Return a finding without a problem."""
    return Finding(check, OK, message)


def warn(check: str, message: str, remedy: str) -> Finding:
    """Return a problem that does not yet keep the product from working."""
    return Finding(check, WARN, message, remedy)


def fail(check: str, message: str, remedy: str) -> Finding:
    """Return a problem that keeps the product from working."""
    return Finding(check, FAIL, message, remedy)
