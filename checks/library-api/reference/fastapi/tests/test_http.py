"""HTTP: what holds for every path."""

import pytest
from conftest import a_book, add_book
from httpx import Client

JSON = {"Content-Type": "application/json"}


def code(answer) -> str:
    return answer.json()["error"]["code"]


def test_health_and_readiness(api: Client):
    """A server that runs and reaches its database says so."""
    assert {"status": "ok"} == api.get("/health").json()
    assert {"status": "ready"} == api.get("/ready").json()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_unknown_path_is_404(api: Client, method: str):
    """No method makes a path exist, and the error has our shape."""
    answer = api.request(method, "/nowhere")

    assert (404, "not_found") == (answer.status_code, code(answer))


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/books", {"GET", "HEAD", "POST"}),
        ("/books/1", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        ("/users/me", {"GET"}),
        ("/loans/batch", {"POST"}),
    ],
)
def test_allow_names_every_method_of_the_path(api: Client, path: str, methods: set[str]):
    """405 tells what would have worked, over all routes of the path and no others."""
    answer = api.request("TRACE", path)

    assert 405 == answer.status_code
    assert methods == set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("body", [b"", b"{", b"nope", b'{"title": NaN}', b"\xff"])
def test_what_is_not_json_is_400(librarian: Client, body: bytes):
    """A body that cannot be parsed is malformed, whatever the fields would be."""
    answer = librarian.post("/books", content=body, headers=JSON)

    assert (400, "malformed_json") == (answer.status_code, code(answer))


def test_json_under_another_name_is_415(librarian: Client):
    """A body must say that it is JSON."""
    answer = librarian.post("/books", content=b"{}", headers={"Content-Type": "text/plain"})

    assert (415, "unsupported_media_type") == (answer.status_code, code(answer))


@pytest.mark.parametrize(
    ("accept", "status"),
    [("text/html", 406), ("text/html, application/*;q=0.8", 200), ("*/*", 200)],
)
def test_accept(api: Client, accept: str, status: int):
    """We speak JSON only, and say so."""
    assert status == api.get("/books", headers={"Accept": accept}).status_code


@pytest.mark.parametrize(
    ("id", "status"), [("99999999999999999999", 404), ("0", 404), ("abc", 422), ("1.5", 422)]
)
def test_ids_in_paths(api: Client, id: str, status: int):
    """Digits that name nothing are 404, anything else is no id."""
    assert status == api.get(f"/books/{id}").status_code


def test_an_etag_saves_sending_what_is_known(api: Client, librarian: Client):
    """304 while the book is the same, 200 as soon as it has changed."""
    path = f"/books/{add_book(librarian)['id']}"
    known = {"If-None-Match": f'"other", W/{api.get(path).headers["ETag"]}'}

    assert 304 == api.get(path, headers=known).status_code
    librarian.patch(path, json={"title": "Persuasion"})
    assert 200 == api.get(path, headers=known).status_code


def test_head_is_get_without_a_body(api: Client, librarian: Client):
    """The same status and headers, and nothing else."""
    answer = api.head(f"/books/{add_book(librarian)['id']}")

    assert (200, b"") == (answer.status_code, answer.content)
    assert "ETag" in answer.headers


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=1.0", "offset=-1", "limit="])
def test_page_limits(api: Client, query: str):
    """A page outside the limits is refused, by the parameter's name."""
    answer = api.get(f"/books?{query}")

    assert 422 == answer.status_code
    assert query.partition("=")[0] == answer.json()["error"]["details"][0]["field"]


def test_a_page_behind_the_end_is_empty(api: Client, librarian: Client):
    """The total stays true, however large the offset."""
    add_book(librarian)
    page = api.get("/books", params={"offset": 10**30}).json()

    assert [] == page["items"]
    assert page["total"] >= 1


def test_a_refused_request_changes_nothing(api: Client, librarian: Client):
    """406 comes before the work, not after it."""
    book = a_book()
    librarian.post("/books", json=book, headers={"Accept": "text/html"})

    assert 201 == librarian.post("/books", json=book).status_code
