"""Pagination: every list is asked for, cut and answered in the same way."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field
from sqlmodel import Session, func, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from app.fields import QueryInteger
from app.models import MAX_INTEGER

Item = TypeVar("Item")
Statement = Select[*tuple[Any, ...]] | SelectOfScalar[Any]


class PageQuery(BaseModel):
    limit: Annotated[QueryInteger, Field(ge=1, le=100)] = 20
    offset: Annotated[QueryInteger, Field(ge=0)] = 0


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
    """Run *statement* for the page that *query* asks for: two statements, however long the page."""
    all_rows = statement.order_by(None).subquery()
    total = session.exec(select(func.count()).select_from(all_rows)).one()
    # No table has more rows than this, and the database refuses larger offsets.
    offset = min(query.offset, MAX_INTEGER)
    rows = session.exec(statement.limit(query.limit).offset(offset))
    items = [to_item(row) for row in rows]
    return Page(items=items, total=total, limit=query.limit, offset=query.offset)
