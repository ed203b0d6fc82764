"""`python manage.py migrate_back`: take back the newest migration."""

from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder


class Command(BaseCommand):
    help = "Takes back the migration that was applied last."

    def handle(self, *args: Any, **options: Any) -> None:
        applied = MigrationRecorder.Migration.objects.filter(app="board").order_by("name")
        names = ["zero", *applied.values_list("name", flat=True)]
        if len(names) == 1:
            raise CommandError("No migration is applied: there is nothing to take back.")
        call_command("migrate", "board", names[-2], verbosity=options["verbosity"])
