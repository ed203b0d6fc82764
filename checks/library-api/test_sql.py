"""SQL: tables that guard themselves, reports in one query, and nothing that a text or a restart can break (§8, §9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import partial
from typing import Any

import pytest
from lending_worlds import Shelf, a_window, late_users, lent_at, lent_books, loans_of
from library import Member, Newcomer, Rounds, a_book, add_book, expect_error, expect_invalid, log_in
from past import Past
from rows import (
    BOOK,
    DAY,
    LOAN,
    SECOND,
    USER,
    LoanRow,
    a_loan,
    a_user_row,
    insert,
    insert_books,
    insert_loans,
    insert_user,
    insert_users,
    inserting,
    moment,
    rfc3339,
)

from roadmap_cli.checking import (
    API,
    Answer,
    Database,
    Draw,
    Json,
    Server,
    blocked_by,
    expect,
    fail,
    race,
    requirement,
)

REPORTS = ("/reports/most-borrowed", "/reports/overdue", "/reports/authors")
UNKNOWN_ID = 2_111_222_333
INTEGERS = {"integer", "bigint"}
SMALL_INTEGERS = INTEGERS | {"smallint"}
TEXTS = {"text", "character varying"}
TIME = {"timestamp with time zone"}
TOLERANCE = 3
OTHER_BOOK_COLUMNS = re.compile(r"\b(title|isbn|published_year|copies_total|created_at)\b")
CALLERS = 8

# --- sql.keys


@requirement("sql.keys")
def test_primary_keys(database: Database) -> None:
    """The id of each table is its primary key."""
    for table in ("users", "books", "loans"):
        keys = [one.columns for one in database.constraints(table) if one.kind == "primary key"]

        expect(keys == [("id",)], f"The primary key of {table} is id.", expected="id", actual=keys or "no primary key")


@requirement("sql.keys")
def test_ids_come_from_the_database(database: Database, librarian: API) -> None:
    """Rows without an id get one of their own, whether the server or somebody else inserts them."""
    seen = []
    for _ in range(3):
        seen += insert_books(database, librarian.draw, 2)
        seen.append(add_book(librarian)["id"].integer)

    expect(min(seen) > 0, "Every id is a positive integer.", actual=seen)
    expect(len(set(seen)) == len(seen), "Every row has an id of its own, whoever inserted it.", actual=seen)


@requirement("sql.keys")
def test_an_id_is_not_given_twice(librarian: API) -> None:
    """The id of a deleted book is not given to the next one."""
    gone = add_book(librarian)["id"].integer
    deleted = librarian.delete(f"/books/{gone}")
    if deleted.status != 204:
        blocked_by("books.delete", "A book could not be deleted for this check.", answer=deleted)
    after = add_book(librarian)

    after["id"].expect(after["id"].integer != gone, "An id is never used again, not even that of the newest book.")


@requirement("sql.keys")
@pytest.mark.parametrize(("column", "table"), [("book_id", "books"), ("user_id", "users")])
def test_loans_point_to_rows_that_exist(database: Database, api: API, column: str, table: str) -> None:
    """A loan of a book or user that does not exist is refused by the database itself."""
    row = loan_columns(database, api.draw)
    expect_allowed(database, "loans", row, f"A loan of an existing book and user can be inserted: {shown(row)}.")

    there = [(one.columns, one.references) for one in database.constraints("loans") if one.kind == "foreign key"]
    words = f"loans.{column} is a foreign key to {table}."
    expect(((column,), table) in there, words, expected=f"{column} references {table}", actual=there or "none")
    expect_refused(database, "loans", row | {column: UNKNOWN_ID}, words)


# --- sql.unique


@requirement("sql.unique")
def test_isbn_is_unique(database: Database, api: API) -> None:
    """The database takes an ISBN once; title and author may come again."""
    row = a_book(api.draw)
    insert(database, "books", BOOK, [tuple(row.values())])
    other = a_book(api.draw)["isbn"]

    expect_allowed(database, "books", row | {"isbn": other}, "Two books may have the same title and author.")
    expect_refused(database, "books", a_book(api.draw, isbn=row["isbn"]), "books.isbn is unique.")


@requirement("sql.unique")
def test_email_is_unique(database: Database, api: API) -> None:
    """The database takes an e-mail address once; a name may come again."""
    row = a_user_row(api.draw)
    insert(database, "users", USER, [tuple(row.values())])

    expect_allowed(database, "users", row | {"email": api.draw.email()}, "Two users may have the same name.")
    expect_refused(database, "users", a_user_row(api.draw, email=row["email"]), "users.email is unique.")


@requirement("sql.unique")
def test_updates_are_held_to_it(database: Database, api: API) -> None:
    """A row cannot be changed into a double either."""
    _, second = insert_books(database, api.draw, 2)
    taken = database.value("select isbn from books where id <> %s order by id desc limit 1", second)

    refused = database.refuses("update books set isbn = %s where id = %s", taken, second)
    expect(refused, "A book cannot be given the ISBN of another one, not even by an UPDATE.", actual="it was changed")


# --- sql.checks


@requirement("sql.checks")
def test_roles(database: Database, api: API) -> None:
    """A user is a member or a librarian, nothing else."""
    insert_user(database, api.draw)
    row = a_user_row(api.draw)
    for role in ("member", "librarian"):
        expect_allowed(database, "users", row | {"role": role}, f"A user may have the role {role}.")

    for role in ("admin", "Member", ""):
        expect_refused(database, "users", row | {"role": role}, "users.role is member or librarian, nothing else.")


@requirement("sql.checks")
def test_copies(database: Database, api: API) -> None:
    """A book has one copy or more."""
    insert_books(database, api.draw, 1)
    for copies in (1, 2, 1000):
        expect_allowed(database, "books", a_book(api.draw, copies_total=copies), f"A book may have {copies} copies.")

    for copies in (0, -1, -1000):
        expect_refused(database, "books", a_book(api.draw, copies_total=copies), "books.copies_total is at least 1.")


@requirement("sql.checks")
def test_due_after_borrowed(database: Database, api: API) -> None:
    """A loan is due later than it began: a second is enough, the same instant is not."""
    row = loan_columns(database, api.draw)
    begun = row["borrowed_at"]
    expect_allowed(database, "loans", row | {"due_at": begun + SECOND}, "A loan may be due a second after it began.")

    for due in (begun, begun - SECOND, begun - DAY):
        expect_refused(database, "loans", row | {"due_at": due}, "loans.due_at is later than borrowed_at.")


@requirement("sql.checks")
def test_returned_not_before_borrowed(database: Database, api: API) -> None:
    """A loan is returned never, at the instant it began, or at any time later, also when it is overdue."""
    row = loan_columns(database, api.draw)
    begun = row["borrowed_at"]
    for returned in (None, begun, begun + SECOND, row["due_at"] + DAY):
        words = f"A loan that began at {begun} may have returned_at {returned}."
        expect_allowed(database, "loans", row | {"returned_at": returned}, words)

    for returned in (begun - SECOND, begun - DAY):
        words = "loans.returned_at is not before borrowed_at."
        expect_refused(database, "loans", row | {"returned_at": returned}, words)


@requirement("sql.checks")
def test_updates_are_checked(database: Database, api: API) -> None:
    """A rule that holds for new rows holds for changed ones."""
    book = insert_books(database, api.draw, 1)[0]

    refused = database.refuses("update books set copies_total = 0 where id = %s", book)
    expect(refused, "An UPDATE cannot take the last copy of a book away.", actual="it was changed")


# --- sql.indexes


@requirement("sql.indexes")
@pytest.mark.parametrize("column", ["book_id", "user_id"])
def test_loans_are_indexed(database: Database, column: str) -> None:
    """The loans of a book and the loans of a user are found through an index."""
    first = [index.keys[0] for index in database.indexes("loans")]

    words = f"An index of loans has {column} as its first column."
    expect(column in first, words, expected=column, actual=f"indexes that begin with {', '.join(first) or 'nothing'}")


@requirement("sql.indexes")
def test_authors_are_indexed(database: Database) -> None:
    """The books of an author are found through an index."""
    first = [index.keys[0] for index in database.indexes("books")]

    words = "An index of books has author, or an expression of it alone (lower(author)), as its first column."
    found = any(re.search(r"\bauthor\b", key) and not OTHER_BOOK_COLUMNS.search(key) for key in first)
    expect(found, words, expected="author or lower(author)", actual=f"indexes that begin with {', '.join(first)}")


# --- sql.types


@dataclass(frozen=True)
class Wanted:
    """A column of CONTRACT.md §9."""

    types: set[str]
    nullable: bool = False


COLUMNS = {
    "users": {
        "id": Wanted(INTEGERS),
        "email": Wanted(TEXTS),
        "name": Wanted(TEXTS),
        "password_hash": Wanted(TEXTS),
        "role": Wanted(TEXTS | {"enum"}),
        "created_at": Wanted(TIME),
    },
    "books": {
        "id": Wanted(INTEGERS),
        "title": Wanted(TEXTS),
        "author": Wanted(TEXTS),
        "isbn": Wanted(TEXTS | {"character"}),
        "published_year": Wanted(SMALL_INTEGERS),
        "copies_total": Wanted(SMALL_INTEGERS),
        "created_at": Wanted(TIME),
    },
    "loans": {
        "id": Wanted(INTEGERS),
        "book_id": Wanted(INTEGERS),
        "user_id": Wanted(INTEGERS),
        "borrowed_at": Wanted(TIME),
        "due_at": Wanted(TIME),
        "returned_at": Wanted(TIME, nullable=True),
    },
}


@requirement("sql.types")
@pytest.mark.parametrize("table", list(COLUMNS))
def test_columns(database: Database, table: str) -> None:
    """Every column has the type of the contract, and may be null only where a value may be missing."""
    columns = database.columns(table)
    for name, wanted in COLUMNS[table].items():
        there = columns.get(name) or fail(f"The table {table} has a column {name}.", actual=", ".join(columns))
        types = " or ".join(sorted(wanted.types))
        expect(there.type in wanted.types, f"{table}.{name} is {types}.", expected=types, actual=there.type)
        words = f"{table}.{name} may be null." if wanted.nullable else f"{table}.{name} is declared NOT NULL."
        expect(there.nullable == wanted.nullable, words, actual="may be null" if there.nullable else "not null")


@requirement("sql.types")
@pytest.mark.parametrize("table", list(COLUMNS))
def test_rows_without_the_servers_columns(database: Database, api: API, table: str) -> None:
    """A row that leaves out what is the server's is taken: the database itself fills in the rest."""
    for _ in range(2):
        row = a_row(database, api.draw, table)
        database.execute(inserting(table, tuple(row)).removesuffix("returning id"), *row.values())


@requirement("sql.types")
@pytest.mark.parametrize("table", ["users", "books"])
def test_created_at_is_now(database: Database, api: API, table: str) -> None:
    """created_at of a row that did not give it is the time of the insert, each time anew."""
    row = a_row(database, api.draw, table)
    sql = inserting(table, tuple(row)).removesuffix("id")
    age = database.value(f"{sql} extract(epoch from clock_timestamp() - created_at)::float", *row.values())

    words = f"{table}.created_at has the present time as its default in the database."
    expect(age is not None and abs(age) < 60, words, expected="now", actual=f"{age} seconds ago")


@requirement("sql.types")
def test_a_row_of_ours_is_a_book(database: Database, api: API) -> None:
    """What is in the tables is the truth: a book that was inserted there is served, one deleted there is gone."""
    row = a_book(api.draw)
    book = database.value(inserting("books", BOOK), *row.values())
    api.get(f"/books/{book}").expect(200).has(id=book, copies_available=row["copies_total"], **row)

    database.execute("delete from books where id = %s", book)
    expect_error(api.get(f"/books/{book}"), 404, "not_found")


# --- sql.most-borrowed


@requirement("sql.most-borrowed")
def test_most_borrowed(database: Database, librarian: API) -> None:
    """Each book that was borrowed in the window, most loans first, then by id; open and returned loans count."""
    window = a_window(database, librarian.draw, 1910)

    expect_report(librarian.get("/reports/most-borrowed", query=window.query), window.wanted, MOST_BORROWED)


@requirement("sql.most-borrowed")
def test_from_is_in_and_to_is_out(database: Database, librarian: API) -> None:
    """A loan that began at `from` counts, one that began at `to` does not."""
    begin = moment(librarian.draw, 1940, 1948)
    end = begin + librarian.draw.integer(2, 9) * DAY
    book, counted = lent_at(database, librarian.draw, [begin - SECOND, begin, end - SECOND, end])
    query = {"from": rfc3339(begin), "to": rfc3339(end)}
    offsets = {"from": begin.isoformat(), "to": end.isoformat(timespec="milliseconds")}

    for given in (query, offsets):
        expect_report(librarian.get("/reports/most-borrowed", query=given), [(book, counted, 2)], MOST_BORROWED)
    beside = {"from": rfc3339(end + SECOND), "to": rfc3339(end + DAY)}
    expect_report(librarian.get("/reports/most-borrowed", query=beside), [], MOST_BORROWED)


@requirement("sql.most-borrowed")
def test_either_end_may_be_open(database: Database, librarian: API) -> None:
    """Without `from` everything before `to` counts, without `to` everything since `from`."""
    long_ago, far_ahead = moment(librarian.draw, 1801, 1890), moment(librarian.draw, 2151, 2240)
    old, old_title = lent_at(database, librarian.draw, [long_ago, long_ago])
    new, new_title = lent_at(database, librarian.draw, [far_ahead, far_ahead, far_ahead + DAY])

    before = librarian.get("/reports/most-borrowed", query={"to": rfc3339(long_ago + SECOND)})
    expect_report(before, [(old, old_title, 2)], MOST_BORROWED)
    since = librarian.get("/reports/most-borrowed", query={"from": rfc3339(far_ahead)})
    expect_report(since, [(new, new_title, 3)], MOST_BORROWED)


@requirement("sql.most-borrowed")
def test_books_without_loans_are_absent(database: Database, librarian: API) -> None:
    """Without any parameter too, every entry has a loan: the last one of the whole report as well."""
    insert_books(database, librarian.draw, 1)
    window = a_window(database, librarian.draw, 1920)
    total = librarian.get("/reports/most-borrowed", query={"limit": 1}).expect(200)["total"].integer

    expect(total >= len(window.wanted), "Without parameters all loans count.", actual=total)
    last = librarian.get("/reports/most-borrowed", query={"limit": 1, "offset": total - 1}).expect(200)["items"][0]
    last["loan_count"].expect(last["loan_count"].integer >= 1, "A book without a loan is not in the report.")


@requirement("sql.most-borrowed")
def test_most_borrowed_in_pages(database: Database, librarian: API) -> None:
    """Pages of the report put together are the report; `total` counts books, not loans and not the page."""
    window = a_window(database, librarian.draw, 1930)
    for offset in range(0, len(window.wanted) + 2, 2):
        page = librarian.get("/reports/most-borrowed", query=window.query | {"limit": "2", "offset": str(offset)})

        page.expect(200).has(total=len(window.wanted), limit=2, offset=offset)
        expect_items(page, window.wanted[offset : offset + 2], MOST_BORROWED)


@requirement("sql.most-borrowed")
def test_a_page_has_20_entries(database: Database, librarian: API) -> None:
    """Without `limit` a page holds 20 books, and `total` says how many there are."""
    begin = moment(librarian.draw, 1950, 1958)
    books, user = insert_books(database, librarian.draw, 23), insert_user(database, librarian.draw)
    insert_loans(database, [a_loan(book, user, begin) for book in librarian.draw.shuffled(books)])
    page = librarian.get("/reports/most-borrowed", query={"from": rfc3339(begin), "to": rfc3339(begin + SECOND)})

    page.expect(200).has(total=23, limit=20, offset=0)
    shown_books = [item["book_id"].integer for item in page["items"]]
    expect(shown_books == books[:20], "The first page holds the first 20.", expected=books[:20], actual=shown_books)


@requirement("sql.most-borrowed")
@pytest.mark.parametrize("name", ["from", "to"])
def test_bad_times(librarian: API, name: str) -> None:
    """What is no time with a zone is 422 with the parameter's name."""
    for wrong in ("yesterday", "2026-02-30T00:00:00Z", "2026-03-01T25:00:00Z", "2026-03-01T09:30:00", "2026-03-01"):
        expect_invalid(librarian.get("/reports/most-borrowed", query={name: wrong}), name)


@requirement("sql.most-borrowed")
@pytest.mark.parametrize("minutes", [5 * 60 + 30, -8 * 60])
def test_an_offset_is_part_of_the_time(database: Database, librarian: API, minutes: int) -> None:
    """A time with an offset is the same instant as that time in UTC."""
    begin = moment(librarian.draw, *((1960, 1963) if minutes > 0 else (1965, 1968)))
    end = begin + 2 * SECOND
    book, _ = lent_at(database, librarian.draw, [begin - SECOND, begin, begin + SECOND, end])
    elsewhere = timezone(timedelta(minutes=minutes))
    written = begin.astimezone(elsewhere).isoformat()
    query = {"from": written, "to": end.astimezone(elsewhere).isoformat()}
    answer = librarian.get("/reports/most-borrowed", query=query).expect(200)

    there = [(item["book_id"].integer, item["loan_count"].integer) for item in answer["items"]]
    words = f"{written} is the instant {rfc3339(begin)}: the report counts the same loans, however the time is written."
    expect(there == [(book, 2)], words, expected=f"book {book}: 2 loans", actual=counted(there), answer=answer)


@requirement("sql.most-borrowed")
def test_fractions_of_a_second_count(database: Database, librarian: API) -> None:
    """`from` and `to` are exact: a fraction of a second decides too."""
    begin = moment(librarian.draw, 1970, 1978)
    book, _ = lent_at(database, librarian.draw, [begin + 0.2 * SECOND])
    whole_second, split = rfc3339(begin), (begin + 0.6 * SECOND).isoformat(timespec="milliseconds")
    after = rfc3339(begin + SECOND)

    for start, end, wanted in ((whole_second, split, [(book, 1)]), (split, after, [])):
        answer = librarian.get("/reports/most-borrowed", query={"from": start, "to": end}).expect(200)
        there = [(item["book_id"].integer, item["loan_count"].integer) for item in answer["items"]]
        words = f"A loan that began 0.2 s after {whole_second} counts if from <= borrowed_at < to, fractions included."
        expect(there == wanted, words, expected=counted(wanted), actual=counted(there), answer=answer)


@requirement("sql.most-borrowed")
def test_from_after_to(database: Database, librarian: API) -> None:
    """No loan began in a window that ends before it begins: the report is empty, and nothing is wrong with it."""
    begin = moment(librarian.draw, 1980, 1988)
    lent_at(database, librarian.draw, [begin, begin + SECOND])
    query = {"from": rfc3339(begin + DAY), "to": rfc3339(begin - DAY)}

    expect_report(librarian.get("/reports/most-borrowed", query=query), [], MOST_BORROWED)


@requirement("sql.most-borrowed")
def test_limits_of_most_borrowed(librarian: API) -> None:
    """The report is a list: a limit or offset out of bounds is 422."""
    expect_limits(librarian, "/reports/most-borrowed")


# --- sql.overdue


@requirement("sql.overdue")
def test_overdue(database: Database, librarian: API) -> None:
    """Each user's overdue loans are counted, and the oldest of them named."""
    late = late_users(database, librarian.draw)
    there = {item["user_id"].integer: item for item in whole(librarian, "/reports/overdue")}

    for user in late:
        item = there.get(user.id) or fail(f"User {user.id} has overdue loans and is in the report.")
        item.has(name=user.name, overdue_count=len(user.due))
        wanted = min(user.due)
        item["oldest_due_at"].expect(
            item["oldest_due_at"].time == wanted,
            "oldest_due_at is the earliest due_at of the user's overdue loans.",
            expected=wanted.isoformat(),
        )


@requirement("sql.overdue")
def test_returned_and_not_yet_due_do_not_count(database: Database, librarian: API) -> None:
    """Who returned late, or has books that are not due yet, is not in the report."""
    draw, now = librarian.draw, database.value("select now()")
    users, books = insert_users(database, draw, 2), insert_books(database, draw, 3, copies_total=9)
    begun = moment(draw, 2001, 2010)
    late = LoanRow(book_id=books[0], user_id=users[0], borrowed_at=begun, due_at=begun + DAY, returned_at=now - DAY)
    soon = LoanRow(book_id=books[1], user_id=users[0], borrowed_at=begun, due_at=now + DAY, returned_at=None)
    today = LoanRow(book_id=books[2], user_id=users[1], borrowed_at=begun, due_at=now + 600 * SECOND, returned_at=None)
    insert_loans(database, [late, soon, today])

    there = {item["user_id"].integer for item in whole(librarian, "/reports/overdue")}
    for user, words in (
        (users[0], "Late but returned, or open but not yet due: neither is overdue."),
        (users[1], "A loan that is due in ten minutes is not overdue yet."),
    ):
        expect(user not in there, words, expected=f"user {user} is not in the report", actual="is in the report")


@requirement("sql.overdue")
def test_overdue_since_a_moment(database: Database, librarian: API) -> None:
    """A loan is overdue as soon as its time is over, not from the next day on, and no longer once it is returned."""
    draw, now = librarian.draw, database.value("select now()")
    user, book = insert_user(database, draw), insert_books(database, draw, 1)[0]
    row = LoanRow(book_id=book, user_id=user, borrowed_at=now - DAY, due_at=now - 2 * SECOND, returned_at=None)
    loan = insert_loans(database, [row])[0]

    first = {item["user_id"].integer for item in whole(librarian, "/reports/overdue")}
    expect(user in first, "A loan that was due two seconds ago is overdue.")
    database.execute("update loans set returned_at = now() where id = %s", loan)
    after = {item["user_id"].integer for item in whole(librarian, "/reports/overdue")}
    expect(user not in after, "A user whose last overdue loan was returned is no longer in the report.")


@requirement("sql.overdue")
def test_overdue_is_ordered(database: Database, librarian: API) -> None:
    """Most overdue loans first, then by user; each user once, on whatever page."""
    late = late_users(database, librarian.draw)
    there = [(item["user_id"].integer, item["overdue_count"].integer) for item in whole(librarian, "/reports/overdue")]

    wanted = sorted(there, key=lambda entry: (-entry[1], entry[0]))
    begin = next((n for n, pair in enumerate(zip(there, wanted, strict=True)) if pair[0] != pair[1]), 0)
    words = "The report is ordered by overdue_count, descending, then by user_id, ascending."
    expect(there == wanted, words, expected=in_order(wanted, begin), actual=in_order(there, begin))
    ids = [user for user, _ in there]
    expect(len(set(ids)) == len(ids), "Each user stands in the report once.", actual=ids)
    place = ids.index(late[0].id)
    page = librarian.get("/reports/overdue", query={"limit": 2, "offset": place}).expect(200)
    page.has(total=len(ids), limit=2, offset=place)
    expect(
        [item["user_id"].integer for item in page["items"]] == ids[place : place + 2], "A page is part of the whole."
    )


@requirement("sql.overdue")
def test_two_late_users_of_one_name(database: Database, librarian: API) -> None:
    """Two users of the same name are two users: each has an entry with their own loans."""
    name = librarian.draw.name()
    late = {late_user(database, librarian.draw, count, name=name): count for count in (1, 2)}
    there = {item["user_id"].integer: item for item in whole(librarian, "/reports/overdue")}

    for user, count in late.items():
        words = f"User {user} has an entry with {count} overdue, although another user has the same name."
        item = there.get(user) or fail(words, expected=f"an entry for user {user}", actual="none")
        item["overdue_count"].expect(item["overdue_count"].integer == count, words, expected=count)
        item["name"].equals(name)


@requirement("sql.overdue")
def test_librarians_are_late_too(database: Database, librarian: API) -> None:
    """A librarian with an overdue loan is in the report like anybody."""
    user = late_user(database, librarian.draw, 1, role="librarian")
    there = {item["user_id"].integer: item for item in whole(librarian, "/reports/overdue")}

    words = "A user with an overdue loan is in the report, a librarian too."
    item = there.get(user) or fail(words, expected=f"an entry for user {user}, a librarian", actual="none")
    item.has(overdue_count=1)


@requirement("sql.overdue")
def test_limits_of_overdue(librarian: API) -> None:
    """The report is a list: a limit or offset out of bounds is 422."""
    expect_limits(librarian, "/reports/overdue")


# --- sql.authors


@requirement("sql.authors")
def test_author_counts(database: Database, librarian: API) -> None:
    """Books, copies and loans of an author are each counted once, however many loans each book has."""
    author, draw = librarian.draw.name(), librarian.draw
    copies = [draw.integer(2, 9), draw.integer(10, 99), draw.integer(100, 999)]
    books = [insert_books(database, draw, 1, author=author, copies_total=count)[0] for count in copies]
    users, begun = insert_users(database, draw, 3), moment(draw, 2001, 2010)
    loans = [a_loan(books[0], user, begun) for user in (*users, *users)]
    insert_loans(
        database, [*loans, a_loan(books[1], users[0], begun), a_loan(books[0], users[1], begun, returned=False)]
    )

    expect_report(about(librarian, author), [(author, 3, sum(copies), 8)], AUTHORS)


@requirement("sql.authors")
def test_authors_who_were_never_borrowed(database: Database, librarian: API) -> None:
    """An author whose books nobody ever borrowed is there, with no loans."""
    author = librarian.draw.name()
    insert_books(database, librarian.draw, 2, author=author, copies_total=4)

    expect_report(about(librarian, author), [(author, 2, 8, 0)], AUTHORS)


@requirement("sql.authors")
def test_authors_exactly_as_written(database: Database, librarian: API) -> None:
    """Another spelling is another author, for counting and for the filter; `_` and `%` stand for themselves."""
    author = librarian.draw.name()
    spellings = {author: 2, author.upper(): 3, author.replace(author[1], "_", 1): 5, f"{author} Junior": 7}
    for spelling, copies in spellings.items():
        insert_books(database, librarian.draw, 1, author=spelling, copies_total=copies)

    for spelling, copies in spellings.items():
        expect_report(about(librarian, spelling), [(spelling, 1, copies, 0)], AUTHORS)
    for nobody in (author.lower(), author[:-1], "%", f"{author[:3]}%"):
        expect_report(about(librarian, nobody), [], AUTHORS)


@requirement("sql.authors")
def test_authors_are_ordered(database: Database, librarian: API) -> None:
    """Most loans first, then by name; each author once."""
    draw = librarian.draw
    names, user, begun = (
        [draw.capital_word(12) for _ in range(5)],
        insert_user(database, draw),
        moment(draw, 2001, 2010),
    )
    for name, loans in zip(names, (2, 2, 2, 0, 0), strict=True):
        book = insert_books(database, draw, 1, author=name)[0]
        if loans:
            insert_loans(database, [a_loan(book, user, begun + day * 30 * DAY) for day in range(loans)])
    there = whole(librarian, "/reports/authors")

    counts = [item["loan_count"].integer for item in there]
    expect(counts == sorted(counts, reverse=True), "The report is ordered by loan_count, descending.", actual=counts)
    authors = [item["author"].text for item in there]
    expect(len(set(authors)) == len(authors), "Each author stands in the report once.")
    wanted = sorted(names[:3]) + sorted(names[3:])
    own = [author for author in authors if author in names]
    expect(own == wanted, "Authors with as many loans are ordered by name.", expected=wanted, actual=own)


@requirement("sql.authors")
def test_authors_in_pages(database: Database, librarian: API) -> None:
    """`limit` and `offset` cut the report, `total` counts all authors."""
    for _ in range(3):
        insert_books(database, librarian.draw, 1, author=librarian.draw.name())
    there = [item["author"].text for item in whole(librarian, "/reports/authors")]
    page = librarian.get("/reports/authors", query={"limit": 2, "offset": 1}).expect(200)

    page.has(total=len(there), limit=2, offset=1)
    expect([item["author"].text for item in page["items"]] == there[1:3], "A page is part of the whole.")


@requirement("sql.authors")
def test_books_do_not_order_authors(database: Database, librarian: API) -> None:
    """Among authors with as many loans the name alone decides, not how many books or copies they have."""
    names = sorted(librarian.draw.capital_word(13) for _ in range(3))
    for name, books in zip(names, (2, 3, 1), strict=True):
        insert_books(database, librarian.draw, books, author=name, copies_total=1)
    there = [item["author"].text for item in whole(librarian, "/reports/authors")]

    own = [author for author in there if author in names]
    words = "Authors with as many loans are ordered by name, however many books they have."
    expect(own == names, words, expected=names, actual=own)


@requirement("sql.authors")
def test_spellings_in_the_whole_report(database: Database, librarian: API) -> None:
    """Without a filter too, a name in capital letters is another author than the same name in small ones."""
    author = librarian.draw.name()
    spellings = {author: 2, author.upper(): 3}
    for spelling, copies in spellings.items():
        insert_books(database, librarian.draw, 1, author=spelling, copies_total=copies)
    there = {item["author"].text: item for item in whole(librarian, "/reports/authors")}

    for spelling, copies in spellings.items():
        words = f"{spelling} has an entry of its own: authors are told apart exactly as written."
        item = there.get(spelling) or fail(words, expected=" and ".join(spellings), actual=f"no entry for {spelling}")
        item.has(book_count=1, copies_total=copies)


@requirement("sql.authors")
def test_limits_of_authors(librarian: API) -> None:
    """The report is a list: a limit or offset out of bounds is 422."""
    expect_limits(librarian, "/reports/authors")


# --- sql.reports-private


@requirement("sql.reports-private")
@pytest.mark.parametrize("path", REPORTS)
def test_reports_are_not_for_strangers(api: API, path: str) -> None:
    """Who is not signed in gets 401."""
    refused = expect_error(api.get(path), 401, "unauthorized")

    expect("items" not in refused, "A refusal holds nothing of the report.", answer=refused)


@requirement("sql.reports-private")
@pytest.mark.parametrize("path", REPORTS)
def test_reports_are_not_for_members(member: Member, path: str) -> None:
    """A member gets 403, with a filter too."""
    expect_error(member.api.get(path), 403, "forbidden")

    expect_error(member.api.get(path, query={"limit": 1, "user_id": member.id}), 403, "forbidden")


# --- sql.constant-queries


@requirement("sql.constant-queries")
def test_a_long_list_of_books_needs_no_more_statements(database: Database, librarian: API) -> None:
    """50 books with their loans take no more statements than 5."""
    few, many = (lent_books(database, librarian.draw, count) for count in (5, 50))
    for shelf in (few, many):
        expect_copies(librarian.get("/books", query={"limit": 50, "author": shelf.author}), shelf)

    counts = [fewest(database, librarian, "/books", author=shelf.author) for shelf in (few, many)]
    expect_constant(counts, "GET /books?limit=50")


@requirement("sql.constant-queries-loans")
def test_a_long_list_of_loans_needs_no_more_statements(database: Database, newcomer: Newcomer) -> None:
    """50 loans with their books take no more statements than 5."""
    member = newcomer()
    few = loans_of(database, member, 5)
    expect_loans(member.api.get("/loans", query={"limit": 50}), few)
    counts = [fewest(database, member.api, "/loans")]
    many = few | loans_of(database, member, 45)
    expect_loans(member.api.get("/loans", query={"limit": 50}), many)

    expect_constant([*counts, fewest(database, member.api, "/loans")], "GET /loans?limit=50")


# --- sql.unique-race


@requirement("sql.unique-race")
def test_two_registrations_with_one_address(api: API, rounds: Rounds) -> None:
    """Of registrations with one address at the same moment one wins, the others get 409."""
    draw = api.draw
    for gate in rounds:
        email = draw.email()
        people = [
            {"email": draw.pick((email, email.upper())), "name": draw.name(), "password": draw.password()}
            for _ in range(CALLERS)
        ]
        answers = race(*[partial(api.post, "/auth/register", json=person) for person in people], gate=gate)

        expect_one_winner(answers, "email_taken")


@requirement("sql.unique-race")
def test_two_books_with_one_isbn(librarian: API, rounds: Rounds) -> None:
    """Of books with one ISBN at the same moment one is made, the others get 409."""
    for gate in rounds:
        isbn = librarian.draw.isbn13()
        written = (isbn, f"{isbn[:3]}-{isbn[3:]}")
        books = [a_book(librarian.draw, isbn=librarian.draw.pick(written)) for _ in range(CALLERS)]
        answers = race(*[partial(librarian.post, "/books", json=book) for book in books], gate=gate)

        won = expect_one_winner(answers, "isbn_taken")
        librarian.get(f"/books/{won['id'].integer}").expect(200).has(isbn=isbn)


@requirement("sql.unique-race")
def test_two_books_changed_to_one_isbn(librarian: API, rounds: Rounds) -> None:
    """Of books that are given one ISBN at the same moment one gets it, the others get 409 and keep their own."""
    paths = [f"/books/{add_book(librarian)['id'].integer}" for _ in range(4)]
    for gate in rounds:
        isbn = librarian.draw.isbn13()
        answers = race(*[partial(librarian.patch, path, json={"isbn": isbn}) for path in paths], gate=gate)

        expect_one_winner(answers, "isbn_taken", status=200)
    there = [librarian.get(path)["isbn"].text for path in paths]
    expect(there.count(isbn) == 1, "Exactly one book has the ISBN afterwards.", expected="once", actual=there)


# --- sql.literal

NASTY = (
    'O\'Neill "and" `sons`',
    "'; drop table books; --",
    "\\' or '1'='1",
    "/* no */ || (select 1) ||'",
    "100%s :name $1 {0} ?",
)
NASTY_SORTS = ("id; drop table books", "title, id", "id desc", "(select 1)", "title--")


@requirement("sql.literal")
def test_texts_are_stored_as_they_are(librarian: API) -> None:
    """Quotes, semicolons, backslashes and comment signs in a field come back as they were sent."""
    for nasty in NASTY:
        fields = {"title": f"{librarian.draw.word()} {nasty}", "author": f"{librarian.draw.name()} {nasty}"}
        made = librarian.post("/books", json=a_book(librarian.draw, **fields)).expect(201)

        librarian.get(f"/books/{made['id'].integer}").expect(200).has(**fields)


@requirement("sql.literal")
def test_names_are_stored_as_they_are(api: API) -> None:
    """The same holds for the name and the password of a user."""
    for nasty in NASTY[1:4]:
        person = {"email": api.draw.email(), "name": f"{api.draw.name()} {nasty}", "password": f"{nasty} is secret"}
        api.post("/auth/register", json=person).expect(201).has(name=person["name"], email=person["email"])

        signed_in = api.with_token(log_in(api, person["email"], person["password"]))
        signed_in.get("/users/me").expect(200).has(name=person["name"], email=person["email"], role="member")


@requirement("sql.literal")
def test_searching_for_signs(librarian: API) -> None:
    """`q` finds the books whose title holds exactly these signs, and no others."""
    author = librarian.draw.name()
    titles = [f"{librarian.draw.word()} {nasty}" for nasty in NASTY]
    ids = {add_book(librarian, author=author, title=title)["id"].integer: title for title in titles}

    for nasty in NASTY:
        wanted = sorted(id for id, title in ids.items() if nasty.lower() in title.lower())
        expect_books(librarian.get("/books", query={"q": nasty, "author": author}), wanted)


@requirement("sql.literal")
def test_an_author_with_signs(librarian: API) -> None:
    """`author` finds the one author who is written so, in the list and in the report."""
    for nasty in NASTY:
        author = f"{librarian.draw.name()} {nasty}"
        book = add_book(librarian, author=author, copies_total=2)["id"].integer

        expect_books(librarian.get("/books", query={"author": author}), [book])


@requirement("sql.literal")
def test_nothing_leaks(librarian: API) -> None:
    """Text that would widen a query that was glued together finds nothing, and breaks nothing."""
    author = librarian.draw.name()
    book = add_book(librarian, author=author)["id"].integer
    for nasty in ("' or '1'='1", "') or 1=1 --", "\\' or 1=1 --", "'; delete from books; --"):
        expect_books(librarian.get("/books", query={"q": nasty, "author": author}), [])
        expect_books(librarian.get("/books", query={"author": author + nasty}), [])

    expect_books(librarian.get("/books", query={"author": author}), [book])


@requirement("sql.literal")
def test_sort_is_no_sql(api: API) -> None:
    """A sort key that is not one of the contract's is 422, whatever SQL it would make."""
    for sort in NASTY_SORTS:
        expect_invalid(api.get("/books", query={"sort": sort, "limit": 1}), "sort")


@requirement("sql.literal")
def test_a_password_is_no_sql(member: Member) -> None:
    """A password that would be true in SQL is just a wrong password."""
    for nasty in ("x' or '1'='1", '" or ""=" --', "\\' or 1=1 --"):
        login = {"email": member.email, "password": nasty}

        expect_error(member.api.anonymous().post("/auth/login", json=login), 401, "unauthorized")


@requirement("sql.literal")
def test_reports_take_text_as_text(database: Database, librarian: API) -> None:
    """The report of an author takes the name as it is written, signs and all."""
    built = about(librarian, librarian.draw.name())
    if built.status != 200:
        blocked_by("sql.authors", "The report on authors is not there yet.", answer=built)
    for nasty in NASTY:
        author = f"{librarian.draw.name()} {nasty}"
        insert_books(database, librarian.draw, 1, author=author, copies_total=3)

        expect_report(about(librarian, author), [(author, 1, 3, 0)], AUTHORS)


# --- sql.restart


@requirement("sql.restart")
def test_a_book_survives(past: Past, restarted: Server, api: API) -> None:
    """A book that was written before a restart is there after it, and still lent."""
    before = past.world.lent
    again = api.get(f"/books/{before['id'].integer}").expect(200)

    again.has(**kept(before, BOOK_FIELDS))


@requirement("sql.restart")
def test_an_etag_survives(past: Past, restarted: Server, api: API) -> None:
    """The ETag of a book that nobody changed is the same after a restart."""
    before = past.world.lent
    tag = before.find_header("ETag")
    if tag is None:  # http.etag asks for one
        return
    again = api.get(f"/books/{before['id'].integer}").expect(200)

    words = "The ETag is the same as long as the fields of the book are, also after a restart."
    there = again.header("ETag")
    expect(there.removeprefix("W/") == tag.removeprefix("W/"), words, expected=tag, actual=there, answer=again)


@requirement("sql.restart")
def test_a_user_survives(past: Past, restarted: Server, api: API) -> None:
    """A user can log in after a restart with the password of before, and has the loan of before."""
    member, loan = past.world.member, past.world.loan
    returning = api.with_token(log_in(api, member.email, member.password))

    returning.get("/users/me").expect(200).has(id=member.id, email=member.email, name=member.name, role="member")
    returning.get(f"/loans/{loan['id'].integer}").expect(200).has(**kept(loan, LOAN_FIELDS))


@requirement("sql.restart")
def test_starting_again_makes_nothing_twice(
    past: Past, restarted: Server, api: API, environment: dict[str, str]
) -> None:
    """After a restart there is still one librarian, and a new book has a new id."""
    email = environment["LIBRARIAN_EMAIL"].lower()
    librarian = api.with_token(log_in(api, email, environment["LIBRARIAN_PASSWORD"]))
    users, _ = leafed(librarian, "/users")
    times = [user["email"].text.lower() for user in users].count(email)

    words = "The account of LIBRARIAN_EMAIL exists once, however often the server is started."
    expect(times == 1, words, expected="once", actual=f"{times} times")
    made = librarian.post("/books", json=a_book(api.draw)).expect(201)
    made["id"].expect(made["id"].integer != past.world.lent["id"].integer, "A new book gets a new id after a restart.")


# --- worlds


def a_row(database: Database, draw: Draw, table: str) -> dict[str, Any]:
    """What the examination gives of a row of this table: everything but what is the server's."""
    if table == "users":
        return a_user_row(draw)
    if table == "books":
        return a_book(draw)
    # Not by insert_books: sql.types must not be blocked by itself.
    book = database.value(inserting("books", BOOK), *a_book(draw).values())
    user = database.value(inserting("users", USER), *a_user_row(draw).values())
    return loan_row(draw, book, user)


def loan_columns(database: Database, draw: Draw) -> dict[str, Any]:
    """A loan that nothing is wrong with, of a book and a user of its own."""
    return loan_row(draw, insert_books(database, draw, 1)[0], insert_user(database, draw))


def loan_row(draw: Draw, book: int, user: int) -> dict[str, Any]:
    """An open loan of 14 days."""
    begun = moment(draw, 2001, 2010)
    return dict(zip(LOAN, (book, user, begun, begun + 14 * DAY, None), strict=True))


def late_user(database: Database, draw: Draw, count: int, **fields: Any) -> int:
    """The id of a new user with so many overdue loans."""
    user, begun = insert_user(database, draw, **fields), moment(draw, 2001, 2010)
    insert_loans(database, [a_loan(book, user, begun, returned=False) for book in insert_books(database, draw, count)])
    return user


# --- words

MOST_BORROWED = ("book_id", "title", "loan_count")
AUTHORS = ("author", "book_count", "copies_total", "loan_count")
BOOK_FIELDS = ("id", *BOOK, "copies_available")
LOAN_FIELDS = ("id", "book_id", "user_id", "returned_at", "overdue")


def about(librarian: API, author: str) -> Answer:
    """The report on one author."""
    return librarian.get("/reports/authors", query={"author": author})


def whole(api: API, path: str) -> list[Json]:
    """All entries of a list, page after page; `total` is their number."""
    entries, last = leafed(api, path)
    last["total"].equals(len(entries))
    return entries


def leafed(api: API, path: str) -> tuple[list[Json], Answer]:
    """All entries of a list, until a page is not full, and that page."""
    entries: list[Json] = []
    while True:
        page = api.get(path, query={"limit": 100, "offset": len(entries)}).expect(200)
        entries += page["items"]
        if len(page["items"]) < 100:
            return entries, page


def expect_report(answer: Answer, wanted: list[tuple[Any, ...]], fields: tuple[str, ...]) -> None:
    """The report holds exactly these entries in this order."""
    expect_items(answer.expect(200), wanted, fields)
    answer["total"].equals(len(wanted))


def expect_items(answer: Answer, wanted: list[tuple[Any, ...]], fields: tuple[str, ...]) -> None:
    """The items of this page, field by field; further fields are free."""
    there = [tuple(item[field].value for field in fields) for item in answer["items"]]
    same = next((n for n, pair in enumerate(zip(there, wanted, strict=False)) if pair[0] != pair[1]), len(wanted))
    answer["items"].expect(
        there == wanted,
        f"The report has the right entries in the right order ({', '.join(fields)}).",
        expected=entries_from(wanted, same, fields),
        actual=entries_from(there, same, fields),
    )
    # Once more, strictly: true is not 1.
    rows = [dict(zip(fields, entry, strict=True)) for entry in there]
    Json(rows, "$.items", answer.exchange).equals([dict(zip(fields, entry, strict=True)) for entry in wanted])


def entries_from(entries: list[tuple[Any, ...]], begin: int, fields: tuple[str, ...]) -> str:
    """Three entries of a report from number *begin* on, in words."""
    some = "; ".join(
        ", ".join(f"{field} {value}" for field, value in zip(fields, entry, strict=True))
        for entry in entries[begin : begin + 3]
    )
    return f"from number {begin + 1} on: {some}" if some else f"{begin} entries"


def expect_limits(librarian: API, path: str) -> None:
    """The list keeps to the bounds of limit and offset."""
    for name, wrong in (("limit", 0), ("limit", 101), ("offset", -1)):
        expect_invalid(librarian.get(path, query={name: wrong}), name)


def counted(entries: list[tuple[int, int]]) -> str:
    """The books of a report and their loans, in words."""
    return "; ".join(f"book {book}: {loans} loans" for book, loans in entries) or "an empty report"


def in_order(entries: list[tuple[int, int]], begin: int) -> str:
    """Some entries of the report on overdue loans, from number *begin* on, in words."""
    some = ", ".join(f"user {user} ({count} overdue)" for user, count in entries[begin : begin + 5])
    return f"from number {begin + 1} on: {some}"


def expect_books(answer: Answer, wanted: list[int]) -> None:
    """The list holds exactly these books, by id."""
    answer.expect(200).has(total=len(wanted))
    there = [item["id"].integer for item in answer["items"]]
    expect(there == wanted, "The filter takes its text as text.", expected=wanted, actual=there, answer=answer)


def expect_copies(answer: Answer, shelf: Shelf) -> None:
    """All books of the shelf are listed, with the copies that are left of each."""
    there = {item["id"].integer: item["copies_available"].integer for item in answer.expect(200)["items"]}
    expect(
        there == shelf.available,
        "Each book is listed with its copies_available.",
        expected=shelf.available,
        actual=there,
    )


def expect_loans(answer: Answer, titles: dict[int, str]) -> None:
    """All these loans are listed, each with its book."""
    there = {item["id"].integer: item["book"]["title"].text for item in answer.expect(200)["items"]}
    expect(
        there == titles, "Each loan is listed with the title of its book.", expected=titles, actual=there, answer=answer
    )


def fewest(database: Database, api: API, path: str, **query: str) -> int:
    """How many statements the request takes, once everything is warm; the least of a few tries."""
    counts = []
    for _ in range(4):
        with database.statements() as statements:
            api.get(path, query={"limit": 50, **query}).expect(200)
        counts.append(statements.count)
    return min(counts[1:])


def expect_constant(counts: list[int], what: str) -> None:
    """The second count is not above the first by more than the contract tolerates."""
    few, many = counts
    words = f"{what} takes no more SQL statements for 50 entries than for 5."
    expect(many <= few + TOLERANCE, words, expected=f"about {few} statements", actual=f"{few} for 5, {many} for 50")


def expect_one_winner(answers: list[Answer], code: str, *, status: int = 201) -> Answer:
    """One answer is a success, all others are the conflict."""
    won = [answer for answer in answers if answer.status == status]
    for answer in answers:
        if answer.status != status:
            expect_error(answer, 409, code)
    statuses = sorted(answer.status for answer in answers)
    words = "Of requests for the same thing at the same moment exactly one succeeds."
    expect(len(won) == 1, words, expected=[status, *[409] * (len(answers) - 1)], actual=statuses)
    return won[0]


def expect_allowed(database: Database, table: str, row: dict[str, Any], sentence: str) -> None:
    """The database takes this row (which is rolled back)."""
    refused = database.refuses(inserting(table, tuple(row)), *row.values())
    expect(not refused, sentence, expected="the row is taken", actual="the database refuses it")


def expect_refused(database: Database, table: str, row: dict[str, Any], sentence: str) -> None:
    """The database itself refuses this row."""
    refused = database.refuses(inserting(table, tuple(row)), *row.values())
    expect(refused, sentence, expected="the database refuses the row", actual=f"it takes {shown(row)}")


def shown(row: dict[str, Any]) -> str:
    """A row in words."""
    return ", ".join(f"{column}={value}" for column, value in row.items())


def kept(answer: Answer, fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields that must be the same later."""
    return {field: answer[field].value for field in fields}
