"""COPY over several connections at once: the server works on each in a process of its own."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import psycopg
from psycopg import sql

from layers.ingest.stage import copy_columns

Connection = psycopg.Connection[Any]


class Lanes:
    """Connections that append rows to one table, each in its transaction; meanwhile they serve nothing else."""

    def __init__(self, connections: Sequence[Connection], table: sql.Composable) -> None:
        """Begin with all of them idle."""
        self._connections = connections
        self._table = table
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            self._idle.put(connection)
        self._pool = ThreadPoolExecutor(len(connections), thread_name_prefix="lane")
        self._works: list[Future[None]] = []

    def put(self, columns: Any) -> None:
        """Append the rows of a record batch as soon as a lane is free; raises what became of earlier ones."""
        connection = self._idle.get()
        self._check()
        self._works.append(self._pool.submit(self._copy, connection, columns))

    def finish(self) -> None:
        """Wait for all rows, and let others see them."""
        self._pool.shutdown()
        self._check()
        for connection in self._connections:
            connection.commit()

    def stop(self) -> None:
        """Take back what others cannot see yet."""
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
