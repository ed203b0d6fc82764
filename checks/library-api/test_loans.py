"""Loans: books leave the library and come back, whoever asks at the same moment (CONTRACT.md §7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from library import NOT_BUILT, Member, Newcomer, Rounds, a_book, add_book, borrow, expect_error, expect_invalid, sign_up

from roadmap_cli.checking import (
    API,
    Answer,
    Database,
    Draw,
    Gate,
    Json,
    Mismatch,
    blocked_by,
    expect,
    race,
    requirement,
)

UNKNOWN_IDS = (2_111_222_333, 2**31, 10**20)
SECOND = timedelta(seconds=1)
# Which requirement gives which reason not to lend.
REASONS = {
    "no_copies_left": "loans.no-copies",
    "already_borrowed": "loans.same-book",
    "loan_limit_reached": "loans.limit",
    "overdue_loans": "loans.overdue",
}
# What only the inside of a server knows: SQL, drivers, tracebacks, names of source files.
INSIDE = re.compile(
    r"traceback|psycopg|sqlalchemy|sqlstate|plpgsql|insert into|P0001|\w\.(py|js|ts|java|go|rb|php|rs|cs|kt)[\"':,)\\]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rules:
    """What the library allows, as the server was told."""

    days: timedelta
    limit: int


@pytest.fixture(scope="session")
def rules(environment: dict[str, str]) -> Rules:
    """LOAN_DAYS and MAX_OPEN_LOANS, or what the contract says when they are absent."""
    days = int(environment.get("LOAN_DAYS", "14"))
    return Rules(days=timedelta(days=days), limit=int(environment.get("MAX_OPEN_LOANS", "3")))


# --- loans.borrow


@requirement("loans.borrow")
def test_borrow(librarian: API, newcomer: Newcomer, rules: Rules) -> None:
    """A book that is borrowed is answered with 201 and the whole loan, due after LOAN_DAYS days."""
    member, book = newcomer(), add_book(librarian)
    loan = member.api.post("/loans", json={"book_id": book["id"].integer})

    loan.expect(201).has("id", book_id=book["id"].integer, user_id=member.id, returned_at=None, overdue=False)
    loan["book"].has(id=book["id"].integer, title=book["title"].text)
    expect_due(loan.json, rules)
    expect_read_back(member.api, loan)


@requirement("loans.borrow")
def test_each_loan_has_its_own_time(newcomer: Newcomer, stock: list[int]) -> None:
    """A later loan begins later: the time is taken when the book is lent, not when the program started."""
    member = newcomer()
    earlier, later = (borrow(member.api, book)["borrowed_at"] for book in stock[:2])

    # Equal is fine for a clock that shows no microseconds.
    same = later.time == earlier.time and later.time.microsecond % 1000 == 0
    sentence = "A later loan has a later borrowed_at."
    later.expect(same or later.time > earlier.time, sentence, expected=f"after {earlier}")


@requirement("loans.borrow")
def test_borrower_is_who_asks(newcomer: Newcomer, stock: list[int]) -> None:
    """The body chooses neither the borrower nor the times: the loan belongs to the user of the token."""
    member, other = newcomer(), newcomer()
    wishes = {"user_id": other.id, "due_at": "2099-01-01T00:00:00Z", "returned_at": "2098-01-01T00:00:00Z"}
    loan = member.api.post("/loans", json={"book_id": stock[0]} | wishes).expect(201)

    mine, told = loan["user_id"].integer == member.id, f"the id of the user of the token, {member.id}"
    loan["user_id"].expect(mine, "A loan belongs to the user who asks for it.", expected=told)
    loan["returned_at"].expect(loan["returned_at"].is_null, "A new loan is not returned yet.", expected="null")
    loan["due_at"].expect(loan["due_at"].time.year < 2099, "due_at is the server's to set, not the body's.")
    expect_loans(other.api.get("/loans"), [], "Nobody borrows in somebody else's name.")


@requirement("loans.borrow")
def test_librarian_borrows_for_themselves(librarian: API, newcomer: Newcomer, stock: list[int]) -> None:
    """A librarian borrows in nobody else's name either: a user_id in the body is ignored."""
    other = newcomer()
    loan = librarian.post("/loans", json={"book_id": stock[0], "user_id": other.id}).expect(201)
    librarian.post(f"/loans/{loan['id'].integer}/return")

    sentence = "A loan belongs to the user who asks for it, a librarian too."
    loan["user_id"].expect(loan["user_id"].integer != other.id, sentence, expected="the id of the user of the token")
    expect_loans(other.api.get("/loans"), [], "Nobody borrows in somebody else's name.")


@requirement("loans.borrow")
def test_loan_times_are_in_utc(newcomer: Newcomer, stock: list[int]) -> None:
    """The times of a loan are in UTC, in the answer to POST and in the one to GET."""
    member = newcomer()
    loan = member.api.post("/loans", json={"book_id": stock[0]}).expect(201)

    for answer in (loan, member.api.get(f"/loans/{loan['id'].integer}").expect(200)):
        expect_utc(answer["borrowed_at"])
        expect_utc(answer["due_at"])


@requirement("loans.borrow")
def test_unknown_book(member: Member) -> None:
    """A book that does not exist, be its id 0 or very large, is 404."""
    for book in (0, *UNKNOWN_IDS):
        expect_error(member.api.post("/loans", json={"book_id": book}), 404, "not_found")


@requirement("loans.borrow")
def test_book_of_wrong_type(newcomer: Newcomer, stock: list[int]) -> None:
    """An id that is no integer, or none at all, is 422 with the field book_id."""
    member, book = newcomer(), stock[0]
    for wrong in (str(book), book + 0.5, True, None, [book]):
        expect_invalid(member.api.post("/loans", json={"book_id": wrong}), "book_id")
    expect_invalid(member.api.post("/loans", json={}), "book_id")

    expect_loans(member.api.get("/loans"), [], "A refused request lends nothing.")


@requirement("loans.borrow")
def test_borrow_without_token(librarian: API) -> None:
    """Nobody borrows without saying who they are: 401, and the copy stays."""
    book = new_book(librarian, copies_total=2)

    expect_error(librarian.anonymous().post("/loans", json={"book_id": book}), 401, "unauthorized")
    expect_available(librarian, book, 2, "A refused request lends nothing.")


@requirement("loans.borrow")
def test_unknown_loan(member: Member) -> None:
    """GET of a loan that does not exist is 404; of an id that is no number, 422."""
    for loan in UNKNOWN_IDS:
        expect_error(member.api.get(f"/loans/{loan}"), 404, "not_found")

    expect_invalid(member.api.get(f"/loans/{member.api.draw.word()}"), "id")


# --- loans.available


@requirement("loans.available")
def test_available_falls_and_rises(librarian: API, newcomer: Newcomer) -> None:
    """copies_available drops by one with each loan and rises by one with each return."""
    first, second, book = newcomer(), newcomer(), new_book(librarian, copies_total=3)
    expect_available(librarian, book, 3, "All copies of a new book are available.")

    loan = lend(first, book)
    expect_available(librarian, book, 2, "copies_available drops by one when a book is lent.")
    lend(second, book)
    expect_available(librarian, book, 1, "copies_available drops by one when a book is lent.")
    give_back(first.api, loan)
    expect_available(librarian, book, 2, "copies_available rises by one when a book comes back.")


@requirement("loans.available")
def test_available_follows_copies_total(librarian: API, newcomer: Newcomer) -> None:
    """When the library buys copies, copies_available is still copies_total less the open loans."""
    book = new_book(librarian, copies_total=1)
    lend(newcomer(), book)
    changed = change(librarian, book, copies_total=4)

    changed.has(copies_total=4, copies_available=3)
    expect_available(librarian, book, 3, "copies_available is copies_total less the open loans.")


@requirement("loans.available")
def test_available_in_the_list(shelf: Shelf) -> None:
    """GET /books tells the same copies_available as GET /books/{id}."""
    wanted = {shelf.untouched: 1, shelf.half: 1, shelf.back: 1, shelf.gone: 0}
    answer = shelf.ask()

    seen = {book["id"].integer: book["copies_available"].integer for book in answer["items"]}
    expect(seen == wanted, "The list counts the open loans of each book.", expected=wanted, actual=seen, answer=answer)


@requirement("loans.available")
def test_filter_by_available(shelf: Shelf) -> None:
    """available=true keeps the books with a copy in the house, available=false those without."""
    there, gone = shelf.ask(available="true"), shelf.ask(available="false")

    expect_books(there, [shelf.untouched, shelf.half, shelf.back], "available=true keeps 1 copy or more.")
    expect_books(gone, [shelf.gone], "available=false keeps the books without a copy.")


@requirement("loans.available")
def test_filter_by_available_in_pages(shelf: Shelf) -> None:
    """Each available book stands on one page, and total counts all that the filter keeps."""
    pages = [shelf.ask(available="true", limit=1, offset=offset) for offset in range(4)]

    totals = [page["total"].integer for page in pages]
    expect(totals == [3] * 4, "total counts what the filter keeps.", expected=[3] * 4, actual=totals, answer=pages[0])
    seen = [[book["id"].integer for book in page["items"]] for page in pages]
    wanted = [[shelf.untouched], [shelf.half], [shelf.back], []]
    expect(seen == wanted, "The pages hold each available book once.", expected=wanted, actual=seen, answer=pages[-1])


@requirement("loans.available")
def test_available_is_true_or_false(librarian: API) -> None:
    """Any other word for available is 422."""
    for wrong in ("maybe", "1", "yes", "TRUE"):
        expect_invalid(librarian.get("/books", query={"available": wrong}), "available")


# --- loans.return


@requirement("loans.return")
def test_return(librarian: API, newcomer: Newcomer) -> None:
    """A returned loan is answered with 200 and the time of its return, is otherwise what it was, and stays so."""
    member, book = newcomer(), new_book(librarian, copies_total=1)
    loan = borrow(member.api, book)
    back = member.api.post(f"/loans/{loan['id'].integer}/return").expect(200)

    expect_same_loan(back.json, loan.json, but=("returned_at",))
    in_order, sentence = back["returned_at"].time >= back["borrowed_at"].time, "returned_at is not before borrowed_at."
    back["returned_at"].expect(in_order, sentence, expected=f"{loan['borrowed_at']} or later")
    expect_same_loan(member.api.get(f"/loans/{loan['id'].integer}").expect(200).json, back.json)
    expect_available(librarian, book, 1, "A returned copy is available again.")


@requirement("loans.return")
def test_return_by_librarian(librarian: API, newcomer: Newcomer, stock: list[int]) -> None:
    """A librarian may return a member's loan; it stays the member's."""
    member = newcomer()
    loan = lend(member, stock[0])
    back = librarian.post(f"/loans/{loan}/return")

    back.expect(200).has(id=loan, user_id=member.id)
    back["returned_at"].time  # noqa: B018  # reading it is the check
    expect_same_loan(member.api.get(f"/loans/{loan}").expect(200).json, back.json)


@requirement("loans.return")
def test_return_ignores_a_body(newcomer: Newcomer, stock: list[int]) -> None:
    """A return takes no body: whatever is sent is ignored, even if it is no JSON."""
    member = newcomer()
    wish, noise = lend(member, stock[0]), lend(member, stock[1])
    wished = member.api.post(f"/loans/{wish}/return", json={"returned_at": "2098-01-01T00:00:00Z"}).expect(200)
    noisy = member.api.post(f"/loans/{noise}/return", body=b"{not json", headers={"Content-Type": "text/plain"})

    wished["returned_at"].expect(wished["returned_at"].time.year < 2098, "returned_at is the server's to set.")
    noisy.expect(200).has(id=noise)


@requirement("loans.return")
def test_return_of_unknown_loan(librarian: API) -> None:
    """Returning a loan that does not exist is 404; an id that is no number is 422."""
    for loan in UNKNOWN_IDS:
        expect_error(librarian.post(f"/loans/{loan}/return"), 404, "not_found")

    expect_invalid(librarian.post(f"/loans/{librarian.draw.word()}/return"), "id")


# --- loans.return-twice


@requirement("loans.return-twice")
def test_return_twice(newcomer: Newcomer, stock: list[int]) -> None:
    """The second return is 409 and leaves returned_at as it was."""
    member = newcomer()
    loan = lend_and_return(member, stock[0])
    before = member.api.get(f"/loans/{loan}").expect(200)

    expect_error(member.api.post(f"/loans/{loan}/return"), 409, "already_returned")
    after = member.api.get(f"/loans/{loan}").expect(200)
    after["returned_at"].equals(before["returned_at"])


@requirement("loans.return-twice")
def test_return_twice_makes_no_copy(librarian: API, newcomer: Newcomer) -> None:
    """A second return brings no copy back: neither one too many nor the one that the next reader has."""
    member, book = newcomer(), new_book(librarian, copies_total=2)
    loan = lend_and_return(member, book)
    there = librarian.get(f"/books/{book}").expect(200)["copies_available"].integer

    expect_error(member.api.post(f"/loans/{loan}/return"), 409, "already_returned")
    expect_available(librarian, book, there, "A second return brings no copy back.")
    lend(newcomer(), book)
    expect_error(member.api.post(f"/loans/{loan}/return"), 409, "already_returned")
    expect_available(librarian, book, there - 1, "A second return brings no copy back.")


# --- loans.no-copies


@requirement("loans.no-copies")
def test_no_copies_left(librarian: API, newcomer: Newcomer) -> None:
    """Every copy can be lent, but none more: 409, and nothing is lent."""
    first, late, book = newcomer(), newcomer(), new_book(librarian, copies_total=2)
    loan = lend(first, book)
    newcomer().api.post("/loans", json={"book_id": book}).expect(201)

    expect_error(late.api.post("/loans", json={"book_id": book}), 409, "no_copies_left")
    expect_loans(late.api.get("/loans"), [], "A refused request lends nothing.")
    expect_available(librarian, book, 0, "A refused request changes no copies_available.")
    expect_open(first.api, loan)


@requirement("loans.no-copies")
def test_copy_that_came_back(librarian: API, newcomer: Newcomer) -> None:
    """A copy that came back can be lent to the next reader, and is gone again then."""
    book = new_book(librarian, copies_total=1)
    lend_and_return(newcomer(), book)

    newcomer().api.post("/loans", json={"book_id": book}).expect(201)
    expect_error(newcomer().api.post("/loans", json={"book_id": book}), 409, "no_copies_left")


# --- loans.same-book


@requirement("loans.same-book")
def test_same_book(librarian: API, newcomer: Newcomer) -> None:
    """A second copy of a book that the reader has is refused with 409, and nothing is lent. Others may have it."""
    member, book = newcomer(), new_book(librarian, copies_total=5)
    loan = lend(member, book)

    expect_error(member.api.post("/loans", json={"book_id": book}), 409, "already_borrowed")
    expect_loans(member.api.get("/loans"), [loan], "A refused request lends nothing.")
    newcomer().api.post("/loans", json={"book_id": book}).expect(201)
    expect_available(librarian, book, 3, "A refused request changes no copies_available.")


@requirement("loans.same-book")
def test_same_book_after_return(newcomer: Newcomer, stock: list[int]) -> None:
    """A book that was returned may be borrowed again, as a loan of its own, and then counts again."""
    member, book = newcomer(), stock[0]
    first = lend_and_return(member, book)
    again = member.api.post("/loans", json={"book_id": book}).expect(201)["id"].integer

    expect_loans(member.api.get("/loans"), [again, first], "Each time is a loan of its own.")
    expect_error(member.api.post("/loans", json={"book_id": book}), 409, "already_borrowed")


@requirement("loans.same-book")
def test_same_book_for_a_librarian(librarian: API, newcomer: Newcomer, stock: list[int]) -> None:
    """A librarian gets no second copy of a book either: 409."""
    reader = colleague(librarian, newcomer)
    loan = lend(reader, stock[0])

    expect_error(reader.api.post("/loans", json={"book_id": stock[0]}), 409, "already_borrowed")
    expect_loans(list_loans(reader, user_id=reader.id), [loan], "A refused request lends nothing.")


# --- loans.limit


@requirement("loans.limit")
def test_limit(librarian: API, newcomer: Newcomer, stock: list[int], rules: Rules) -> None:
    """MAX_OPEN_LOANS loans may be open; one more is 409 and lends nothing. Others have a limit of their own."""
    member, book = newcomer(), new_book(librarian)
    lend(member, stock[0])
    for fine in stock[1 : rules.limit]:
        member.api.post("/loans", json={"book_id": fine}).expect(201)

    expect_error(member.api.post("/loans", json={"book_id": book}), 409, "loan_limit_reached")
    expect_count(member.api.get("/loans"), rules.limit, "A refused request lends nothing.")
    expect_available(librarian, book, 2, "A refused request changes no copies_available.")
    newcomer().api.post("/loans", json={"book_id": book}).expect(201)


@requirement("loans.limit")
def test_limit_counts_open_loans(newcomer: Newcomer, stock: list[int], rules: Rules) -> None:
    """A return frees one place and no more: only open loans count."""
    member, (one, other, *books) = newcomer(), stock
    loans = [lend(member, book) for book in books[: rules.limit]]
    give_back(member.api, loans[0])

    member.api.post("/loans", json={"book_id": one}).expect(201)
    expect_error(member.api.post("/loans", json={"book_id": other}), 409, "loan_limit_reached")


@requirement("loans.limit")
def test_limit_for_a_librarian(librarian: API, newcomer: Newcomer, stock: list[int], rules: Rules) -> None:
    """A librarian may have MAX_OPEN_LOANS open loans too, and no more."""
    reader, (one, *books) = colleague(librarian, newcomer), stock
    for book in books[: rules.limit]:
        reader.api.post("/loans", json={"book_id": book}).expect(201)

    expect_error(reader.api.post("/loans", json={"book_id": one}), 409, "loan_limit_reached")
    expect_count(list_loans(reader, user_id=reader.id), rules.limit, "A refused request lends nothing.")


# --- loans.history


@requirement("loans.history")
def test_history_is_newest_first(past: Past) -> None:
    """GET /loans lists all loans of the reader, the newest first."""
    answer = past.ask()

    expect_listed(answer, past.loans, "A reader's list holds all of their loans.")
    expect_in_order(answer, past.loans, "The newest loan stands first (by id, descending).")
    answer.has(limit=20, offset=0)


@requirement("loans.history")
def test_history_tells_whole_loans(past: Past) -> None:
    """Each entry is the loan as GET /loans/{id} tells it."""
    for loan in past.ask().expect(200)["items"]:
        expect_same_loan(loan, past.reader.get(f"/loans/{loan['id'].integer}").expect(200).json)


@requirement("loans.history")
def test_history_by_state(past: Past) -> None:
    """The open loans, the returned ones or the overdue ones are kept, as state says."""
    expect_listed(past.ask(state="open"), past.open, "state=open keeps the open loans.")
    expect_listed(past.ask(state="returned"), past.returned, "state=returned keeps the returned loans.")
    expect_listed(past.ask(state="overdue"), [], "state=overdue keeps none while nothing is overdue.")


@requirement("loans.history")
def test_history_by_book(past: Past) -> None:
    """The loans of one book are kept, as book_id says, and combined with state by and."""
    back, out = past.books[0], past.books[1]

    expect_listed(past.ask(book_id=back), [past.loans[0]], "book_id keeps the loans of the book.")
    expect_listed(past.ask(book_id=back, state="open"), [], "Filters are combined with and.")
    expect_listed(past.ask(book_id=out, state="open"), [past.loans[1]], "Filters are combined with and.")
    expect_listed(past.ask(book_id=2**40), [], "A book that nobody borrowed has no loans.")


@requirement("loans.history")
def test_history_in_pages(past: Past) -> None:
    """Pages of two show each loan once, with the same total, and an empty page behind the end."""
    newest_first = sorted(past.loans, reverse=True)
    for offset in range(0, 7, 2):
        page = past.ask(limit=2, offset=offset)
        page.expect(200).has(total=5, limit=2, offset=offset)
        expect_in_order(page, newest_first[offset : offset + 2], "The pages hold each loan once.")


@requirement("loans.history")
def test_history_filter_in_pages(past: Past) -> None:
    """On a page of a filtered list, total counts what the filter keeps, not what the page holds."""
    page = past.ask(state="returned", limit=1, offset=1)

    page.expect(200).has(total=3, limit=1, offset=1)
    expect_in_order(page, sorted(past.returned)[1:2], "Filter first, then cut the page.")


@requirement("loans.history")
def test_history_refuses_wrong_values(past: Past) -> None:
    """A state that there is not, or a number that is none, is 422 and named."""
    for state in ("lost", "OPEN", "open,returned"):
        expect_invalid(past.ask(state=state), "state")
    for name, value in (("book_id", "abc"), ("book_id", "1.5"), ("user_id", "me")):
        expect_invalid(past.ask(**{name: value}), name)


@requirement("loans.history")
def test_history_refuses_wrong_pages(past: Past) -> None:
    """A limit outside 1 to 100, or an offset below 0, is 422 and named."""
    for limit in (0, 101, -1, "many"):
        expect_invalid(past.ask(limit=limit), "limit")
    for offset in (-1, "end"):
        expect_invalid(past.ask(offset=offset), "offset")
    past.ask(limit=100).expect(200).has(limit=100)


@requirement("loans.history")
def test_history_tells_the_present_title(librarian: API, newcomer: Newcomer) -> None:
    """A loan tells the title that its book has now, also if it was read before the title changed."""
    member, book, title = newcomer(), new_book(librarian), librarian.draw.title()
    path = f"/loans/{lend(member, book)}"
    member.api.get(path).expect(200)
    list_loans(member).expect(200)
    change(librarian, book, title=title)

    for loan in (member.api.get(path).expect(200).json, list_loans(member).expect(200)["items"][0]):
        now, sentence = loan["book"]["title"], "A loan tells the title that its book has now."
        now.expect(now.text == title, sentence, expected=title)


# --- loans.private


@requirement("loans.private")
def test_loan_of_another(librarian: API, member: Member, newcomer: Newcomer) -> None:
    """Another member's loan can be neither read nor returned: 403, and it stays open."""
    owner, book = newcomer(), new_book(librarian, copies_total=1)
    loan = lend(owner, book)

    expect_error(member.api.get(f"/loans/{loan}"), 403, "forbidden")
    expect_error(member.api.post(f"/loans/{loan}/return"), 403, "forbidden")
    expect_open(owner.api, loan)
    expect_available(librarian, book, 0, "A refused return brings no copy back.")


@requirement("loans.private")
def test_returned_loan_of_another(librarian: API, member: Member, newcomer: Newcomer, stock: list[int]) -> None:
    """A loan stays private after it was returned: a stranger gets 403, a librarian the loan."""
    owner = newcomer()
    loan = lend_and_return(owner, stock[0])

    expect_error(member.api.get(f"/loans/{loan}"), 403, "forbidden")
    librarian.get(f"/loans/{loan}").expect(200).has(id=loan, user_id=owner.id)


@requirement("loans.private")
def test_list_shows_own_loans(newcomer: Newcomer, stock: list[int]) -> None:
    """A member's list holds their own loans only, whatever the filter."""
    owner, stranger, book = newcomer(), newcomer(), stock[0]
    theirs, own = lend(owner, book), lend(stranger, book)

    expect_loans(stranger.api.get("/loans"), [own], "A member sees their own loans only.")
    expect_loans(stranger.api.get("/loans", query={"book_id": book}), [own], "A filter shows nobody else's loans.")
    expect_loans(owner.api.get("/loans", query={"state": "open"}), [theirs], "A filter shows nobody else's loans.")


@requirement("loans.private")
def test_user_id_of_another(member: Member, newcomer: Newcomer, stock: list[int]) -> None:
    """A member who asks for another's loans by user_id gets 403; for their own, the list."""
    owner = newcomer()
    own = lend(owner, stock[0])

    expect_error(owner.api.get("/loans", query={"user_id": member.id}), 403, "forbidden")
    expect_error(member.api.get("/loans", query={"user_id": owner.id}), 403, "forbidden")
    expect_loans(owner.api.get("/loans", query={"user_id": owner.id}), [own], "One's own user_id is fine.")


@requirement("loans.private")
def test_librarian_sees_all(librarian: API, newcomer: Newcomer) -> None:
    """A librarian reads every loan, lists all of them, and those of one user by user_id."""
    first, second, book = newcomer(), newcomer(), new_book(librarian, copies_total=2)
    one, two = lend(first, book), lend(second, book)

    librarian.get(f"/loans/{one}").expect(200).has(id=one, user_id=first.id)
    expect_loans(librarian.get("/loans", query={"user_id": first.id}), [one], "user_id keeps that user's loans.")
    seen = ids(librarian.get("/loans", query={"book_id": book, "limit": 100}).expect(200))
    expect({one, two} <= {*seen}, "A librarian sees everybody's loans.", expected=f"{two} and {one}", actual=seen)


@requirement("loans.private")
def test_user_id_of_nobody(librarian: API) -> None:
    """A librarian who asks for the loans of a user that there is not gets an empty list, not 404."""
    nobody = librarian.get("/loans", query={"user_id": UNKNOWN_IDS[0]})

    expect_listed(nobody, [], "A user_id that names nobody keeps no loans.")


@requirement("loans.private")
def test_loans_without_token(api: API, newcomer: Newcomer, stock: list[int]) -> None:
    """Without a token nothing of a loan is shown or done: 401."""
    owner, nobody = newcomer(), api.anonymous()
    loan = lend(owner, stock[0])

    expect_error(nobody.get("/loans"), 401, "unauthorized")
    expect_error(nobody.get("/loans", query={"user_id": owner.id}), 401, "unauthorized")
    expect_error(nobody.get(f"/loans/{loan}"), 401, "unauthorized")
    expect_error(nobody.post(f"/loans/{loan}/return"), 401, "unauthorized")
    expect_open(owner.api, loan)


# --- loans.overdue


@requirement("loans.overdue")
def test_overdue(newcomer: Newcomer, stock: list[int], database: Database) -> None:
    """An open loan whose due_at has passed is overdue, wherever it is shown; the others are not."""
    member = newcomer()
    late, fine = (lend(member, book) for book in stock[:2])
    make_due(database, late, "-1 minute")

    expect_overdue(member.api, late, True, "A loan that was due a minute ago is overdue.")
    expect_overdue(member.api, fine, False, "A loan that is not due yet is not overdue.")
    expect_loans(list_loans(member, state="overdue"), [late], "state=overdue keeps the overdue loans.")
    expect_loans(list_loans(member, state="open"), [fine, late], "An overdue loan is still open.")


@requirement("loans.overdue")
def test_due_is_read_from_the_table(newcomer: Newcomer, stock: list[int], database: Database) -> None:
    """due_at is what the table says, not computed anew: due in a minute is not overdue, however long ago it began."""
    member = newcomer()
    loan = lend(member, stock[0])
    make_due(database, loan, "1 minute")

    expect_overdue(member.api, loan, False, "A loan that is due in a minute is not overdue.")
    expect_loans(list_loans(member, state="overdue"), [], "A loan that is due in a minute is not overdue.")
    member.api.post("/loans", json={"book_id": stock[1]}).expect(201)


@requirement("loans.overdue")
def test_overdue_ends_with_the_return(newcomer: Newcomer, stock: list[int], database: Database) -> None:
    """A loan that came back too late is not overdue any more, and its reader may borrow again."""
    member = newcomer()
    loan = lend(member, stock[0])
    make_due(database, loan, "-1 minute")
    give_back(member.api, loan)

    expect_overdue(member.api, loan, False, "A returned loan is not overdue.")
    expect_loans(list_loans(member, state="overdue"), [], "A returned loan is not overdue.")
    member.api.post("/loans", json={"book_id": stock[1]}).expect(201)


@requirement("loans.overdue")
def test_overdue_blocks_borrowing(newcomer: Newcomer, stock: list[int], rules: Rules, database: Database) -> None:
    """Who has an overdue loan borrows nothing, alone or in a batch of one or two: 409. Others may."""
    member, book = newcomer(), stock[1]
    loan = lend(member, stock[0])
    make_due(database, loan, "-1 minute")

    expect_error(member.api.post("/loans", json={"book_id": book}), 409, "overdue_loans")
    expect_error(built(lend_all(member, [book]), "loans.batch"), 409, "overdue_loans")
    # A batch that is also over the limit may be refused for that.
    allowed = ("overdue_loans",) if rules.limit > 2 else ("overdue_loans", "loan_limit_reached")
    two = lend_all(member, stock[1:3]).expect(409)["error"]["code"]
    two.expect(two.text in allowed, "An overdue loan stops a batch of two as well.", expected="overdue_loans")
    expect_loans(member.api.get("/loans"), [loan], "A refused request lends nothing.")
    newcomer().api.post("/loans", json={"book_id": book}).expect(201)


@requirement("loans.overdue")
def test_overdue_blocks_a_librarian(librarian: API, newcomer: Newcomer, stock: list[int], database: Database) -> None:
    """A librarian with an overdue loan borrows nothing either: 409."""
    reader = colleague(librarian, newcomer)
    loan = lend(reader, stock[0])
    make_due(database, loan, "-1 minute")

    expect_error(reader.api.post("/loans", json={"book_id": stock[1]}), 409, "overdue_loans")
    expect_loans(list_loans(reader, user_id=reader.id), [loan], "A refused request lends nothing.")


@requirement("loans.overdue")
def test_moved_loan_keeps_its_place(newcomer: Newcomer, stock: list[int], database: Database) -> None:
    """Loans are listed by id: one whose borrowed_at and due_at are moved in the table keeps its place."""
    member = newcomer()
    _, newest = (lend(member, book) for book in stock[:2])
    before = ids(list_loans(member).expect(200))
    make_due(database, newest, "1 day")

    answer = list_loans(member).expect(200)
    sentence = "The list is ordered by id, not by borrowed_at."
    expect(ids(answer) == before, sentence, expected=before, actual=ids(answer), answer=answer)


# --- loans.last-copy-race, loans.limit-race, loans.return-race


@requirement("loans.last-copy-race")
def test_last_copy_race(librarian: API, racers: list[Member], rounds: Rounds) -> None:
    """Ten readers ask for the last copy at the same moment: one gets it, nine get 409, in every round."""
    books = new_books(librarian, len(rounds), copies_total=1)
    for book, gate in zip(books, rounds, strict=True):
        with race_for(racers, book, gate=gate) as answers:
            expect_won(answers, 1, "no_copies_left", "One copy is lent once.")
            expect_available(librarian, book, 0, "After the race no copy is left, and none too few.")

    expect_lent(racers, dict.fromkeys(books, 1))


@requirement("loans.last-copy-race")
def test_three_copies_race(librarian: API, racers: list[Member], rounds: Rounds) -> None:
    """Ten readers ask for three copies at the same moment: exactly three get one."""
    for book, gate in zip(new_books(librarian, len(rounds), copies_total=3), rounds, strict=True):
        with race_for(racers, book, gate=gate) as answers:
            expect_won(answers, 3, "no_copies_left", "Three copies are lent three times.")
            expect_available(librarian, book, 0, "After the race no copy is left, and none too few.")


@requirement("loans.last-copy-race")
def test_copies_are_taken_away_meanwhile(librarian: API, racers: list[Member], rounds: Rounds) -> None:
    """Copies leave the stock while readers borrow: however it ends, no more are lent than there are."""
    readers = racers[:6]
    for id, gate in zip(new_books(librarian, len(rounds), copies_total=len(readers)), rounds, strict=True):
        shrinking = [partial(librarian.patch, f"/books/{id}", json={"copies_total": 1})] * 3
        with race_for(readers, id, *shrinking, gate=gate) as answers:
            for answer in answers:
                built(answer, "books.update").expect(200, 201, 409)
            expect_reasons(answers, "copies_on_loan", "no_copies_left")
            lent = [answer for answer in answers if answer.status == 201]
            expect_covered(librarian.get(f"/books/{id}").expect(200), len(lent))


@requirement("loans.limit-race")
def test_limit_race(newcomer: Newcomer, stock: list[int], rules: Rules, rounds: Rounds) -> None:
    """One reader asks for many books at the same moment: MAX_OPEN_LOANS of them are lent."""
    books = stock[: rules.limit + 5]
    for gate in rounds:
        member = newcomer()
        answers = race(*[partial(member.api.post, "/loans", json={"book_id": book}) for book in books], gate=gate)

        sentence = f"MAX_OPEN_LOANS ({rules.limit}) requests win, however many arrive at once."
        expect_won(answers, rules.limit, "loan_limit_reached", sentence)
        expect_count(member.api.get("/loans"), rules.limit, sentence)


@requirement("loans.limit-race")
def test_same_book_race(newcomer: Newcomer, stock: list[int], rounds: Rounds) -> None:
    """One reader asks for one book eight times at the same moment: it is lent once."""
    member = newcomer()
    for book, gate in zip(stock, rounds, strict=False):
        with race_for([member] * 8, book, gate=gate) as answers:
            expect_won(answers, 1, "already_borrowed", "A reader gets one copy of a book.")


@requirement("loans.return-race")
def test_return_race(librarian: API, newcomer: Newcomer, rounds: Rounds) -> None:
    """A loan that is returned ten times at the same moment is returned once; nine get 409."""
    member = newcomer()
    for book, gate in zip(new_books(librarian, len(rounds), copies_total=1), rounds, strict=True):
        path = f"/loans/{lend(member, book)}"
        answers = race(*[partial(member.api.post, f"{path}/return")] * 10, gate=gate)

        won = expect_won(answers, 1, "already_returned", "One of the returns wins.", status=200)
        expect_same_loan(member.api.get(path).expect(200).json, won[0].json)
        there = librarian.get(f"/books/{book}").expect(200)["copies_available"]
        there.expect(there.integer <= 1, "The copy comes back once.", expected="no more than copies_total, 1")


# --- loans.batch


@requirement("loans.batch")
def test_batch(newcomer: Newcomer, stock: list[int], rules: Rules) -> None:
    """A batch lends every book, up to the limit, and answers with the loans in the order of the request."""
    member, books = newcomer(), [*stock[1 : rules.limit], stock[0]]
    answer = lend_all(member, books).expect(201)

    seen = [loan["book_id"].integer for loan in answer["items"]]
    expect(seen == books, "items stand in the order of book_ids.", expected=books, actual=seen, answer=answer)
    for loan in answer["items"]:
        loan.has(user_id=member.id, returned_at=None, overdue=False)
        expect_same_loan(member.api.get(f"/loans/{loan['id'].integer}").expect(200).json, loan)
    expect_count(member.api.get("/loans"), len(books), "A batch lends each book once.")


@requirement("loans.batch")
def test_batch_of_one(librarian: API, newcomer: Newcomer, rules: Rules) -> None:
    """A batch of one book is lent too, due like any other, and takes a copy away."""
    member, book = newcomer(), new_book(librarian)
    loan = lend_all(member, [book]).expect(201)["items"][0]

    expect_available(librarian, book, 1, "A batch takes copies away.")
    expect_due(loan, rules)


@requirement("loans.batch")
def test_batch_with_unknown_book(newcomer: Newcomer, stock: list[int]) -> None:
    """One book that does not exist: 404, and none is lent."""
    member = newcomer()
    for unknown in (0, *UNKNOWN_IDS):
        expect_error(lend_all(member, [stock[0], unknown]), 404, "not_found")

    expect_loans(member.api.get("/loans"), [], "A refused batch lends nothing.")


@requirement("loans.batch")
def test_batch_without_copies(librarian: API, newcomer: Newcomer) -> None:
    """One book without a copy left: 409, and none is lent."""
    member, (fine, gone) = newcomer(), new_books(librarian, 2, copies_total=1)
    lend(newcomer(), gone)

    expect_error(lend_all(member, [fine, gone]), 409, "no_copies_left")
    expect_error(lend_all(member, [gone, fine]), 409, "no_copies_left")
    expect_loans(member.api.get("/loans"), [], "A refused batch lends nothing.")
    expect_available(librarian, fine, 1, "A refused batch takes no copy away.")


@requirement("loans.batch")
def test_batch_over_the_limit(newcomer: Newcomer, stock: list[int], rules: Rules) -> None:
    """More books than the reader may have: 409, and none is lent, be the hands empty or not."""
    member, (first, *books) = newcomer(), stock[: rules.limit + 1]
    expect_error(lend_all(member, [first, *books]), 409, "loan_limit_reached")
    expect_loans(member.api.get("/loans"), [], "A refused batch lends nothing.")

    loan = lend(member, first)
    expect_error(lend_all(member, books), 409, "loan_limit_reached")
    expect_loans(member.api.get("/loans"), [loan], "A refused batch lends nothing.")


@requirement("loans.batch")
def test_batch_with_borrowed_book(newcomer: Newcomer, stock: list[int]) -> None:
    """One book that the reader has already: 409, and none is lent."""
    member = newcomer()
    loan = lend(member, stock[1])

    expect_error(lend_all(member, stock[:2]), 409, "already_borrowed")
    expect_loans(member.api.get("/loans"), [loan], "A refused batch lends nothing.")


@requirement("loans.batch")
def test_batch_of_wrong_size(newcomer: Newcomer, stock: list[int]) -> None:
    """No book, eleven books or one book twice: 422 with the field book_ids."""
    member, (one, two) = newcomer(), stock[:2]
    for wrong in ([], stock[:11], [one, one], [one, two, one]):
        expect_invalid(lend_all(member, wrong), "book_ids")

    expect_loans(member.api.get("/loans"), [], "A refused batch lends nothing.")


@requirement("loans.batch")
def test_batch_of_ten(member: Member) -> None:
    """Ten ids are not too many: ten books that do not exist are 404 (or 409, as more than the limit), not 422."""
    first = UNKNOWN_IDS[0]

    lend_all(member, [*range(first, first + 10)]).expect(404, 409)


@requirement("loans.batch")
def test_batch_of_wrong_type(newcomer: Newcomer, stock: list[int]) -> None:
    """Anything but a list of integers: 422 with the field book_ids."""
    member, (one, two) = newcomer(), stock[:2]
    for wrong in ([one, str(two)], [one, two + 0.5], [one, True], [one, None], one, str(one), None):
        expect_invalid(lend_all(member, wrong), "book_ids")
    expect_invalid(member.api.post("/loans/batch", json={}), "book_ids")

    expect_loans(member.api.get("/loans"), [], "A refused batch lends nothing.")


@requirement("loans.batch")
def test_batch_without_token(librarian: API) -> None:
    """Nobody borrows a batch without a token: 401, and none is lent."""
    book = new_book(librarian, copies_total=2)

    expect_error(librarian.anonymous().post("/loans/batch", json={"book_ids": [book]}), 401, "unauthorized")
    expect_available(librarian, book, 2, "A refused batch takes no copy away.")


# --- loans.batch-race


@requirement("loans.batch-race")
@pytest.mark.usefixtures("batches")
def test_batches_in_another_order(racers: list[Member], stock: list[int], concurrent: None) -> None:
    """Batches that name the same books in opposite orders, all at once, are all lent: nobody waits in a circle."""
    readers = racers[:6]
    for books in (stock[:2], stock[2:4]):
        with race_batches(readers, books) as answers:
            expect_won(answers, len(readers), "", "There are copies for all, so every batch is lent.")


@requirement("loans.batch-race")
@pytest.mark.usefixtures("batches")
def test_batches_race_for_last_copies(librarian: API, racers: list[Member], rounds: Rounds) -> None:
    """Ten batches ask for the last copies of two books: one gets both, nobody gets half."""
    for gate in rounds:
        books = new_books(librarian, 2, copies_total=1)
        with race_batches(racers, books, gate) as answers:
            expect_won(answers, 1, "no_copies_left", "One batch gets both books, the others none.")
            for book in books:
                expect_available(librarian, book, 0, "After the race no copy is left, and none too few.")


@requirement("loans.batch-race")
@pytest.mark.usefixtures("batches")
def test_batches_race_for_the_limit(newcomer: Newcomer, stock: list[int], rules: Rules, rounds: Rounds) -> None:
    """One reader sends several full batches at once: one of them is lent."""
    batches = [stock[start : start + rules.limit] for start in range(0, 4 * rules.limit, rules.limit)]
    for gate in rounds:
        member = newcomer()
        answers = race(*[partial(lend_all, member, batch) for batch in batches], gate=gate)

        expect_won(answers, 1, "loan_limit_reached", "One full batch reaches the limit.")
        expect_count(member.api.get("/loans"), rules.limit, "Nobody has more than MAX_OPEN_LOANS open loans.")


# --- loans.batch-atomic


@requirement("loans.batch-atomic")
@pytest.mark.usefixtures("batches")
def test_batch_is_atomic(librarian: API, newcomer: Newcomer, database: Database) -> None:
    """When the database refuses one loan of a batch, the last or the first, the answer is 500 and no loan remains."""
    member, books = newcomer(), new_books(librarian, 2)
    with refusing(database, librarian.draw, books[1]) as secret:
        expect_internal_error(lend_all(member, books), secret)
        expect_loans(member.api.get("/loans"), [], "Nothing of a request that failed remains.")
        expect_internal_error(lend_all(member, books[::-1]), secret)
    left = database.value("select count(*) from loans where user_id = %s", member.id)
    expect(left == 0, "The table loans holds nothing of a request that failed.", expected=0, actual=left)
    for book in books:
        expect_available(librarian, book, 2, "Nothing of a request that failed remains.")


@requirement("loans.batch-atomic")
def test_single_loan_refused_by_the_database(
    librarian: API, newcomer: Newcomer, stock: list[int], database: Database
) -> None:
    """When the database refuses a single loan, the answer is 500, and tells nothing of the inside."""
    member, book = newcomer(), new_book(librarian)
    with refusing(database, librarian.draw, book) as secret:
        before = lend(member, stock[0])
        expect_internal_error(member.api.post("/loans", json={"book_id": book}), secret)

    expect_loans(member.api.get("/loans"), [before], "Nothing of a request that failed remains.")
    expect_available(librarian, book, 2, "Nothing of a request that failed remains.")


@requirement("loans.batch-atomic")
@pytest.mark.usefixtures("batches")
def test_life_goes_on_after_an_error(librarian: API, newcomer: Newcomer, database: Database) -> None:
    """After such errors every request works as before: no connection is left in a broken transaction."""
    member, books = newcomer(), new_books(librarian, 2)
    with refusing(database, librarian.draw, books[1]) as secret:
        for _ in range(5):
            expect_internal_error(lend_all(member, books[::-1]), secret)

    lend_all(member, books).expect(201)
    expect_count(member.api.get("/loans"), 2, "After an error the server works as before.")


# --- loans.guards


@requirement("loans.guards")
def test_lent_book_stays(librarian: API, newcomer: Newcomer) -> None:
    """A book with an open loan is not deleted: 409, and book and loans, returned ones too, are still there."""
    reader, former, book = newcomer(), newcomer(), new_book(librarian, copies_total=2)
    loan, returned = lend(reader, book), lend_and_return(former, book)

    expect_error(built(librarian.delete(f"/books/{book}"), "books.delete"), 409, "has_open_loans")
    librarian.get(f"/books/{book}").expect(200)
    expect_open(reader.api, loan)
    expect_loans(former.api.get("/loans"), [returned], "A refused request deletes no loan.")


@requirement("loans.guards")
def test_book_goes_with_its_returned_loans(librarian: API, newcomer: Newcomer, stock: list[int]) -> None:
    """After the return the book can be deleted, and its loans go with it; the reader's others stay."""
    member, book = newcomer(), new_book(librarian)
    loan, stays = lend_and_return(member, book), lend(member, stock[0])
    built(librarian.delete(f"/books/{book}"), "books.delete").expect(200, 204)

    expect_error(librarian.get(f"/books/{book}"), 404, "not_found")
    expect_error(member.api.get(f"/loans/{loan}"), 404, "not_found")
    expect_loans(member.api.get("/loans"), [stays], "The loans of a deleted book are gone, no others.")


@requirement("loans.guards")
def test_borrower_stays(librarian: API, newcomer: Newcomer, stock: list[int]) -> None:
    """A user with an open loan is not deleted, neither by themselves nor by a librarian: 409."""
    member = newcomer()
    loan = lend(member, stock[0])

    expect_error(built(member.api.delete(f"/users/{member.id}"), "users.delete"), 409, "has_open_loans")
    expect_error(librarian.delete(f"/users/{member.id}"), 409, "has_open_loans")
    member.api.get("/users/me").expect(200).has(id=member.id)
    expect_open(member.api, loan)


@requirement("loans.guards")
def test_user_goes_with_their_returned_loans(librarian: API, newcomer: Newcomer) -> None:
    """After the return the user can be deleted, and their loans go with them; other readers' stay."""
    member, other, book = newcomer(), newcomer(), new_book(librarian, copies_total=2)
    loan, stays = lend_and_return(member, book), lend(other, book)
    built(librarian.delete(f"/users/{member.id}"), "users.delete").expect(200, 204)

    expect_error(librarian.get(f"/loans/{loan}"), 404, "not_found")
    expect_loans(other.api.get("/loans"), [stays], "Only the loans of the deleted user are gone.")
    expect_available(librarian, book, 1, "The other reader's loan still counts.")


@requirement("loans.guards")
def test_copies_on_loan(librarian: API, newcomer: Newcomer) -> None:
    """Neither PATCH nor PUT takes away copies that are on loan: 409, and nothing of the request is kept."""
    book = add_book(librarian, copies_total=3)
    for _ in range(2):
        lend(newcomer(), book["id"].integer)
    path, whole = f"/books/{book['id'].integer}", a_book(librarian.draw, copies_total=1)

    expect_error(built(librarian.patch(path, json={"copies_total": 1}), "books.update"), 409, "copies_on_loan")
    expect_error(librarian.patch(path, json={"title": whole["title"], "copies_total": 1}), 409, "copies_on_loan")
    expect_error(built(librarian.put(path, json=whole), "books.replace"), 409, "copies_on_loan")
    now = librarian.get(path).expect(200)
    now.has(title=book["title"].text, isbn=book["isbn"].text, copies_total=3, copies_available=1)


@requirement("loans.guards")
def test_copies_down_to_the_open_loans(librarian: API, newcomer: Newcomer) -> None:
    """A copies_total of exactly the open loans is fine for PATCH and for PUT; returned loans hold no copy."""
    book, member = add_book(librarian, copies_total=2), newcomer()
    lend_and_return(member, book["id"].integer)
    lend(newcomer(), book["id"].integer)
    path, whole = f"/books/{book['id'].integer}", a_book(librarian.draw, isbn=book["isbn"].text, copies_total=1)

    patched = built(librarian.patch(path, json={"copies_total": 1}), "books.update")
    patched.expect(200).has(copies_total=1)
    put = built(librarian.put(path, json=whole), "books.replace")
    put.expect(200).has(title=whole["title"], copies_total=1)


# --- worlds


@dataclass(frozen=True)
class Shelf:
    """Four books of one author: never lent, one of two copies lent, lent and back, and the only copy lent."""

    reader: API
    author: str
    untouched: int
    half: int
    back: int
    gone: int

    def ask(self, **query: str | int) -> Answer:
        """GET /books of this author."""
        return self.reader.get("/books", query={"author": self.author, **query})


@pytest.fixture(scope="session")
def shelf(make_api: Callable[[str], API], librarian_token: str | None) -> Shelf:
    """A shelf, shared by the checks that only look at it."""
    api = make_api("a shelf of loans")
    librarian, member, author = api.with_token(librarian_token or ""), sign_up(api), api.draw.name()
    copies = {"untouched": 1, "half": 2, "back": 1, "gone": 1}
    books = {name: new_book(librarian, author=author, copies_total=count) for name, count in copies.items()}
    lend_and_return(member, books["back"])
    lend(member, books["half"])
    lend(member, books["gone"])
    shelf = Shelf(reader=librarian, author=author, **books)
    listed = shelf.ask()
    if listed.status != 200 or ids(listed) != list(books.values()):
        blocked_by("books.filter", "GET /books?author= did not find the four books of this check.", answer=listed)
    return shelf


@dataclass(frozen=True)
class Past:
    """A reader who borrowed five books, one after the other; the second and the last are still out."""

    reader: API
    books: list[int]
    loans: list[int]

    @property
    def open(self) -> list[int]:
        """The loans that are still open."""
        return [self.loans[1], self.loans[4]]

    @property
    def returned(self) -> list[int]:
        """The loans that were returned."""
        return [self.loans[0], self.loans[2], self.loans[3]]

    def ask(self, **query: str | int) -> Answer:
        """GET /loans of the reader."""
        return self.reader.get("/loans", query=query)


@pytest.fixture(scope="session")
def past(make_api: Callable[[str], API], stock: list[int]) -> Past:
    """A past, shared by the checks that only look at it; another reader has borrowed one of the books too."""
    api = make_api("a history of loans")
    member, books = sign_up(api), stock[:5]
    lend(sign_up(api), books[0])
    steps = (lend_and_return, lend, lend_and_return, lend_and_return, lend)
    loans = [step(member, book) for step, book in zip(steps, books, strict=True)]
    return Past(reader=member.api, books=books, loans=loans)


@pytest.fixture(scope="session")
def stock(make_api: Callable[[str], API], librarian_token: str | None, rules: Rules) -> list[int]:
    """Books that any check may lend, since nobody can run out of their copies; by id, ascending."""
    librarian = make_api("the stock").with_token(librarian_token or "")
    return new_books(librarian, max(11, 4 * rules.limit), copies_total=1000)


@pytest.fixture(scope="session")
def racers(make_api: Callable[[str], API], stock: list[int]) -> list[Member]:
    """Ten members for the races; each race gives back what it lent."""
    api = make_api("racers")
    members = [sign_up(api) for _ in range(10)]
    lend_and_return(members[0], stock[-1])
    return members


@pytest.fixture(scope="session")
def batches(make_api: Callable[[str], API], stock: list[int]) -> None:
    """The promise that a batch can be lent at all."""
    answer = lend_all(sign_up(make_api("the first batch")), stock[:1])
    if answer.status != 201:
        blocked_by("loans.batch", "A batch could not be borrowed for this check.", answer=answer)


def new_book(librarian: API, **fields: str | int) -> int:
    """The id of a new book, of two copies if nothing else is said."""
    return add_book(librarian, **{"copies_total": 2} | fields)["id"].integer


def new_books(librarian: API, count: int, **fields: str | int) -> list[int]:
    """Ids of *count* new books, in ascending order."""
    return sorted(new_book(librarian, **fields) for _ in range(count))


def lend(member: Member, book: int) -> int:
    """The id of an open loan, as part of a world."""
    answer = member.api.post("/loans", json={"book_id": book})
    if answer.status != 201:
        blocked_by(reason(answer), "A book could not be borrowed for this check.", answer=answer)
    return answer["id"].integer


def reason(answer: Answer) -> str:
    """The requirement whose rule stands behind a refusal that should not have been."""
    with suppress(Mismatch):
        if answer.status == 409:
            return REASONS.get(answer["error"]["code"].text, "loans.borrow")
    return "loans.borrow"


def lend_and_return(member: Member, book: int) -> int:
    """The id of a returned loan."""
    loan = lend(member, book)
    give_back(member.api, loan)
    return loan


def give_back(member: API, loan: int) -> None:
    """Return a loan as part of a world, and see that it is returned."""
    answer = member.post(f"/loans/{loan}/return")
    if answer.status == 200:
        answer = member.get(f"/loans/{loan}")
    if answer.status != 200 or "returned_at" not in answer or answer["returned_at"].is_null:
        blocked_by("loans.return", "A book could not be returned for this check.", answer=answer)


def built(answer: Answer, requirement: str) -> Answer:
    """The same answer, unless there is no such endpoint yet: then this check waits for *requirement*."""
    if answer.status in NOT_BUILT:
        blocked_by(requirement, "There is no such endpoint yet.", answer=answer)
    return answer


def colleague(librarian: API, newcomer: Newcomer) -> Member:
    """One more librarian, with nothing borrowed yet."""
    member = newcomer()
    answer = librarian.patch(f"/users/{member.id}", json={"role": "librarian"})
    if answer.status != 200:
        blocked_by("users.update", "A member could not be made librarian for this check.", answer=answer)
    return member


def change(librarian: API, book: int, **fields: int | str) -> Answer:
    """Change a book as part of a world; the answer is the book."""
    answer = librarian.patch(f"/books/{book}", json=fields)
    if answer.status != 200:
        blocked_by("books.update", "A book could not be changed for this check.", answer=answer)
    return answer


def make_due(database: Database, loan: int, when: str) -> None:
    """The loan began a long time ago and is due at *when*, counted from now ("-1 minute": a minute ago)."""
    database.execute(
        "update loans set borrowed_at = now() - interval '400 days', due_at = now() + %s::interval where id = %s",
        when,
        loan,
    )


@contextmanager
def refusing(database: Database, draw: Draw, book: int) -> Iterator[str]:
    """Inside, the database refuses every new loan of *book*, in words that the yielded secret is part of."""
    name, secret = f"trouble_{draw.text(10)}", f"{draw.text(9)} {draw.text(9)}"
    database.execute(
        f"create function public.{name}() returns trigger language plpgsql as $$ begin"
        f" if new.book_id = {book} then raise exception '{secret}'; end if; return new; end $$"
    )
    try:
        database.execute(
            f"create trigger {name} before insert on public.loans for each row execute function public.{name}()"
        )
        yield secret
    finally:
        database.execute(f"drop function public.{name}() cascade")


def list_loans(member: Member, **query: str | int) -> Answer:
    """GET /loans."""
    return member.api.get("/loans", query=query)


def lend_all(member: Member, books: object) -> Answer:
    """POST /loans/batch."""
    return member.api.post("/loans/batch", json={"book_ids": books})


@contextmanager
def race_for(
    racers: list[Member], book: int, *others: Callable[[], Answer], gate: Gate | None
) -> Iterator[list[Answer]]:
    """All ask for the book at the same moment, while *others* do something else."""
    borrowing = [partial(racer.api.post, "/loans", json={"book_id": book}) for racer in racers]
    answers = race(*borrowing, *others, gate=gate)
    with giving_back(racers, answers[: len(racers)]):
        yield answers


@contextmanager
def race_batches(racers: list[Member], books: list[int], gate: Gate | None = None) -> Iterator[list[Answer]]:
    """All ask for the books at the same moment, every second one in the opposite order."""
    orders = [books if place % 2 else books[::-1] for place in range(len(racers))]
    asking = [partial(lend_all, racer, order) for racer, order in zip(racers, orders, strict=True)]
    answers = race(*asking, gate=gate)
    with giving_back(racers, answers):
        yield answers


@contextmanager
def giving_back(racers: list[Member], answers: list[Answer]) -> Iterator[None]:
    """At the end what a race lent is given back, however it went, so that the next begins with empty hands."""
    try:
        yield
    except Exception:
        for racer in racers:
            return_open(racer)
        raise
    for racer, answer in zip(racers, answers, strict=True):
        if answer.status == 201:
            return_lent(racer, answer)


def return_lent(racer: Member, answer: Answer) -> None:
    """Give back what an answer lent, alone or in a batch."""
    batch = "items" in answer
    for loan in answer["items"] if batch else [answer.json]:
        racer.api.post(f"/loans/{loan['id'].integer}/return").expect(200)


def return_open(racer: Member) -> None:
    """Give back whatever the reader has, also what was lent by a request that was refused; as far as it goes."""
    with suppress(Mismatch):
        for loan in racer.api.get("/loans", query={"limit": 100})["items"]:
            if loan["returned_at"].is_null:
                racer.api.post(f"/loans/{loan['id'].integer}/return")


# --- expectations


def ids(answer: Answer) -> list[int]:
    """Ids of a list's entries, in its order."""
    return [entry["id"].integer for entry in answer["items"]]


def expect_loans(answer: Answer, wanted: list[int], sentence: str) -> None:
    """The list holds exactly these loans, in whatever order."""
    seen, told = sorted(ids(answer.expect(200))), sorted(wanted)
    expect(seen == told, sentence, expected=f"loans {told}", actual=f"loans {seen}", answer=answer)


def expect_listed(answer: Answer, wanted: list[int], sentence: str) -> None:
    """The list holds exactly these loans, in whatever order, and says so in total."""
    expect_loans(answer, wanted, sentence)
    answer["total"].equals(len(wanted))


def expect_in_order(answer: Answer, wanted: list[int], sentence: str) -> None:
    """The page holds exactly these loans, by id, descending."""
    seen, told = ids(answer.expect(200)), sorted(wanted, reverse=True)
    expect(seen == told, sentence, expected=f"loans {told}", actual=f"loans {seen}", answer=answer)


def expect_books(answer: Answer, wanted: list[int], sentence: str) -> None:
    """The list holds exactly these books, in this order, and says so in total."""
    seen = ids(answer.expect(200))
    expect(seen == wanted, sentence, expected=f"books {wanted}", actual=f"books {seen}", answer=answer)
    answer["total"].equals(len(wanted))


def expect_count(answer: Answer, wanted: int, sentence: str) -> None:
    """The list holds this many loans."""
    seen = len(ids(answer.expect(200)))
    expect(seen == wanted, sentence, expected=f"{wanted} loans", actual=f"{seen} loans", answer=answer)


def expect_available(reader: API, book: int, wanted: int, sentence: str) -> None:
    """The book has this many copies in the house."""
    answer = reader.get(f"/books/{book}").expect(200)
    seen = answer["copies_available"]
    seen.expect(seen.integer == wanted, sentence, expected=wanted)


def expect_open(reader: API, loan: int) -> None:
    """The loan is there and open."""
    reader.get(f"/loans/{loan}").expect(200).has(id=loan, returned_at=None)


def expect_overdue(reader: API, loan: int, wanted: bool, sentence: str) -> None:
    """The loan says of itself whether it is overdue."""
    overdue = reader.get(f"/loans/{loan}").expect(200)["overdue"]
    overdue.expect(overdue.boolean is wanted, sentence, expected=wanted)


def expect_utc(time: Json) -> None:
    """The time is written in UTC, whatever zone the server lives in."""
    time.expect(time.time.utcoffset() == timedelta(0), "Times are in UTC: they end in Z or +00:00.", expected="…Z")


def expect_due(loan: Json, rules: Rules) -> None:
    """The loan is due LOAN_DAYS days after it began, to the second."""
    wanted = loan["borrowed_at"].time + rules.days
    on_time = abs(loan["due_at"].time - wanted) <= SECOND
    sentence = f"due_at is borrowed_at plus LOAN_DAYS ({rules.days.days}) days."
    loan["due_at"].expect(on_time, sentence, expected=wanted.isoformat())


def expect_read_back(reader: API, loan: Answer) -> None:
    """Location leads to the loan, and what is read there is what was answered."""
    place, wanted = loan.location(), f"/loans/{loan['id'].integer}"
    expect(place == wanted, "Location names the new loan.", expected=wanted, actual=place, answer=loan)
    expect_same_loan(reader.get(place).expect(200).json, loan.json)


def expect_same_loan(seen: Json, wanted: Json, but: tuple[str, ...] = ()) -> None:
    """Both tell the same loan; times may be written in another way, but not by a second."""
    for name in {"id", "book_id", "user_id", "overdue"} - {*but}:
        seen[name].equals(wanted[name])
    seen["book"].has(id=wanted["book_id"].integer, title=wanted["book"]["title"].text)
    for name in ("borrowed_at", "due_at", "returned_at"):
        if name not in but:
            expect_same_time(seen[name], wanted[name])


def expect_same_time(seen: Json, wanted: Json) -> None:
    """Both are null, or the same moment to the second."""
    if wanted.is_null or seen.is_null:
        seen.equals(wanted)
    else:
        seen.expect(abs(seen.time - wanted.time) <= SECOND, "A loan's times do not change.", expected=f"{wanted}")


def expect_won(answers: list[Answer], winners: int, code: str, sentence: str, *, status: int = 201) -> list[Answer]:
    """Of the racing requests *winners* won, and the others lost with 409 and *code*; the answers that won."""
    for answer in answers:
        answer.expect(status, 409)
    expect_reasons(answers, code)
    won = [answer for answer in answers if answer.status == status]
    told = f"{len(won)} of {len(answers)} requests at the same moment were answered {status}"
    expect(len(won) == winners, sentence, expected=f"{winners} × {status}", actual=told, answer=(won or answers)[-1])
    return won


def expect_covered(book: Answer, lent: int) -> None:
    """There are at least as many copies as are lent, and the rest is available."""
    total = book["copies_total"]
    total.expect(total.integer >= lent, "No more copies are lent than there are.", expected=f"{lent} or more")
    book["copies_available"].equals(total.integer - lent)


def expect_reasons(answers: list[Answer], *codes: str) -> None:
    """Who lost a race is told why: 409 and one of *codes*."""
    for answer in answers:
        if answer.status == 409:
            code = answer["error"]["code"]
            if code.text in REASONS.keys() - {*codes}:
                blocked_by(REASONS[code.text], f"There is no reason for {code} in this race.", answer=answer)
            code.expect(code.text in codes, "The code of a 409 says why it was refused.", expected=" or ".join(codes))


def expect_lent(racers: list[Member], copies: dict[int, int]) -> None:
    """The readers together have had as many loans of each book as there are copies, which each was lent once."""
    lists = [racer.api.get("/loans", query={"limit": 100}).expect(200) for racer in racers]
    lent = {loan["id"].integer: loan["book_id"].integer for answer in lists for loan in answer["items"]}
    seen = {book: [*lent.values()].count(book) for book in copies}
    expect(seen == copies, "The lists of the readers hold a loan for each copy, no more.", expected=copies, actual=seen)


def expect_internal_error(answer: Answer, secret: str) -> None:
    """The answer is 500 in the body of CONTRACT.md §2 and tells nothing of the inside."""
    expect_error(answer, 500, "internal_error")
    found = INSIDE.search(answer.text) or re.search(re.escape(secret), answer.text)
    told = found.group() if found else ""
    sentence = "An internal error tells nothing of the inside."
    expect(not found, sentence, expected="no such words", actual=told, answer=answer)
