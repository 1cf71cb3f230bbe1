"""Tasks that runs drafted: decided, begun, done."""

from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from api.admission import admit
from api.body import TheBody, documented, json_of
from api.deps import Number, TheHouse, ThePrincipal
from api.links import JSON
from layers.access.decide import require
from twin.runs import tasks
from twin.runs.request import parameter_error

ROUTER = APIRouter(tags=["tasks"])


class Wanted(BaseModel):
    """What somebody wants done to a task."""

    model_config = ConfigDict(extra="forbid")

    action: str
    note: str = ""
    owner: str | None = None
    phone: str | None = None
    deadline: AwareDatetime | None = None


@ROUTER.get("/tasks/{number}", summary="One task")
def show_task(number: Number, house: TheHouse, principal: ThePrincipal) -> dict[str, Any]:
    """Return a task and everything that became of it."""
    return tasks.show(house.database, number, require(principal, "read", "tasks"))


@ROUTER.post(
    "/tasks/{number}",
    summary="Decide on a task",
    openapi_extra=documented(
        JSON, description="action (confirm, reassign, start, done, drop, report), note, owner, phone, deadline"
    ),
)
def decide_task(number: Number, house: TheHouse, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Confirm, reassign, start, finish or drop a task, or report on it; the answer is the task as it is then."""
    stated = json_of(body)
    action = str(stated.get("action")) if isinstance(stated, dict) else ""
    admit(house, principal, "write", "tasks", {"task": number, "action": action[:40]})
    try:
        wanted = Wanted.model_validate(stated)
    except ValidationError as error:
        raise parameter_error(error) from error
    deed = tasks.Deed(wanted.action, principal.name, wanted.note, wanted.owner, wanted.phone, wanted.deadline)
    tasks.do(house.database, number, deed, require(principal, "read", "tasks"))
    return show_task(number, house, principal)
