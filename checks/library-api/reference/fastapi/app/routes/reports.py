"""Reports: what librarians want to know about the whole library."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.dependencies import LibrarianOnly, SessionDep
from app.http import ApiRoute
from app.pagination import Page, PageQuery
from app.schemas import AuthorSummary, MostBorrowed, OverdueUser
from app.services import reports
from app.services.reports import AuthorsQuery, PeriodQuery

router = APIRouter(
    prefix="/reports", tags=["reports"], route_class=ApiRoute, dependencies=[LibrarianOnly]
)


@router.get("/most-borrowed")
def most_borrowed(
    query: Annotated[PeriodQuery, Query()], session: SessionDep
) -> Page[MostBorrowed]:
    return reports.most_borrowed(session, query)


@router.get("/overdue")
def overdue(query: Annotated[PageQuery, Query()], session: SessionDep) -> Page[OverdueUser]:
    return reports.overdue(session, query)


@router.get("/authors")
def authors(query: Annotated[AuthorsQuery, Query()], session: SessionDep) -> Page[AuthorSummary]:
    return reports.authors(session, query)
