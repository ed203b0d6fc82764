"""`python manage.py serve`: bring the database up to date, then answer requests until SIGTERM."""

import os
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.core.management import BaseCommand, call_command
from django.db import connection

from config import serving


class Command(BaseCommand):
    help = "Migrates, then serves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=options["verbosity"])
        connection.close()
        uvicorn.Server(serving.config(options["host"], options["port"])).run()
