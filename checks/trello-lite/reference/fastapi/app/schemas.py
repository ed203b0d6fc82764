"""Schemas: the JSON that comes in and the JSON that goes out."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.fields import (
    AnyText,
    AssigneeIds,
    CommentText,
    Description,
    Email,
    GivenRole,
    Id,
    Labels,
    Name,
    Password,
    Position,
    Priority,
    Time,
    Title,
)
from app.models import Activity, Invitation, Membership, Project, Role, User

# The default of a field that may be left out but may not be null. It is never read:
# ``model_dump(exclude_unset=True)`` holds only what was sent.
UNSENT: Any = Field(default_factory=lambda: None)


class RequestBody(BaseModel):
    """A body whose JSON types are taken as they are: "7" is no integer, 7 no string."""

    model_config = ConfigDict(strict=True)


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ErrorDetail(Answer):
    field: str
    message: str


class Error(Answer):
    code: str
    message: str
    details: list[ErrorDetail]


class ErrorOut(Answer):
    error: Error


# Users and tokens


class Registration(RequestBody):
    email: Email
    name: Name
    password: Password


class PasswordGrant(BaseModel):
    """The form of RFC 6749 §4.3.2."""

    username: AnyText
    password: AnyText
    grant_type: Literal["password"] = "password"


class RefreshTokenIn(RequestBody):
    refresh_token: AnyText


class UserChanges(RequestBody):
    name: Name = UNSENT


class NewPassword(RequestBody):
    password: Password
    new_password: Password


class TokenPair(Answer):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: int


class UserOut(Answer):
    id: int
    email: str
    name: str
    created_at: datetime


# Projects and members


class NewProject(RequestBody):
    name: Name
    description: Description = ""


class ProjectChanges(RequestBody):
    name: Name = UNSENT
    description: Description = UNSENT


class RoleChange(RequestBody):
    role: GivenRole


class Transfer(RequestBody):
    user_id: Id


class NewInvitation(RequestBody):
    email: Email
    role: GivenRole


class ProjectOut(Answer):
    id: int
    name: str
    description: str
    role: Role
    owner_id: int
    created_at: datetime

    @classmethod
    def of(cls, project: Project, role: str, owner_id: int) -> Self:
        return cls(**project.model_dump(), role=role, owner_id=owner_id)  # type: ignore[arg-type]


class MemberOut(Answer):
    user_id: int
    name: str
    email: str
    role: Role
    joined_at: datetime

    @classmethod
    def of(cls, membership: Membership, user: User) -> Self:
        return cls(**membership.model_dump(), name=user.name, email=user.email)


class InvitationOut(Answer):
    id: int
    project_id: int
    project_name: str
    email: str
    role: GivenRole
    created_at: datetime

    @classmethod
    def of(cls, invitation: Invitation, project_name: str) -> Self:
        return cls(**invitation.model_dump(), project_name=project_name)


# Columns and tasks


class NewColumn(RequestBody):
    name: Name


class ColumnChanges(RequestBody):
    name: Name = UNSENT


class ColumnMove(RequestBody):
    position: Position


class ColumnOut(Answer):
    id: int
    project_id: int
    name: str
    position: int


class ColumnsOut(Answer):
    items: list[ColumnOut]


class NewTask(RequestBody):
    column_id: Id
    title: Title
    description: Description = ""
    priority: Priority = "normal"
    due_at: Time | None = None
    labels: Labels = []
    assignee_ids: AssigneeIds = []


class TaskChanges(RequestBody):
    title: Title = UNSENT
    description: Description = UNSENT
    priority: Priority = UNSENT
    due_at: Time | None = UNSENT
    labels: Labels = UNSENT
    assignee_ids: AssigneeIds = UNSENT


class TaskMove(RequestBody):
    column_id: Id = UNSENT
    position: Position


class TaskOut(Answer):
    id: int
    project_id: int
    column_id: int
    position: int
    title: str
    description: str
    priority: Priority
    due_at: datetime | None
    labels: list[str]
    assignee_ids: list[int]
    created_by: int
    created_at: datetime
    updated_at: datetime
    version: int


class LabelOut(Answer):
    label: str
    task_count: int


class LabelsOut(Answer):
    items: list[LabelOut]


# Comments and activity


class CommentIn(RequestBody):
    text: CommentText


class CommentOut(Answer):
    id: int
    task_id: int
    author_id: int
    text: str
    created_at: datetime
    edited_at: datetime | None


ChangedValue = str | int | list[str] | list[int] | None


class Change(Answer):
    """What a field was, and what it is now."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    before: ChangedValue = Field(alias="from")
    after: ChangedValue = Field(alias="to")


class ActivityOut(Answer):
    id: int
    at: datetime
    user_id: int
    action: str
    task_id: int | None
    changes: dict[str, Change]

    @classmethod
    def of(cls, entry: Activity) -> Self:
        return cls.model_validate(entry)
