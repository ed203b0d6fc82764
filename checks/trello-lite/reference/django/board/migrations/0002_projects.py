"""Projects, who has a role in them, and who is invited."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

from board.foreign_keys import foreign_key, identity, ids_from, reference

ROLES = [("owner", "Owner"), ("member", "Member"), ("viewer", "Viewer")]


class Migration(migrations.Migration):
    dependencies = (("board", "0001_accounts"),)

    operations = (
        migrations.CreateModel(
            name="Project",
            fields=[
                identity(),
                ("name", models.TextField()),
                ("description", models.TextField()),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={"db_table": "projects"},
        ),
        ids_from("projects", 2001),
        migrations.CreateModel(
            name="Membership",
            fields=[
                identity(),
                (
                    "project",
                    reference("board.project", related_name="memberships", related_query_name="membership"),
                ),
                ("user", reference("board.user", related_name="memberships", related_query_name="membership")),
                ("role", models.TextField(choices=ROLES)),
                ("joined_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "db_table": "memberships",
                "constraints": [
                    models.UniqueConstraint(fields=("project", "user"), name="memberships_project_user_key"),
                    models.UniqueConstraint(
                        fields=("project",), condition=Q(role="owner"), name="memberships_one_owner_key"
                    ),
                    models.CheckConstraint(
                        condition=Q(role__in=["owner", "member", "viewer"]), name="memberships_role_check"
                    ),
                ],
                "indexes": [models.Index(fields=["user", "project"], name="memberships_user_idx")],
            },
        ),
        foreign_key("memberships", "project_id", "projects", "ON DELETE CASCADE"),
        foreign_key("memberships", "user_id", "users"),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                identity(),
                ("project", reference("board.project")),
                ("email", models.TextField()),
                ("role", models.TextField(choices=ROLES)),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "db_table": "invitations",
                "constraints": [
                    models.UniqueConstraint(fields=("project", "email"), name="invitations_project_email_key")
                ],
                "indexes": [models.Index(fields=["email", "id"], name="invitations_email_idx")],
            },
        ),
        ids_from("invitations", 3001),
        foreign_key("invitations", "project_id", "projects", "ON DELETE CASCADE"),
    )
