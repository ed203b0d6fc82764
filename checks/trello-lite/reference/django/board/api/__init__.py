"""The API: one module for each group of paths. They translate between HTTP and the services."""

from ninja import NinjaAPI

from board.api import auth, columns, comments, health, invitations, projects, tasks, users
from board.http import StrictParser, register_errors

# docs_url is for people and needs files from elsewhere; health.py serves the document itself.
api = NinjaAPI(title="Task API", version="1", parser=StrictParser(), docs_url=None, openapi_url=None)
register_errors(api)
for group in (health, auth, users, projects, invitations, columns, tasks, comments):
    api.add_router("", group.router)
