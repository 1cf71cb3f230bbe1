"""Follows the database for all listeners of this process: one look a second, while there are any.

A look is one snapshot: who the listeners are now, what they watch, what was written since the look before, and that as
each of them may see it. What is pushed has passed the same row filter as what is asked for.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator

import psycopg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.identity import Headers, Identity
from api.live.alarms import ALARMS, alarms_of
from api.live.listener import EVERY_S, Json, Listener
from layers import temporal
from layers.access import Decision, Principal, decide
from layers.errors import Unauthenticated, Unavailable
from layers.registry import Registry
from layers.temporal import rfc3339
from twin.catalog.datastreams import LAYER as DATASTREAMS
from twin.sensing.live import (
    MOST_WATCHED,
    Watch,
    changed_statement,
    shown_statement,
    standing_statement,
    watched_statement,
)

log = logging.getLogger("twin.api")
_RETRY_S = 2.0
_SIGNED_OUT = "who asked is no longer signed in"
_STOPPING = "the server stops; ask again in a moment"


class Follower:
    """The listeners of this process, and the task that looks for them."""

    def __init__(self, engine: AsyncEngine, identity: Identity, registry: Registry, most: int, most_each: int) -> None:
        """Look with ``engine``; at most ``most`` listeners, and of one client ``most_each``."""
        self._engine = engine
        self._identity = identity
        self._registry = registry
        self._most = most
        self._most_each = most_each
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._come = asyncio.Event()
        self._closed = False
        self._horizon = 0
        self._marks: dict[int, str] = {}

    @property
    def count(self) -> int:
        """Return how many listen."""
        return len(self._listeners)

    @contextlib.contextmanager
    def listening(self, watch: Watch, headers: Headers, principal: Principal, client: str) -> Iterator[Listener]:
        """Lend a listener; raises Unavailable when there are too many."""
        self.require_room(client)
        listener = Listener(watch, headers, principal, client)
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        self._come.set()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self._come.set()

    def require_room(self, client: str) -> None:
        """Raise Unavailable when no more may listen."""
        if self._closed:
            raise Unavailable(_STOPPING)
        if len(self._listeners) >= self._most:
            raise Unavailable(f"{self._most} streams of changes are open already; try again in a moment")
        if Counter(listener.client for listener in self._listeners)[client] >= self._most_each:
            raise Unavailable(f"{self._most_each} streams of changes of yours are open already; close one of them")

    def close(self) -> None:
        """End all listeners, and take no more."""
        self._closed = True
        for listener in self._listeners:
            listener.end(_STOPPING, stopping=True)

    async def _follow(self) -> None:
        """Look once a second, and at once for whoever comes, as long as somebody listens."""
        self._horizon, self._marks = 0, {}
        while self._listeners:
            self._come.clear()
            pause = EVERY_S
            try:
                await self._look()
            except (psycopg.Error, SQLAlchemyError, TimeoutError) as error:
                log.warning("changes of readings cannot be read: %s", str(error).strip())
                pause = self._begin_anew()
            except Exception:
                log.exception("changes of readings cannot be told")
                pause = self._begin_anew()
            await self._pause(pause)

    def _begin_anew(self) -> float:
        """Have all that is watched told at the next look; returns after how many seconds that is."""
        for listener in self._listeners:
            listener.version, listener.untold = None, True
        return _RETRY_S

    async def _pause(self, seconds: float) -> None:
        """Wait, but not when somebody has come; several who come together are looked for at once."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._come.wait(), seconds)
            await asyncio.sleep(EVERY_S / 10)

    async def _look(self) -> None:
        listeners = [listener for listener in list(self._listeners) if await self._is_known(listener)]
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            standing = (await connection.execute(standing_statement(ALARMS))).one()
            fresh = {one: await self._members(connection, one, standing.version) for one in listeners}
            changed = await self._changed(connection, listeners, frozenset().union(*fresh.values()))
            await self._tell(connection, fresh, changed)
        self._horizon = standing.horizon
        for listener in listeners:
            listener.untold = False

    async def _is_known(self, listener: Listener) -> bool:
        """Tell whether who asked is still who they were; what they may see can have changed."""
        before = listener.principal
        try:
            listener.principal = await self._identity.of(listener.headers)
        except Unauthenticated:
            listener.end(_SIGNED_OUT)
        if listener.principal.name != before.name:
            listener.end(_SIGNED_OUT)
        if listener.principal != before:
            listener.version = None
        return listener.ended is None

    async def _members(self, connection: AsyncConnection, listener: Listener, version: str) -> frozenset[int]:
        """Look up what a listener watches where that can have changed; returns those that were not watched before."""
        if listener.version == version:
            return frozenset()
        statement = watched_statement(listener.watch, _decision(listener), temporal.now())
        found = (await connection.execute(statement)).scalars().all()
        members = frozenset(found[:MOST_WATCHED])
        if len(found) > MOST_WATCHED:
            listener.tell("cut", {"datastreams": MOST_WATCHED})
        new = members if listener.untold else members - listener.members
        gone = listener.members - members
        listener.withdraw(gone)
        listener.members, listener.version = members, version
        await self._tell_alarms(connection, listener)
        return new

    async def _tell_alarms(self, connection: AsyncConnection, listener: Listener) -> None:
        """Tell of all alarms of what a listener watches, where they are others than it was told of."""
        if ALARMS not in self._registry:
            return
        layer = self._registry.get(ALARMS)
        decision = decide(listener.principal, "read", layer)
        found = await alarms_of(connection, layer, decision, listener) if decision.allowed else []
        if found != listener.alarms:
            listener.alarms = found
            listener.tell("alarms", found)

    async def _changed(
        self, connection: AsyncConnection, listeners: Iterable[Listener], fresh: frozenset[int]
    ) -> frozenset[int]:
        """Return which of all that are watched were written since the last look."""
        watched = frozenset().union(*(listener.members for listener in listeners))
        if not watched:
            return frozenset()
        rows = await connection.execute(changed_statement(watched, fresh, self._horizon))
        marks = {int(row.datastream): str(row.mark) for row in rows}
        changed = frozenset(number for number, mark in marks.items() if self._marks.get(number) != mark)
        self._marks = {number: mark for number, mark in self._marks.items() if number in watched} | marks
        return changed

    async def _tell(
        self, connection: AsyncConnection, fresh: dict[Listener, frozenset[int]], changed: frozenset[int]
    ) -> None:
        """Give listeners what changed of what they watch, as those of one decision see it."""
        scopes: dict[str, list[Listener]] = {}
        for listener in fresh:
            scopes.setdefault(_decision(listener).scope, []).append(listener)
        for alike in scopes.values():
            wanted = {one: (changed & one.members) | fresh[one] for one in alike}
            shown = await _shown(connection, frozenset().union(*wanted.values()), _decision(alike[0]))
            for one, numbers in wanted.items():
                one.offer([shown[number] for number in sorted(numbers) if number in shown])


async def _shown(connection: AsyncConnection, numbers: frozenset[int], decision: Decision) -> dict[int, Json]:
    """Return readings by their datastreams, as a decision shows them."""
    if not numbers:
        return {}
    rows = await connection.execute(shown_statement(numbers, decision, temporal.now()))
    return {row.datastream: reading_json({str(name): value for name, value in row._mapping.items()}) for row in rows}


def reading_json(fields: Json) -> Json:
    """Return a reading as it is sent."""
    result, other = fields.pop("result"), fields.pop("result_json")
    return fields | {"result": other if result is None else result, "time": rfc3339(fields["time"])}


def _decision(listener: Listener) -> Decision:
    return decide(listener.principal, "read", DATASTREAMS)
