"""Threads: the pools of Numba and BLAS compete for the cores, so BLAS uses one thread within each of ours."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numba
from threadpoolctl import ThreadpoolController


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@lru_cache(maxsize=8)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="wind")


def one_blas_thread() -> Any:
    """Return a context in which BLAS computes with one thread."""
    return _controller().limit(limits=1, user_api="blas")


def run_in_parts(work: Callable[[slice], object], n: int) -> None:
    """Run ``work`` over 0..n, in as many parallel parts as Numba has threads."""
    threads = min(numba.get_num_threads(), n)
    if threads == 1:
        work(slice(0, n))
        return
    edges = [n * part // threads for part in range(threads + 1)]
    # list() waits for all, and raises what one of them raised.
    list(_pool(threads).map(work, [slice(a, b) for a, b in pairwise(edges)]))
