"""Books: the catalogue can be written, changed and searched."""

import pytest
from conftest import Member, a_book, add_book, unique_word
from httpx import Client


def error(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_new_book_can_be_read_back(api: Client, librarian: Client):
    """What was sent is trimmed, the ISBN loses its hyphens, and one copy is assumed."""
    body = a_book(title="  Emma ")
    answer = librarian.post("/books", json={**body, "isbn": "-".join(str(body["isbn"]))})
    book = answer.json()

    assert (201, f"/books/{book['id']}") == (answer.status_code, answer.headers["Location"])
    assert ("Emma", body["isbn"], 1) == (book["title"], book["isbn"], book["copies_available"])
    assert book == api.get(f"/books/{book['id']}").json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "   "),
        ("title", "x" * 201),
        ("title", "a\0b"),
        ("author", 7),
        ("isbn", "9780441478126"),
        ("isbn", "978044147812"),
        ("published_year", 1449),
        ("published_year", 9999),
        ("copies_total", 0),
        ("copies_total", True),
        ("copies_total", None),
    ],
)
def test_fields_of_a_book(librarian: Client, field: str, value: object):
    """A value that breaks a rule is refused by the name of its field."""
    answer = librarian.post("/books", json=a_book(**{field: value}))

    assert (422, "validation_failed") == error(answer)
    assert [field] == [each["field"] for each in answer.json()["error"]["details"]]


def test_an_isbn_is_taken_once(librarian: Client):
    """A second book with the same ISBN is a conflict; sending a book its own is not."""
    book, other = add_book(librarian), add_book(librarian)
    path = f"/books/{book['id']}"

    assert (409, "isbn_taken") == error(librarian.post("/books", json=a_book(isbn=book["isbn"])))
    assert (409, "isbn_taken") == error(librarian.patch(path, json={"isbn": other["isbn"]}))
    assert 200 == librarian.patch(path, json={"isbn": book["isbn"]}).status_code


def test_put_needs_every_field(librarian: Client):
    """A replacement without its number of copies is none."""
    book = add_book(librarian)

    assert 422 == librarian.put(f"/books/{book['id']}", json=a_book()).status_code


def test_patch_leaves_the_rest_alone(librarian: Client):
    """Only what was sent changes, and null is not nothing."""
    book = add_book(librarian, copies_total=4)
    path = f"/books/{book['id']}"

    assert {**book, "title": "Dune"} == librarian.patch(path, json={"title": "Dune"}).json()
    assert 422 == librarian.patch(path, json={"title": None}).status_code


def test_a_book_on_loan_stays(librarian: Client, member: Member):
    """It cannot be deleted, nor have fewer copies than are out."""
    book = add_book(librarian, copies_total=2)
    path = f"/books/{book['id']}"
    for reader in member(), member():
        reader.post("/loans", json={"book_id": book["id"]})

    assert (409, "has_open_loans") == error(librarian.delete(path))
    assert (409, "copies_on_loan") == error(librarian.patch(path, json={"copies_total": 1}))


def test_a_deleted_book_is_gone(librarian: Client):
    """Afterwards there is nothing to read or to delete."""
    path = f"/books/{add_book(librarian)['id']}"

    assert 204 == librarian.delete(path).status_code
    assert 404 == librarian.get(path).status_code
    assert 404 == librarian.delete(path).status_code


def test_searching_takes_every_character_literally(api: Client, librarian: Client):
    """A percent sign finds a percent sign."""
    author = unique_word()
    add_book(librarian, author=author, title="One hundred")
    wanted = add_book(librarian, author=author, title="100 % \\ _")

    for text in ["%", "_", "\\"]:
        found = api.get("/books", params={"q": text, "author": author.upper()}).json()
        assert [wanted] == found["items"]


def test_sorting_breaks_ties_by_id(api: Client, librarian: Client):
    """Equal years stay in the order of their ids, in both directions."""
    author = unique_word()
    years = [1900, 1950, 1900]
    a, b, c = (add_book(librarian, author=author, published_year=year)["id"] for year in years)

    def ids(sort: str) -> list[int]:
        found = api.get("/books", params={"author": author, "sort": sort}).json()
        return [book["id"] for book in found["items"]]

    assert [a, c, b] == ids("year")
    assert [b, a, c] == ids("-year")


def test_available(api: Client, librarian: Client, member: Member):
    """A book whose last copy is out is found as not available."""
    book = add_book(librarian, author=unique_word())
    member().post("/loans", json={"book_id": book["id"]})

    def total(available: str) -> int:
        query = {"author": book["author"], "available": available}
        return api.get("/books", params=query).json()["total"]

    assert (0, 1) == (total("true"), total("false"))


def test_the_catalogue_belongs_to_librarians(api: Client, member: Member):
    """Who is unknown gets 401, who lacks the role 403."""
    assert (401, "unauthorized") == error(api.post("/books", json=a_book()))
    assert (403, "forbidden") == error(member().post("/books", json=a_book()))
