"""One answer of the doctor."""

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is (ok, warn or fail), in words, and the way out where there has to be one."""

    check: str
    status: str
    message: str
    remedy: str = ""


def ok(check: str, message: str) -> Finding:
    """Return that all is well."""
    return Finding(check, OK, message)


def warn(check: str, message: str, remedy: str) -> Finding:
    """Return something that works, but not for long, or not for everything."""
    return Finding(check, WARN, message, remedy)


def fail(check: str, message: str, remedy: str) -> Finding:
    """Return something that keeps the product from working."""
    return Finding(check, FAIL, message, remedy)
