"""Pagination: every list by pages is asked for, cut and answered in the same way."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlmodel import Session, func, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from app.fields import Limit, Offset

Item = TypeVar("Item")
Statement = Select[Any] | SelectOfScalar[Any]


class PageQuery(BaseModel):
    limit: Limit = 20
    offset: Offset = 0


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    total: int
    limit: int
    offset: int


def fetch_page(
    session: Session,
    statement: Statement,
    query: PageQuery,
    to_item: Callable[[Any], Item],
) -> Page[Item]:
    """Run *statement* for the page that *query* asks for: as many statements for any page."""
    all_rows = statement.order_by(None).subquery()
    total = session.exec(select(func.count()).select_from(all_rows)).one()
    rows = session.exec(statement.limit(query.limit).offset(query.offset))
    items = [to_item(row) for row in rows]
    return Page(items=items, total=total, limit=query.limit, offset=query.offset)
