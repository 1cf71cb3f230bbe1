"""What can go wrong, in one small tree.

No class here knows HTTP: ``api.errors`` maps each of them to a status once.

::

    TwinError                 anything this product reports on purpose
    ├── InputError            input cannot be used; the message names the place
    │   ├── ParameterError    one request parameter or command option (``parameter``)
    │   └── SourceError       a file, or a row of it (``path``, ``place``)
    ├── NotFound              nothing has that name or number
    ├── Unauthenticated       a token is missing, unknown or expired
    ├── Forbidden             the principal is known and may not
    ├── Conflict              the state of things does not allow it
    │   └── Cancelled         the work was cancelled on request
    └── Unavailable           a dependency is missing or down; the message says what to do
        ├── ClusterError      the private PostgreSQL cluster
        └── DatabaseError     a database server that does not answer as it should
"""


class TwinError(Exception):
    """Anything that this product reports on purpose; ``str()`` of it is a sentence for a person."""


class InputError(TwinError):
    """Input cannot be used."""


class ParameterError(InputError):
    """One request parameter or command option cannot be used."""

    def __init__(self, parameter: str, message: str) -> None:
        """Take the ``message`` on ``parameter``."""
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter


class SourceError(InputError):
    """A file, or one place in it, cannot be used."""

    def __init__(self, path: str, message: str, place: str | None = None) -> None:
        """Take the ``message`` on ``path``, at ``place`` (a layer, row or byte) where it is known."""
        where = f"{path}, {place}" if place else path
        super().__init__(f"{where}: {message}")
        self.path = path
        self.place = place


class NotFound(TwinError):
    """Nothing has that name or number."""


class Unauthenticated(TwinError):
    """A token is missing, unknown or expired."""


class Forbidden(TwinError):
    """The principal is known and may not."""


class Conflict(TwinError):
    """The state of things does not allow it."""


class Cancelled(Conflict):
    """The work was cancelled on request."""


class Unavailable(TwinError):
    """A dependency is missing or down; the message says what to do."""


class ClusterError(Unavailable):
    """The private PostgreSQL cluster cannot be made, started, stopped or upgraded."""


class DatabaseError(Unavailable):
    """A database server does not answer as it should."""
