"""Columns: the lists of tasks on a board (CONTRACT §6)."""

from fastapi import APIRouter

router = APIRouter(tags=["columns"])

# TODO (milestone tasks): POST and GET /projects/{project_id}/columns
# TODO (milestone tasks): PATCH and DELETE /columns/{column_id}, POST /columns/{column_id}/move
