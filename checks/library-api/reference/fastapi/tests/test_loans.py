"""Loans: within the limits, even when everybody comes at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from conftest import Member, add_book
from httpx import Client, Response


def borrow(client: Client, *books: dict[str, object]) -> Response:
    if len(books) == 1:
        return client.post("/loans", json={"book_id": books[0]["id"]})
    return client.post("/loans/batch", json={"book_ids": [book["id"] for book in books]})


def code(answer: Response) -> str:
    assert 409 == answer.status_code
    return answer.json()["error"]["code"]


def test_a_loan_is_for_two_weeks(librarian: Client, member: Member):
    """It names the book and the day on which it is due."""
    client, book = member(), add_book(librarian)
    answer = borrow(client, book)
    loan = answer.json()
    days = datetime.fromisoformat(loan["due_at"]) - datetime.fromisoformat(loan["borrowed_at"])

    assert (201, f"/loans/{loan['id']}") == (answer.status_code, answer.headers["Location"])
    assert {"id": book["id"], "title": book["title"]} == loan["book"]
    assert (timedelta(days=14), None, False) == (days, loan["returned_at"], loan["overdue"])


def test_what_cannot_be_lent(librarian: Client, member: Member):
    """The last copy, the same book again and a fourth book are each refused by name."""
    first, second = member(), member()
    rare, *others = [add_book(librarian) for _ in range(4)]
    borrow(first, rare)

    assert "no_copies_left" == code(borrow(second, rare))
    assert "loan_limit_reached" == code(borrow(first, *others))
    assert "already_borrowed" == code(borrow(first, rare))
    assert 404 == first.post("/loans", json={"book_id": 10**30}).status_code


def test_a_batch_is_lent_as_a_whole(librarian: Client, member: Member):
    """In the order of the request, or not at all."""
    client, other = member(), member()
    a, b, rare = (add_book(librarian) for _ in range(3))
    borrow(other, rare)

    assert "no_copies_left" == code(borrow(client, a, rare))
    assert 0 == client.get("/loans").json()["total"]
    lent = borrow(client, b, a).json()["items"]
    assert [b["id"], a["id"]] == [loan["book_id"] for loan in lent]
    assert 422 == client.post("/loans/batch", json={"book_ids": [a["id"], a["id"]]}).status_code


def test_a_book_is_returned_once(librarian: Client, member: Member):
    """The second time is a conflict, and somebody else's loan is nobody's business."""
    client, stranger, book = member(), member(), add_book(librarian)
    path = f"/loans/{borrow(client, book).json()['id']}"

    assert 403 == stranger.get(path).status_code
    assert 403 == stranger.post(f"{path}/return").status_code
    returned = client.post(f"{path}/return").json()
    assert "already_returned" == code(client.post(f"{path}/return"))
    assert returned == client.get(path).json()


def test_loans_are_listed_newest_first(librarian: Client, member: Member):
    """A member sees their own, in the state they ask for."""
    client = member()
    old, new = (borrow(client, add_book(librarian)).json()["id"] for _ in range(2))
    client.post(f"/loans/{old}/return")

    def ids(**query: object) -> list[int]:
        return [loan["id"] for loan in client.get("/loans", params=query).json()["items"]]

    assert [new, old] == ids()
    assert ([new], [old]) == (ids(state="open"), ids(state="returned"))
    assert 403 == client.get("/loans", params={"user_id": 1}).status_code


def test_a_race_for_the_last_copies(librarian: Client, member: Member):
    """Of eight readers who ask together, exactly as many are served as there are copies."""
    book = add_book(librarian, copies_total=3)
    readers = [member() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda reader: borrow(reader, book), readers))

    assert [201] * 3 + [409] * 5 == sorted(answer.status_code for answer in answers)


def test_a_race_for_the_limit(librarian: Client, member: Member):
    """Of eight requests by one reader, three are granted."""
    client = member()
    books = [add_book(librarian) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda book: borrow(client, book), books))

    assert [201] * 3 + [409] * 5 == sorted(answer.status_code for answer in answers)
