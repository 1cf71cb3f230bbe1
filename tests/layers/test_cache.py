import asyncio
from dataclasses import dataclass

import pytest

from layers.cache import ByteCache


@dataclass(frozen=True)
class Body:
    nbytes: int


def test_the_entries_used_last_are_kept_within_the_bytes() -> None:
    cache: ByteCache[Body] = ByteCache(100)
    for name in "abc":
        cache.put(name, Body(40))
        cache.get("a")
    assert cache.get("a") is not None
    assert cache.get("b") is None
    assert cache.get("c") is not None
    assert cache.nbytes == 80


def test_replacing_an_entry_does_not_count_it_twice() -> None:
    cache: ByteCache[Body] = ByteCache(100)
    for size in (10, 90, 20):
        cache.put("a", Body(size))
    assert cache.nbytes == 20


def test_nothing_is_kept_without_room() -> None:
    cache: ByteCache[Body] = ByteCache(0)
    cache.put("a", Body(1))
    assert len(cache) == 0


def test_callers_who_come_together_share_one_production() -> None:
    made = 0

    async def produce() -> Body:
        nonlocal made
        made += 1
        await asyncio.sleep(0.01)
        return Body(1)

    async def come() -> list[Body]:
        cache: ByteCache[Body] = ByteCache(10)
        return await asyncio.gather(*(cache.once("a", produce) for _ in range(5)))

    bodies = asyncio.run(come())
    assert made == 1
    assert bodies == [Body(1)] * 5


def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    async def fail() -> Body:
        await asyncio.sleep(0.01)
        raise RuntimeError("no database")

    async def succeed() -> Body:
        return Body(1)

    async def come() -> Body:
        cache: ByteCache[Body] = ByteCache(10)
        waited = await asyncio.gather(*(cache.once("a", fail) for _ in range(3)), return_exceptions=True)
        assert [str(error) for error in waited] == ["no database"] * 3
        return await cache.once("a", succeed)

    assert asyncio.run(come()) == Body(1)


def test_a_caller_who_leaves_does_not_stop_the_work_for_the_others() -> None:
    async def produce() -> Body:
        await asyncio.sleep(0.02)
        return Body(7)

    async def come() -> Body:
        cache: ByteCache[Body] = ByteCache(10)
        first = asyncio.create_task(cache.once("a", produce))
        second = asyncio.create_task(cache.once("a", produce))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(come()) == Body(7)
