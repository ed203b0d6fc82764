"""Models: the tables, and the rules that the database itself enforces.

A change here needs a migration: ``alembic revision --autogenerate -m "..."``, then read what it wrote.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship, SQLModel

from app.times import now

Role = Literal["owner", "member", "viewer"]

# Every constraint has a name that follows from what it is, so that migrations can speak of it.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def _id() -> Any:
    # The database gives ids; the default of None only keeps them out of INSERTs.
    return Field(default=None, primary_key=True, sa_type=BigInteger)


def _reference(target: str, *, cascade: bool = False, primary_key: bool = False) -> Any:
    return Field(
        sa_type=BigInteger,
        foreign_key=target,
        ondelete="CASCADE" if cascade else None,
        primary_key=primary_key,
    )


def _time_of_the_database() -> Any:
    return Field(
        default=None,
        sa_type=DateTime(timezone=True),  # type: ignore[call-overload]
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )


def _time(**more: Any) -> Any:
    return Field(sa_type=DateTime(timezone=True), **more)  # type: ignore[call-overload]


class User(SQLModel, table=True):
    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("email"),)

    id: int = _id()
    email: str
    name: str
    password_hash: str
    created_at: datetime = _time_of_the_database()


class Login(SQLModel, table=True):
    """Somebody signed in, on some device. It is over when the row is gone."""

    __tablename__ = "logins"
    __table_args__ = (Index(None, "user_id"),)

    id: int = _id()
    user_id: int = _reference("users.id", cascade=True)
    created_at: datetime = _time_of_the_database()


class RefreshToken(SQLModel, table=True):
    """One of the refresh tokens of a login: those that are used up, and the newest one."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("digest"), Index(None, "login_id"))

    id: int = _id()
    login_id: int = _reference("logins.id", cascade=True)
    digest: str
    expires_at: datetime = _time()
    used_at: datetime | None = _time(default=None)


class Project(SQLModel, table=True):
    __tablename__ = "projects"

    id: int = _id()
    name: str
    description: str
    created_at: datetime = _time_of_the_database()


class Membership(SQLModel, table=True):
    """The role of a user in a project. Who has none has no row."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'member', 'viewer')", name="role"),
        Index(
            "uq_memberships_owner", "project_id", unique=True, postgresql_where=text("role = 'owner'")
        ),
        Index(None, "user_id"),
    )

    project_id: int = _reference("projects.id", cascade=True, primary_key=True)
    user_id: int = _reference("users.id", primary_key=True)
    role: str
    joined_at: datetime = _time_of_the_database()


class Invitation(SQLModel, table=True):
    """An open invitation. One that was accepted, declined or withdrawn has no row any more."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("project_id", "email"),
        CheckConstraint("role IN ('member', 'viewer')", name="role"),
        Index(None, "email"),
    )

    id: int = _id()
    project_id: int = _reference("projects.id", cascade=True)
    email: str
    role: str
    created_at: datetime = _time_of_the_database()


class BoardColumn(SQLModel, table=True):
    __tablename__ = "columns"
    __table_args__ = (Index(None, "project_id", "position"),)

    id: int = _id()
    project_id: int = _reference("projects.id", cascade=True)
    name: str
    position: int


class TaskLabel(SQLModel, table=True):
    __tablename__ = "task_labels"
    __table_args__ = (Index(None, "label"),)

    task_id: int = _reference("tasks.id", cascade=True, primary_key=True)
    label: str = Field(primary_key=True)


class TaskAssignee(SQLModel, table=True):
    __tablename__ = "task_assignees"
    __table_args__ = (Index(None, "user_id"),)

    task_id: int = _reference("tasks.id", cascade=True, primary_key=True)
    user_id: int = _reference("users.id", primary_key=True)


# Loaded for all tasks of a result at once; what is taken out of the list is deleted.
_PARTS = {"lazy": "selectin", "cascade": "all, delete-orphan", "passive_deletes": True}


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("priority IN ('low', 'normal', 'high', 'urgent')", name="priority"),
        CheckConstraint("position >= 0", name="position"),
        Index(None, "project_id"),
        Index(None, "column_id", "position"),
    )

    id: int = _id()
    project_id: int = _reference("projects.id", cascade=True)
    column_id: int = _reference("columns.id", cascade=True)
    position: int
    title: str
    description: str
    priority: str
    due_at: datetime | None = _time(default=None)
    created_by: int = _reference("users.id")
    created_at: datetime = _time(default_factory=now)
    updated_at: datetime = _time(default_factory=now)
    version: int = 1

    label_rows: list[TaskLabel] = Relationship(sa_relationship_kwargs=_PARTS)
    assignee_rows: list[TaskAssignee] = Relationship(sa_relationship_kwargs=_PARTS)

    @property
    def labels(self) -> list[str]:
        return sorted(row.label for row in self.label_rows)

    @property
    def assignee_ids(self) -> list[int]:
        return sorted(row.user_id for row in self.assignee_rows)


class Comment(SQLModel, table=True):
    __tablename__ = "comments"
    __table_args__ = (Index(None, "task_id"),)

    id: int = _id()
    task_id: int = _reference("tasks.id", cascade=True)
    author_id: int = _reference("users.id")
    text: str
    created_at: datetime = _time_of_the_database()
    edited_at: datetime | None = _time(default=None)


class Activity(SQLModel, table=True):
    """What happened in a project. The task may be gone, so ``task_id`` is no foreign key."""

    __tablename__ = "activity"
    __table_args__ = (Index(None, "project_id"),)

    id: int = _id()
    project_id: int = _reference("projects.id", cascade=True)
    at: datetime = _time(default_factory=now)
    user_id: int = _reference("users.id")
    action: str
    task_id: int | None = Field(default=None, sa_type=BigInteger)
    changes: dict[str, Any] = Field(sa_type=JSONB)
