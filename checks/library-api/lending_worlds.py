"""Worlds for the checks of reports and lists: loans at known times, and what must be said about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from library import Member
from rows import DAY, SECOND, LoanRow, a_loan, insert_books, insert_loans, insert_user, insert_users, moment, rfc3339

from roadmap_cli.checking import Database, Draw


@dataclass(frozen=True)
class Window:
    """A time of its own, with loans in it and around it, and the report that they amount to."""

    begin: datetime
    end: datetime
    wanted: list[tuple[int, str, int]]

    @property
    def query(self) -> dict[str, str]:
        """The parameters that keep this window alone."""
        return {"from": rfc3339(self.begin), "to": rfc3339(self.end)}


@dataclass(frozen=True)
class Late:
    """A user of our own, and what the report must say of them."""

    id: int
    name: str
    due: tuple[datetime, ...]


@dataclass(frozen=True)
class Shelf:
    """The books of an author: how many copies of each are available."""

    author: str
    available: dict[int, int]


def a_window(database: Database, draw: Draw, decade: int) -> Window:
    """Books borrowed so and so often in a window of some days, with ties; other loans just outside it.

    Each check has a decade of its own, so that no check counts the loans of another.
    """
    begin = moment(draw, decade, decade + 8)
    end = begin + draw.integer(2, 9) * DAY
    books, users = insert_books(database, draw, 8, copies_total=50), insert_users(database, draw, 4)
    counts = dict(zip(books, draw.shuffled((5, 4, 4, 2, 1, 1, 1, 0)), strict=True))
    inside = [a_loan(book, draw.pick(users), between(draw, begin, end)) for book, n in counts.items() for _ in range(n)]
    outside = [a_loan(book, draw.pick(users), time) for book in books for time in (begin - SECOND, end, end + DAY)]
    insert_loans(database, draw.shuffled([*opened(inside), *outside]))
    titles = dict(database.rows("select id, title from books where id = any(%s)", books))
    wanted = [(book, titles[book], n) for book, n in counts.items() if n]
    return Window(begin, end, sorted(wanted, key=lambda entry: (-entry[2], entry[0])))


def opened(loans: list[LoanRow]) -> list[LoanRow]:
    """The same loans, one of each user still open."""
    open_ones = {loan.user_id: loan for loan in loans}
    return [replace(loan, returned_at=None) if loan is open_ones[loan.user_id] else loan for loan in loans]


def between(draw: Draw, begin: datetime, end: datetime) -> datetime:
    """A second of the window, the first included, the end not."""
    return begin + draw.integer(0, int((end - begin).total_seconds()) - 1) * SECOND


def lent_at(database: Database, draw: Draw, times: list[datetime]) -> tuple[int, str]:
    """A book that was lent at these times: its id and title."""
    title = draw.title()
    book, user = insert_books(database, draw, 1, title=title)[0], insert_user(database, draw)
    insert_loans(database, [a_loan(book, user, time) for time in times])
    return book, title


def late_users(database: Database, draw: Draw) -> list[Late]:
    """Users with one to three overdue loans, among loans that are none; in the order they must be reported in."""
    late = []
    for count in draw.shuffled((3, 2, 2, 1)):
        name = draw.name()
        user, due = insert_user(database, draw, name=name), tuple(moment(draw, 2001, 2020) for _ in range(count))
        books = insert_books(database, draw, count + 2)
        loans = [overdue(book, user, time) for book, time in zip(books, due, strict=False)]
        before = overdue(books[-1], user, moment(draw, 1991, 1999))
        loans.append(replace(before, returned_at=before.due_at + DAY))
        if count < 3:  # a user may have three open loans, and no more
            loans.append(replace(overdue(books[-2], user, moment(draw, 2101, 2140)), borrowed_at=min(due)))
        insert_loans(database, draw.shuffled(loans))
        late.append(Late(user, name, due))
    return sorted(late, key=lambda user: (-len(user.due), user.id))


def overdue(book: int, user: int, due: datetime) -> LoanRow:
    """An open loan that was due at this time."""
    return LoanRow(book_id=book, user_id=user, borrowed_at=due - 14 * DAY, due_at=due, returned_at=None)


def lent_books(database: Database, draw: Draw, count: int) -> Shelf:
    """So many books of one author, each lent once and returned once."""
    author, begun = draw.name(), moment(draw, 2001, 2010)
    books, users = (
        insert_books(database, draw, count, author=author, copies_total=4),
        insert_users(database, draw, count),
    )
    lent = draw.sample(books, count // 2)
    pairs = zip(books, users, strict=True)
    insert_loans(database, [a_loan(book, user, begun, returned=book not in lent) for book, user in pairs])
    return Shelf(author, {book: 4 - (book in lent) for book in books})


def loans_of(database: Database, member: Member, count: int) -> dict[int, str]:
    """So many returned loans of a member, each of another book: title by loan."""
    draw = member.api.draw
    books = insert_books(database, draw, count)
    titles = dict(database.rows("select id, title from books where id = any(%s)", books))
    loans = insert_loans(database, [a_loan(book, member.id, moment(draw, 2001, 2010)) for book in books])
    return {loan: titles[book] for loan, book in zip(loans, books, strict=True)}
