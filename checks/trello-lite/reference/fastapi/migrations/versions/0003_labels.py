"""Labels of tasks"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_labels",
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_task_labels_task_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", "label", name="pk_task_labels"),
    )
    op.create_index("ix_task_labels_label", "task_labels", ["label"])


def downgrade() -> None:
    op.drop_table("task_labels")
