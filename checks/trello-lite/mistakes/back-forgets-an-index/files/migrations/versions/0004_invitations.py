"""Invitations are found by address and project"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_invitations_email", "invitations")
    op.create_index("ix_invitations_email_id", "invitations", ["email", "id"])


def downgrade() -> None:
    op.drop_index("ix_invitations_email_id", "invitations")
