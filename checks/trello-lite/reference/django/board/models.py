"""Models: the tables, and the rules that the database itself enforces (CONTRACT §11).

Foreign keys are made by the migrations (`board/foreign_keys.py`), because the database, not Django, is to delete what
belongs to a project: in one statement, and for whoever deletes it. Hence `db_constraint=False` and `DO_NOTHING` here.
"""

import uuid
from functools import partial

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Deferrable, F, Q, UniqueConstraint
from django.db.models.functions import Now

# The index of a reference is said below where the constraints do not make one anyway.
Reference = partial(
    models.ForeignKey, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
)
Created = partial(models.DateTimeField, db_default=Now())


class User(models.Model):
    email = models.TextField()
    name = models.TextField()
    password_hash = models.TextField()
    created_at = Created()

    class Meta:
        db_table = "users"
        constraints = (UniqueConstraint(fields=["email"], name="users_email_key"),)


class Login(models.Model):
    """One sign-in: a family of refresh tokens, of which only the newest generation is good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = Reference(User)
    generation = models.IntegerField(default=1)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "logins"
        indexes = (models.Index(fields=["user"], name="logins_user_idx"),)


class Role(models.TextChoices):
    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


class Project(models.Model):
    name = models.TextField()
    description = models.TextField()
    created_at = Created()

    class Meta:
        db_table = "projects"


class Membership(models.Model):
    project = Reference(Project, related_name="memberships", related_query_name="membership")
    user = Reference(User, related_name="memberships", related_query_name="membership")
    role = models.TextField(choices=Role)
    joined_at = Created()

    class Meta:
        db_table = "memberships"
        constraints = (
            UniqueConstraint(fields=["project", "user"], name="memberships_project_user_key"),
            UniqueConstraint(fields=["project"], condition=Q(role="owner"), name="memberships_one_owner_key"),
            models.CheckConstraint(condition=Q(role__in=["owner", "member", "viewer"]), name="memberships_role_check"),
        )
        indexes = (models.Index(fields=["user", "project"], name="memberships_user_idx"),)


class Invitation(models.Model):
    """An open invitation. One that was accepted, declined or withdrawn is deleted."""

    project = Reference(Project)
    email = models.TextField()
    role = models.TextField(choices=Role)
    created_at = Created()

    class Meta:
        db_table = "invitations"
        constraints = (UniqueConstraint(fields=["project", "email"], name="invitations_project_email_key"),)
        indexes = (models.Index(fields=["email", "id"], name="invitations_email_idx"),)


class Column(models.Model):
    project = Reference(Project)
    name = models.TextField()
    position = models.IntegerField()

    class Meta:
        db_table = "columns"
        constraints = (
            # Looked at when the transaction ends: while rows make room for one another there are doubles.
            UniqueConstraint(fields=["project", "position"], name="columns_place_key", deferrable=Deferrable.DEFERRED),
        )


class Priority(models.IntegerChoices):
    """In their order, so that the database can sort by them."""

    LOW = 0, "low"
    NORMAL = 1, "normal"
    HIGH = 2, "high"
    URGENT = 3, "urgent"


class Task(models.Model):
    project = Reference(Project)
    column = Reference(Column)
    position = models.IntegerField()
    title = models.TextField()
    description = models.TextField()
    priority = models.SmallIntegerField(choices=Priority)
    due_at = models.DateTimeField(null=True)
    labels = ArrayField(models.TextField())
    created_by = Reference(User, db_column="created_by")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "tasks"
        constraints = (
            UniqueConstraint(fields=["column", "position"], name="tasks_place_key", deferrable=Deferrable.DEFERRED),
            models.CheckConstraint(condition=Q(priority__range=(0, 3)), name="tasks_priority_check"),
        )
        indexes = (
            models.Index(fields=["project", "id"], name="tasks_project_idx"),
            models.Index(F("project"), F("due_at").asc(nulls_last=True), F("id"), name="tasks_due_idx"),
            GinIndex(fields=["labels"], name="tasks_labels_idx"),
        )


class Assignment(models.Model):
    task = Reference(Task, related_name="assignments", related_query_name="assignment")
    user = Reference(User)

    class Meta:
        db_table = "task_assignees"
        constraints = (UniqueConstraint(fields=["task", "user"], name="task_assignees_key"),)
        indexes = (models.Index(fields=["user", "task"], name="task_assignees_user_idx"),)


class Comment(models.Model):
    task = Reference(Task)
    author = Reference(User)
    text = models.TextField()
    created_at = Created()
    edited_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "comments"
        indexes = (models.Index(fields=["task", "id"], name="comments_task_idx"),)


class Activity(models.Model):
    project = Reference(Project)
    at = Created()
    user = Reference(User)
    action = models.TextField()
    # No reference: it stays when the task is gone.
    task_id = models.BigIntegerField(null=True)
    changes = models.JSONField()

    class Meta:
        db_table = "activity"
        indexes = (models.Index(F("project"), F("id").desc(), name="activity_project_idx"),)
