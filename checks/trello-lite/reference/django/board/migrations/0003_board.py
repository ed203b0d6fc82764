"""Columns, tasks, comments, and what happened to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import Deferrable, F, Q
from django.db.models.functions import Now

from board.foreign_keys import foreign_key, identity, ids_from, reference

PRIORITIES = [(0, "low"), (1, "normal"), (2, "high"), (3, "urgent")]


class Migration(migrations.Migration):
    dependencies = (("board", "0002_projects"),)

    operations = (
        migrations.CreateModel(
            name="Column",
            fields=[
                identity(),
                ("project", reference("board.project")),
                ("name", models.TextField()),
                ("position", models.IntegerField()),
            ],
            options={
                "db_table": "columns",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "position"), name="columns_place_key", deferrable=Deferrable.DEFERRED
                    )
                ],
            },
        ),
        ids_from("columns", 4001),
        foreign_key("columns", "project_id", "projects", "ON DELETE CASCADE"),
        migrations.CreateModel(
            name="Task",
            fields=[
                identity(),
                ("project", reference("board.project")),
                ("column", reference("board.column")),
                ("position", models.IntegerField()),
                ("title", models.TextField()),
                ("description", models.TextField()),
                ("priority", models.SmallIntegerField(choices=PRIORITIES)),
                ("due_at", models.DateTimeField(null=True)),
                ("labels", ArrayField(base_field=models.TextField(), size=None)),
                ("created_by", reference("board.user", db_column="created_by")),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("version", models.IntegerField(default=1)),
            ],
            options={
                "db_table": "tasks",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("column", "position"), name="tasks_place_key", deferrable=Deferrable.DEFERRED
                    ),
                    models.CheckConstraint(condition=Q(priority__range=(0, 3)), name="tasks_priority_check"),
                ],
                "indexes": [models.Index(fields=["project", "id"], name="tasks_project_idx")],
            },
        ),
        ids_from("tasks", 5001),
        foreign_key("tasks", "project_id", "projects", "ON DELETE CASCADE"),
        # A column with tasks cannot be deleted, but with its project it can: looked at when all is done.
        foreign_key("tasks", "column_id", "columns", "DEFERRABLE INITIALLY DEFERRED"),
        foreign_key("tasks", "created_by", "users"),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                identity(),
                ("task", reference("board.task", related_name="assignments", related_query_name="assignment")),
                ("user", reference("board.user")),
            ],
            options={
                "db_table": "task_assignees",
                "constraints": [models.UniqueConstraint(fields=("task", "user"), name="task_assignees_key")],
                "indexes": [models.Index(fields=["user", "task"], name="task_assignees_user_idx")],
            },
        ),
        foreign_key("task_assignees", "task_id", "tasks", "ON DELETE CASCADE"),
        foreign_key("task_assignees", "user_id", "users"),
        migrations.CreateModel(
            name="Comment",
            fields=[
                identity(),
                ("task", reference("board.task")),
                ("author", reference("board.user")),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("edited_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "comments",
                "indexes": [models.Index(fields=["task", "id"], name="comments_task_idx")],
            },
        ),
        ids_from("comments", 6001),
        foreign_key("comments", "task_id", "tasks", "ON DELETE CASCADE"),
        foreign_key("comments", "author_id", "users"),
        migrations.CreateModel(
            name="Activity",
            fields=[
                identity(),
                ("project", reference("board.project")),
                ("at", models.DateTimeField(db_default=Now())),
                ("user", reference("board.user")),
                ("action", models.TextField()),
                ("task_id", models.BigIntegerField(null=True)),
                ("changes", models.JSONField()),
            ],
            options={
                "db_table": "activity",
                "indexes": [models.Index(F("project"), F("id").desc(), name="activity_project_idx")],
            },
        ),
        ids_from("activity", 7001),
        foreign_key("activity", "project_id", "projects", "ON DELETE CASCADE"),
        foreign_key("activity", "user_id", "users"),
    )
