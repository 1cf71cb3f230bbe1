"""COPY over several connections at once: the server works on each in a process of its own."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import psycopg
from psycopg import sql

from layers.intake.ingest.stage import copy_columns

Connection = psycopg.Connection[Any]


class ParallelCopy:
    """Connections that append rows to one table, each in its own transaction and for nothing else meanwhile."""

    def __init__(self, connections: Sequence[Connection], table: sql.Composable) -> None:
        """Start with all connections idle."""
        self._connections = connections
        self._table = table
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            self._idle.put(connection)
        self._pool = ThreadPoolExecutor(len(connections), thread_name_prefix="copy")
        self._works: list[Future[None]] = []

    def put(self, columns: Any) -> None:
        """Append the rows of a record batch once a connection is idle; raises the errors of earlier batches."""
        connection = self._idle.get()
        self._check()
        self._works.append(self._pool.submit(self._copy, connection, columns))

    def finish(self) -> None:
        """Wait for all rows, and commit them."""
        self._pool.shutdown()
        self._check()
        for connection in self._connections:
            connection.commit()

    def stop(self) -> None:
        """Roll back what is not committed."""
        self._pool.shutdown(cancel_futures=True)
        for connection in self._connections:
            connection.rollback()

    def _copy(self, connection: Connection, columns: Any) -> None:
        try:
            with connection.cursor() as cursor:
                copy_columns(cursor, self._table, columns)
        finally:
            self._idle.put(connection)

    def _check(self) -> None:
        for work in [work for work in self._works if work.done()]:
            self._works.remove(work)
            work.result()
