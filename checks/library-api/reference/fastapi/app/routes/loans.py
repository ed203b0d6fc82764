"""Loans: borrowing and returning."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.dependencies import CurrentUser, IdInPath, SessionDep
from app.errors import Forbidden
from app.http import ApiRoute
from app.models import Loan, User
from app.pagination import Page
from app.schemas import LoanOut, LoansOut, NewLoan, NewLoans
from app.services import loans
from app.services.loans import LoanQuery

router = APIRouter(prefix="/loans", tags=["loans"], route_class=ApiRoute)


@router.post("", status_code=201)
def borrow(new: NewLoan, user: CurrentUser, session: SessionDep, response: Response) -> LoanOut:
    [loan] = loans.lend(session, user, [new.book_id])
    response.headers["Location"] = f"/loans/{loan.id}"
    return LoanOut.model_validate(loan)


@router.post("/batch", status_code=201)
def borrow_several(new: NewLoans, user: CurrentUser, session: SessionDep) -> LoansOut:
    lent = loans.lend(session, user, new.book_ids)
    return LoansOut(items=[LoanOut.model_validate(loan) for loan in lent])


@router.get("")
def list_loans(
    query: Annotated[LoanQuery, Query()], user: CurrentUser, session: SessionDep
) -> Page[LoanOut]:
    if user.role != "librarian":
        if query.user_id not in (None, user.id):
            raise Forbidden("You may see your own loans only.")
        query.user_id = user.id
    return loans.list_loans(session, query)


@router.get("/{id}")
def get_loan(loan_id: IdInPath, user: CurrentUser, session: SessionDep) -> LoanOut:
    loan = loans.get_loan(session, loan_id)
    _check_access(user, loan)
    return LoanOut.model_validate(loan)


@router.post("/{id}/return")
def return_loan(loan_id: IdInPath, user: CurrentUser, session: SessionDep) -> LoanOut:
    loan = loans.lock_loan(session, loan_id)
    _check_access(user, loan)
    loans.return_loan(session, loan)
    return LoanOut.model_validate(loan)


def _check_access(user: User, loan: Loan) -> None:
    if loan.user_id != user.id and user.role != "librarian":
        raise Forbidden("That is not your loan.")
