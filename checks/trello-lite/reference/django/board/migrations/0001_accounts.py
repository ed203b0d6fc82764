"""Users and their logins."""

import uuid

from django.db import migrations, models
from django.db.models.functions import Now

from board.foreign_keys import foreign_key, identity, ids_from, reference


class Migration(migrations.Migration):
    initial = True

    operations = (
        migrations.CreateModel(
            name="User",
            fields=[
                identity(),
                ("email", models.TextField()),
                ("name", models.TextField()),
                ("password_hash", models.TextField()),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "db_table": "users",
                "constraints": [models.UniqueConstraint(fields=("email",), name="users_email_key")],
            },
        ),
        ids_from("users", 1001),
        migrations.CreateModel(
            name="Login",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("user", reference("board.user")),
                ("generation", models.IntegerField(default=1)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "logins", "indexes": [models.Index(fields=["user"], name="logins_user_idx")]},
        ),
        foreign_key("logins", "user_id", "users", "ON DELETE CASCADE"),
    )
