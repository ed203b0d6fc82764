"""People, projects, boards and tasks"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        _id(),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        _time_of_the_database("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "logins",
        _id(),
        _reference("user_id"),
        _time_of_the_database("created_at"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_logins_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_logins"),
    )
    op.create_index("ix_logins_user_id", "logins", ["user_id"])
    op.create_table(
        "refresh_tokens",
        _id(),
        _reference("login_id"),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["logins.id"], name="fk_refresh_tokens_login_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refresh_tokens"),
        sa.UniqueConstraint("digest", name="uq_refresh_tokens_digest"),
    )
    op.create_index("ix_refresh_tokens_login_id", "refresh_tokens", ["login_id"])
    op.create_table(
        "projects",
        _id(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        _time_of_the_database("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
    )
    op.create_table(
        "memberships",
        _reference("project_id"),
        _reference("user_id"),
        sa.Column("role", sa.String(), nullable=False),
        _time_of_the_database("joined_at"),
        sa.CheckConstraint("role IN ('owner', 'member', 'viewer')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_memberships_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id"),
        sa.PrimaryKeyConstraint("project_id", "user_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    op.create_index(
        "uq_memberships_owner",
        "memberships",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("role = 'owner'"),
    )
    op.create_table(
        "invitations",
        _id(),
        _reference("project_id"),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        _time_of_the_database("created_at"),
        sa.CheckConstraint("role IN ('member', 'viewer')", name=op.f("ck_invitations_role")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_invitations_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("project_id", "email", name="uq_invitations_project_id_email"),
    )
    op.create_index("ix_invitations_email", "invitations", ["email"])
    op.create_table(
        "columns",
        _id(),
        _reference("project_id"),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_columns_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_columns"),
    )
    op.create_index("ix_columns_project_id_position", "columns", ["project_id", "position"])
    op.create_table(
        "tasks",
        _id(),
        _reference("project_id"),
        _reference("column_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        _reference("created_by"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "priority IN ('low', 'normal', 'high', 'urgent')", name=op.f("ck_tasks_priority")
        ),
        sa.CheckConstraint("position >= 0", name=op.f("ck_tasks_position")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_tasks_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["column_id"], ["columns.id"], name="fk_tasks_column_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_tasks_created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_project_id", "tasks", ["project_id"])
    op.create_index("ix_tasks_column_id_position", "tasks", ["column_id", "position"])
    op.create_table(
        "task_assignees",
        _reference("task_id"),
        _reference("user_id"),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_task_assignees_task_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_task_assignees_user_id"),
        sa.PrimaryKeyConstraint("task_id", "user_id", name="pk_task_assignees"),
    )
    op.create_index("ix_task_assignees_user_id", "task_assignees", ["user_id"])
    op.create_table(
        "comments",
        _id(),
        _reference("task_id"),
        _reference("author_id"),
        sa.Column("text", sa.String(), nullable=False),
        _time_of_the_database("created_at"),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_comments_task_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_comments_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
    )
    op.create_index("ix_comments_task_id", "comments", ["task_id"])


def downgrade() -> None:
    op.drop_table("comments")
    op.drop_table("task_assignees")
    op.drop_table("tasks")
    op.drop_table("columns")
    op.drop_table("invitations")
    op.drop_table("memberships")
    op.drop_table("projects")
    op.drop_table("refresh_tokens")
    op.drop_table("logins")
    op.drop_table("users")


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), nullable=False)


def _reference(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _time_of_the_database(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
