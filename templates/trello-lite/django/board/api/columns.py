"""Columns (CONTRACT §6)."""

from ninja import Router

router = Router(tags=["columns"])

# TODO (milestone tasks): POST and GET /projects/{project_id}/columns
# TODO (milestone tasks): PATCH and DELETE /columns/{column_id}; POST /columns/{column_id}/move
