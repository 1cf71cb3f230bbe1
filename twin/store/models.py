"""The tables of hazard scenarios; the migrations beside them make them."""

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from layers.store import SCHEMA, job, web_mercator

metadata = MetaData(schema=SCHEMA)
_NOW = func.clock_timestamp()
_GRADE = "the highest of its things, when it was made and now"
_OWN_GRADE = "the highest of its things when it was made"


def _text(name: str, default: str | None = "", comment: str | None = None) -> Column[Any]:
    return Column(name, Text, nullable=False, server_default=default, comment=comment)


def _texts(name: str, comment: str) -> Column[Any]:
    return Column(name, ARRAY(Text), nullable=False, server_default="{}", comment=comment)


def _json(name: str) -> Column[Any]:
    return Column(name, JSONB, nullable=False, server_default="{}")


run = Table(
    "run",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _text("scenario", None),
    _text("title", None),
    _text("principal", None),
    Column("job_id", ForeignKey(job.c.id, ondelete="SET NULL")),
    _text("state", "queued", "that of its job; done only together with all results"),
    _json("request"),
    _json("summary"),
    Column("created", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("finished", DateTime(timezone=True)),
    Column("begins", DateTime(timezone=True)),
    Column("step_s", Integer),
    Column("steps", Integer),
    Column("shown", Boolean, nullable=False, server_default="false"),
    _texts("kinds", "which layers of the scenario show it, by their kinds; filled together with the features"),
    _texts("things", "of which layers the things are that it is about"),
    _text("geometry_version"),
    Column("parent", ForeignKey("onemap.run.id", ondelete="SET NULL")),
    comment="one calculation of a hazard scenario; step i begins step_s * i seconds after begins",
)
Index("run_scenario", run.c.scenario, run.c.id)
Index("run_job", run.c.job_id)
Index("run_parent", run.c.parent)
Index("run_shown", run.c.scenario, unique=True, postgresql_where=text("shown"))

run_feature = Table(
    "run_feature",
    metadata,
    Column("fid", BigInteger, Identity(always=True), primary_key=True),
    Column("run", ForeignKey("onemap.run.id", ondelete="CASCADE"), nullable=False),
    _text("kind", None, "which layer of the scenario shows it"),
    _text("key", None, "the thing it is about: layer/fid"),
    _text("name"),
    _text("name_en"),
    _text("category"),
    Column("level", SmallInteger, nullable=False, comment="0 none, 1 blue, 2 yellow, 3 orange, 4 red"),
    Column("levels", ARRAY(SmallInteger), comment="the level of each step, where it changes"),
    Column("value", REAL, nullable=False, comment="the worst of the run"),
    Column("series", ARRAY(REAL), comment="the value of each step, where it changes"),
    _text("unit"),
    Column("base_m", REAL),
    Column("height_m", REAL),
    Column("rank", Integer, nullable=False, comment="1 is the worst of its run and kind"),
    _text("reason_zh"),
    _text("reason_en"),
    _text("owner"),
    _text("phone"),
    Column("people", REAL, nullable=False, server_default="0"),
    Column("screening", Boolean, nullable=False, server_default="false"),
    _json("detail"),
    Column("grade", SmallInteger, nullable=False, server_default="0", comment=_GRADE),
    Column("own_grade", SmallInteger, nullable=False, server_default="0", comment=_OWN_GRADE),
    _texts("things", "what it is made of: layer/fid, its own thing first"),
    Column("geom", Geometry("GEOMETRY", 4490, spatial_index=False), nullable=False),
    Column(
        "geom_3857", Geometry("GEOMETRY", 3857, spatial_index=False), Computed(web_mercator("geom"), persisted=True)
    ),
)
Index("run_feature_rank", run_feature.c.run, run_feature.c.kind, run_feature.c.rank)
Index("run_feature_raised", run_feature.c.fid, postgresql_where=text("grade > own_grade"))
Index("run_feature_things", run_feature.c.things, postgresql_using="gin")
# Runs lie on the same city, so that a place alone says little; the run comes first.
Index("run_feature_geom", run_feature.c.run, run_feature.c.kind, run_feature.c.geom, postgresql_using="gist")
Index("run_feature_geom_3857", run_feature.c.run, run_feature.c.kind, run_feature.c.geom_3857, postgresql_using="gist")

task = Table(
    "task",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("run", ForeignKey("onemap.run.id", ondelete="CASCADE"), nullable=False),
    _text("measure", None, "what is to be done, by the id that the pre-plan gives it"),
    _text("title_zh", None),
    _text("title_en"),
    _texts("objects", "the things it is about: layer/fid, the worst first"),
    Column("level", SmallInteger, nullable=False, comment="that of the worst thing"),
    Column("response", SmallInteger, nullable=False, comment="the response level in force"),
    Column("ordinal", Integer, nullable=False, comment="in which order the pre-plan has it"),
    Column("deadline", DateTime(timezone=True), nullable=False),
    _text("responsible", "", "the role, by the id that the pre-plan gives it"),
    _text("department_zh"),
    _text("department_en"),
    _text("owner"),
    _text("phone"),
    _text("reason_zh"),
    _text("reason_en"),
    Column("people", REAL, nullable=False, server_default="0"),
    Column("screening", Boolean, nullable=False, server_default="false"),
    _texts("depends_on", "measures that come first"),
    _text("state", "draft"),
    Column("grade", SmallInteger, nullable=False, server_default="0", comment=_GRADE),
    Column("own_grade", SmallInteger, nullable=False, server_default="0", comment=_OWN_GRADE),
    Column("escalation", SmallInteger, nullable=False, server_default="0", comment="rungs that were told"),
    Column("created", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("changed", DateTime(timezone=True), nullable=False, server_default=_NOW),
    comment="what somebody has to do by when; a run drafts it and people decide",
)
Index("task_run", task.c.run, task.c.id)
Index("task_objects", task.c.objects, postgresql_using="gin")
Index("task_deadline", task.c.state, task.c.deadline)

task_event = Table(
    "task_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task", ForeignKey("onemap.task.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    _text("who", None),
    _text("what", None, "drafted, an action of a person, or escalate"),
    _text("state", None, "the task's state from then on"),
    _text("note"),
    _json("detail"),
    comment="what became of a task; appended, never changed",
)
Index("task_event_task", task_event.c.task, task_event.c.id)

warning = Table(
    "warning",
    metadata,
    Column("id", Text, primary_key=True),
    _text("kind", None),
    Column("level", SmallInteger, nullable=False),
    _text("area", None),
    _text("division", "", "code of GB/T 2260"),
    Column("issued", DateTime(timezone=True), nullable=False),
    Column("expires", DateTime(timezone=True), nullable=False),
    _text("status", None),
    _json("document"),
    Column("received", DateTime(timezone=True), nullable=False, server_default=_NOW),
    _text("principal", None),
    Column("run", ForeignKey("onemap.run.id", ondelete="SET NULL"), comment="what it started"),
    comment="weather warnings as they came in",
)
Index("warning_issued", warning.c.issued, warning.c.id)
Index("warning_run", warning.c.run)

damage = Table(
    "damage",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("run", ForeignKey("onemap.run.id", ondelete="CASCADE"), nullable=False),
    _text("kind", None, "what broke: facade, sign, tree, …"),
    Column("at", DateTime(timezone=True), nullable=False, comment="when it broke"),
    _text("note"),
    Column("geom", Geometry("POINT", 4490, spatial_index=False), nullable=False),
    Column("received", DateTime(timezone=True), nullable=False, server_default=_NOW),
    _text("principal", None),
    comment="damages reported after a storm, by which its run is judged",
)
Index("damage_once", damage.c.run, damage.c.kind, damage.c.at, damage.c.geom, unique=True)
