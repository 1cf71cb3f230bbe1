"""Hazard scenarios: runs and their features, tasks and their events, warnings."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0002"
down_revision = None
branch_labels = ("twin",)

_NOW = sa.text("clock_timestamp()")
_S = "onemap"
_WEB_MERCATOR = "ST_Transform(ST_SetSRID(geom, 4326), 3857)"


def upgrade() -> None:
    """Make the tables."""
    _runs()
    _features()
    _tasks()
    _warnings()


def _id(name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _time(name: str, *, required: bool = False, now: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required, server_default=_NOW if now else None)


def _text(name: str, default: str | None = "", comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default, comment=comment)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, JSONB, nullable=False, server_default="{}")


def _texts(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}", comment=comment)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default="false")


def _runs() -> None:
    op.create_table(
        "run",
        _id(),
        _text("scenario", None),
        _text("title", None),
        _text("principal", None),
        sa.Column("job_id", sa.BigInteger, sa.ForeignKey("onemap.job.id", ondelete="SET NULL")),
        _text("state", "queued", "that of its job; done only together with all results"),
        _json("request"),
        _json("summary"),
        _time("created", required=True, now=True),
        _time("finished"),
        _time("begins"),
        sa.Column("step_s", sa.Integer),
        sa.Column("steps", sa.Integer),
        _flag("shown"),
        _text("geometry_version"),
        sa.Column("parent", sa.BigInteger, sa.ForeignKey("onemap.run.id", ondelete="SET NULL")),
        schema=_S,
        comment="one calculation of a hazard scenario; step i begins step_s * i seconds after begins",
    )
    op.create_index("run_scenario", "run", ["scenario", "id"], schema=_S)
    op.create_index("run_job", "run", ["job_id"], schema=_S)
    op.create_index("run_parent", "run", ["parent"], schema=_S)
    # The layers of a scenario show one run of it, or none.
    op.create_index("run_shown", "run", ["scenario"], schema=_S, unique=True, postgresql_where=sa.text("shown"))


def _features() -> None:
    op.create_table(
        "run_feature",
        _id("fid"),
        sa.Column("run", sa.BigInteger, sa.ForeignKey("onemap.run.id", ondelete="CASCADE"), nullable=False),
        _text("kind", None, "which layer: streets, facades, keepout, objects"),
        _text("key", None, "the thing it is about: layer/fid"),
        _text("name"),
        _text("name_en"),
        _text("category"),
        sa.Column("level", sa.SmallInteger, nullable=False, comment="0 none, 1 blue, 2 yellow, 3 orange, 4 red"),
        sa.Column("levels", ARRAY(sa.SmallInteger), comment="the level of each step, where it changes"),
        sa.Column("value", sa.REAL, nullable=False, comment="the worst of the run"),
        sa.Column("series", ARRAY(sa.REAL), comment="the value of each step, where it changes"),
        _text("unit"),
        sa.Column("base_m", sa.REAL),
        sa.Column("height_m", sa.REAL),
        sa.Column("rank", sa.Integer, nullable=False, comment="1 is the worst of its run and kind"),
        _text("reason_zh"),
        _text("reason_en"),
        _text("owner"),
        _text("phone"),
        sa.Column("people", sa.REAL, nullable=False, server_default="0"),
        _flag("screening"),
        _json("detail"),
        sa.Column("grade", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("geom", Geometry("GEOMETRY", 4490, spatial_index=False), nullable=False),
        sa.Column(
            "geom_3857", Geometry("GEOMETRY", 3857, spatial_index=False), sa.Computed(_WEB_MERCATOR, persisted=True)
        ),
        schema=_S,
    )
    op.create_index("run_feature_rank", "run_feature", ["run", "kind", "rank"], schema=_S)
    # Runs lie on the same city, so that a place alone says little; the run comes first.
    for name in ("geom", "geom_3857"):
        op.create_index(f"run_feature_{name}", "run_feature", ["run", "kind", name], schema=_S, postgresql_using="gist")


def _tasks() -> None:
    op.create_table(
        "task",
        _id(),
        sa.Column("run", sa.BigInteger, sa.ForeignKey("onemap.run.id", ondelete="CASCADE"), nullable=False),
        _text("measure", None, "what is to be done, by the id that the pre-plan gives it"),
        _text("title_zh", None),
        _text("title_en"),
        _texts("objects", "the things it is about: layer/fid, the worst first"),
        sa.Column("level", sa.SmallInteger, nullable=False, comment="that of the worst thing"),
        sa.Column("response", sa.SmallInteger, nullable=False, comment="the response level in force"),
        sa.Column("ordinal", sa.Integer, nullable=False, comment="in which order the pre-plan has it"),
        _time("deadline", required=True),
        _text("responsible", "", "the role, by the id that the pre-plan gives it"),
        _text("department_zh"),
        _text("department_en"),
        _text("owner"),
        _text("phone"),
        _text("reason_zh"),
        _text("reason_en"),
        sa.Column("people", sa.REAL, nullable=False, server_default="0"),
        _flag("screening"),
        _texts("depends_on", "measures that come first"),
        _text("state", "draft"),
        sa.Column("escalation", sa.SmallInteger, nullable=False, server_default="0", comment="rungs that were told"),
        _time("created", required=True, now=True),
        _time("changed", required=True, now=True),
        schema=_S,
        comment="what somebody has to do by when; a run drafts it and people decide",
    )
    op.create_index("task_run", "task", ["run", "id"], schema=_S)
    op.create_index("task_deadline", "task", ["state", "deadline"], schema=_S)
    op.create_table(
        "task_event",
        _id(),
        sa.Column("task", sa.BigInteger, sa.ForeignKey("onemap.task.id", ondelete="CASCADE"), nullable=False),
        _time("at", required=True, now=True),
        _text("who", None),
        _text("what", None, "drafted, an action of a person, or escalate"),
        _text("state", None, "the task's state from then on"),
        _text("note"),
        _json("detail"),
        schema=_S,
        comment="what became of a task; appended, never changed",
    )
    op.create_index("task_event_task", "task_event", ["task", "id"], schema=_S)


def _warnings() -> None:
    op.create_table(
        "warning",
        sa.Column("id", sa.Text, primary_key=True),
        _text("kind", None),
        sa.Column("level", sa.SmallInteger, nullable=False),
        _text("area", None),
        _text("division", "", "code of GB/T 2260"),
        _time("issued", required=True),
        _time("expires", required=True),
        _text("status", None),
        _json("document"),
        _time("received", required=True, now=True),
        _text("principal", None),
        sa.Column("run", sa.BigInteger, sa.ForeignKey("onemap.run.id", ondelete="SET NULL"), comment="what it started"),
        schema=_S,
        comment="weather warnings as they came in",
    )
    op.create_index("warning_issued", "warning", ["issued", "id"], schema=_S)
    op.create_index("warning_run", "warning", ["run"], schema=_S)


def downgrade() -> None:
    """Drop the tables, and all that is kept in them."""
    for name in ("warning", "task_event", "task", "run_feature", "run"):
        op.drop_table(name, schema=_S)
