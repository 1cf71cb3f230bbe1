"""Tasks that runs drafted, and decisions on them."""

from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from api.authorise import authorise
from api.body import TheBody, documented, json_of
from api.deps import Number, TheAppState, ThePrincipal
from api.links import JSON
from layers.access import require
from twin.runs import tasks
from twin.runs.request import parameter_error

ROUTER = APIRouter(tags=["tasks"])


class TaskRequest(BaseModel):
    """A decision on a task."""

    model_config = ConfigDict(extra="forbid")

    action: str
    note: str = ""
    owner: str | None = None
    phone: str | None = None
    deadline: AwareDatetime | None = None


@ROUTER.get("/tasks/{number}", summary="One task")
def show_task(number: Number, app_state: TheAppState, principal: ThePrincipal) -> dict[str, Any]:
    """Return a task and its events."""
    return tasks.show(app_state.database, number, require(principal, "read", "tasks"))


@ROUTER.post(
    "/tasks/{number}",
    summary="Decide on a task",
    openapi_extra=documented(
        JSON, description="action (confirm, reassign, start, done, drop, report), note, owner, phone, deadline"
    ),
)
def decide_task(number: Number, app_state: TheAppState, principal: ThePrincipal, body: TheBody) -> dict[str, Any]:
    """Confirm, reassign, start, finish or drop a task, or report on it; the answer is the task as it is then."""
    body_json = json_of(body)
    action = str(body_json.get("action")) if isinstance(body_json, dict) else ""
    authorise(app_state, principal, "write", "tasks", {"task": number, "action": action[:40]})
    try:
        task_request = TaskRequest.model_validate(body_json)
    except ValidationError as error:
        raise parameter_error(error) from error
    act = tasks.TaskDecision(
        task_request.action,
        principal.name,
        task_request.note,
        task_request.owner,
        task_request.phone,
        task_request.deadline,
    )
    tasks.do(app_state.database, number, act, require(principal, "read", "tasks"))
    return show_task(number, app_state, principal)
