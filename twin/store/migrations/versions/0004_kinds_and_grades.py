"""Runs know the kinds that their scenario declares, and all that they found has the grade of what it is about."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "twin0004"
down_revision = "0003"

_S = "onemap"
_KIND = "which layer of the scenario shows it"
_OLD_KIND = "which layer: streets, facades, keepout, objects"
_GRADE = "the highest of its things, when it was made and now"
_OWN_GRADE = "the highest of its things when it was made"
# Runs of before are of the one scenario that there was. What their things were graded then is not known any more;
# what they are graded now, is. Rows of a thing that is gone keep the grade that they had.
_OLD_RUNS = """
UPDATE onemap.run_feature SET own_grade = grade, things = ARRAY[substring(key FROM '^[^/]+/[^/]+')]
WHERE key LIKE '%/%';
UPDATE onemap.run AS r SET kinds = ARRAY['streets', 'facades', 'keepout', 'objects'], things = ARRAY(
    SELECT DISTINCT split_part(f.key, '/', 1) FROM onemap.run_feature AS f
    WHERE f.run = r.id AND f.key LIKE '%/%' ORDER BY 1
) WHERE r.state = 'done';
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT DISTINCT unnest(things) FROM onemap.run LOOP
        IF (SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass(format('onemap.%I', name))
            AND attname IN ('fid', 'grade', 'recorded')) = 3 THEN
            EXECUTE format(
                'UPDATE onemap.run_feature AS f SET own_grade = g.grade, grade = greatest(f.grade, g.grade) FROM ('
                'SELECT %L || ''/'' || fid AS thing, max(grade) AS grade FROM onemap.%I WHERE grade > 0 GROUP BY fid'
                ') AS g WHERE f.things[1] = g.thing', name, name);
        END IF;
    END LOOP;
END $$;
UPDATE onemap.task AS t SET grade = f.grade, own_grade = f.grade FROM (
    SELECT t.id, max(f.grade) AS grade FROM onemap.task AS t
    JOIN onemap.run_feature AS f ON f.run = t.run AND f.things[1] = ANY (t.objects) GROUP BY t.id
) AS f WHERE f.id = t.id AND f.grade > 0;
"""


def upgrade() -> None:
    """Add the columns, and fill those of runs of before."""
    _texts("run", "kinds", "which layers of the scenario show it, by their kinds; filled together with the features")
    _texts("run", "things", "of which layers the things are that it is about")
    _texts("run_feature", "things", "what it is made of: layer/fid, its own thing first")
    _grade("run_feature", "own_grade", _OWN_GRADE)
    _grade("task", "grade", _GRADE)
    _grade("task", "own_grade", _OWN_GRADE)
    op.alter_column("run_feature", "grade", comment=_GRADE, existing_comment=None, schema=_S)
    op.alter_column("run_feature", "kind", comment=_KIND, existing_comment=_OLD_KIND, schema=_S)
    op.execute(_OLD_RUNS)
    raised = sa.text("grade > own_grade")
    op.create_index("run_feature_raised", "run_feature", ["fid"], schema=_S, postgresql_where=raised)
    op.create_index("run_feature_things", "run_feature", ["things"], schema=_S, postgresql_using="gin")
    op.create_index("task_objects", "task", ["objects"], schema=_S, postgresql_using="gin")
    # Another function of this name takes its place.
    op.execute("DROP FUNCTION IF EXISTS onemap.layers_of_run(text, bigint, boolean)")


def downgrade() -> None:
    """Drop the columns; the functions are those of the older program again once it has applied them."""
    op.drop_index("run_feature_raised", "run_feature", schema=_S)
    op.drop_index("run_feature_things", "run_feature", schema=_S)
    op.drop_index("task_objects", "task", schema=_S)
    op.alter_column("run_feature", "kind", comment=_OLD_KIND, existing_comment=_KIND, schema=_S)
    op.alter_column("run_feature", "grade", comment=None, existing_comment=_GRADE, schema=_S)
    for table, column in (
        ("run", "kinds"), ("run", "things"), ("run_feature", "things"), ("run_feature", "own_grade"),
        ("task", "grade"), ("task", "own_grade"),
    ):  # fmt: skip
        op.drop_column(table, column, schema=_S)


def _texts(table: str, name: str, comment: str) -> None:
    column: sa.Column[Any] = sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}", comment=comment)
    op.add_column(table, column, schema=_S)


def _grade(table: str, name: str, comment: str) -> None:
    column = sa.Column(name, sa.SmallInteger, nullable=False, server_default="0", comment=comment)
    op.add_column(table, column, schema=_S)
