"""Books: a catalogue that is written, changed, searched and leafed through (CONTRACT.md §4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from library import NOT_BUILT, a_book, add_book, borrow, expect_error, expect_invalid, sign_up

from roadmap_cli.checking import API, Answer, Blocked, Draw, Json, blocked_by, expect, requirement

FIELDS = ("id", "title", "author", "isbn", "published_year", "copies_total", "copies_available", "created_at")
LONGEST = {"title": 200, "author": 120}
CONTROLS = tuple(chr(code) for code in range(0x20))
WRONG_TYPES: dict[str, tuple[Any, ...]] = {
    "title": (7, None, ["a"]),
    "author": (True, {"a": "b"}),
    "isbn": (9780441478125, None),
    "published_year": ("1969", 1969.5, None),
    "copies_total": ("3", 2.5, True, None),
}
# One broken rule each, to be refused whichever way it comes in.
BROKEN_RULES: tuple[tuple[str, Any], ...] = (
    ("title", " "),
    ("title", "a" * 201),
    ("author", "a\nb"),
    ("isbn", "9780441478126"),
    ("published_year", 1449),
    ("published_year", "1969"),
    ("copies_total", 0),
    ("copies_total", 1001),
)
LITERAL = "%_*.\\'\"(["
MOST_PAGES = 50


# --- what a book is ------------------------------------------------------------------------------------------------


@requirement("books.fields")
def test_a_book_has_all_its_fields(librarian: API) -> None:
    """The five fields that were sent, and the three that are the server's."""
    wanted = a_book(librarian.draw)
    created = librarian.post("/books", json=wanted).expect(201)
    read = librarian.get(f"/books/{created['id'].integer}").expect(200)

    for answer in (created, read):
        answer.has(**wanted, id=created["id"].integer, copies_available=wanted["copies_total"])
        expect_just_now(answer)
    apart = abs(read["created_at"].time - created["created_at"].time)
    read["created_at"].expect(
        apart < timedelta(milliseconds=2), "created_at stays the same.", expected=created["created_at"].text
    )


@requirement("books.fields")
def test_text_is_trimmed_and_isbns_lose_their_hyphens(librarian: API) -> None:
    """Spaces around title and author and hyphens in the ISBN are gone from the answer and from what is stored."""
    clean = a_book(librarian.draw)
    answer = librarian.post("/books", json=clean | untidy(clean)).expect(201)

    answer.has(**clean)
    librarian.get(f"/books/{answer['id'].integer}").expect(200).has(**clean)


@requirement("books.fields")
def test_the_fields_of_the_server_are_not_taken_from_a_request(librarian: API) -> None:
    """id, copies_available, created_at and whatever else a POST holds are ignored, also if their type is absurd."""
    other = add_book(librarian)["id"].integer
    word = librarian.draw.text(8)
    theirs = {"id": other, "copies_available": 700, "created_at": "1999-01-01T00:00:00Z", word: {"deep": [None]}}
    absurd: dict[str, Any] = {"id": word, "copies_available": word, "created_at": 7, "updated_at": [], word: 7}
    empty: dict[str, Any] = {"id": None, "copies_available": None, "created_at": None}

    for surplus in (theirs, absurd, empty):
        wanted = a_book(librarian.draw)
        created = librarian.post("/books", json=surplus | wanted).expect(201)
        created["id"].expect(
            created["id"].integer != other, "The id is given by the server, not taken from the request."
        )
        created.has(**wanted, copies_available=wanted["copies_total"])
        expect_just_now(created)


@requirement("books.copies")
def test_copies_are_one_if_a_post_names_none(librarian: API) -> None:
    """A book that is added without copies_total has one copy."""
    book = a_book(librarian.draw)
    del book["copies_total"]
    created = librarian.post("/books", json=book).expect(201)

    created.has(copies_total=1)
    librarian.get(f"/books/{created['id'].integer}").expect(200).has(copies_total=1)


@requirement("books.copies")
def test_copies_are_at_least_one_and_at_most_a_thousand(librarian: API) -> None:
    """1 and 1000 are stored; 0, 1001 and what lies beyond are refused."""
    for copies in (1, 1000):
        add_like(librarian, copies_total=copies).expect(201).has(copies_total=copies)
    for copies in (0, 1001, -1, 2**40):
        expect_invalid(add_like(librarian, copies_total=copies), "copies_total")


# --- PUT, PATCH, DELETE --------------------------------------------------------------------------------------------


@requirement("books.replace")
def test_put_replaces_all_fields(librarian: API) -> None:
    """All five fields are new, cleaned as in a POST; id and created_at stay, whatever is sent for them."""
    before = stored(librarian, add_book(librarian)["id"].integer)
    path, new = f"/books/{before['id']}", a_book(librarian.draw)
    surplus = {"id": before["id"] + 1, "copies_available": 700, "created_at": "1999-01-01T00:00:00Z"}
    answer = librarian.put(path, json=new | untidy(new) | surplus)

    answer.expect(200).has(**new, id=before["id"], copies_available=new["copies_total"])
    librarian.get(path).expect(200).has(**before | new | {"copies_available": new["copies_total"]})


@requirement("books.replace")
def test_put_ignores_the_fields_of_the_server_whatever_they_hold(librarian: API) -> None:
    """id, copies_available and created_at are not the client's, so values that are no such thing are ignored too."""
    before = stored(librarian, add_book(librarian)["id"].integer)
    new, word = a_book(librarian.draw), librarian.draw.text(6)
    answer = librarian.put(f"/books/{before['id']}", json=new | {"id": word, "copies_available": word, "created_at": 7})

    answer.expect(200).has(**new, id=before["id"], copies_available=new["copies_total"])


@requirement("books.replace")
def test_put_needs_every_field(librarian: API) -> None:
    """A replacement that lacks a field, also copies_total, is 422, names it, and replaces nothing."""
    before = stored(librarian, add_book(librarian)["id"].integer)
    new = a_book(librarian.draw)

    for name in new:
        lacking = {other: value for other, value in new.items() if other != name}
        expect_invalid(librarian.put(f"/books/{before['id']}", json=lacking), name)
    expect_unchanged(librarian, before)


@requirement("books.replace")
def test_put_creates_nothing(librarian: API) -> None:
    """PUT to an id that no book has is 404, and no book comes of it."""
    path, book = f"/books/{nobody(librarian)}", a_book(librarian.draw)

    expect_error(librarian.put(path, json=book), 404, "not_found")
    librarian.post("/books", json=book).expect(201)


@requirement("books.update")
def test_patch_changes_only_what_is_sent(librarian: API) -> None:
    """Each field can be changed by itself; the others stay, and so do all books beside it."""
    neighbour = stored(librarian, add_book(librarian)["id"].integer)
    book = stored(librarian, add_book(librarian)["id"].integer)
    new = a_book(librarian.draw, copies_total=librarian.draw.integer(10, 90))
    sent = new | untidy(new)

    for name in librarian.draw.shuffled(list(new)):
        answer = librarian.patch(f"/books/{book['id']}", json={name: sent[name]})
        book |= {name: new[name]} | ({"copies_available": new[name]} if name == "copies_total" else {})
        answer.expect(200).has(**{field: book[field] for field in FIELDS if field != "created_at"})
        expect_unchanged(librarian, book)
    expect_unchanged(librarian, neighbour)


@requirement("books.update")
def test_an_empty_patch_changes_nothing(librarian: API) -> None:
    """{} is 200 with the book as it was; so is a body of nothing but fields that are not the client's."""
    book = stored(librarian, add_book(librarian)["id"].integer)
    theirs = {"id": book["id"] + 1, "copies_available": 700, "created_at": "1999-01-01T00:00:00Z", "colour": "red"}

    for body in ({}, theirs):
        librarian.patch(f"/books/{book['id']}", json=body).expect(200).has(id=book["id"], title=book["title"])
        expect_unchanged(librarian, book)


@requirement("books.update")
def test_null_is_no_value_to_change_to(librarian: API) -> None:
    """A null is not the same as a field that is not sent: it is 422 for each field."""
    book = stored(librarian, add_book(librarian)["id"].integer)

    for name in a_book(librarian.draw):
        expect_invalid(librarian.patch(f"/books/{book['id']}", json={name: None}), name)
    expect_unchanged(librarian, book)


@requirement("books.update")
def test_patch_of_an_unknown_book_is_not_found(librarian: API) -> None:
    """An id that no book has is 404, whatever is to be changed."""
    for body in ({"title": librarian.draw.title()}, {}):
        expect_error(librarian.patch(f"/books/{nobody(librarian)}", json=body), 404, "not_found")


@requirement("books.delete")
def test_a_deleted_book_is_gone(librarian: API) -> None:
    """204 without a body; then the book is 404 to read and to delete again, and no list has it."""
    kept, gone = (add_book(librarian)["id"].integer for _ in range(2))
    librarian.delete(f"/books/{gone}").expect(204).expect_empty()

    expect_error(librarian.get(f"/books/{gone}"), 404, "not_found")
    expect_error(librarian.delete(f"/books/{gone}"), 404, "not_found")
    left = all_ids(librarian)
    expect(gone not in left, "A deleted book is in no list.", actual=f"the list still has id {gone}")
    expect(kept in left, "The other books stay when one is deleted.", actual=f"the list lacks id {kept}")


@requirement("books.delete")
def test_a_book_that_never_was_cannot_be_deleted(librarian: API) -> None:
    """DELETE of an unknown id is 404, and takes no other book with it."""
    book = stored(librarian, add_book(librarian)["id"].integer)

    expect_error(librarian.delete(f"/books/{nobody(librarian)}"), 404, "not_found")
    expect_unchanged(librarian, book)


@requirement("books.delete")
def test_a_deleted_book_leaves_its_isbn_but_not_its_id(librarian: API) -> None:
    """The ISBN can be used again; the id is never given to another book."""
    book = a_book(librarian.draw)
    first = librarian.post("/books", json=book).expect(201)["id"].integer
    librarian.delete(f"/books/{first}").expect(204)
    again = librarian.post("/books", json=book).expect(201)

    again["id"].expect(again["id"].integer != first, "An id is never used for another book.", expected=f"not {first}")
    expect_error(librarian.get(f"/books/{first}"), 404, "not_found")


# --- rules for each field ------------------------------------------------------------------------------------------


@requirement("books.text")
def test_text_as_long_as_allowed_is_kept(librarian: API) -> None:
    """200 and 120 characters, counted in code points and after trimming, whatever they take in bytes."""
    longest = {name: librarian.draw.text(length) for name, length in LONGEST.items()}

    for letter in ("ş", "\N{OPEN BOOK}"):
        expect_kept(librarian, **{name: letter * length for name, length in LONGEST.items()})
    spaced = {name: f"  {text}  " for name, text in longest.items()}
    add_like(librarian, **spaced).expect(201).has(**longest)


@requirement("books.text")
def test_text_longer_than_allowed_is_refused(librarian: API) -> None:
    """One character more is 422."""
    for name, longest in LONGEST.items():
        for text in (librarian.draw.text(longest + 1), librarian.draw.text(5000)):
            expect_invalid(add_like(librarian, **{name: text}), name)


@requirement("books.text")
def test_blank_text_is_refused(librarian: API) -> None:
    """Nothing, or nothing but spaces, is no title and no author; a single letter is."""
    for name in LONGEST:
        for text in ("", "   "):
            expect_invalid(add_like(librarian, **{name: text}), name)
    add_like(librarian, title="A", author="Ş").expect(201).has(title="A", author="Ş")


@requirement("books.text")
def test_control_characters_are_refused(librarian: API) -> None:
    """No character from U+0000 to U+001F stands inside a text: tabs and line ends do not, nor do rarer ones."""
    word = librarian.draw.word()
    controls = "\x00\t\n\r\x1b\x1f", *librarian.draw.sample(CONTROLS, 3)

    for name in LONGEST:
        for control in "".join(controls):
            expect_invalid(add_like(librarian, **{name: f"{word}{control}{word}"}), name)


@requirement("books.text")
def test_tabs_and_line_ends_around_a_text_are_trimmed(librarian: API) -> None:
    """White space at both ends is removed before anything is judged; what remains holds no control character."""
    title, author = librarian.draw.title(), librarian.draw.name()

    for before, behind in (("\n", "\t"), ("\t ", " \r\n")):
        spaced = {"title": f"{before}{title}{behind}", "author": f"{before}{author}{behind}"}
        add_like(librarian, **spaced).expect(201).has(title=title, author=author)


@requirement("books.text")
def test_only_the_first_32_characters_are_control_characters(librarian: API) -> None:
    """U+007F and U+0085 lie beyond U+001F, so a text may hold them."""
    word = librarian.draw.word()

    for character in "\x7f\x85":
        expect_kept(librarian, title=f"{word}{character}{word}", author=f"{word}{character}{word}")


@requirement("books.text")
def test_text_is_kept_as_it_was_sent(librarian: API) -> None:
    """Letters of all scripts, accents in either form, signs that mean something to SQL or HTML: nothing is changed."""
    word = librarian.draw.word()

    for text in ("İstanbul'da ÇIĞ, 三体", "e\u0301 or \u00e9", '<b>"O\'Neil" & Co;</b>', "100 %_ \\n  two  --"):
        expect_kept(librarian, title=f"{word} {text}", author=f"{text} {word}")


@requirement("books.isbn")
def test_right_isbns_are_accepted(librarian: API) -> None:
    """Both prefixes and every check digit, 0 too, with hyphens wherever they stand, are stored as 13 digits."""
    for prefix in ("978", "979"):
        for isbn in (isbn_ending_in(librarian.draw, prefix, digit) for digit in "059"):
            shapes = isbn, f"{isbn[:3]}-{isbn[3]}-{isbn[4:7]}-{isbn[7:12]}-{isbn[12]}", f"-{isbn[:2]}--{isbn[2:]}-"
            add_like(librarian, isbn=librarian.draw.pick(shapes[1:])).expect(201).has(isbn=isbn)
    plain = librarian.draw.isbn13()
    add_like(librarian, isbn=plain).expect(201).has(isbn=plain)


@requirement("books.isbn")
def test_a_wrong_check_digit_is_refused(librarian: API) -> None:
    """Every last digit but one is wrong, and so is a number with a digit changed or two neighbours exchanged."""
    isbn = librarian.draw.isbn13()
    last = librarian.draw.sample([isbn[:12] + digit for digit in "0123456789" if digit != isbn[12]], 4)
    changed = f"{isbn[:6]}{(int(isbn[6]) + librarian.draw.integer(1, 9)) % 10}{isbn[7:]}"

    for wrong in (*last, changed, with_neighbours_exchanged(isbn_ending_in(librarian.draw, "978", "7"))):
        expect_invalid(add_like(librarian, isbn=wrong), "isbn")


@requirement("books.isbn")
def test_an_isbn_of_another_length_is_refused(librarian: API) -> None:
    """12 or 14 digits are no ISBN-13, even if their weighted sum is right; nor are nothing and hyphens alone."""
    draw = librarian.draw
    short, long = (summing_to_tens(f"978{draw.integer(10**7, 10**8 - 1)}", length) for length in (12, 14))
    isbn = draw.isbn13()

    for wrong in (short, long, isbn[:12], isbn + "0", "", "-" * 13):
        expect_invalid(add_like(librarian, isbn=wrong), "isbn")


@requirement("books.isbn")
def test_an_isbn_of_another_kind_is_refused(librarian: API) -> None:
    """Other prefixes with a right check digit, and ISBN-10, are no ISBN-13."""
    draw = librarian.draw
    foreign = [summing_to_tens(f"{prefix}{draw.integer(10**8, 10**9 - 1)}", 13) for prefix in ("977", "980", "878")]

    for wrong in (*foreign, "0441478125", "080442957X"):
        expect_invalid(add_like(librarian, isbn=wrong), "isbn")


@requirement("books.isbn")
def test_an_isbn_with_white_space_around_it_is_refused(librarian: API) -> None:
    """Only hyphens are removed from an ISBN: it is not trimmed as title and author are."""
    isbn = librarian.draw.isbn13()

    for wrong in (f" {isbn}", f"{isbn} ", f"{isbn}\n", f"\t{isbn}"):
        expect_invalid(add_like(librarian, isbn=wrong), "isbn")


@requirement("books.isbn")
def test_an_isbn_of_anything_but_digits_is_refused(librarian: API) -> None:
    """Letters, spaces, dots, signs and digits of other scripts are not taken for digits or hyphens."""
    isbn = isbn_ending_in(librarian.draw, "978", "3")
    other_scripts = isbn[:12] + "\N{ARABIC-INDIC DIGIT THREE}", isbn[:12] + "\N{SUPERSCRIPT THREE}"
    gaps = f"{isbn[:3]} {isbn[3:]}", f"{isbn[:3]}.{isbn[3:]}", f"{isbn[:3]}\N{EN DASH}{isbn[3:]}"

    for wrong in (*other_scripts, *gaps, isbn[:12] + "X", f"ISBN{isbn}", f"+{isbn}"):
        expect_invalid(add_like(librarian, isbn=wrong), "isbn")


@requirement("books.year")
def test_years_from_1450_to_the_current_one_are_accepted(librarian: API) -> None:
    """Both ends belong to the range."""
    for year in (1450, this_year(librarian)):
        add_like(librarian, published_year=year).expect(201).has(published_year=year)


@requirement("books.year")
def test_years_outside_are_refused(librarian: API) -> None:
    """1449, next year and what lies beyond are 422."""
    for year in (1449, 0, -1500, this_year(librarian) + 2, 9999, 10**12):
        expect_invalid(add_like(librarian, published_year=year), "published_year")
    year = this_year(librarian)
    answer = add_like(librarian, published_year=year + 1)
    if this_year(librarian) == year:  # else the year has just turned
        expect_invalid(answer, "published_year")


@requirement("books.types")
def test_a_value_of_the_wrong_type_is_refused(librarian: API) -> None:
    """Nothing is converted: "7" is no integer, 7 is no text, true is no 1, and null is nothing at all."""
    for name, values in WRONG_TYPES.items():
        for value in values:
            expect_invalid(add_like(librarian, **{name: value}), name)


# --- one book for an ISBN ------------------------------------------------------------------------------------------


@requirement("books.isbn-unique")
def test_a_second_book_with_an_isbn_is_refused(librarian: API) -> None:
    """POST of an ISBN that a book has is 409, with hyphens too, and adds nothing."""
    book = stored(librarian, add_book(librarian)["id"].integer)
    total = count(librarian)

    for isbn in (book["isbn"], hyphenated(book["isbn"])):
        expect_error(add_like(librarian, isbn=isbn), 409, "isbn_taken")
    now = count(librarian)
    expect(now == total, "A refused book is not added.", expected=f"{total} books", actual=f"{now} books")
    expect_unchanged(librarian, book)


@requirement("books.isbn-unique")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_no_book_gets_the_isbn_of_another(librarian: API, method: str) -> None:
    """A change to an ISBN that another book has is 409, with hyphens too, and leaves both books as they were."""
    first, second = (stored(librarian, add_book(librarian)["id"].integer) for _ in range(2))

    for isbn in (first["isbn"], hyphenated(first["isbn"])):
        new = a_book(librarian.draw, isbn=isbn)
        expect_error(librarian.request(method, f"/books/{second['id']}", json=new), 409, "isbn_taken")
    expect_unchanged(librarian, first)
    expect_unchanged(librarian, second)


@requirement("books.isbn-unique")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_book_may_keep_its_isbn(librarian: API, method: str) -> None:
    """A change that sends the book's own ISBN, as it is or with hyphens, is fine."""
    book = stored(librarian, add_book(librarian)["id"].integer)

    for isbn in (book["isbn"], hyphenated(book["isbn"])):
        new = a_book(librarian.draw, isbn=isbn)
        answer = librarian.request(method, f"/books/{book['id']}", json=new)
        answer.expect(200).has(title=new["title"], isbn=book["isbn"])


# --- searching and filtering ---------------------------------------------------------------------------------------


@requirement("books.search")
def test_a_search_finds_title_and_author(librarian: API) -> None:
    """A piece of a title or an author, in capitals or small letters, finds the book and no other."""
    draw = librarian.draw
    word = draw.text(10)
    in_title = add_book(librarian, title=f"{draw.title()} x{word.capitalize()}y")["id"].integer
    in_author = add_book(librarian, author=f"Mc{word.upper()} {draw.name()}")["id"].integer
    add_book(librarian, title=f"{draw.title()} {word[:5]} {word[5:]}")

    for text in (word, word.upper(), word.capitalize(), word[1:]):
        expect_found(librarian, {"q": text}, [in_title, in_author])
    expect_found(librarian, {"q": f"x{word}y"}, [in_title])
    expect_found(librarian, {"q": f" {word}"}, [])


@requirement("books.search")
def test_a_search_looks_at_title_and_author_one_by_one(librarian: API) -> None:
    """A text that begins in the title and goes on in the author, or the other way round, stands in neither."""
    title, author = librarian.draw.text(8), librarian.draw.text(8)
    add_book(librarian, title=title, author=author)

    for text in (f"{title} {author}", f"{title}{author}", f"{author} {title}", f"{author}{title}"):
        expect_found(librarian, {"q": text}, [])


@requirement("books.search")
def test_every_character_of_a_search_stands_for_itself(librarian: API) -> None:
    """Wildcards, quotes, backslashes and brackets find themselves and nothing else."""
    word = librarian.draw.text(7)
    add_book(librarian, title=f"{word}x{word}", author=f"{word}{word}")
    id = add_book(librarian, title=word + "".join(f"{sign}{word}" for sign in LITERAL))["id"].integer

    for sign in LITERAL:
        expect_found(librarian, {"q": f"{word}{sign}{word}"}, [id])


@requirement("books.search")
def test_a_search_for_what_nobody_wrote_is_empty(librarian: API) -> None:
    """The ISBN is not searched, and no SQL is understood."""
    book = add_book(librarian)

    for text in (book["isbn"].text, f"{book['title'].text}' OR '1'='1", f"' OR 1=1 -- {book['title'].text}"):
        expect_found(librarian, {"q": text}, [])


@requirement("books.search")
def test_an_empty_search_is_no_filter(librarian: API) -> None:
    """A q without a text finds every book."""
    add_book(librarian)
    everything = librarian.get("/books").expect(200)

    librarian.get("/books", query={"q": ""}).expect(200).has(total=everything["total"].integer)


@requirement("books.search")
def test_a_search_finds_letters_beyond_ascii(librarian: API) -> None:
    """Text of other scripts is found as it was written."""
    word = librarian.draw.text(8)
    book = add_book(librarian, title=f"{word} Çığ 三体")

    expect_found(librarian, {"q": f"{word} Çığ 三"}, [book["id"].integer])


@requirement("books.filter")
def test_an_author_is_the_whole_name(librarian: API) -> None:
    """Exactly this author, in capitals or small letters; no part of the name, and no pattern."""
    name = librarian.draw.name()
    books = [add_book(librarian, author=name)["id"].integer for _ in range(2)]
    add_book(librarian, author=f"{name}x")
    add_book(librarian, author=f"A {name}")
    add_book(librarian, title=name)

    for author in (name, name.upper(), name.lower()):
        expect_found(librarian, {"author": author}, books)
    for author in (f"{name} ", f" {name}"):
        expect_found(librarian, {"author": author}, [])
    for author in (name[:-1], name[1:], f"{name[:-3]}%", f"{name[:-1]}_", f"%{name}%", f"{name}' OR '1'='1"):
        expect_found(librarian, {"author": author}, [])


@requirement("books.filter")
def test_years_are_kept_from_and_to(librarian: API) -> None:
    """Both years are included; a range the wrong way round, or before all books, is empty."""
    author, year = librarian.draw.name(), librarian.draw.integer(1500, 2000)
    books = [add_book(librarian, author=author, published_year=year + plus)["id"].integer for plus in (2, 0, 1, -1)]
    ranges: dict[tuple[int | None, int | None], list[int]] = {
        (year, None): books[:3],
        (None, year): [books[1], books[3]],
        (year, year): [books[1]],
        (year - 1, year + 1): books[1:],
        (year + 1, year): [],
        (0, None): books,
        (None, 0): [],
        (2999, None): [],
    }

    for (first, last), wanted in ranges.items():
        expect_found(librarian, {"author": author, "year_from": first, "year_to": last}, wanted)


@requirement("books.filter")
def test_filters_are_combined_with_and(librarian: API) -> None:
    """A book is kept only if every filter keeps it."""
    draw = librarian.draw
    word, year = draw.text(9), draw.integer(1500, 2000)
    authors = draw.name(), draw.name()
    for author, title, published in (
        (authors[1], word, year),
        (authors[0], draw.text(9), year),
        (authors[0], word, year - 1),
    ):
        add_book(librarian, author=author, title=title, published_year=published)
    wanted = add_book(librarian, author=authors[0], title=word, published_year=year)["id"].integer

    query = {"q": word, "author": authors[0], "year_from": year, "year_to": year}
    expect_found(librarian, query, [wanted])
    expect_found(librarian, query | {"author": draw.name()}, [])


@requirement("books.filter")
def test_a_year_that_is_no_integer_is_invalid(librarian: API) -> None:
    """A year is digits; anything else is 422 and named."""
    for name in ("year_from", "year_to"):
        for value in (librarian.draw.text(4), "1969.5", "1969x", "MCMLXIX"):
            expect_invalid(librarian.get("/books", query={name: value}), name)


# --- sorting and pages ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sorted_shelf(make_api: Callable[[str], API], librarian_token: str | None) -> list[dict[str, Any]]:
    """Nine books in which titles and years repeat, in no order, some changed after they were added."""
    api = make_api("the shelf of the sort checks")
    librarian = api.with_token(librarian_token) if librarian_token else api
    author, titles = librarian.draw.name(), [librarian.draw.capital_word(length) for length in (5, 6, 7)]
    years = librarian.draw.sample(range(1500, 2000), 3)
    mixed = librarian.draw.shuffled([(title, year) for title in titles for year in years])
    return rearranged(librarian, [{"author": author, "title": title, "published_year": year} for title, year in mixed])


@pytest.fixture(scope="session")
def authors_shelf(make_api: Callable[[str], API], librarian_token: str | None) -> list[dict[str, Any]]:
    """Six books of one year by three authors, in no order."""
    api = make_api("the shelf of the authors")
    librarian = api.with_token(librarian_token) if librarian_token else api
    year = librarian.draw.integer(1450, 1499)
    authors = [librarian.draw.capital_word(length) for length in (6, 7, 8)] * 2
    return rearranged(
        librarian, [{"author": author, "published_year": year} for author in librarian.draw.shuffled(authors)]
    )


@requirement("books.sort")
def test_books_are_sorted_by_title_year_and_id(api: API, sorted_shelf: list[dict[str, Any]]) -> None:
    """In both directions; books that are alike in the key stand by id, ascending, in both."""
    author = sorted_shelf[0]["author"]

    for sort, key in (("title", "title"), ("year", "published_year"), ("id", "id")):
        for word in (sort, f"-{sort}"):
            expect_order(api, {"author": author, "sort": word}, in_order(sorted_shelf, key, word))
    expect_order(api, {"author": author}, in_order(sorted_shelf, "id", "id"))


@requirement("books.sort")
def test_books_are_sorted_by_author(api: API, authors_shelf: list[dict[str, Any]]) -> None:
    """In both directions, ties by id, ascending, in both."""
    year = authors_shelf[0]["published_year"]

    for word in ("author", "-author"):
        page = api.get("/books", query={"year_from": year, "year_to": year, "sort": word, "limit": 50}).expect(200)
        own = {book["id"] for book in authors_shelf}
        expect_ids(page, [id for id in ids(page) if id in own], in_order(authors_shelf, "author", word))


@requirement("books.sort")
def test_other_words_to_sort_by_are_invalid(librarian: API) -> None:
    """Only the four keys in small letters, with at most one minus; columns of the table are none of them."""
    word = librarian.draw.text(6)

    for sort in (word, "published_year", "isbn", "-", "--id", "title desc", "id;select 1", "Title", "-YEAR"):
        expect_invalid(librarian.get("/books", query={"sort": sort}), "sort")


@requirement("books.pages")
@pytest.mark.parametrize("sort", [None, "title", "-year"])
def test_pages_together_are_the_whole_list(api: API, sorted_shelf: list[dict[str, Any]], sort: str | None) -> None:
    """Leafing through with a small limit shows each match once, in the order of the whole list."""
    key = {"title": "title", "year": "published_year"}.get((sort or "id").lstrip("-"), "id")
    wanted = in_order(sorted_shelf, key, sort or "id")
    limit = api.draw.pick((2, 4))

    for offset in range(0, 10, limit):
        query = {"author": sorted_shelf[0]["author"], "sort": sort, "limit": limit, "offset": offset}
        page = api.get("/books", query=query).expect(200)
        page.has(total=9, limit=limit, offset=offset)
        expect_ids(page, ids(page), wanted[offset : offset + limit])


@requirement("books.pages")
def test_the_total_counts_what_the_filters_keep(api: API, sorted_shelf: list[dict[str, Any]]) -> None:
    """The total is the number of matches, not of all books and not of those on the page."""
    author, year = sorted_shelf[0]["author"], sorted_shelf[0]["published_year"]
    filters = ({"author": author}, 9), ({"author": author, "year_from": year, "year_to": year}, 3)

    for query, total in filters:
        api.get("/books", query=query | {"limit": 1}).expect(200).has(total=total)
    api.get("/books", query={"author": author + api.draw.text(3)}).expect(200).has(total=0, items=[])


# --- what changes and what does not --------------------------------------------------------------------------------


@requirement("books.etag")
def test_every_change_gives_another_entity_tag(librarian: API) -> None:
    """Changes that follow each other at once, one field each, all move the ETag; the old one matches no more."""
    id = add_book(librarian, published_year=1984, copies_total=7)["id"].integer
    new, tags = a_book(librarian.draw, published_year=1985, copies_total=8), [entity_tag(librarian, id)]

    for name in librarian.draw.shuffled(list(new)):
        librarian.patch(f"/books/{id}", json={name: new[name]}).expect(200)
        answer = librarian.get(f"/books/{id}", headers={"If-None-Match": ", ".join(tags)})
        answer.expect(200).has(**{name: new[name]})
        tags.append(answer.header("ETag"))


@requirement("books.etag")
def test_one_copy_more_and_one_lent_give_another_entity_tag(librarian: API) -> None:
    """copies_total counts for the ETag by itself: copies_available is what it was (judged once books can be lent)."""
    book = add_book(librarian)
    id, copies = book["id"].integer, book["copies_total"].integer
    old = entity_tag(librarian, id)
    librarian.patch(f"/books/{id}", json={"copies_total": copies + 1}).expect(200)

    if lend(librarian, id):
        librarian.get(f"/books/{id}", headers={"If-None-Match": old}).expect(200).has(copies_total=copies + 1)


@requirement("books.etag")
def test_a_change_of_nothing_keeps_the_entity_tag(librarian: API) -> None:
    """A PATCH that leaves every field of the answer as it was leaves the ETag as it was."""
    book = a_book(librarian.draw)
    id = librarian.post("/books", json=book).expect(201)["id"].integer
    before = librarian.get(f"/books/{id}").expect(200)
    librarian.patch(f"/books/{id}", json={"title": book["title"]}).expect(200)

    after = librarian.get(f"/books/{id}").expect(200)
    if after.json == before.json:  # a field of the server's own, such as updated_at, may have changed
        tags = before.header("ETag"), after.header("ETag")
        expect(tags[0] == tags[1], "Equal answers have equal ETags.", expected=tags[0], actual=tags[1], answer=after)


@requirement("books.etag")
def test_a_replacement_gives_another_entity_tag(librarian: API) -> None:
    """After a PUT with one field changed the old ETag does not match; the new one does."""
    book = a_book(librarian.draw)
    id = librarian.post("/books", json=book).expect(201)["id"].integer
    old = entity_tag(librarian, id)
    replaced = librarian.put(f"/books/{id}", json=book | {"isbn": librarian.draw.isbn13()})
    if replaced.status != 200:
        blocked_by("books.replace", "The book could not be replaced.", answer=replaced)

    librarian.get(f"/books/{id}", headers={"If-None-Match": old}).expect(200)
    librarian.get(f"/books/{id}", headers={"If-None-Match": entity_tag(librarian, id)}).expect(304)


@requirement("books.refusals")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_with_one_bad_field_changes_nothing(librarian: API, method: str) -> None:
    """Whatever rule one field breaks, the good ones beside it are not stored either."""
    before = stored(librarian, add_book(librarian)["id"].integer)

    for name, value in BROKEN_RULES:
        body = a_book(librarian.draw)
        del body[name]
        ordered = body | {name: value} if librarian.draw.chance(0.5) else {name: value} | body
        expect_invalid(librarian.request(method, f"/books/{before['id']}", json=ordered), name)
    expect_unchanged(librarian, before)


@requirement("books.guards")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_in_a_bad_body_changes_nothing(librarian: API, method: str) -> None:
    """A body of another media type, one that is not JSON, and one that is no object are refused as in a POST."""
    before = stored(librarian, add_book(librarian)["id"].integer)
    path, new = f"/books/{before['id']}", a_book(librarian.draw)
    as_json = {"Content-Type": "application/json"}

    plain = librarian.request(method, path, body=as_bytes(new), headers={"Content-Type": "text/plain"})
    expect_error(plain, 415, "unsupported_media_type")
    for spoiled in (as_bytes(new)[:-1], b""):
        malformed = librarian.request(method, path, body=spoiled, headers=as_json)
        expect_error(malformed, 400, "malformed_json")
    expect_invalid(librarian.request(method, path, json=[new]), "body")
    expect_unchanged(librarian, before)


@requirement("books.guards")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_that_is_not_acceptable_changes_nothing(librarian: API, method: str) -> None:
    """A client that would not take the answer gets 406, and the book stays as it was."""
    before = stored(librarian, add_book(librarian)["id"].integer)
    new = a_book(librarian.draw)

    refused = librarian.request(method, f"/books/{before['id']}", json=new, headers={"Accept": "text/html"})
    expect_error(refused, 406, "not_acceptable")
    expect_unchanged(librarian, before)


@requirement("books.guards")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_is_no_id_is_no_book_to_change(librarian: API, method: str) -> None:
    """An id with anything but digits in it is 422 for every method, a huge one 404; the book that is meant stays."""
    before = stored(librarian, add_book(librarian)["id"].integer)
    body = ... if method == "DELETE" else a_book(librarian.draw)

    for text in (librarian.draw.text(4), f"{before['id']}x", f"{before['id']}.5"):
        expect_invalid(librarian.request(method, f"/books/{text}", json=body), "id")
    expect_error(librarian.request(method, f"/books/{2**64 + before['id']}", json=body), 404, "not_found")
    expect_unchanged(librarian, before)


@requirement("books.refusals")
def test_a_refused_post_adds_nothing(librarian: API) -> None:
    """After some broken rules there are as many books as before."""
    add_book(librarian)
    total = count(librarian)

    for name, value in librarian.draw.sample(BROKEN_RULES, 3):
        expect_invalid(add_like(librarian, **{name: value}), name)
    now = count(librarian)
    expect(now == total, "A refused book is not added.", expected=f"{total} books", actual=f"{now} books")


# --- the words of these checks -------------------------------------------------------------------------------------


def add_like(librarian: API, **fields: Any) -> Answer:
    """POST a book in which only *fields* are of interest; nothing is expected of the answer."""
    return librarian.post("/books", json=a_book(librarian.draw, **fields))


def stored(api: API, id: int) -> dict[str, Any]:
    """The fields of a book as GET answers them now."""
    answer = api.get(f"/books/{id}").expect(200)
    return {name: answer[name].value for name in FIELDS if name in answer}


def expect_unchanged(api: API, book: dict[str, Any]) -> None:
    """GET answers exactly the fields of *book*."""
    api.get(f"/books/{book['id']}").expect(200).has(**book)


def expect_kept(librarian: API, **texts: str) -> None:
    """A book with these texts is added, and comes back with them."""
    created = add_like(librarian, **texts).expect(201).has(**texts)
    librarian.get(f"/books/{created['id'].integer}").expect(200).has(**texts)


def expect_just_now(answer: Answer) -> None:
    """created_at is in UTC, and not far from the time at which the server says it answers."""
    created = answer["created_at"]
    created.expect(created.time.utcoffset() == timedelta(0), "Times are in UTC.", expected="…Z or …+00:00")
    answered = server_time(answer)
    if answered:
        near = abs(answered - created.time) < timedelta(minutes=5)
        created.expect(near, "created_at is the time at which the book was added.", expected=f"about {answered:%FT%TZ}")


def server_time(answer: Answer) -> datetime | None:
    """The time in the Date header, if there is a right one."""
    try:
        return parsedate_to_datetime(answer.find_header("Date") or "").astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def this_year(librarian: API) -> int:
    """The current year, as the server has it."""
    book = add_book(librarian)
    return (server_time(book) or book["created_at"].time.astimezone(UTC)).year


def untidy(book: dict[str, Any]) -> dict[str, str]:
    """Title, author and ISBN of *book* with what is to be removed: spaces around, hyphens inside."""
    return {"title": f"   {book['title']} ", "author": f" {book['author']}  ", "isbn": hyphenated(book["isbn"])}


def hyphenated(isbn: str) -> str:
    """The ISBN as it is printed on books."""
    return f"{isbn[:3]}-{isbn[3]}-{isbn[4:7]}-{isbn[7:12]}-{isbn[12]}"


def isbn_ending_in(draw: Draw, prefix: str, digit: str) -> str:
    """A right ISBN-13 with this prefix and check digit."""
    while True:
        isbn = summing_to_tens(f"{prefix}{draw.integer(10**8, 10**9 - 1)}", 13)
        if isbn.endswith(digit):
            return isbn


def summing_to_tens(start: str, length: int) -> str:
    """*start* and further digits, *length* in all, whose sum, weighted 1, 3, 1, 3 …, is a multiple of 10."""
    digits = start.ljust(length - 1, "4")
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    # The inverse of 3 modulo 10 is 7.
    return f"{digits}{-total % 10 if length % 2 else -total * 7 % 10}"


def with_neighbours_exchanged(isbn: str) -> str:
    """The ISBN with two neighbours exchanged that the check digit tells apart: not alike, and not 5 apart."""
    for place in range(3, 11):
        one, other = isbn[place], isbn[place + 1]
        if (int(one) - int(other)) % 5:
            return isbn[:place] + other + one + isbn[place + 2 :]
    return f"{isbn[:12]}{(int(isbn[12]) + 1) % 10}"


def lend(librarian: API, id: int) -> bool:
    """Lend a book to a new member. False if that cannot be done, as long as there are no members and no loans."""
    try:
        borrow(sign_up(librarian).api, id)
    except Blocked:
        return False
    return True


def nobody(librarian: API) -> int:
    """An id that no book has."""
    return add_book(librarian)["id"].integer + librarian.draw.integer(10**6, 10**7)


def rearranged(librarian: API, shelf: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """These books, added; then some of them changed, which moves them in the tables and indexes of many databases."""
    for book in shelf:
        book["id"] = add_book(librarian, **book)["id"].integer
    for book in (shelf[0], shelf[4], shelf[2]):
        answer = librarian.patch(f"/books/{book['id']}", json={"isbn": librarian.draw.isbn13()})
        if answer.status not in (200, *NOT_BUILT):
            blocked_by("books.update", "A book could not be changed for this check.", answer=answer)
    return shelf


def in_order(shelf: list[dict[str, Any]], key: str, sort: str) -> list[int]:
    """The ids of a shelf, sorted by *key* in the direction of *sort*, ties by id."""
    by_id = sorted(shelf, key=lambda book: int(book["id"]))
    ordered = sorted(by_id, key=lambda book: book[key], reverse=sort.startswith("-"))
    return [book["id"] for book in ordered]


def ids(page: Answer) -> list[int]:
    """The ids of a page's entries."""
    return [entry["id"].integer for entry in page["items"]]


def expect_ids(page: Answer, seen: list[int], wanted: list[int]) -> None:
    """*seen* are the ids that we want, in their order."""
    page["items"].expect(
        seen == wanted, "These are the books, in this order.", expected=f"ids {wanted}", actual=f"ids {seen}"
    )


def expect_order(api: API, query: dict[str, Any], wanted: list[int]) -> None:
    """One page for *query* holds these books in this order."""
    page = api.get("/books", query=query).expect(200)
    expect_ids(page, ids(page), wanted)


def expect_found(api: API, query: dict[str, Any], wanted: list[int]) -> None:
    """One page for *query* holds these books and no others."""
    page = api.get("/books", query=query | {"limit": 50}).expect(200)
    seen, right = sorted(ids(page)), sorted(wanted)
    page["items"].expect(seen == right, "The filter keeps these books.", expected=f"ids {right}", actual=f"ids {seen}")


def listed(api: API, **query: int) -> Answer:
    """A page of the list of all books, in a check whose subject is another."""
    page = api.get("/books", query=query)
    if page.status != 200 or "total" not in page.json or "items" not in page.json:
        blocked_by("http.list", "The books could not be listed, so this could not be judged.", answer=page)
    return page


def count(api: API) -> int:
    """How many books there are."""
    return listed(api, limit=1)["total"].integer


def all_ids(api: API) -> set[int]:
    """The ids on all pages of GET /books."""
    found: list[Json] = []
    for _ in range(MOST_PAGES):
        page = listed(api, limit=50, offset=len(found))
        found += list(page["items"])
        if len(page["items"]) == 0 or len(found) >= page["total"].integer:
            break
    return {entry["id"].integer for entry in found}


def entity_tag(api: API, id: int) -> str:
    """The ETag of a book as it is now."""
    return api.get(f"/books/{id}").expect(200).header("ETag")


def as_bytes(book: dict[str, Any]) -> bytes:
    """A book as the bytes of a body."""
    return json.dumps(book).encode()
