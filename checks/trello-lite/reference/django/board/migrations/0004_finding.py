"""Indexes for finding tasks by due date and by label."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations
from django.db.models import F, Index


class Migration(migrations.Migration):
    dependencies = (("board", "0003_board"),)

    operations = (
        migrations.AddIndex(
            model_name="task",
            index=Index(F("project"), F("due_at").asc(nulls_last=True), F("id"), name="tasks_due_idx"),
        ),
        migrations.AddIndex(model_name="task", index=GinIndex(fields=["labels"], name="tasks_labels_idx")),
    )
