"""A database that is away for a moment is waited for."""

import logging
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy.exc import DBAPIError

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0


def outlast(act: Callable[[], None], stopping: threading.Event) -> bool:
    """Do what needs the database, again while it does not answer, until ``stopping``; tell whether it is done."""
    pause = _FIRST_PAUSE_S
    while True:
        try:
            act()
        except (psycopg.OperationalError, psycopg.InterfaceError, DBAPIError, TimeoutError) as error:
            if isinstance(error, DBAPIError) and not _is_outage(error):
                raise
            _LOG.warning("waiting %.1f s: %s", pause, str(error).strip().partition("\n")[0])
        else:
            return True
        if stopping.wait(pause):
            return False
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def _is_outage(error: DBAPIError) -> bool:
    return error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError | psycopg.InterfaceError)
