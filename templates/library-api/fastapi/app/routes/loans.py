"""Loans: borrowing and returning (CONTRACT §7)."""

from fastapi import APIRouter

router = APIRouter(prefix="/loans", tags=["loans"])

# TODO (milestone loans): POST /loans, GET /loans, GET /loans/{id}
# TODO (milestone loans): POST /loans/{id}/return
# TODO (milestone loans): POST /loans/batch, all or none
