"""Cursors: where a walk through a list has come to, given to the client and taken back.

A cursor holds the place of the last entry shown: its value in the order, and its id. The next
entries are those behind that place, whatever was added or deleted before it in the meantime.
It is signed, because nobody but us should make up places.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, select

from app.errors import ValidationFailed
from app.fields import AnyText, Limit
from app.pagination import Item
from app.settings import settings

Value = TypeVar("Value")


class CursorQuery(BaseModel):
    limit: Limit = 20
    cursor: AnyText | None = None


class CursorPage(BaseModel, Generic[Item]):
    items: list[Item]
    next_cursor: str | None


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Order:
    """An order of a list: by a key, entries without one last; what is equal by id, ascending."""

    name: str
    key: Any
    id: Any
    descending: bool = False
    # How a value of the key is read from JSON.
    read: Callable[[Any], Any] = _as_it_is

    @property
    def terms(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        key = self.key.desc() if self.descending else self.key.asc()
        return key.nulls_last(), self.id.asc()

    def select(self, entity: type[Any]) -> Any:
        """A query on *entity* that also gives what its place in this order is made of."""
        return select(entity, self.key, self.id).order_by(*self.terms)

    def behind(self, value: Any, last_id: int) -> ColumnElement[bool]:
        """The condition that an entry comes after the one with this value and id."""
        if value is None:
            return and_(self.key.is_(None), self.id > last_id)
        further = self.key < value if self.descending else self.key > value
        return or_(further, self.key.is_(None), and_(self.key == value, self.id > last_id))


def fetch_slice(
    session: Session,
    statement: Any,
    order: Order,
    query: CursorQuery,
    to_item: Callable[[Any], Item],
) -> CursorPage[Item]:
    """Run *statement*, made by ``order.select``, for the entries behind the cursor."""
    if query.cursor is not None:
        statement = statement.where(order.behind(*_open(query.cursor, order)))
    # One entry more than we show tells whether anything follows.
    rows = session.exec(statement.limit(query.limit + 1)).all()
    shown = rows[: query.limit]
    items = [to_item(row[0]) for row in shown]
    next_cursor = _seal(order, *shown[-1][1:]) if len(rows) > len(shown) else None
    return CursorPage(items=items, next_cursor=next_cursor)


def _seal(order: Order, value: Any, last_id: int) -> str:
    place = json.dumps([order.name, value, last_id], ensure_ascii=False, default=str)
    sealed = _signature(place) + place
    return base64.urlsafe_b64encode(sealed.encode()).decode()


def _open(cursor: str, order: Order) -> tuple[Any, int]:
    sealed = _decode(cursor)
    length = len(_signature(""))
    signature, place = sealed[:length], sealed[length:]
    if not hmac.compare_digest(signature.encode(), _signature(place).encode()):
        raise _refusal()
    name, value, last_id = json.loads(place)
    if name != order.name:
        raise _refusal()
    return (None if value is None else order.read(value)), last_id


def _decode(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise _refusal() from error


def _signature(place: str) -> str:
    key = settings.secret_key.encode()
    return hmac.new(key, b"cursor:" + place.encode(), hashlib.sha256).hexdigest()[:32]


def _refusal() -> ValidationFailed:
    return ValidationFailed.of("cursor", "is not one that we gave")
