"""`python manage.py migrate_back`: take back the newest migration."""

from typing import Any

from django.core.management import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Takes back the migration that was applied last."

    def handle(self, *args: Any, **options: Any) -> None:
        # TODO (milestone database, CONTRACT §11): Django's MigrationRecorder knows what is applied;
        # `migrate board NAME` goes to a migration, `migrate board zero` before the first.
        raise CommandError("migrate_back is not built yet.")
