"""HTTP and REST: statuses, headers and the error body that clients rely on (CONTRACT.md §2 and §3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from library import NOT_BUILT, a_book, add_book, expect_error, expect_invalid

from roadmap_cli.checking import API, Answer, Json, expect, requirement

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Not of /books/{id}: its methods come one after the other, in two milestones.
ALLOWED = {"/health": {"GET"}, "/books": {"GET", "POST"}}
NOT_JSON = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "text/json",
    "application/jsonl",
    "application/vnd.api+json",
)
ACCEPT_OTHERS = ("text/html", "application/xml", "text/*", "image/png, text/html", "application/jsonl, text/plain")
ACCEPT_JSON = (
    "application/json",
    "application/*",
    "*/*",
    "text/html, application/json",
    "application/xml,application/*",
    "image/png, */*",
)
ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
MOST_PAGES = 50


# --- /health and unknown paths -------------------------------------------------------------------------------------


@requirement("http.health")
def test_health(api: API) -> None:
    """The process says that it runs."""
    answer = api.get("/health")

    answer.expect(200).has(status="ok")


@requirement("http.unknown-path")
def test_an_unknown_path_is_not_found_by_any_method(librarian: API) -> None:
    """A path that nobody made is 404 with the error body, whatever is done to it."""
    path = f"/{librarian.draw.text(9)}"

    for method in METHODS:
        expect_error(send(librarian, method, path), 404, "not_found")


@requirement("http.unknown-path")
def test_a_known_path_with_more_around_it_is_not_found(librarian: API) -> None:
    """Only whole paths count: what goes on behind /health or before /books is unknown again."""
    word = librarian.draw.text(9)

    for path in (f"/health/{word}", f"/books/7/{word}", f"/{word}/books", f"/books{word}"):
        expect_error(librarian.get(path), 404, "not_found")
    expect_error(librarian.post(f"/books{word}", json=a_book(librarian.draw)), 404, "not_found")


# --- creating and reading ------------------------------------------------------------------------------------------


@requirement("http.created")
def test_a_posted_book_is_found_where_location_says(librarian: API) -> None:
    """201, an id, and a Location where the same book is read."""
    wanted = a_book(librarian.draw)
    created = librarian.post("/books", json=wanted).expect(201)

    book = {"id": created["id"].integer, "title": wanted["title"], "isbn": wanted["isbn"]}
    created["id"].expect(book["id"] > 0, "An id is a positive integer.", expected="1 or more")
    created.has(**book)
    path = f"/books/{book['id']}"
    expect(created.location() == path, "Location names the new book.", expected=path, actual=created.location())
    librarian.anonymous().get(created.location()).expect(200).has(**book)


@requirement("http.created")
def test_every_post_makes_a_book_of_its_own(librarian: API) -> None:
    """Two posts make two books with two ids, and neither overwrites the other."""
    wanted = [a_book(librarian.draw), a_book(librarian.draw)]
    created = [librarian.post("/books", json=book).expect(201) for book in wanted]

    first, second = (answer["id"].integer for answer in created)
    created[1]["id"].expect(first != second, "Every book has an id of its own.", expected=f"another id than {first}")
    for id, book in ((first, wanted[0]), (second, wanted[1])):
        librarian.get(f"/books/{id}").expect(200).has(id=id, title=book["title"], isbn=book["isbn"])


# --- ids in paths --------------------------------------------------------------------------------------------------


@requirement("http.path-parameter")
def test_an_id_that_is_not_made_of_digits_is_invalid(librarian: API) -> None:
    """Nothing but digits is an id, even if a generous converter makes the id of a book out of it."""
    id = add_book(librarian)["id"].integer
    word = librarian.draw.text(3)

    for text in (word, f"{id}{word}", f"{word}{id}", f"{id}.5", f"{id}e0", f"{id}_0"):
        expect_invalid(librarian.get(f"/books/{text}"), "id")
    for text in (f"%20{id}", f"{id}%20", f"0x{id:x}"):
        expect_invalid(librarian.get(f"/books/{text}"), "id")


@requirement("http.path-parameter")
def test_a_huge_id_names_nothing(librarian: API) -> None:
    """Any number of digits is an id; one that no book has is 404, also if its lower bits are those of a book."""
    id = add_book(librarian)["id"].integer

    for number in (2**31, 2**32 + id, 2**63, 2**64 + id, 10**99):
        expect_error(librarian.get(f"/books/{number}"), 404, "not_found")


@requirement("http.not-found")
def test_an_unknown_book_is_not_found(librarian: API) -> None:
    """An id that was never given out names no book, though others exist."""
    id = add_book(librarian)["id"].integer

    librarian.get(f"/books/{id}").expect(200)
    for unknown in (nobody(librarian, id), 0):
        expect_error(librarian.get(f"/books/{unknown}"), 404, "not_found")


# --- methods -------------------------------------------------------------------------------------------------------


@requirement("http.method-not-allowed")
def test_the_allow_header_is_complete(librarian: API) -> None:
    """A method that a path lacks is 405, and Allow names those that it has."""
    for path, methods in ALLOWED.items():
        for method in METHODS:
            if method not in methods:
                expect_not_allowed(send(librarian, method, path), methods, methods)


@requirement("http.method-not-allowed")
def test_the_allow_header_of_a_book_is_complete(librarian: API) -> None:
    """POST to a book is 405, and Allow names GET and whatever else is built for a book."""
    id = add_book(librarian)["id"].integer
    refused = send(librarian, "POST", f"/books/{id}")

    built = {"GET"} | {
        method
        for method in ("PUT", "PATCH", "DELETE")
        if send(librarian, method, f"/books/{id}").status not in NOT_BUILT
    }
    expect_not_allowed(refused, built, {"GET", "PUT", "PATCH", "DELETE"})


@requirement("http.method-not-allowed")
def test_a_method_that_is_not_allowed_does_nothing(librarian: API) -> None:
    """DELETE /books empties nothing, POST to a book changes nothing."""
    book = add_book(librarian)
    path = f"/books/{book['id'].integer}"

    librarian.delete("/books").expect(405)
    librarian.post(path, json=a_book(librarian.draw)).expect(405)
    librarian.get(path).expect(200).has(title=book["title"].text, isbn=book["isbn"].text)


# --- bodies that come in -------------------------------------------------------------------------------------------


@requirement("http.media-type")
def test_a_body_of_another_media_type_is_refused(librarian: API) -> None:
    """What is not declared as application/json is 415, even if it is JSON, and is not stored."""
    body = json.dumps(a_book(librarian.draw)).encode()

    for kind in NOT_JSON:
        refused = librarian.post("/books", body=body, headers={"Content-Type": kind})
        expect_error(refused, 415, "unsupported_media_type")
    expect_error(librarian.post("/books", body=body), 415, "unsupported_media_type")
    expect_not_stored(librarian, body)


@requirement("http.media-type")
def test_parameters_of_the_media_type_are_accepted(librarian: API) -> None:
    """application/json with a charset behind it is application/json."""
    for kind in ("application/json; charset=utf-8", "application/json;charset=UTF-8"):
        book = a_book(librarian.draw)
        answer = librarian.post("/books", body=json.dumps(book).encode(), headers={"Content-Type": kind})
        answer.expect(201).has(isbn=book["isbn"])


@requirement("http.malformed-json")
def test_a_body_that_is_not_json_is_malformed(librarian: API) -> None:
    """Text that no JSON parser reads is 400, and nothing of it is stored."""
    body = json.dumps(a_book(librarian.draw))

    for text in (*spoiled(body), librarian.draw.words(3)):
        refused = librarian.post("/books", body=text.encode(), headers={"Content-Type": "application/json"})
        expect_error(refused, 400, "malformed_json")
    expect_not_stored(librarian, body.encode())


@requirement("http.malformed-json")
def test_a_body_that_is_not_utf_8_is_malformed(librarian: API) -> None:
    """JSON is UTF-8: a letter in another encoding is 400, not replaced by a question mark, and nothing is stored."""
    body = json.dumps(a_book(librarian.draw, title=f"{librarian.draw.title()} \u00e9"), ensure_ascii=False)

    refused = librarian.post("/books", body=body.encode("latin-1"), headers={"Content-Type": "application/json"})
    expect_error(refused, 400, "malformed_json")
    expect_not_stored(librarian, body.encode())


@requirement("http.malformed-json")
def test_an_empty_body_is_malformed(librarian: API) -> None:
    """The empty text is not JSON."""
    for body in (b"", b"\n"):
        refused = librarian.post("/books", body=body, headers={"Content-Type": "application/json"})
        expect_error(refused, 400, "malformed_json")


@requirement("http.validation")
def test_every_missing_field_is_named(librarian: API) -> None:
    """{} lacks the four fields that have no default; a body that lacks one is told which."""
    book = a_book(librarian.draw)
    required = [name for name in book if name != "copies_total"]

    expect_invalid(librarian.post("/books", json={}), *required)
    for name in required:
        lacking = {other: value for other, value in book.items() if other != name}
        expect_exactly(librarian.post("/books", json=lacking), name)


@requirement("http.validation")
def test_all_offending_fields_are_named_at_once(librarian: API) -> None:
    """Two or more wrong fields are all named in one answer, and no right one; then the book is not stored."""
    draw = librarian.draw
    wrong = {"title": "", "author": "", "isbn": draw.isbn13()[:-1], "published_year": 1066, "copies_total": -1}

    for count in (2, 3, 5):
        book = a_book(draw)
        names = draw.sample(list(wrong), count)
        expect_exactly(librarian.post("/books", json=book | {name: wrong[name] for name in names}), *names)
        librarian.post("/books", json=book).expect(201)


@requirement("http.validation")
def test_a_body_of_the_wrong_shape_is_named_body(librarian: API) -> None:
    """JSON that is no object has one fault, and its field is the body."""
    book = a_book(librarian.draw)

    for body in ([book], [], book["title"], 7, None):
        expect_exactly(librarian.post("/books", json=body), "body")
    librarian.post("/books", json=book).expect(201)


# --- Accept --------------------------------------------------------------------------------------------------------


@requirement("http.accept")
def test_a_client_that_takes_no_json_is_refused(librarian: API) -> None:
    """An Accept without JSON is 406 on what can be read."""
    id = add_book(librarian)["id"].integer

    for accept in ACCEPT_OTHERS:
        expect_error(librarian.get(f"/books/{id}", headers={"Accept": accept}), 406, "not_acceptable")
    for path in ("/health", "/books"):
        accept = librarian.draw.pick(ACCEPT_OTHERS)
        expect_error(librarian.get(path, headers={"Accept": accept}), 406, "not_acceptable")


@requirement("http.accept")
def test_a_post_that_is_not_acceptable_stores_nothing(librarian: API) -> None:
    """A POST whose answer the client would not take is 406 before anything is stored."""
    body = json.dumps(a_book(librarian.draw)).encode()
    headers = {"Content-Type": "application/json", "Accept": librarian.draw.pick(ACCEPT_OTHERS)}

    expect_error(librarian.post("/books", body=body, headers=headers), 406, "not_acceptable")
    expect_not_stored(librarian, body)


@requirement("http.accept")
def test_a_client_that_takes_json_is_served(librarian: API) -> None:
    """JSON named, meant by a wildcard, one of several, or no Accept at all: the answer is JSON."""
    id = add_book(librarian)["id"].integer

    for accept in ACCEPT_JSON:
        librarian.get(f"/books/{id}", headers={"Accept": accept}).expect(200).has(id=id)
    accept = librarian.draw.pick(ACCEPT_JSON)
    librarian.post("/books", json=a_book(librarian.draw), headers={"Accept": accept}).expect(201).has("id")
    for path in ("/health", "/books", f"/books/{id}"):
        librarian.get(path).expect(200)


# --- lists ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shelf(make_api: Callable[[str], API], librarian_token: str | None) -> None:
    """At least 23 books, more than a page holds; those of other checks count."""
    api = make_api("the shelf of the list checks")
    librarian = api.with_token(librarian_token) if librarian_token else api
    listed = librarian.get("/books", query={"limit": 23})
    there = len(listed["items"]) if listed.status == 200 and "items" in listed.json else 0
    for _ in range(23 - there):
        add_book(librarian)


@requirement("http.list")
@pytest.mark.usefixtures("shelf")
def test_a_page_holds_twenty_books_if_nothing_is_asked(api: API) -> None:
    """20 books from the first on, and what was in force; parameters that nobody knows change nothing."""
    for query in ({}, {api.draw.word(): api.draw.word()}):
        page = api.get("/books", query=query).expect(200)

        page.has(limit=20, offset=0)
        page["items"].expect(len(page["items"]) == 20, "A page holds 20 entries by default.", expected="20 entries")
        page["total"].expect(page["total"].integer >= 23, "total counts the books of all pages.", expected="23 or more")


@requirement("http.list")
@pytest.mark.usefixtures("shelf")
def test_limit_and_offset_cut_a_piece_out_of_the_list(api: API) -> None:
    """As many entries as limit says from number offset on, in the order of the whole list, and the same total."""
    whole = api.get("/books", query={"limit": 23}).expect(200)
    limit, offset = api.draw.integer(3, 9), api.draw.integer(4, 14)
    page = api.get("/books", query={"limit": limit, "offset": offset}).expect(200)

    page.has(limit=limit, offset=offset, total=whole["total"].integer)
    expect_ids(page, ids(whole)[offset : offset + limit])


@requirement("http.list")
@pytest.mark.usefixtures("shelf")
def test_the_list_holds_every_book_once(librarian: API) -> None:
    """A new book raises total by one, and is found on one of the pages as it is under its address."""
    before = librarian.get("/books").expect(200)["total"].integer
    book = a_book(librarian.draw)
    id = librarian.post("/books", json=book).expect(201)["id"].integer

    librarian.get("/books").expect(200)["total"].equals(before + 1)
    found = [entry for entry in all_books(librarian) if entry["id"].integer == id]
    expect(
        len(found) == 1, "Leafing through all pages shows the new book once.", expected="once", actual=str(len(found))
    )
    found[0].has(**book)


@requirement("http.list-limits")
def test_limits_and_offsets_out_of_range_are_invalid(librarian: API) -> None:
    """A limit is 1 to 100, an offset 0 or more, both are integers; anything else is 422 and named."""
    add_book(librarian)
    word = librarian.draw.text(3)

    for limit in (0, 101, -1, 1000, word, "1.5"):
        expect_exactly(librarian.get("/books", query={"limit": limit}), "limit")
    for offset in (-1, -20, word, "1.5"):
        expect_exactly(librarian.get("/books", query={"offset": offset}), "offset")


@requirement("http.list-limits")
@pytest.mark.usefixtures("shelf")
def test_both_ends_of_limit_are_in_range(api: API) -> None:
    """1 and 100 are limits like any other."""
    for limit in (1, 100):
        page = api.get("/books", query={"limit": limit, "offset": 0}).expect(200)
        count = min(limit, page.has(limit=limit, offset=0)["total"].integer)
        page["items"].expect(
            len(page["items"]) == count, "A page holds what limit asks for.", expected=f"{count} entries"
        )


@requirement("http.list-limits")
@pytest.mark.usefixtures("shelf")
def test_an_offset_behind_the_end_is_an_empty_page(api: API) -> None:
    """Behind the last book there are no items, but still the true total."""
    total = api.get("/books").expect(200)["total"].integer

    for offset in (total, total + api.draw.integer(1, 99), 2**31):
        page = api.get("/books", query={"offset": offset}).expect(200)
        page.has(items=[], total=total, offset=offset)


# --- HEAD and conditional requests ---------------------------------------------------------------------------------


@requirement("http.head")
def test_head_is_get_without_the_body(librarian: API) -> None:
    """The same status and Content-Type as GET, and no body."""
    id = add_book(librarian)["id"].integer

    for path in ("/health", "/books", f"/books/{id}"):
        expect_head_like_get(librarian, path, 200)


@requirement("http.head")
def test_head_of_an_unknown_book_is_not_found(librarian: API) -> None:
    """HEAD does not find what GET does not find."""
    id = add_book(librarian)["id"].integer

    expect_head_like_get(librarian, f"/books/{nobody(librarian, id)}", 404)


@requirement("http.etag")
def test_a_book_has_an_entity_tag(librarian: API) -> None:
    """The ETag is quoted as RFC 9110 says, and stays while the book does."""
    path = f"/books/{add_book(librarian)['id'].integer}"
    tag = entity_tag(librarian.get(path))

    add_book(librarian)
    again = librarian.anonymous().get(path)
    now = entity_tag(again)
    expect(now == tag, "An unchanged book keeps its ETag.", expected=tag, actual=now, answer=again)


@requirement("http.etag")
def test_a_known_entity_tag_is_not_modified(librarian: API) -> None:
    """If-None-Match with the ETag, alone or in a list, weak or strong, is 304 without a body."""
    path = f"/books/{add_book(librarian)['id'].integer}"
    tag = entity_tag(librarian.get(path))
    other = f'"{librarian.draw.text(8)}"'

    for known in (tag, f"{other}, {tag}", f"{tag}, {other}", f'W/{other},{tag},"a,b"', twin(tag)):
        answer = librarian.get(path, headers={"If-None-Match": known}).expect(304).expect_empty()
        repeated = entity_tag(answer)
        expect(
            strong(repeated) == strong(tag),
            "A 304 carries the book's ETag.",
            expected=tag,
            actual=repeated,
            answer=answer,
        )


@requirement("http.etag")
def test_another_entity_tag_is_answered_with_the_book(librarian: API) -> None:
    """If-None-Match that does not hold the ETag, only something like it, is answered 200 with the book."""
    id = add_book(librarian)["id"].integer
    opaque = strong(entity_tag(librarian.get(f"/books/{id}")))[1:-1]
    word = librarian.draw.text(8)

    for known in (f'"{word}"', f'W/"{word}", "{opaque}x"', f'"x{opaque}"', f'"{opaque[1:]}{word}"'):
        librarian.get(f"/books/{id}", headers={"If-None-Match": known}).expect(200).has(id=id)


# --- the words of these checks -------------------------------------------------------------------------------------


def send(api: API, method: str, path: str) -> Answer:
    """A request in which nothing is wrong but, perhaps, its method or path."""
    return api.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else ...)


def nobody(api: API, id: int) -> int:
    """An id that no book has, given one that a book has."""
    return id + api.draw.integer(10**6, 10**7)


def spoiled(body: str) -> tuple[str, ...]:
    """JSON text, no longer JSON in several ways."""
    return (body[:-1], body[: len(body) // 2], body + "}", body + body, body[:-1] + ",}", body.replace('"', "'"))


def expect_not_stored(librarian: API, body: bytes) -> None:
    """The book that was refused is not there: it can still be added, as its ISBN is not taken."""
    answer = librarian.post("/books", body=body, headers={"Content-Type": "application/json"})
    words: dict[str, Any] = {"expected": "status 201", "actual": f"status {answer.status}", "answer": answer}
    expect(answer.status == 201, "After the refusals the same book can be added.", **words)


def expect_exactly(answer: Answer, *fields: str) -> None:
    """The answer is 422 and its details name *fields* and nothing else."""
    expect_invalid(answer, *fields)
    for detail in answer["error"]["details"]:
        name = detail["field"]
        name.expect(name.text in fields, "details names only what breaks a rule.", expected=" or ".join(fields))


def expect_not_allowed(answer: Answer, needed: set[str], known: set[str]) -> None:
    """The answer is 405 and its Allow names all of *needed*, and nothing beyond *known*, HEAD and OPTIONS."""
    expect_error(answer, 405, "method_not_allowed")
    named = {method.strip() for method in answer.header("Allow").split(",")}
    words: dict[str, Any] = {"actual": answer.header("Allow"), "answer": answer}
    expect(needed <= named, "Allow names every method that the path has.", expected=", ".join(sorted(needed)), **words)
    surplus = named - known - {"HEAD", "OPTIONS", ""}
    expect(
        not surplus, "Allow names no method that the path does not have.", expected=", ".join(sorted(known)), **words
    )


def expect_head_like_get(api: API, path: str, status: int) -> None:
    """HEAD is answered with this status, no body, and the Content-Type of GET."""
    there, head = api.get(path).expect(status), api.head(path).expect(status).expect_empty()
    kinds = there.header("Content-Type"), head.header("Content-Type")
    expect(kinds[0] == kinds[1], "HEAD has the Content-Type of GET.", expected=kinds[0], actual=kinds[1], answer=head)


def all_books(api: API) -> list[Json]:
    """The entries of all pages of GET /books."""
    entries: list[Json] = []
    for _ in range(MOST_PAGES):
        page = api.get("/books", query={"limit": 50, "offset": len(entries)}).expect(200)
        entries += list(page["items"])
        if len(page["items"]) == 0 or len(entries) >= page["total"].integer:
            break
    return entries


def ids(page: Answer) -> list[int]:
    """The ids of a page's entries."""
    return [entry["id"].integer for entry in page["items"]]


def expect_ids(page: Answer, wanted: list[int]) -> None:
    """The page holds exactly these entries in this order."""
    page["items"].expect(
        ids(page) == wanted, "The page holds these ids in this order.", expected=wanted, actual=ids(page)
    )


def entity_tag(answer: Answer) -> str:
    """The ETag of an answer, which is well formed (RFC 9110 §8.8.3)."""
    tag = answer.header("ETag")
    expect(
        ENTITY_TAG.fullmatch(tag),
        "An ETag stands in double quotes.",
        expected='"…" or W/"…"',
        actual=tag,
        answer=answer,
    )
    return tag


def strong(tag: str) -> str:
    """The tag without its mark of weakness: what a weak comparison compares."""
    return tag.removeprefix("W/")


def twin(tag: str) -> str:
    """The weak tag for a strong one, and the other way round."""
    return strong(tag) if tag.startswith("W/") else f"W/{tag}"
