"""What somebody asks of a scenario, read and checked; a mistake names the parameter."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from layers.errors import InputError, ParameterError
from twin.runs.check import to_json
from twin.runs.record import Wish, default_title
from twin.scenario import Scenario

LONGEST_TITLE = 200


def read_request(scenario: Scenario[Any], stated: object) -> BaseModel:
    """Return the scenario's parameters from JSON; raises ParameterError that names the first one that is wrong."""
    if not isinstance(stated, Mapping):
        raise InputError(f"the request of scenario {scenario.id} is a JSON object, such as {{}}")
    to_json("request", stated)
    _refuse_unknown(scenario, stated)
    try:
        read: BaseModel = scenario.parameters.model_validate(stated)
    except ValidationError as error:
        raise parameter_error(error) from error
    return read


def as_json(request: BaseModel) -> dict[str, Any]:
    """Return parameters as the JSON that they are read from again."""
    return request.model_dump(mode="json", by_alias=True)


def parameter_error(error: ValidationError) -> ParameterError:
    """Return pydantic's first complaint as one of ours."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "request"
    return ParameterError(place, str(first["msg"]))


def _refuse_unknown(scenario: Scenario[Any], stated: Mapping[str, Any]) -> None:
    fields = scenario.parameters.model_fields
    known = {*fields, *(field.alias for field in fields.values() if field.alias)}
    unknown = sorted(str(name) for name in stated if name not in known)
    if unknown:
        raise ParameterError(unknown[0], f"scenario {scenario.id} has no such parameter; it has {', '.join(fields)}")


def wish_for(
    scenario: Scenario[Any],
    stated: object,
    principal: str,
    *,
    title: str | None = None,
    parent: int | None = None,
    show: bool = False,
) -> Wish:
    """Return the run that somebody asks for in JSON; without a title it has the scenario's and the time."""
    named = (title or "").strip()
    if len(named) > LONGEST_TITLE or "\0" in named:
        raise ParameterError("title", f"it is longer than {LONGEST_TITLE} characters, or holds the character NUL")
    request = as_json(read_request(scenario, stated))
    return Wish(scenario.id, named or default_title(scenario.title.zh), principal, request, parent, show)
