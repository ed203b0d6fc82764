"""`python manage.py migrate`: Django's own, but one at a time."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

LOCK = 7_203_114


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate. Of two servers that start together the second waits, and then finds nothing to do."""
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                super().handle(*args, **options)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
