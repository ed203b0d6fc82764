"""Reports: numbers for librarians."""

from datetime import UTC, datetime, timedelta

import pytest
from conftest import Member, add_book, unique_word
from httpx import Client


def test_an_author_without_loans_is_counted_too(librarian: Client, member: Member):
    """Copies are summed once for each book, however often it was borrowed."""
    author = unique_word()
    popular = add_book(librarian, author=author, copies_total=2)
    add_book(librarian, author=author, copies_total=5)

    def summary() -> dict[str, object]:
        [item] = librarian.get("/reports/authors", params={"author": author}).json()["items"]
        return item

    counts = {"author": author, "book_count": 2, "copies_total": 7}
    assert {**counts, "loan_count": 0} == summary()
    for reader in member(), member():
        reader.post("/loans", json={"book_id": popular["id"]})
    assert {**counts, "loan_count": 2} == summary()


def test_most_borrowed_within_a_period(librarian: Client, member: Member):
    """The beginning belongs to the period, the end does not."""
    loan = member().post("/loans", json={"book_id": add_book(librarian)["id"]}).json()
    borrowed_at = loan["borrowed_at"]
    later = (datetime.fromisoformat(borrowed_at) + timedelta(microseconds=1)).isoformat()

    def books(**period: str) -> list[int]:
        items = librarian.get("/reports/most-borrowed", params=period).json()["items"]
        return [item["book_id"] for item in items]

    assert [loan["book_id"]] == books(**{"from": borrowed_at, "to": later})
    assert [] == books(**{"from": borrowed_at, "to": borrowed_at})


def test_overdue_loans_are_reported(librarian: Client, member: Member):
    """A loan that was due yesterday counts for its reader, blocks them and shows on the loan."""
    from app.database import open_session
    from app.models import Loan

    client = member()
    loan = client.post("/loans", json={"book_id": add_book(librarian)["id"]}).json()
    now = datetime.now(UTC)
    with open_session() as session:
        row = session.get_one(Loan, loan["id"])
        row.borrowed_at, row.due_at = now - timedelta(days=9), now - timedelta(days=1)
        session.commit()
    report = librarian.get("/reports/overdue", params={"limit": 100}).json()["items"]
    refusal = client.post("/loans", json={"book_id": add_book(librarian)["id"]})

    assert [1] == [e["overdue_count"] for e in report if e["user_id"] == loan["user_id"]]
    assert "overdue_loans" == refusal.json()["error"]["code"]
    assert client.get(f"/loans/{loan['id']}").json()["overdue"] is True


@pytest.mark.parametrize("time", ["yesterday", "5", "2026-03-01", "2026-03-01T09:30:00", ""])
def test_a_period_is_made_of_times(librarian: Client, time: str):
    """Dates, numbers and times without a zone are refused."""
    answer = librarian.get("/reports/most-borrowed", params={"from": time})

    assert 422 == answer.status_code
    assert "from" == answer.json()["error"]["details"][0]["field"]


@pytest.mark.parametrize("report", ["most-borrowed", "overdue", "authors"])
def test_reports_are_for_librarians(api: Client, member: Member, report: str):
    """Who is unknown gets 401, who lacks the role 403."""
    assert 401 == api.get(f"/reports/{report}").status_code
    assert 403 == member().get(f"/reports/{report}").status_code
