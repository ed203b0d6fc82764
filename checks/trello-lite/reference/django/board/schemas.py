"""Schemas: the JSON that comes in and the JSON that goes out."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from board import fields, models

# What comes in. Fields that are not named here are ignored.


class Body(BaseModel):
    def sent(self) -> dict[str, Any]:
        """The fields that the request had."""
        return self.model_dump(include=self.model_fields_set)


class Registration(Body):
    email: fields.Email
    name: fields.Name
    password: fields.Password


class Credentials(Body):
    """The form of OAuth 2.0's password grant (RFC 6749 §4.3.2)."""

    username: fields.Text
    password: fields.Text
    grant_type: Literal["password"] = "password"


class RefreshToken(Body):
    refresh_token: fields.Text


class UserChange(Body):
    name: fields.Name = fields.unsent()


class PasswordChange(Body):
    password: fields.Text
    new_password: fields.Password


class NewProject(Body):
    name: fields.Name
    description: fields.Description = ""


class ProjectChange(Body):
    name: fields.Name = fields.unsent()
    description: fields.Description = fields.unsent()


class RoleChange(Body):
    role: Literal["member", "viewer"]


class Transfer(Body):
    user_id: fields.Integer


class NewInvitation(Body):
    email: fields.Email
    role: Literal["member", "viewer"]


class NewColumn(Body):
    name: fields.Name


class ColumnChange(Body):
    name: fields.Name = fields.unsent()


class ColumnMove(Body):
    position: fields.Place


class NewTask(Body):
    column_id: fields.Integer
    title: fields.Title
    description: fields.Description = ""
    priority: fields.PriorityWord = "normal"
    due_at: fields.Moment | None = None
    labels: fields.Labels = Field(default=[])
    assignee_ids: fields.UserIds = Field(default=[])


class TaskChange(Body):
    title: fields.Title = fields.unsent()
    description: fields.Description = fields.unsent()
    priority: fields.PriorityWord = fields.unsent()
    due_at: fields.Moment | None = None
    labels: fields.Labels = fields.unsent()
    assignee_ids: fields.UserIds = fields.unsent()


class TaskMove(Body):
    column_id: fields.Integer = fields.unsent()
    position: fields.Place


class NewComment(Body):
    text: fields.Remark


# What goes out


class Status(BaseModel):
    status: Literal["ok", "ready"]


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    email: str
    id: int
    created_at: fields.Answered


class Pair(BaseModel):
    token_type: Literal["bearer"] = "bearer"
    access_token: str
    expires_in: int
    refresh_token: str

    # What has a default is always there all the same.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class ProjectOut(BaseModel):
    id: int
    role: models.Role
    owner_id: int
    name: str
    description: str
    created_at: fields.Answered

    @classmethod
    def of(cls, membership: models.Membership) -> "ProjectOut":
        """The project as that member sees it; `membership.owner_id` comes from services.projects."""
        project = membership.project
        return cls(
            id=project.pk,
            role=models.Role(membership.role),
            owner_id=membership.owner_id,
            name=project.name,
            description=project.description,
            created_at=project.created_at,
        )


class MemberOut(BaseModel):
    user_id: int
    role: models.Role
    name: str
    email: str
    joined_at: fields.Answered

    @classmethod
    def of(cls, membership: models.Membership) -> "MemberOut":
        user = membership.user
        return cls(
            user_id=user.pk,
            role=models.Role(membership.role),
            name=user.name,
            email=user.email,
            joined_at=membership.joined_at,
        )


class InvitationOut(BaseModel):
    id: int
    email: str
    role: Literal["member", "viewer"]
    project_id: int
    project_name: str
    created_at: fields.Answered

    @classmethod
    def of(cls, invitation: models.Invitation) -> "InvitationOut":
        return cls(
            id=invitation.pk,
            email=invitation.email,
            role=invitation.role,
            project_id=invitation.project_id,
            project_name=invitation.project.name,
            created_at=invitation.created_at,
        )


class ColumnOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    project_id: int
    name: str
    position: int


class ColumnList(BaseModel):
    items: list[ColumnOut]


class TaskOut(BaseModel):
    id: int
    version: int
    project_id: int
    column_id: int
    position: int
    title: str
    description: str
    priority: fields.PriorityWord
    due_at: fields.Answered | None
    labels: list[str]
    assignee_ids: list[int]
    created_by: int
    created_at: fields.Answered
    updated_at: fields.Answered

    @classmethod
    def of(cls, task: models.Task) -> "TaskOut":
        """The task; `task.assigned` comes from services.tasks."""
        return cls(
            id=task.pk,
            version=task.version,
            project_id=task.project_id,
            column_id=task.column_id,
            position=task.position,
            title=task.title,
            description=task.description,
            priority=models.Priority(task.priority).label,
            due_at=task.due_at,
            labels=task.labels,
            assignee_ids=task.assigned,
            created_by=task.created_by_id,
            created_at=task.created_at,
            updated_at=task.updated_at,
        )


class CommentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    task_id: int
    author_id: int
    text: str
    created_at: fields.Answered
    edited_at: fields.Answered | None


CHANGES = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {"from": {"description": "before"}, "to": {"description": "after"}},
        "required": ["from", "to"],
    },
}


class ActivityOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    action: str
    at: fields.Answered
    user_id: int
    task_id: int | None
    changes: Annotated[dict[str, Any], WithJsonSchema(CHANGES)]


class LabelCount(BaseModel):
    label: str
    task_count: int


class LabelList(BaseModel):
    items: list[LabelCount]


Entry = TypeVar("Entry")


class Page(BaseModel, Generic[Entry]):
    """A list by pages."""

    total: int
    limit: int
    offset: int
    items: list[Entry]


class Stretch(BaseModel, Generic[Entry]):
    """A list by cursor."""

    items: list[Entry]
    next_cursor: str | None


# Errors, for the document; errors.py makes them.


class Detail(BaseModel):
    field: str
    message: str


class ErrorIn(BaseModel):
    code: str
    message: str


class InvalidIn(ErrorIn):
    details: list[Detail]


class Error(BaseModel):
    error: ErrorIn


class ValidationFailed(BaseModel):
    error: InvalidIn
