"""Lists by cursor: the tasks of all projects, comments and activity, walked while they change (CONTRACT.md §2, §8, §9)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import pytest
from boards import add_column, add_comment, add_task, change, moment, remove, rfc3339
from finding import (
    Kept,
    Walk,
    ask,
    expect_found,
    expect_listable,
    expect_order,
    found,
    in_order,
    matching,
    mixed,
    some_moments,
)
from people import (
    Board,
    Person,
    Team,
    expect_invalid,
    expect_unauthorized,
    invitation,
    invite,
    lonely_board,
    new_project,
    sign_up,
)

from roadmap_cli.checking import API, Answer, Server, blocked_by, expect, requirement

ALL_SORTS = ("id", "-id", "title", "due_at", "-due_at", "priority", "-priority")
MANY = 21
LONG, PAGE = 15, 6


# --- finding.everywhere --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Somebody with a role in three projects, and all tasks of these; others have tasks elsewhere."""

    person: Person
    team: Team
    words: list[str]
    tasks: list[Kept]
    split: datetime
    """A moment of some tasks; others are due a microsecond earlier."""


@pytest.fixture(scope="session")
def shared_desk(make_api: Callable[[str], API], shared_settlers: Team) -> Desk:
    """The projects of somebody of their own, for the checks that only look at them."""
    api = make_api("the desk of somebody")
    draw, person, team = api.draw, sign_up(api), shared_settlers.on(api)
    mine, theirs, seen = new_project(person), new_project(team.owner), new_project(team.owner)
    invited, left = (new_project(team.owner)["id"].integer for _ in range(2))
    invite(team.owner, theirs["id"].integer, person, "member")
    invite(team.owner, seen["id"].integer, person, "viewer")
    invitation(team.owner, invited, person.email)
    invite(team.owner, left, person)
    gone = person.api.delete(f"/projects/{left}/members/{person.id}")
    if gone.status != 204:
        blocked_by("projects.leave", "A project could not be left for this check.", answer=gone)
    words, times = [draw.text(length) for length in (4, 5, 6)], some_moments(draw)
    split = next(time for time in times if time and time.microsecond % 10)
    due = iter(draw.shuffled(draw.shuffled(times * MANY)[: MANY - len(times)] + times))  # each of them at least once
    tasks = []
    places = [
        (author, project["id"].integer) for author, project in ((person, mine), (person, theirs), (team.owner, seen))
    ]
    columns = {project: add_column(author.api, project) for author, project in places}
    for author, project in draw.shuffled(places * (MANY // 3)):
        people = [author.id, person.id] if author is not person else [person.id]
        task = mixed(draw, words, people, project=project, column=columns[project], due_at=next(due))
        tasks.append(task.post(author))
    for project in (invited, left):
        column = add_column(team.owner.api, project)
        mixed(draw, words, [], project=project, column=column, due_at=times[0]).post(team.owner)
    return Desk(person=person, team=team, words=words, tasks=tasks, split=split)


@pytest.fixture
def desk(api: API, shared_desk: Desk, settlers: Team) -> Desk:
    """The shared projects, looked at with this check's own random data."""
    return replace(shared_desk, person=shared_desk.person.on(api), team=settlers)


@requirement("finding.everywhere")
def test_the_tasks_of_all_my_projects_and_no_others(desk: Desk) -> None:
    """As owner, member and viewer; neither of a project that I am invited to, nor of one that I left, nor of others."""
    wanted = in_order(desk.tasks)
    expect_found(desk.person.api, "/tasks", [], wanted, "GET /tasks holds the tasks of all projects with a role.")
    first = desk.person.api.get("/tasks").expect(200)

    expect_beginning(first, wanted, most=20)
    for entry in desk.person.api.draw.sample(list(first["items"]), 3):
        single = desk.person.api.get(f"/tasks/{entry['id'].integer}").expect(200)
        for name in ("project_id", "column_id", "position", "title", "priority", "labels", "assignee_ids", "version"):
            entry[name].equals(single[name])


@requirement("finding.everywhere")
def test_filters_hold_for_all_my_projects(desk: Desk) -> None:
    """q, assignee_id, label, priority, due_from, due_before and created_by, alone and together."""
    api, person = desk.person.api, desk.person
    times = [task.due_at for task in desk.tasks if task.due_at]
    filters: list[list[tuple[str, str | int]]] = [
        [("q", desk.words[0])],
        [("assignee_id", person.id)],
        [("assignee_id", "none")],
        [("label", desk.words[1])],
        [("priority", "high,low")],
        [("due_from", rfc3339(min(times)))],
        [("due_before", rfc3339(max(times)))],
        [("created_by", person.id)],
    ]

    pairs = [(one, other) for one, other in pairwise(api.draw.shuffled(filters)) if one[0][0] != other[0][0]][:2]

    for query in (*filters, *(one + other for one, other in pairs)):
        wanted = in_order(matching(desk.tasks, query))
        expect_order(api, "/tasks", query, wanted, "Filters keep tasks of all projects of the user, by id.")


@requirement("finding.everywhere")
def test_who_is_removed_sees_no_task_any_more(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """From the next request on; and a task that is new somewhere is seen at once by who has a role there."""
    guest, column = newcomer(), add_column(lonely.owner.api, lonely.id)
    task = add_task(lonely.owner.api, lonely.id, column)
    expect_found(guest.api, "/tasks", [], [], "Who has no role anywhere has no tasks.")
    invite(lonely.owner, lonely.id, guest, "viewer")
    expect_found(guest.api, "/tasks", [], [task], "Who joins a project sees its tasks.")
    tasks = [task, add_task(lonely.owner.api, lonely.id, column)]
    expect_found(guest.api, "/tasks", [], tasks, "A new task is in the next answer.")
    gone = lonely.owner.api.delete(f"{lonely.path}/members/{guest.id}")
    if gone.status != 204:
        blocked_by("projects.leave", "Nobody could be removed for this check.", answer=gone)

    expect_found(guest.api, "/tasks", [], [], "Who has no role any more sees no task any more.")


@requirement("finding.everywhere")
def test_a_cursor_opens_no_door(desk: Desk) -> None:
    """With a cursor of somebody else one sees the own tasks, or is refused; without a token it is 401."""
    theirs = ask(desk.team.owner.api, "/tasks", [("limit", 1)]).expect(200)["next_cursor"].text
    answer = ask(desk.person.api, "/tasks", [("limit", 100), ("cursor", theirs)]).expect(200, 422)

    if answer.status == 200:
        own = {task.id for task in desk.tasks}
        strange = [task for task in found(answer) if task not in own]
        expect(not strange, "A cursor shows nothing that its user may not see.", expected="none", actual=strange)
    expect_unauthorized(desk.person.api.anonymous().get("/tasks"))


@requirement("finding.everywhere")
def test_wrong_values_are_refused_for_all_projects_too(desk: Desk) -> None:
    """limit, q, labels, priority, times, ids and orders that are none, also those of the other list: 422 and named."""
    api, word = desk.person.api, desk.person.api.draw.word()
    wrong: dict[str, tuple[str | int, ...]] = {
        "limit": (0, 101),
        "q": ("a" * 201,),
        "priority": (f"low,{word}",),
        "due_from": ("2031-01-01",),
        "due_before": ("2031-01-01T00:00:00",),
        "assignee_id": (word,),
        "created_by": (word,),
        "sort": ("position", "Title"),
    }

    for name, values in wrong.items():
        for value in values:
            expect_invalid(ask(api, "/tasks", [(name, value)]), name)


# --- finding.cursor ------------------------------------------------------------------------------------------------


@requirement("finding.cursor")
@pytest.mark.parametrize("sort", ALL_SORTS)
def test_a_walk_shows_every_task_once_in_its_order(desk: Desk, sort: str) -> None:
    """Page for page the whole list, though much of it is alike, and then null."""
    wanted = in_order(desk.tasks, sort)
    limit = desk.person.api.draw.integer(6, 8)
    if sort == "due_at":  # a page ends between moments that only the last digit tells apart
        split = {task.id for task in desk.tasks if task.due_at == desk.split}
        limit = 1 + max(place for place, task in enumerate(wanted) if task in split)
    walk = Walk(desk.person.api, "/tasks", [("sort", sort)], limit)

    seen = walk.to_the_end()
    told = "A walk shows every task exactly once, in the order of the list."
    expect(seen == wanted, told, expected=wanted, actual=seen)


@requirement("finding.cursor")
def test_a_walk_through_a_filtered_list(desk: Desk) -> None:
    """Filters hold on every page, not only on the first."""
    api = desk.person.api

    for query in ([("priority", "low,high,normal")], [("assignee_id", desk.person.id)]):
        sort = api.draw.pick(ALL_SORTS)
        wanted = in_order(matching(desk.tasks, query), sort)
        seen = Walk(api, "/tasks", [*query, ("sort", sort)], max(1, len(wanted) // 2)).to_the_end()
        expect(seen == wanted, "A walk shows every match exactly once.", expected=wanted, actual=seen)


@requirement("finding.cursor")
def test_nothing_follows_the_last_page(desk: Desk) -> None:
    """next_cursor is null if nothing follows, also if the last page is full, and if there is nothing at all."""
    api = desk.person.api

    for limit in (MANY // 3, MANY):
        walk = Walk(api, "/tasks", [("sort", api.draw.pick(ALL_SORTS))], limit)
        while not walk.is_over and len(walk.seen) < MANY:
            walk.page()
        told = f"a cursor after {len(walk.seen)} of {MANY}"
        expect(walk.is_over, "next_cursor is null if nothing follows.", expected="null", actual=told)
    ask(api, "/tasks", [("limit", MANY - 1)]).expect(200)["next_cursor"].text  # noqa: B018  # reading it is the check
    ask(api, "/tasks", [("q", api.draw.text(30))]).expect(200).has(items=[], next_cursor=None)


@requirement("finding.cursor")
def test_what_is_no_cursor_is_refused(desk: Desk) -> None:
    """Texts that the server never gave, of whatever look, are 422 with cursor, in each list and each order; never 500."""
    api = desk.person.api
    project, task = desk.tasks[0].project, desk.tasks[0].id
    looks = [f"{api.draw.text(8)}.{api.draw.text(20)}", "!", "é\x00", "{}", "a" * 5000]
    inner = ["null", '{"id": "x"}', "[null, null]", api.draw.text(12), '["due_at", "soon", 1]', "\udcff"]
    looks += [base64.urlsafe_b64encode(text.encode("utf-8", "surrogateescape")).decode() for text in inner]

    for cursor in looks:
        expect_invalid(ask(api, "/tasks", [("cursor", cursor), ("sort", api.draw.pick(ALL_SORTS))]), "cursor")
    for path in (f"/tasks/{task}/comments", f"/projects/{project}/activity"):
        for cursor in ("!", *api.draw.sample(looks[5:], 2)):
            expect_invalid(ask(api, path, [("cursor", cursor)]), "cursor")


@requirement("finding.cursor")
def test_a_cursor_survives_a_restart(server: Server, desk: Desk) -> None:
    """What was given before the server ended is good after it began anew."""
    walk = Walk(desk.person.api, "/tasks", [], MANY // 2 + 1)
    walk.page()
    server.stop()
    server.start()

    seen, wanted = walk.to_the_end(), in_order(desk.tasks)
    expect(seen == wanted, "A walk goes on after a restart.", expected=wanted, actual=seen)


# --- finding.cursor-steady -----------------------------------------------------------------------------------------


@dataclass
class Changing:
    """A list of one's own tasks that changes while it is walked through, and what must hold nevertheless."""

    person: Person
    words: list[str]
    tasks: dict[int, Kept]
    project: int
    column: int
    touched: set[int] = field(default_factory=set)
    """What was added, deleted, or given another place in the order during this walk."""

    def add(self) -> None:
        """A new task, which may stand before or behind the cursor."""
        task = self.draw_one().post(self.person)
        self.tasks[task.id] = task
        self.touched.add(task.id)

    def delete(self, task: int) -> None:
        """A task is gone."""
        remove(self.person.api, task)
        del self.tasks[task]
        self.touched.add(task)

    def shift(self, task: int) -> None:
        """A task gets another place in every order but that of ids."""
        new = self.draw_one()
        old = self.tasks.get(task)
        expect(old is not None, "A walk through the tasks of one's projects shows no others.", actual=f"task {task}")
        kept = replace(old, title=new.title, priority=new.priority, due_at=new.due_at)
        change(self.person.api, task, **{name: kept.body[name] for name in ("title", "priority", "due_at")})
        self.tasks[task] = kept
        self.touched.add(task)

    def draw_one(self) -> Kept:
        """A task that may stand anywhere in the order."""
        draw = self.person.api.draw
        due = draw.pick([None, moment(draw), *(task.due_at for task in list(self.tasks.values())[:3])])
        return mixed(draw, self.words, [], project=self.project, column=self.column, due_at=due)


@pytest.fixture(scope="session")
def shared_changing(make_api: Callable[[str], API]) -> Changing:
    """Some tasks of somebody of their own; each walk leaves about as many."""
    person = sign_up(make_api("a list that changes"))
    draw, project = person.api.draw, new_project(person)["id"].integer
    changing = Changing(
        person=person,
        words=[draw.text(5) for _ in range(12)],
        tasks={},
        project=project,
        column=add_column(person.api, project),
    )
    for _ in range(LONG):
        changing.add()
    return changing


@pytest.fixture
def changing(api: API, shared_changing: Changing) -> Changing:
    """The shared list, as it is now, changed with this check's own random data."""
    return replace(shared_changing, person=shared_changing.person.on(api), touched=set())


@requirement("finding.cursor-steady")
@pytest.mark.parametrize("sort", ["-id", "title", "due_at", "-priority"])
def test_a_walk_misses_nothing_while_tasks_come_and_go(changing: Changing, sort: str) -> None:
    """Tasks are added before and behind, and the very one that the cursor stands on is deleted: the others are shown once."""
    draw, walk = changing.person.api.draw, Walk(changing.person.api, "/tasks", [("sort", sort)], PAGE)

    while not walk.is_over:
        page = walk.page()
        expect(len(set(walk.seen)) == len(walk.seen), "No task is shown twice.", actual=walk.seen)
        if walk.is_over:
            break
        changing.delete(page[-1])
        ahead = [task for task in changing.tasks if task not in walk.seen]
        if len(ahead) > PAGE:
            changing.delete(draw.pick(ahead))
        while len(changing.tasks) < LONG:
            changing.add()
    expect_steady(changing, walk, sort)


@requirement("finding.cursor-steady")
@pytest.mark.parametrize("sort", ["title", "-due_at"])
def test_a_walk_misses_nothing_while_tasks_change_their_place(changing: Changing, sort: str) -> None:
    """The one that the cursor stands on and others before and behind get another key: the rest is shown once."""
    draw, walk = changing.person.api.draw, Walk(changing.person.api, "/tasks", [("sort", sort)], PAGE)

    while not walk.is_over:
        page = walk.page()
        if not walk.is_over:
            for task in {*page[-1:], draw.pick(list(changing.tasks))}:
                changing.shift(task)
    expect_steady(changing, walk, sort)


@requirement("finding.cursor-steady")
def test_a_change_that_moves_nothing_shows_nothing_again(changing: Changing) -> None:
    """What was shown and then changed in another field is not shown again, and nothing is missed."""
    sort = changing.person.api.draw.pick(ALL_SORTS)
    walk = Walk(changing.person.api, "/tasks", [("sort", sort)], PAGE)

    while not walk.is_over:
        page = walk.page()
        if not walk.is_over:
            for task in (page[0], page[-1]):
                change(changing.person.api, task, description=changing.person.api.draw.text(12))
    expect_steady(changing, walk, sort)
    expect(len(set(walk.seen)) == len(walk.seen), "A task that keeps its place is shown once.", actual=walk.seen)


def expect_steady(changing: Changing, walk: Walk, sort: str) -> None:
    """Whatever was not touched has been shown once and in its order, nothing whose place stayed twice."""
    wanted = [task for task in in_order(changing.tasks.values(), sort) if task not in changing.touched]
    seen = [task for task in walk.seen if task not in changing.touched]
    missing, twice = sorted(set(wanted) - set(seen)), sorted({task for task in seen if seen.count(task) > 1})
    told = "A walk shows every task that was there all the time exactly once."
    expect(not missing, told, expected="all of them", actual=f"tasks {missing} were not shown")
    expect(not twice, told, expected="once each", actual=f"tasks {twice} were shown twice")
    expect(seen == wanted, "A walk shows the tasks in the order of the list.", expected=wanted, actual=seen)


# --- finding.streams -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A project with a task, its comments as they are now, and the activity that told of each of them."""

    board: Board
    task: int
    comments: list[int]

    @property
    def paths(self) -> tuple[str, str]:
        """Where the comments and the activity are listed."""
        return f"/tasks/{self.task}/comments", f"{self.board.path}/activity"

    def add(self, api: API) -> None:
        """A new comment."""
        self.comments.append(add_comment(api, self.task))

    def delete(self, api: API, comment: int) -> None:
        """A comment is gone."""
        uncomment(api, comment)
        self.comments.remove(comment)


@pytest.fixture(scope="session")
def shared_stream(make_api: Callable[[str], API], shared_team: Team) -> Stream:
    """One more comment than fit on a page if nothing is said."""
    board = lonely_board(shared_team.on(make_api("what is said and done")))
    api = board.owner.api
    stream = Stream(board=board, task=add_task(api, board.id, add_column(api, board.id)), comments=[])
    for _ in range(21):
        stream.add(api)
    for path, name in zip(stream.paths, ("tasks.comments", "tasks.activity"), strict=True):
        expect_listable(api, path, name)
    return stream


@requirement("finding.streams")
def test_comments_are_walked_while_people_write(shared_stream: Stream, team: Team) -> None:
    """Oldest first, each once, though comments are added and the one that the cursor stands on is deleted."""
    api, comments, walk = team.owner.api, [*shared_stream.comments], Walk(team.owner.api, shared_stream.paths[0], [], 9)

    while not walk.is_over and len(walk.seen) < 40:
        page = walk.page()
        if not walk.is_over and len(walk.seen) < 20:
            shared_stream.add(api)
            shared_stream.delete(api, page[-1])
    seen = [comment for comment in walk.seen if comment in comments]
    expect(seen == comments, "A walk shows every comment once, by id.", expected=comments, actual=seen)
    expect(len(set(walk.seen)) == len(walk.seen), "No comment is shown twice.", actual=walk.seen)


@requirement("finding.streams")
def test_activity_is_walked_while_things_happen(shared_stream: Stream, team: Team) -> None:
    """Newest first, each once, though more happens meanwhile."""
    api, path = team.owner.api, shared_stream.paths[1]
    before = Walk(api, path, [], 100).to_the_end()
    walk = Walk(api, path, [], 10)

    while not walk.is_over and len(walk.seen) < 80:
        walk.page()
        if not walk.is_over:
            change(api, shared_stream.task, title=api.draw.text(8))
    seen = [entry for entry in walk.seen if entry in before]
    expect(seen == before, "A walk shows every entry once, newest first.", expected=before, actual=seen)
    expect(len(set(walk.seen)) == len(walk.seen), "No entry is shown twice.", actual=walk.seen)
    expect(before == sorted(before, reverse=True), "The activity goes by id, descending.", actual=before)


@requirement("finding.streams")
def test_pages_of_comments_and_activity_have_their_limits(shared_stream: Stream, team: Team) -> None:
    """At most twenty if nothing is said, or what is asked for up to 100; null at the end, also of a full page; else 422."""
    api, (comments, activity), wanted = team.owner.api, shared_stream.paths, shared_stream.comments

    expect_beginning(api.get(comments), wanted, most=20)
    expect(len(found(api.get(activity))) <= 20, "At most twenty to a page, if nothing is said.")
    for limit in (1, len(wanted), 100):
        expect_beginning(ask(api, comments, [("limit", limit)]), wanted, most=limit)
    for path in (comments, activity):
        for wrong in (0, 101, "1.5"):
            expect_invalid(ask(api, path, [("limit", wrong)]), "limit")


def expect_beginning(page: Answer, wanted: list[int], *, most: int) -> None:
    """The page begins the list, with at most so many entries, and says whether anything follows."""
    seen = found(page)
    told = f"The first page is the beginning of the list, with at most {most} entries."
    expect(seen == wanted[: len(seen)] and len(seen) <= most, told, expected=wanted[:most], actual=seen, answer=page)
    following = page["next_cursor"]
    sentence = "next_cursor is null if nothing follows, and only then."
    following.expect(following.is_null == (len(seen) == len(wanted)), sentence)


def uncomment(api: API, comment: int) -> None:
    """A comment is deleted, as part of a world."""
    answer = api.delete(f"/comments/{comment}")
    if answer.status != 204:
        blocked_by("tasks.comment-deletes", "A comment could not be deleted for this check.", answer=answer)
