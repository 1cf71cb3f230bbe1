"""Layers of runs: features of one kind, of the shown run or of a given run, at a step or at their worst.

Declaring such a layer declares the kind: features of other kinds could not be shown and are refused.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from sqlalchemy import (
    BindParameter,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.sql.elements import ColumnElement

from layers.base import Column, Layer
from layers.grades import Grade
from layers.temporal import When
from layers.title import Title
from twin.hazard import Level
from twin.store.models import run, run_feature

_LEVELS = tuple((str(int(level)), level.title) for level in Level)
COLUMNS = (
    Column("name", "text", Title("名称", "name")),
    Column("name_en", "text", Title("英文名称", "English name")),
    Column("key", "text", Title("对象", "object"), minzoom=14),
    Column("category", "text", Title("类别", "class")),
    Column("level", "integer", Title("等级", "level"), codes=_LEVELS),
    Column("value", "real", Title("数值", "value")),
    Column("unit", "text", Title("单位", "unit"), minzoom=14),
    Column("base_m", "real", Title("底部高度", "base above ground"), "m"),
    Column("height_m", "real", Title("顶部高度", "top above ground"), "m"),
    Column("rank", "integer", Title("排序", "rank")),
    Column("reason_zh", "text", Title("原因", "reason"), minzoom=15),
    Column("reason_en", "text", Title("原因（英文）", "reason in English"), minzoom=15),
    Column("owner", "text", Title("责任单位", "owner"), minzoom=15, grade=Grade.INTERNAL),
    Column("phone", "text", Title("联系电话", "phone"), minzoom=15, grade=Grade.INTERNAL),
    Column("people", "real", Title("暴露人数", "people exposed"), minzoom=14),
    Column("screening", "boolean", Title("筛查结论，须现场核实", "screening, verify on site"), minzoom=14),
    Column("run", "integer", Title("推演编号", "run"), minzoom=14),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class RunLayer(Layer):
    """The features of one kind of a scenario's run: of the run that is shown, or of ``run`` alone.

    An instant within the run picks the values of its step; any other time, the worst of the run.
    """

    scenario: str
    kind: str
    run: int | None = None

    searchable: ClassVar[bool] = False

    def member(self, number: int) -> "RunLayer | None":
        """Return the layer of run ``number`` alone; such a layer has no members itself."""
        if self.run is not None:
            return None
        title = Title(f"{self.title.zh}（推演 {number}）", f"{self.title.en} (run {number})")
        return replace(self, id=f"{self.id}-{number}", title=title, run=number)

    def select(self, when: When) -> Select[Any]:
        """Return the features, with the values of the step at ``when`` or the worst, and the step as ``valid``."""
        steps = _Steps(when)
        rows = select(*_system(steps), *(_typed(column, steps) for column in self.columns)).select_from(_joined())
        condition = run.c.id == literal(self.run) if self.run is not None else run.c.shown
        features = rows.where(
            run_feature.c.kind == literal(self.kind), run.c.scenario == literal(self.scenario), condition
        )
        return features if when.as_of is None else features.where(run.c.finished <= _instant("as_of", when))


class _Steps:
    """The step that a time selects, as SQL over the run's columns."""

    def __init__(self, when: When) -> None:
        first, last = _instant("at_first", when), _instant("at_last", when)
        self.step = func.make_interval(0, 0, 0, 0, 0, 0, run.c.step_s)
        self.ends = run.c.begins + self.step * run.c.steps
        self.inside = and_(first == last, first >= run.c.begins, first < self.ends)
        past = func.extract("epoch", first - run.c.begins)
        self.index = cast(func.floor(past / run.c.step_s), Integer)

    def pick(self, series: ColumnElement[Any], worst: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the value of the step, or the worst."""
        return case((self.inside, func.coalesce(series[self.index + 1], worst)), else_=worst)

    def valid(self) -> ColumnElement[Any]:
        """Return the interval that the values hold for."""
        begins = run.c.begins + self.step * self.index
        return case(
            (self.inside, func.tstzrange(begins, begins + self.step)), else_=func.tstzrange(run.c.begins, self.ends)
        )


def _joined() -> FromClause:
    return run_feature.join(run, run_feature.c.run == run.c.id)


def _system(steps: _Steps) -> list[ColumnElement[Any]]:
    return [
        run_feature.c.fid,
        cast(null(), Text).label("code"),
        run.c.scenario.label("dataset"),
        run_feature.c.key.label("source_key"),
        literal("EPSG:4490").label("source_crs"),
        run_feature.c.grade,
        cast(null(), run_feature.c.value.type).label("quality"),
        run_feature.c.geom,
        run_feature.c.geom_3857,
        steps.valid().label("valid"),
        func.tstzrange(run.c.finished, null()).label("recorded"),
    ]


def _typed(column: Column, steps: _Steps) -> ColumnElement[Any]:
    picked = {
        "value": lambda: steps.pick(run_feature.c.series, run_feature.c.value),
        "level": lambda: steps.pick(run_feature.c.levels, run_feature.c.level),
    }
    expression = picked[column.name]() if column.name in picked else run_feature.c[column.name]
    return expression.label(column.name)


def _instant(name: str, when: When) -> BindParameter[Any]:
    return bindparam(name, when.parameters()[name], type_=DateTime(timezone=True))
