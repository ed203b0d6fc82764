"""Comments: what people write under a task, and who may change it (CONTRACT.md §8)."""

from __future__ import annotations

from typing import Any

from boards import (
    add_column,
    add_comment,
    add_task,
    add_tasks,
    expect_later,
    expect_task,
    expect_utc,
    ids,
    walk,
    whole_comment,
)
from people import Board, Person, expect_forbidden, expect_invalid, expect_not_found, invite, new_project, some_id

from roadmap_cli.checking import API, blocked_by, expect, requirement

LONGEST = 2000


# --- tasks.comments ------------------------------------------------------------------------------------------------


@requirement("tasks.comments")
def test_a_comment_has_all_its_fields(common: Board) -> None:
    """201 with the comment of who wrote it, not edited yet; the same stands in the list."""
    api, task = common.member.api, a_task_of(common)
    text = api.draw.words(6)
    posted = api.post(f"/tasks/{task}/comments", json={"text": text}).expect(201)

    wanted = {"task_id": task, "author_id": common.member.id, "text": text, "edited_at": None}
    expect_task(posted.json, wanted)
    posted["id"].integer  # noqa: B018  # reading it is the check
    expect_utc(posted["created_at"])
    listed = common.viewer.api.get(f"/tasks/{task}/comments").expect(200)
    listed.has(next_cursor=None)
    expect(len(listed["items"]) == 1, "The list holds the one comment of the task.", answer=listed)
    expect_task(listed["items"][0], wanted | {"id": posted["id"].integer})
    expect_utc(listed["items"][0]["created_at"])


@requirement("tasks.comments")
def test_comments_are_listed_by_id_and_each_under_its_task(common: Board) -> None:
    """Oldest first, whoever wrote them; the comments of another task are not among them."""
    first, second = add_tasks(common.owner.api, common.id, add_column(common.owner.api, common.id), 2)
    people = [common.owner, common.member]
    wanted: dict[int, list[int]] = {first: [], second: []}

    for task in common.owner.api.draw.shuffled([first, second] * 3):
        wanted[task].append(add_comment(common.owner.api.draw.pick(people).api, task))
    for task, comments in wanted.items():
        seen = ids(common.viewer.api.get(f"/tasks/{task}/comments"))
        expect(seen == sorted(comments), "The comments of a task, by id.", expected=sorted(comments), actual=seen)


@requirement("tasks.comments")
def test_the_fields_of_the_server_are_not_taken_from_a_comment(common: Board) -> None:
    """Nobody writes in somebody else's name, under another task or at another time."""
    api = common.member.api
    task, other = add_tasks(api, common.id, add_column(api, common.id), 2)
    past = "1999-01-01T00:00:00Z"
    theirs = {
        "id": some_id(api.draw),
        "author_id": common.owner.id,
        "task_id": other,
        "created_at": past,
        "edited_at": past,
    }

    for surplus in (theirs, {name: [api.draw.word()] for name in theirs}):
        posted = api.post(f"/tasks/{task}/comments", json=surplus | {"text": api.draw.word()}).expect(201)
        expect_task(posted.json, {"task_id": task, "author_id": common.member.id, "edited_at": None})
        posted["id"].expect(posted["id"].integer != theirs["id"], "The id is given by the server.")
        posted["created_at"].expect(posted["created_at"].time.year > 1999, "created_at is the time of the request.")
    expect(not ids(api.get(f"/tasks/{other}/comments")), "A comment stands under the task of its address.")


@requirement("tasks.comments")
def test_a_text_is_trimmed_and_kept(common: Board) -> None:
    """White space goes at both ends; line ends within it, other signs and 2000 code points are kept."""
    api, task = common.member.api, a_task_of(common)
    inside = f"{api.draw.word()}\r\n\n\t{api.draw.word()} <b>'%_\\ 三体"

    for sent, kept in (
        (f" \n{inside}\t\r\n ", inside),
        ("\N{OPEN BOOK}" * LONGEST, "\N{OPEN BOOK}" * LONGEST),
        (" a ", "a"),
    ):
        api.post(f"/tasks/{task}/comments", json={"text": sent}).expect(201).has(text=kept)
        listed = api.get(f"/tasks/{task}/comments").expect(200)["items"]
        listed[-1].has(text=kept)


@requirement("tasks.comments")
def test_a_text_that_breaks_a_rule_is_refused(common: Board) -> None:
    """Nothing, white space, 2001 characters, U+0000 and other types: 422, and no comment comes of it or is changed."""
    api, task = common.member.api, a_task_of(common)
    comment, word = add_comment(api, task), api.draw.word()
    before = comments_of(api, task)

    for text in ("", " \n\t ", "a" * (LONGEST + 1), f"{word}\x00{word}", 7, True, None, [word]):
        expect_invalid(api.post(f"/tasks/{task}/comments", json={"text": text}), "text")
        expect_invalid(api.patch(f"/comments/{comment}", json={"text": text}), "text")
    expect_invalid(api.post(f"/tasks/{task}/comments", json={}), "text")
    expect_comments(api, task, before)


@requirement("tasks.comments")
def test_what_is_not_there_has_no_comments(common: Board) -> None:
    """Tasks and comments of no id are 404, however large; what is no number is 422."""
    api, text = common.member.api, {"text": common.member.api.draw.word()}

    for id in (some_id(api.draw), 10**30):
        expect_not_found(api.get(f"/tasks/{id}/comments"))
        expect_not_found(api.post(f"/tasks/{id}/comments", json=text))
        expect_not_found(api.patch(f"/comments/{id}", json=text))
        expect_not_found(api.delete(f"/comments/{id}"))
    expect_invalid(api.get(f"/tasks/{api.draw.word()}/comments"), "task_id")
    expect_invalid(api.patch(f"/comments/{api.draw.word()}", json=text), "comment_id")
    expect_invalid(api.delete(f"/comments/{api.draw.word()}"), "comment_id")


# --- tasks.comment-edits -------------------------------------------------------------------------------------------


@requirement("tasks.comment-edits")
def test_a_changed_comment_says_when(common: Board) -> None:
    """200 with the new text and the time of the change in edited_at; the rest and the other comments stay."""
    api, task = common.member.api, a_task_of(common)
    comment, _other = add_comment(api, task), add_comment(api, task)
    before, text = comments_of(api, task), api.draw.words(5)
    theirs = {"author_id": common.owner.id, "id": some_id(api.draw), "created_at": "1999-01-01T00:00:00Z"}
    edited = api.patch(f"/comments/{comment}", json={"text": f" {text}\n"} | theirs).expect(200)

    kept = {name: value for name, value in before[0].items() if name not in ("text", "edited_at")}
    told = "edited_at is the time of the change."
    for seen in (edited.json, api.get(f"/tasks/{task}/comments").expect(200)["items"][0]):
        expect_task(seen, kept | {"text": text})
        expect_utc(seen["edited_at"])
        expect_later(seen["edited_at"], before[0]["created_at"], told)
    expect(comments_of(api, task)[1] == before[1], "A change leaves the other comments alone.")
    first = edited["edited_at"].time
    again = api.patch(f"/comments/{comment}", json={"text": api.draw.words(5)}).expect(200)
    expect_later(again["edited_at"], first, told)


@requirement("tasks.comment-edits")
def test_nobody_but_the_author_changes_a_comment(common: Board) -> None:
    """Neither another member nor the owner: 403, and the text stays; 404 for a stranger."""
    for author, others in (
        (common.member, [common.owner, common.viewer]),
        (common.owner, [common.member, common.viewer]),
    ):
        task = a_task_of(common)
        comment = add_comment(author.api, task)
        before = comments_of(author.api, task)
        for other in others:
            expect_forbidden(other.api.patch(f"/comments/{comment}", json={"text": other.api.draw.word()}))
        expect_not_found(common.stranger.api.patch(f"/comments/{comment}", json={"text": author.api.draw.word()}))
        expect_comments(author.api, task, before)


@requirement("tasks.comment-edits")
def test_an_author_who_may_only_look_changes_nothing(board: Board) -> None:
    """Who is a viewer by now gets 403 for their own comments too, who has no role any more 404."""
    api, author, task = board.owner.api, board.member, a_task_of(board)
    comment = add_comment(author.api, task)
    before, text = comments_of(api, task), {"text": api.draw.word()}

    become(board, author, "viewer")
    expect_forbidden(author.api.patch(f"/comments/{comment}", json=text))
    expect_forbidden(author.api.delete(f"/comments/{comment}"))
    become(board, author, None)
    expect_not_found(author.api.patch(f"/comments/{comment}", json=text))
    expect_not_found(author.api.delete(f"/comments/{comment}"))
    expect_comments(api, task, before)
    invite(board.owner, board.id, author)
    author.api.patch(f"/comments/{comment}", json=text).expect(200).has(author_id=author.id, text=text["text"])


# --- tasks.comment-deletes -----------------------------------------------------------------------------------------


@requirement("tasks.comment-deletes")
def test_author_and_owner_delete_a_comment(common: Board) -> None:
    """204 without a body, the comment is gone for good, and the others stay."""
    api, task = common.member.api, a_task_of(common)
    kept, mine, theirs = (add_comment(api, task) for _ in range(3))
    api.delete(f"/comments/{mine}").expect(204).expect_empty()
    common.owner.api.delete(f"/comments/{theirs}").expect(204).expect_empty()

    seen = ids(api.get(f"/tasks/{task}/comments"))
    expect(seen == [kept], "A deleted comment is in no list, the others are.", expected=[kept], actual=seen)
    for gone in (mine, theirs):
        expect_not_found(api.delete(f"/comments/{gone}"))
        expect_not_found(api.patch(f"/comments/{gone}", json={"text": api.draw.word()}))
    again = add_comment(api, task)
    expect(again > theirs, "An id is never used for another comment.", expected=f"more than {theirs}", actual=again)


@requirement("tasks.comment-deletes")
def test_nobody_else_deletes_a_comment(common: Board) -> None:
    """Another member and a viewer get 403, a stranger 404, and the comment stays."""
    task = a_task_of(common)
    comment = add_comment(common.owner.api, task)
    before = comments_of(common.owner.api, task)

    for other in (common.member, common.viewer):
        expect_forbidden(other.api.delete(f"/comments/{comment}"))
    expect_not_found(common.stranger.api.delete(f"/comments/{comment}"))
    expect_comments(common.owner.api, task, before)


@requirement("tasks.comment-deletes")
def test_the_owner_of_another_project_deletes_nothing_here(common: Board) -> None:
    """To own a project gives no right over the comments of the next: 403 for a member there, 404 for a stranger."""
    task = a_task_of(common)
    comment = add_comment(common.owner.api, task)
    before = comments_of(common.owner.api, task)
    for other in (common.member, common.stranger):
        new_project(other)

    expect_forbidden(common.member.api.delete(f"/comments/{comment}"))
    expect_not_found(common.stranger.api.delete(f"/comments/{comment}"))
    expect_comments(common.owner.api, task, before)


# --- worlds --------------------------------------------------------------------------------------------------------


def a_task_of(board: Board) -> int:
    """A task by the owner, without comments."""
    return add_task(board.owner.api, board.id, add_column(board.owner.api, board.id))


def comments_of(api: API, task: int) -> list[dict[str, Any]]:
    """All comments of a task; times as moments."""
    return [whole_comment(comment) for comment in walk(api, f"/tasks/{task}/comments")]


def expect_comments(api: API, task: int, before: list[dict[str, Any]]) -> None:
    """The task has the comments that it had."""
    after = comments_of(api, task)
    expect(after == before, "A refused request changes no comment.", expected=f"{before}", actual=f"{after}")


def become(board: Board, person: Person, role: str | None) -> None:
    """*person* gets another role, or none, as part of a world."""
    path = f"{board.path}/members/{person.id}"
    answer = board.owner.api.patch(path, json={"role": role}) if role else board.owner.api.delete(path)
    if answer.status not in (200, 204):
        blocked_by("projects.members" if role else "projects.leave", "A role could not be changed.", answer=answer)
