"""Migrations: `python manage.py makemigrations board` writes them, you read and correct them (CONTRACT §11)."""
