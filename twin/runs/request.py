"""Reads and validates the request of a run; errors name the parameter."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from layers.errors import InputError, ParameterError
from twin.runs.check import to_json
from twin.runs.record import RunRequest, default_title
from twin.scenario import Scenario

LONGEST_TITLE = 200


def read_request(scenario: Scenario[Any], document: object) -> BaseModel:
    """Return the scenario's parameters from JSON; raises ParameterError that names the first one that is wrong."""
    if not isinstance(document, Mapping):
        raise InputError(f"the request of scenario {scenario.id} is a JSON object, such as {{}}")
    to_json("request", document)
    _refuse_unknown(scenario, document)
    try:
        parameters: BaseModel = scenario.parameters.model_validate(document)
    except ValidationError as error:
        raise parameter_error(error) from error
    return parameters


def as_json(request: BaseModel) -> dict[str, Any]:
    """Return parameters as the JSON that they are read from again."""
    return request.model_dump(mode="json", by_alias=True)


def parameter_error(error: ValidationError) -> ParameterError:
    """Return pydantic's first error as a ParameterError."""
    complaint = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in complaint["loc"]) or "request"
    return ParameterError(place, str(complaint["msg"]))


def _refuse_unknown(scenario: Scenario[Any], document: Mapping[str, Any]) -> None:
    fields = scenario.parameters.model_fields
    names = {*fields, *(field.alias for field in fields.values() if field.alias)}
    unknown = sorted(str(name) for name in document if name not in names)
    if unknown:
        raise ParameterError(unknown[0], f"scenario {scenario.id} has no such parameter; it has {', '.join(fields)}")


def run_request(
    scenario: Scenario[Any],
    document: object,
    principal: str,
    *,
    title: str | None = None,
    parent: int | None = None,
    show: bool = False,
) -> RunRequest:
    """Return the run that a JSON document requests; without a title it has the scenario's and the time."""
    own_title = (title or "").strip()
    if len(own_title) > LONGEST_TITLE or "\0" in own_title:
        raise ParameterError("title", f"is longer than {LONGEST_TITLE} characters, or contains the character NUL")
    request = as_json(read_request(scenario, document))
    return RunRequest(scenario.id, own_title or default_title(scenario.title.zh), principal, request, parent, show)
