"""Comments: what people write under a task, and who may change it (CONTRACT.md §8)."""

from __future__ import annotations

from collections.abc import Callable
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
    posted_comment,
    same,
    walk,
    whole_comment,
)
from people import Board, Person, expect_forbidden, expect_invalid, expect_not_found, invite, new_project, some_id

from roadmap_cli.checking import API, blocked_by, expect, requirement

LONGEST = 2000


# --- tasks.comments ------------------------------------------------------------------------------------------------


@requirement("tasks.comments")
def test_comments_are_listed_by_id_and_each_under_its_task(common: Board) -> None:
    """201 with the comment of who wrote it, not edited yet; the list tells the same, oldest first, and of no other task."""
    first, second = add_tasks(common.owner.api, common.id, add_column(common.owner.api, common.id), 2)
    wanted: dict[int, list[dict[str, Any]]] = {first: [], second: []}

    for author, task in ((common.member, first), (common.owner, second), (common.owner, first)):
        text = author.api.draw.words(6)
        posted = author.api.post(f"/tasks/{task}/comments", json={"text": text}).expect(201)
        comment = {"task_id": task, "author_id": author.id, "text": text, "edited_at": None}
        expect_task(posted.json, comment)
        expect_utc(posted["created_at"])
        wanted[task].append(comment | {"id": posted["id"].integer})
    for task, comments in wanted.items():
        listed = common.viewer.api.get(f"/tasks/{task}/comments").expect(200)
        listed.has(next_cursor=None)
        told = sorted(comment["id"] for comment in comments)
        expect(ids(listed) == told, "The comments of a task, by id.", expected=told, actual=ids(listed))
        for entry, comment in zip(listed["items"], comments, strict=True):
            expect_task(entry, comment)
            expect_utc(entry["created_at"])


@requirement("tasks.comments")
def test_a_text_is_trimmed_and_kept(common: Board) -> None:
    """2000 code points, line ends and other signs are kept; nobody writes in another's name, under another task or at another time."""
    api = common.member.api
    task, other = add_tasks(api, common.id, add_column(api, common.id), 2)
    inside, longest = f"{api.draw.word()}\r\n\n\t{api.draw.word()} <b>'%_\\ 三体", "\N{OPEN BOOK}" * LONGEST
    past = "1999-01-01T00:00:00Z"
    theirs: dict[str, Any] = {"id": some_id(api.draw), "author_id": common.owner.id, "task_id": other}
    theirs |= {"created_at": past, "edited_at": past}
    absurd = {name: [api.draw.word()] for name in theirs}

    for sent, kept, surplus in ((f" \n{inside}\t\r\n ", inside, theirs), (longest, longest, absurd), (" a ", "a", {})):
        posted = api.post(f"/tasks/{task}/comments", json=surplus | {"text": sent}).expect(201)
        expect_task(posted.json, {"text": kept, "task_id": task, "author_id": common.member.id, "edited_at": None})
        posted["id"].expect(posted["id"].integer != theirs["id"], "The id is given by the server.")
        posted["created_at"].expect(posted["created_at"].time.year > 1999, "created_at is the time of the request.")
    listed = api.get(f"/tasks/{task}/comments").expect(200)["items"]
    for entry, kept in zip(listed, (inside, longest, "a"), strict=False):
        entry.has(text=kept)
    expect(not ids(api.get(f"/tasks/{other}/comments")), "A comment stands under the task of its address.")


@requirement("tasks.comments")
def test_a_text_that_breaks_a_rule_is_refused(common: Board) -> None:
    """Nothing, white space, 2001 characters, U+0000 and other types: 422, and no comment comes of it or is changed."""
    api, task = common.member.api, a_task_of(common)
    comment, word = posted_comment(api, task), api.draw.word()
    before, both = [whole_comment(comment.json)], (" \n\t ", "a" * (LONGEST + 1), f"{word}\x00{word}")

    for body in ({}, *({"text": text} for text in (*both, "", 7))):
        expect_invalid(api.post(f"/tasks/{task}/comments", json=body), "text")
    for text in (*both, True, None, [word]):
        expect_invalid(api.patch(f"/comments/{before[0]['id']}", json={"text": text}), "text")
    expect_comments(api, task, before)


@requirement("tasks.comments")
def test_what_is_not_there_has_no_comments(common: Board) -> None:
    """Tasks and comments of no id are 404, however large; what is no number is 422."""
    api, text = common.member.api, {"text": common.member.api.draw.word()}
    nothing, large = some_id(api.draw), 10**30

    expect_not_found(api.get(f"/tasks/{large}/comments"))
    expect_not_found(api.get(f"/tasks/{nothing}/comments"))
    expect_not_found(api.post(f"/tasks/{nothing}/comments", json=text))
    expect_not_found(api.patch(f"/comments/{nothing}", json=text))
    expect_not_found(api.delete(f"/comments/{nothing}"))
    expect_not_found(api.delete(f"/comments/{large}"))
    expect_invalid(api.get(f"/tasks/{api.draw.word()}/comments"), "task_id")
    expect_invalid(api.patch(f"/comments/{api.draw.word()}", json=text), "comment_id")


# --- tasks.comment-edits -------------------------------------------------------------------------------------------


@requirement("tasks.comment-edits")
def test_a_changed_comment_says_when(common: Board) -> None:
    """200 with the new text and the time of the change in edited_at; the rest and the other comments stay."""
    api, task = common.member.api, a_task_of(common)
    before, beside = (whole_comment(posted_comment(api, task).json) for _ in range(2))
    text, told = api.draw.words(5), "edited_at is the time of the change."
    theirs = {"author_id": common.owner.id, "id": some_id(api.draw), "created_at": "1999-01-01T00:00:00Z"}
    edited = api.patch(f"/comments/{before['id']}", json={"text": f" {text}\n"} | theirs).expect(200)

    kept = {name: value for name, value in before.items() if name not in ("text", "edited_at")}
    listed = api.get(f"/tasks/{task}/comments").expect(200)["items"]
    for seen in (edited.json, listed[0]):
        expect_task(seen, kept | {"text": text})
        expect_utc(seen["edited_at"])
        expect_later(seen["edited_at"], before["created_at"], told)
    expect(same(whole_comment(listed[1]), beside), "A change leaves the other comments alone.")
    again = api.patch(f"/comments/{before['id']}", json={"text": api.draw.words(5)}).expect(200)
    expect_later(again["edited_at"], edited["edited_at"].time, told)


@requirement("tasks.comment-edits")
def test_nobody_but_the_author_changes_a_comment(common: Board) -> None:
    """Neither another member nor the owner: 403, and the text stays; 404 for a stranger."""
    task, text = a_task_of(common), {"text": common.owner.api.draw.word()}
    before = [whole_comment(posted_comment(author.api, task).json) for author in (common.member, common.owner)]
    of_member, of_owner = (comment["id"] for comment in before)

    expect_forbidden(common.owner.api.patch(f"/comments/{of_member}", json=text))
    expect_forbidden(common.viewer.api.patch(f"/comments/{of_member}", json=text))
    expect_forbidden(common.member.api.patch(f"/comments/{of_owner}", json=text))
    expect_not_found(common.stranger.api.patch(f"/comments/{of_owner}", json=text))
    expect_comments(common.owner.api, task, before)


@requirement("tasks.comment-edits")
def test_an_author_who_may_only_look_changes_nothing(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """Who is a viewer by now gets 403 for their own comments too, who has no role any more 404."""
    api, author, task = lonely.owner.api, newcomer(), a_task_of(lonely)
    invite(lonely.owner, lonely.id, author)
    comment = whole_comment(posted_comment(author.api, task).json)
    path, text = f"/comments/{comment['id']}", {"text": api.draw.word()}

    become(lonely, author, "viewer")
    expect_forbidden(author.api.patch(path, json=text))
    expect_forbidden(author.api.delete(path))
    become(lonely, author, None)
    expect_not_found(author.api.patch(path, json=text))
    expect_not_found(author.api.delete(path))
    expect_comments(api, task, [comment])
    invite(lonely.owner, lonely.id, author)
    author.api.patch(path, json=text).expect(200).has(author_id=author.id, text=text["text"])


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
    expect_not_found(api.delete(f"/comments/{mine}"))
    expect_not_found(api.patch(f"/comments/{mine}", json={"text": api.draw.word()}))
    again = add_comment(api, task)
    expect(again > theirs, "An id is never used for another comment.", expected=f"more than {theirs}", actual=again)


@requirement("tasks.comment-deletes")
def test_nobody_else_deletes_a_comment(common: Board) -> None:
    """Another member and a viewer get 403, a stranger 404, also if they own a project elsewhere; the comment stays."""
    task = a_task_of(common)
    comment = whole_comment(posted_comment(common.owner.api, task).json)
    for other in (common.member, common.stranger):
        new_project(other)

    for other in (common.member, common.viewer):
        expect_forbidden(other.api.delete(f"/comments/{comment['id']}"))
    expect_not_found(common.stranger.api.delete(f"/comments/{comment['id']}"))
    expect_comments(common.owner.api, task, [comment])


# --- worlds --------------------------------------------------------------------------------------------------------


def a_task_of(board: Board) -> int:
    """A task by the owner, without comments."""
    return add_task(board.owner.api, board.id, add_column(board.owner.api, board.id))


def expect_comments(api: API, task: int, before: list[dict[str, Any]]) -> None:
    """The task has the comments that it had."""
    after = [whole_comment(comment) for comment in walk(api, f"/tasks/{task}/comments")]
    expect(same(after, before), "A refused request changes no comment.", expected=f"{before}", actual=f"{after}")


def become(board: Board, person: Person, role: str | None) -> None:
    """*person* gets another role, or none, as part of a world."""
    path = f"{board.path}/members/{person.id}"
    answer = board.owner.api.patch(path, json={"role": role}) if role else board.owner.api.delete(path)
    if answer.status not in (200, 204):
        blocked_by("projects.members" if role else "projects.leave", "A role could not be changed.", answer=answer)
