"""Standard words for tile versions, precedence, matches, and a state of the quarantine."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0013"

_S = "onemap"
_TABLES = {"bump": "tile_edit", "bound": "validity_boundary"}
_INDEXES = {"bump_cell": "tile_edit_cell", "bound_at": "validity_boundary_at"}
_STATES = {"held": "pending"}
# The SQL files make the functions anew under their new names; triggers that called the old ones go with them, and the
# reconciler puts the new ones in their place.
_FORMER = (
    "bump_cells", "bump_run_cells", "remember_bounds", "bump_inserted", "bump_updated", "bump_deleted", "cover",
    "settle_hidden", "part_match", "put_filled",
)  # fmt: skip
_DROP = """
DO $$
DECLARE
    former record;
BEGIN
    FOR former IN
        SELECT p.oid::regprocedure::text AS named FROM pg_proc AS p
        WHERE p.pronamespace = 'onemap'::regnamespace AND p.proname = ANY (ARRAY[{names}])
    LOOP
        EXECUTE 'DROP FUNCTION IF EXISTS ' || former.named || ' CASCADE';
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Rename tables, indexes and the state, and drop functions whose names are given up."""
    _rename(_TABLES, _INDEXES, _STATES)
    op.execute(_DROP.format(names=", ".join(f"'{name}'" for name in _FORMER)))


def downgrade() -> None:
    """Give the old names back; the SQL files of the release before make its functions."""
    _rename(*({new: old for old, new in names.items()} for names in (_TABLES, _INDEXES, _STATES)))


def _rename(tables: dict[str, str], indexes: dict[str, str], states: dict[str, str]) -> None:
    for old, new in tables.items():
        op.rename_table(old, new, schema=_S)
    for old, new in indexes.items():
        op.execute(f"ALTER INDEX {_S}.{old} RENAME TO {new}")
    for old, new in states.items():
        given = sa.text(f"UPDATE {_S}.quarantine SET state = :new WHERE state = :old")  # noqa: S608 - our own schema
        op.execute(given.bindparams(new=new, old=old))
        op.alter_column(
            "quarantine", "state", schema=_S, existing_type=sa.Text, existing_nullable=False, server_default=new,
            comment=f"{new}, released, discarded", existing_comment=f"{old}, released, discarded",
        )  # fmt: skip
