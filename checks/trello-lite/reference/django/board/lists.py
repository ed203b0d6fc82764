"""Lists: asked for, cut and answered in the same way everywhere (CONTRACT §2)."""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.utils.crypto import constant_time_compare, salted_hmac
from pydantic import BaseModel, Field, StringConstraints

from board.errors import Invalid
from board.fields import QueryInteger

SIGNATURE = 22

Limit = Annotated[QueryInteger, Field(ge=1, le=100)]


class PageQuery(BaseModel):
    limit: Limit = 20
    offset: Annotated[QueryInteger, Field(ge=0, le=1_000_000)] = 0


class CursorQuery(BaseModel):
    limit: Limit = 20
    cursor: Annotated[str, StringConstraints(min_length=1)] | None = None


def page(rows: QuerySet[Any], query: PageQuery, show: Callable[[Any], Any]) -> dict[str, Any]:
    """A list by pages. Entries and total come from one statement, so that they fit together."""
    found = list(rows.annotate(in_all=Window(Count("*")))[query.offset : query.offset + query.limit])
    if found:
        total = found[0].in_all
    else:
        total = rows.count() if query.offset else 0
    return {"items": [show(row) for row in found], "total": total, "limit": query.limit, "offset": query.offset}


@dataclass(frozen=True)
class Order:
    """A total order of rows: by a key, if there is one, and then by id.

    `key` reads the key from a row as JSON can hold it, `value` makes of that what the database compares.
    """

    name: str
    field: str | None = None
    descending: bool = False
    key: Callable[[Any], Any] = lambda row: None
    value: Callable[[Any], Any] = lambda key: key

    def by(self) -> Iterable[Any]:
        if self.field is None:
            return ("-id" if self.descending else "id",)
        key = F(self.field)
        return (key.desc(nulls_last=True) if self.descending else key.asc(nulls_last=True), "id")

    def after(self, key: Any, last_id: int) -> Q:
        """The condition of all rows that come behind this place."""
        if self.field is None:
            return Q(id__lt=last_id) if self.descending else Q(id__gt=last_id)
        if key is None:
            return Q(**{f"{self.field}__isnull": True}, id__gt=last_id)
        value = self.value(key)
        behind = Q(**{f"{self.field}__{'lt' if self.descending else 'gt'}": value})
        tied = Q(**{self.field: value}, id__gt=last_id)
        return behind | tied | Q(**{f"{self.field}__isnull": True})


def stretch(rows: QuerySet[Any], query: CursorQuery, order: Order, show: Callable[[Any], Any]) -> dict[str, Any]:
    """A list by cursor. A cursor is the place of the last entry, so nothing that comes or goes elsewhere moves it."""
    if query.cursor is not None:
        rows = rows.filter(order.after(*unsealed(order.name, query.cursor)))
    found = list(rows.order_by(*order.by())[: query.limit + 1])
    shown = found[: query.limit]
    more = len(found) > len(shown)
    return {
        "items": [show(row) for row in shown],
        "next_cursor": sealed(order.name, order.key(shown[-1]), shown[-1].pk) if more else None,
    }


def sealed(name: str, key: Any, last_id: int) -> str:
    """The cursor of a place: signed, so that only ours are believed."""
    place = json.dumps([key, last_id], ensure_ascii=False)
    text = _signature(name, place) + place
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsealed(name: str, cursor: str) -> tuple[Any, int]:
    """The place of a cursor that was sealed under that name."""
    try:
        text = base64.urlsafe_b64decode(cursor + "==").decode()
        signature, place = text[:SIGNATURE], text[SIGNATURE:]
        genuine = constant_time_compare(signature, _signature(name, place))
    except ValueError:
        genuine = False
    if not genuine:
        raise Invalid(("cursor", "is none that this list has given"))
    key, last_id = json.loads(place)
    return key, last_id


def _signature(name: str, place: str) -> str:
    return salted_hmac(f"board.cursor.{name}", place, algorithm="sha256").hexdigest()[:SIGNATURE]
