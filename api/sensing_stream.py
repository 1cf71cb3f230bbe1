"""A body of observations, kept batch by batch as it comes: no more is read while a batch is being kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from layers.errors import InputError
from twin.sensing.files.keeper import Keeper
from twin.sensing.files.series import Line
from twin.sensing.lines import LineReader

BATCH = 5000
# What has come is kept after so long, however slowly more of it comes.
_PAUSE_S = 1.0


async def keep_stream(pieces: AsyncIterator[bytes], reader: LineReader, keeper: Keeper) -> None:
    """Keep all lines of a body. Raises InputError, after keeping what came before, where it cannot be read on."""
    coming = asyncio.ensure_future(anext(pieces, None))
    try:
        while True:
            await asyncio.wait({coming}, timeout=_PAUSE_S)
            if not coming.done():
                await asyncio.to_thread(keeper.keep)
                continue
            piece = coming.result()
            if piece is None:
                break
            await _take(reader.feed(piece), keeper)
            coming = asyncio.ensure_future(anext(pieces, None))
        await _take(reader.finish(), keeper)
    except InputError as error:
        await asyncio.to_thread(keeper.keep)
        tally = keeper.tally
        told = f"{error}; of {tally.read} observations before, {tally.kept} were kept and {tally.known} known"
        raise InputError(told) from error
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
    await asyncio.to_thread(keeper.keep)


async def _take(lines: Sequence[Line], keeper: Keeper) -> None:
    for line in lines:
        keeper.take(line)
        if len(keeper) >= BATCH:
            await asyncio.to_thread(keeper.keep)
