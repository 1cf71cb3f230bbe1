"""Drafts tasks from a pre-plan and the impacts of a run; a person confirms, reassigns or drops them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from layers.errors import ParameterError
from layers.grades import Grade
from layers.title import Title
from twin.hazard import Impact, Level, rank
from twin.preplans.plan import Measure, Plan

# A title names at most so many things; the task has the keys of all.
_NAMED = 3


@dataclass(frozen=True)
class TaskDraft:
    """A task as the plan proposes it; times are aware and in UTC.

    ``objects`` are the keys of the things it is about, the worst first, empty for a task for the whole district.
    ``owner`` and ``phone`` are filled where all of them have the same. ``depends_on`` are ids of measures.
    """

    measure: str
    title: Title
    objects: tuple[str, ...]
    level: Level
    order: int
    deadline: datetime
    responsible: str  # id of a role of the plan
    department: Title
    owner: str
    phone: str
    reason: Title
    people: float
    screening: bool
    depends_on: tuple[str, ...]
    grade: Grade = Grade.OPEN  # the highest of the things that it is about


def draft_tasks(
    plan: Plan, response_level: Level, impacts: Iterable[Impact], issued: datetime, onset: datetime | None = None
) -> tuple[TaskDraft, ...]:
    """Return the tasks of a response level, in the plan's order and the worst first.

    A measure makes one task per object, street or owner, or one for the district, as the plan specifies: five
    hundred trees become one task per street. ``issued`` and ``onset`` (None where unknown) are aware.
    """
    for name, instant in (("issued", issued), ("onset", onset)):
        if instant is not None and instant.tzinfo is None:
            raise ParameterError(name, f"{instant.isoformat()} has no offset from UTC")
    ordered, drafts = rank(impacts), []
    for measure in plan.measures:
        if response_level is Level.NONE or measure.response > response_level:
            continue
        deadline = measure.deadline.at(issued, onset).astimezone(UTC)
        for place, members in _groups(measure, ordered):
            drafts.append(_draft(plan, measure, deadline, (place, members), response_level))
    return tuple(sorted(drafts, key=lambda task: (task.order, -task.level, task.measure)))


def _groups(measure: Measure, impacts: Sequence[Impact]) -> list[tuple[str, tuple[Impact, ...]]]:
    """Return what each task is about: the name of its place or owner, and its impacts."""
    concerned = [impact for impact in impacts if measure.applies(impact)]
    if not measure.kinds or measure.group == "district":
        return [("", tuple(concerned))] if concerned or not measure.kinds else []
    groups: dict[str, list[Impact]] = defaultdict(list)
    for impact in concerned:
        groups[_group_key(measure, impact)].append(impact)
    has_place = measure.group != "object"
    return [(key if has_place else "", tuple(members)) for key, members in groups.items()]


def _group_key(measure: Measure, impact: Impact) -> str:
    if measure.group == "street":
        return _street(impact) or impact.owner
    return impact.owner if measure.group == "owner" else impact.key


def _street(impact: Impact) -> str:
    """Return the street a thing is in; a street that is itself at risk is its own."""
    return str(impact.evidence.get("street") or (impact.name if impact.kind == "street" else ""))


def _draft(
    plan: Plan, measure: Measure, deadline: datetime, group: tuple[str, tuple[Impact, ...]], response: Level
) -> TaskDraft:
    place, members = group
    return TaskDraft(
        measure=measure.id,
        title=_title(measure, place, members),
        objects=tuple(impact.key for impact in members),
        level=max((impact.level for impact in members), default=response),
        order=measure.order,
        deadline=deadline,
        responsible=measure.responsible,
        department=plan.roles[measure.responsible],
        owner=_common([impact.owner for impact in members]),
        phone=_common([impact.phone for impact in members]),
        reason=_reason(members, response),
        people=sum(impact.people for impact in members),
        screening=any(impact.screening for impact in members),
        depends_on=measure.depends_on,
        grade=max((impact.grade for impact in members), default=Grade.OPEN),
    )


def _common(values: Sequence[str]) -> str:
    """Return the value that all have, or an empty text."""
    return values[0] if values and len(set(values)) == 1 else ""


def _title(measure: Measure, place: str, members: Sequence[Impact]) -> Title:
    """Write the measure and what it is about: one name, some names, or a place and a count."""
    if not members:
        return measure.title
    names = list(dict.fromkeys(impact.name or impact.key for impact in members))
    if len(members) == 1:
        return Title(f"{measure.title.zh}：{names[0]}", f"{measure.title.en}: {names[0]}")
    if place:
        zh, en = f"{place}（{len(members)} 处）", f"{place} ({len(members)})"
    else:
        listed = names[:_NAMED]
        zh, en = f"{'、'.join(listed)}等 {len(members)} 处", f"{', '.join(listed)} ({len(members)})"
    return Title(f"{measure.title.zh}：{zh}", f"{measure.title.en}: {en}")


def _reason(members: Sequence[Impact], response: Level) -> Title:
    """Write the reason of a task: the sentence of the worst impact, and the count."""
    if not members:
        return Title(f"{response.response} 级响应启动", f"response {response.response} is in force")
    worst = members[0]
    sentence, name = worst.sentence(), worst.name or worst.key
    if len(members) == 1:
        return sentence
    return Title(
        f"{len(members)} 处，最高{worst.level.title.zh}；最重：{name}，{sentence.zh}",
        f"{len(members)} in all, {worst.level.title.en} at worst: {name}, {sentence.en}",
    )
