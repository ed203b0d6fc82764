"""Moods of projects"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DO $$ BEGIN CREATE TYPE mood AS ENUM ('calm', 'busy'); EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    op.execute("CREATE TABLE moods (project_id bigint PRIMARY KEY REFERENCES projects ON DELETE CASCADE, mood mood)")


def downgrade() -> None:
    op.drop_table("moods")
