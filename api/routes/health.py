"""Liveness, readiness and metrics."""

from fastapi import APIRouter, Response
from sqlalchemy import text

from api.deps import TheAppState
from api.metrics import exposition
from api.schemas import all_schemas
from layers.errors import Unavailable
from layers.store import current_revisions, newest_revisions, written

ROUTER = APIRouter(tags=["health"])


@ROUTER.get("/healthz", summary="Is the process alive?")
async def alive() -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "ok"}


@ROUTER.get("/readyz", summary="Can it answer?")
async def ready(app_state: TheAppState) -> dict[str, object]:
    """Answer 200 when the database answers and is migrated."""
    async with app_state.reading() as connection:
        await connection.execute(text("SELECT 1"))
        present, needed = await connection.run_sync(current_revisions), newest_revisions(all_schemas())
    if present != needed:
        raise Unavailable(
            f"the database is at revision {written(present)}, the program needs {written(needed)}; run twin up"
        )
    return {"status": "ok", "revision": written(present), "layers": len(app_state.registry)}


@ROUTER.get("/metrics", summary="Figures for Prometheus")
def metrics() -> Response:
    """Return counters in Prometheus' text form."""
    return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
