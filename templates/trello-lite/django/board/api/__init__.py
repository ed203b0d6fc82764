"""The API: one module for each group of paths. They translate between HTTP and the services."""

from ninja import NinjaAPI

from board.api import auth, columns, comments, health, invitations, projects, tasks, users

# TODO (milestone docs, CONTRACT §13): openapi_url="/openapi.json" serves the document that ninja makes of your
# endpoints. It is as true as what you tell ninja: `response={200: …, 404: …}` for each endpoint.
api = NinjaAPI(title="Task API", version="1", openapi_url=None, docs_url=None)

for group in (health, auth, users, projects, invitations, columns, tasks, comments):
    api.add_router("", group.router)

# TODO (milestone auth, CONTRACT §2): register the handlers of board/errors.py
