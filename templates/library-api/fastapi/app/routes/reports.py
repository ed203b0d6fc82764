"""Reports: what librarians want to know about the whole library (CONTRACT §8)."""

from fastapi import APIRouter

router = APIRouter(prefix="/reports", tags=["reports"])

# TODO (milestone sql): GET /reports/most-borrowed, /reports/overdue and /reports/authors, one grouped query each
