"""Reports for librarians."""

from __future__ import annotations

from . import validation as check
from .db import matching
from .security import Call
from .wire import Answer, answer

TIMES = {"from": "loans.borrowed_at >= %(from)s", "to": "loans.borrowed_at < %(to)s"}

OVERDUE = """
SELECT users.id AS user_id, users.name, count(*) AS overdue_count, min(loans.due_at) AS oldest_due_at
FROM loans JOIN users ON users.id = loans.user_id
WHERE loans.returned_at IS NULL AND loans.due_at < now()
GROUP BY users.id
"""

AUTHORS = """
SELECT books.author, count(*) AS book_count, sum(books.copies_total)::bigint AS copies_total,
       coalesce(sum(lent.number), 0)::bigint AS loan_count
FROM books
LEFT JOIN (SELECT book_id, count(*) AS number FROM loans GROUP BY book_id) AS lent ON lent.book_id = books.id
GROUP BY books.author
"""


def most_borrowed(call: Call) -> Answer:
    """GET /reports/most-borrowed: how often each book was lent, in a span of time or ever."""
    values = check.apply(call.request.query, {**check.PAGE, "from": check.moment, "to": check.moment})
    where = " AND ".join(TIMES[name] for name in TIMES if name in values) or "TRUE"
    source = f"""
        SELECT books.id AS book_id, books.title, count(*) AS loan_count
        FROM loans JOIN books ON books.id = loans.book_id
        WHERE {where}
        GROUP BY books.id
    """
    return answer(200, call.db.page(source, [], "loan_count DESC, book_id", values))


def overdue(call: Call) -> Answer:
    """GET /reports/overdue: who has books that should be back."""
    values = check.apply(call.request.query, check.PAGE)
    return answer(200, call.db.page(OVERDUE, [], "overdue_count DESC, user_id", values))


def authors(call: Call) -> Answer:
    """GET /reports/authors: the books, copies and loans of each author."""
    values = check.apply(call.request.query, {**check.PAGE, "author": check.string})
    conditions = [matching("author = %(author)s", values["author"])] if "author" in values else []
    return answer(200, call.db.page(AUTHORS, conditions, "loan_count DESC, author", values))
