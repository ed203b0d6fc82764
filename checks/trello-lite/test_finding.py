"""Finding: pages, filters, searches and orders of the tasks of a project (CONTRACT.md §2, §9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta, timezone

import pytest
from boards import (
    FIELDS,
    PRIORITIES,
    Lists,
    add_column,
    add_columns,
    add_comment,
    add_task,
    add_tasks,
    change,
    moment,
    move,
    remove,
    rfc3339,
    whole,
)
from finding import Kept, Query, ask, expect_found, expect_order, in_order, matching, mixed, some_moments
from people import (
    Board,
    Team,
    expect_invalid,
    expect_not_found,
    expect_page,
    expect_unauthorized,
    new_board,
    new_project,
    some_id,
)

from roadmap_cli.checking import API, Draw, blocked_by, requirement

MANY = 21
LONGEST_SEARCH = 200
MOST_LABELS = 10
# What means something to LIKE, to regular expressions, to full-text search or to SQL, and stands for itself here.
SIGNS = "%_*\\-\"'&|:.?(["


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A project of many tasks in three columns, and what is known of them."""

    board: Board
    columns: list[int]
    foreign: int
    words: list[str]
    tasks: list[Kept]

    @property
    def path(self) -> str:
        """Where its tasks are listed."""
        return f"{self.board.path}/tasks"

    @property
    def people(self) -> list[int]:
        """Who may be an assignee."""
        return [self.board.owner.id, self.board.member.id, self.board.viewer.id]


@pytest.fixture(scope="session")
def shared_shelf(make_api: Callable[[str], API], shared_settlers: Team) -> Shelf:
    """Many tasks, for all checks that only look for them."""
    api = make_api("the tasks to be found")
    draw, team = api.draw, shared_settlers.on(api)
    board = new_board(team)
    columns, other = add_columns(board.owner.api, board.id, 3), new_project(board.owner)["id"].integer
    words = [draw.text(length) for length in (4, 5, 5, 6, 7)]
    words.append(words[0] + draw.text(2))  # one word is a part of another
    times, people = some_moments(draw), [board.owner.id, board.member.id, board.viewer.id]
    due = draw.shuffled(times * MANY)[: MANY - len(times)] + times  # each of them, and some more often
    priorities = draw.shuffled(PRIORITIES * MANY)[: MANY - len(PRIORITIES)] + list(PRIORITIES)
    tasks = [
        replace(
            mixed(draw, words, people, project=board.id, column=draw.pick(columns), due_at=time), priority=priority
        ).post(draw.pick([board.owner, board.member]))
        for time, priority in zip(draw.shuffled(due), draw.shuffled(priorities), strict=True)
    ]
    foreign = add_column(board.owner.api, other)
    mixed(draw, words, [board.owner.id], project=other, column=foreign, due_at=times[0]).post(board.owner)
    return Shelf(board=board, columns=columns, foreign=foreign, words=words, tasks=tasks)


@pytest.fixture
def shelf(shared_shelf: Shelf, settlers: Team) -> Shelf:
    """The shared tasks, looked for with this check's own random data."""
    people = {"owner": settlers.owner, "member": settlers.member, "viewer": settlers.viewer}
    board = replace(shared_shelf.board, stranger=settlers.stranger, **people)
    return replace(shared_shelf, board=board)


# --- finding.pages -------------------------------------------------------------------------------------------------


@requirement("finding.pages")
def test_pages_together_are_the_whole_list(shelf: Shelf) -> None:
    """Leafing through with any limit shows each task of the project once, by id, with the same total throughout."""
    api, wanted = shelf.board.viewer.api, in_order(shelf.tasks)
    limit = api.draw.integer(9, 13)

    for offset in range(0, MANY + limit, limit):
        page = ask(api, shelf.path, [("limit", limit), ("offset", offset)])
        expect_page(page, wanted[offset : offset + limit], total=MANY, limit=limit, offset=offset)


@requirement("finding.pages")
def test_a_page_begins_at_0_and_has_20_entries_if_nothing_is_said(shelf: Shelf) -> None:
    """Without parameters: the first twenty; 100 at most; behind the end an empty page with the true total."""
    api, wanted = shelf.board.viewer.api, in_order(shelf.tasks)

    expect_page(api.get(shelf.path), wanted[:20], total=MANY, limit=20, offset=0)
    expect_page(ask(api, shelf.path, [("limit", 100)]), wanted, total=MANY, limit=100, offset=0)
    expect_page(ask(api, shelf.path, [("limit", 1)]), wanted[:1], total=MANY, limit=1, offset=0)
    expect_page(ask(api, shelf.path, [("offset", 10**6)]), [], total=MANY, limit=20, offset=10**6)


@requirement("finding.pages")
def test_each_entry_is_the_whole_task(shelf: Shelf) -> None:
    """The list tells of a task what GET tells of it."""
    api = shelf.board.viewer.api

    for entry in ask(api, shelf.path, [("limit", 3), ("offset", api.draw.integer(0, 18))]).expect(200)["items"]:
        single = api.get(f"/tasks/{entry['id'].integer}").expect(200)
        listed, alone = whole(entry), whole(single.json)
        for name in FIELDS:
            told = f"The list and GET /tasks/{{task_id}} tell the same {name}."
            entry[name].expect(listed[name] == alone[name], told, expected=f"{alone[name]}")


@requirement("finding.pages")
def test_a_page_outside_the_limits_is_refused(shelf: Shelf) -> None:
    """Limit from 1 to 100, offset from 0 to 1000000, in digits: anything else is 422 and named."""
    api = shelf.board.viewer.api

    for limit in (0, 101, "ten"):
        expect_invalid(ask(api, shelf.path, [("limit", limit)]), "limit")
    for offset in (-1, 10**6 + 1, "0.5"):
        expect_invalid(ask(api, shelf.path, [("offset", offset)]), "offset")


@requirement("finding.pages")
def test_the_tasks_of_a_project_are_for_its_people(shelf: Shelf) -> None:
    """404 for a stranger and for a project that is not there, 401 without a token; words unknown here are ignored."""
    stranger, draw = shelf.board.stranger.api, shelf.board.stranger.api.draw

    expect_not_found(stranger.get(shelf.path))
    expect_not_found(shelf.board.owner.api.get(f"/projects/{some_id(draw)}/tasks"))
    expect_unauthorized(stranger.anonymous().get(shelf.path))
    page = ask(shelf.board.member.api, shelf.path, [(draw.text(9), draw.word()), ("limit", 1)])
    expect_page(page, in_order(shelf.tasks)[:1], total=MANY, limit=1, offset=0)


@requirement("finding.pages")
def test_a_list_follows_what_is_changed(lonely: Board) -> None:
    """A new task is in the next answer, a changed one as it is now, a deleted one in none; and total says so."""
    api, path = lonely.owner.api, f"{lonely.path}/tasks"
    first, second = add_tasks(api, lonely.id, add_column(api, lonely.id), 2)
    expect_page(api.get(path), [first, second], total=2, limit=20, offset=0)
    remove(api, first)
    title = change(api, second, title=api.draw.title())["title"].text

    page = api.get(path)
    expect_page(page, [second], total=1, limit=20, offset=0)
    page["items"][0].has(title=title)


# --- finding.words -------------------------------------------------------------------------------------------------


@requirement("finding.words")
def test_a_search_finds_tasks_that_contain_each_word(shelf: Shelf) -> None:
    """In the title or in the description, the words in any order and any case, also as a part of longer words."""
    api, words = shelf.board.viewer.api, shelf.words

    for count in (1, 2, 3):
        some = api.draw.sample(words, count)
        texts = [api.draw.pick((word, word.upper(), word.capitalize(), word[1:], word[:-1])) for word in some]
        search: Query = [("q", api.draw.pick((" ", "  ", "\t", " \n ")).join(texts))]
        wanted = [task.id for task in matching(shelf.tasks, search)]
        expect_found(api, shelf.path, search, wanted, "q keeps the tasks that contain each word.")


@requirement("finding.words")
def test_one_word_may_stand_in_the_title_and_the_next_in_the_description(common: Board) -> None:
    """Neither needs to hold all of them; who lacks one word is not found, and words do not run on from one to the other."""
    api, (one, other) = common.member.api, (common.member.api.draw.text(8) for _ in range(2))
    column = add_column(api, common.id)
    split = add_task(api, common.id, column, title=one.capitalize(), description=f"x{other.upper()}y")
    both = add_task(api, common.id, column, title=f"{other} {one}", description="")
    half = add_task(api, common.id, column, title=f"{one} {one}", description=f"{other[:5]} {other[5:]}")

    path, told = f"{common.path}/tasks", "q keeps the tasks that contain each word, in the title or the description."
    expect_found(api, path, [("q", f"{other} {one} {one}")], [split, both], told)
    expect_found(api, path, [("q", one)], [split, both, half], told)
    expect_found(api, path, [("q", f"{one}x{other}")], [], told)
    expect_found(api, path, [("q", f"{one} {other} {api.draw.text(9)}")], [], told)


@requirement("finding.words")
def test_nothing_to_search_for_is_no_filter(shelf: Shelf) -> None:
    """An empty q and one of white space keep all tasks."""
    for text in ("", " \t\n "):
        page = ask(shelf.board.viewer.api, shelf.path, [("q", text), ("limit", 1)])
        expect_page(page, in_order(shelf.tasks)[:1], total=MANY, limit=1, offset=0)


@requirement("finding.words")
def test_only_title_and_description_are_searched(common: Board) -> None:
    """What stands in a label, in a comment or in a name alone is not found; what was changed is found as it is now."""
    api, column = common.member.api, add_column(common.member.api, common.id)
    word, old, new = (api.draw.text(9) for _ in range(3))
    task = add_task(api, common.id, column, labels=[word], title=old)
    add_comment(api, task, text=word)
    path, told = f"{common.path}/tasks", "q looks at the title and the description, as they are now."
    expect_found(api, path, [("q", word)], [], told)
    expect_found(api, path, [("q", common.member.name)], [], told)
    change(api, task, title=new)

    expect_found(api, path, [("q", new)], [task], told)
    expect_found(api, path, [("q", old)], [], told)


@requirement("finding.words")
def test_a_search_has_at_most_200_characters(shelf: Shelf) -> None:
    """200 are searched for, 201 are 422."""
    api = shelf.board.viewer.api

    expect_found(api, shelf.path, [("q", "a" * LONGEST_SEARCH)], [], "Nothing contains so long a word.")
    expect_invalid(ask(api, shelf.path, [("q", "a" * (LONGEST_SEARCH + 1))]), "q")


# --- finding.literal -----------------------------------------------------------------------------------------------


@requirement("finding.literal")
def test_every_sign_of_a_search_stands_for_itself(common: Board) -> None:
    """Wildcards, quotes, backslashes and operators find themselves and nothing else."""
    api, word = common.member.api, common.member.api.draw.text(6)
    column, path = add_column(api, common.id), f"{common.path}/tasks"
    add_task(api, common.id, column, title=f"{word}x{word}", description=f"{word}{word} {word} {word}")
    title = add_task(api, common.id, column, title=word + "".join(f"{sign}{word}" for sign in SIGNS), description="")
    text = add_task(api, common.id, column, title=word, description=f"a {word}" + "".join(f"{s}{word}" for s in SIGNS))

    for sign in SIGNS:
        search = f"{word}{sign}{word}"
        expect_found(api, path, [("q", search)], [title, text], f"The sign {sign} stands for itself.")
    signs = " ".join([word, *SIGNS])
    expect_found(api, path, [("q", signs)], [title, text], "A sign alone is a word like any other.")


@requirement("finding.literal")
def test_a_search_is_neither_sql_nor_a_pattern(common: Board) -> None:
    """No statement, no operator word and no negation is understood; letters of other scripts are found as written."""
    api, (one, other) = common.member.api, (common.member.api.draw.text(8) for _ in range(2))
    column, path = add_column(api, common.id), f"{common.path}/tasks"
    add_task(api, common.id, column, title=one, description="")
    scripts = add_task(api, common.id, column, title=f"{other} 三体", description="Çığ")

    for search in (f"{one}' OR '1'='1", f"{one} or {other}", f"{other} -{one}", f"{one}:*", f"^{one[:4]}.*"):
        expect_found(api, path, [("q", search)], [], "A search is a list of words and nothing else.")
    told = "Letters of all scripts are found as they were written."
    expect_found(api, path, [("q", f"三 Çığ {other}")], [scripts], told)


# --- finding.filters -----------------------------------------------------------------------------------------------


@requirement("finding.filters")
def test_tasks_of_a_column_and_by_an_author(shelf: Shelf) -> None:
    """column_id and created_by keep theirs; ids of another project's column and of nobody keep none."""
    draw = shelf.board.viewer.api.draw

    for column in (*draw.sample(shelf.columns, 2), shelf.foreign, 10**17):
        expect_kept(shelf, [("column_id", column)])
    for author in (shelf.board.owner.id, shelf.board.member.id, some_id(draw)):
        expect_kept(shelf, [("created_by", author)])


@requirement("finding.filters")
def test_tasks_of_an_assignee_and_of_nobody(shelf: Shelf) -> None:
    """assignee_id keeps the tasks with this assignee among others; none keeps those without any."""
    everybody: list[int | str] = [shelf.board.owner.id, shelf.board.viewer.id, "none", shelf.board.stranger.id]

    for who in everybody:
        expect_kept(shelf, [("assignee_id", who)])


@requirement("finding.filters")
def test_tasks_of_a_priority_or_of_several(shelf: Shelf) -> None:
    """One word, or several with commas between, in any order: tasks with any of them."""
    for words in ("normal", "high,urgent", "urgent,low", "urgent,high,normal,low"):
        expect_kept(shelf, [("priority", words)])


@requirement("finding.filters")
def test_what_is_no_value_of_a_filter_is_refused(shelf: Shelf) -> None:
    """Words where a number belongs, words that are no priority, no order: 422 with the parameter."""
    api, word = shelf.board.viewer.api, shelf.board.viewer.api.draw.word()
    wrong = {
        "column_id": (word, "none"),
        "created_by": (word, "1.5"),
        "assignee_id": (word, "None"),
        "priority": ("High", f"high,{word}"),
        "sort": (word, "--id", "Title", "id,title"),
    }

    for name, values in wrong.items():
        for value in values:
            expect_invalid(ask(api, shelf.path, [(name, value)]), name)


# --- finding.labels ------------------------------------------------------------------------------------------------


@requirement("finding.labels")
def test_tasks_with_a_label_and_with_several(shelf: Shelf) -> None:
    """Once: tasks with this label; several times: tasks with all of them."""
    draw = shelf.board.viewer.api.draw
    labelled = [task for task in shelf.tasks if len(task.labels) > 1]

    expect_kept(shelf, [("label", shelf.words[0])])  # another label begins with it
    expect_kept(shelf, [("label", draw.pick(shelf.words[1:]))])
    for task in draw.sample(labelled, min(2, len(labelled))):
        expect_kept(shelf, [("label", label) for label in draw.shuffled(task.labels)])
    expect_kept(shelf, [("label", word) for word in shelf.words])


@requirement("finding.labels")
def test_a_label_is_meant_exactly(common: Board) -> None:
    """Neither a part of it nor another case nor a pattern; commas and blanks belong to it."""
    api, word = common.member.api, common.member.api.draw.text(7)
    column, path = add_column(api, common.id), f"{common.path}/tasks"
    plain, comma = (add_task(api, common.id, column, labels=[label]) for label in (word, f"{word}, {word}"))
    add_task(api, common.id, column, title=word, labels=[f"{word}s"])

    told = "label keeps the tasks with exactly this label."
    expect_found(api, path, [("label", word)], [plain], told)
    expect_found(api, path, [("label", f"{word}, {word}")], [comma], told)
    for other in (word[:-1], word.upper(), f"{word[:-1]}_", f"{word}%", f"{word},{word}"):
        expect_found(api, path, [("label", other)], [], told)


@requirement("finding.labels")
def test_at_most_ten_labels_can_be_asked_for(shelf: Shelf) -> None:
    """Ten are taken, eleven are 422."""
    api = shelf.board.viewer.api
    labels = [("label", api.draw.text(8)) for _ in range(MOST_LABELS + 1)]

    expect_found(api, shelf.path, labels[:MOST_LABELS], [], "No task has all of these labels.")
    expect_invalid(ask(api, shelf.path, labels), "label")


# --- finding.due ---------------------------------------------------------------------------------------------------


@requirement("finding.due")
def test_tasks_that_are_due_in_a_time(shelf: Shelf) -> None:
    """From due_from, which belongs to it, to due_before, which does not; tasks without a time are never due."""
    times = sorted({task.due_at for task in shelf.tasks if task.due_at})
    tick, (begin, end) = timedelta(microseconds=1), sorted(shelf.board.viewer.api.draw.sample(times, 2))

    for border in (begin, begin + tick, end):
        expect_kept(shelf, [("due_from", rfc3339(border))])
        expect_kept(shelf, [("due_before", rfc3339(border))])
    expect_kept(shelf, [("due_from", rfc3339(begin)), ("due_before", rfc3339(end))])
    expect_kept(shelf, [("due_from", rfc3339(end)), ("due_before", rfc3339(begin))])


@requirement("finding.due")
def test_a_time_of_any_zone_is_the_same_moment(shelf: Shelf) -> None:
    """What is asked for in another zone is compared as a moment, not as a text or by the date."""
    draw = shelf.board.viewer.api.draw
    times = [task.due_at for task in shelf.tasks if task.due_at]

    for name, minutes in (("due_from", 15 * draw.integer(1, 56)), ("due_before", -15 * draw.integer(1, 48))):
        expect_kept(shelf, [(name, draw.pick(times).astimezone(timezone(timedelta(minutes=minutes))).isoformat())])


@requirement("finding.due")
def test_what_is_no_time_is_refused(shelf: Shelf) -> None:
    """A date, a time without an offset, a number, a word, a day that there is not: 422 with the parameter."""
    api, year = shelf.board.viewer.api, shelf.board.viewer.api.draw.integer(2001, 2090)
    no_offset = f"{year}-03-15T09:30:00"

    for wrong in (no_offset, f"{year}-03-15", str(year * 10**6)):
        expect_invalid(ask(api, shelf.path, [("due_from", wrong)]), "due_from")
    for wrong in (no_offset, f"{year}-02-30T09:30:00Z", api.draw.word()):
        expect_invalid(ask(api, shelf.path, [("due_before", wrong)]), "due_before")


# --- finding.combined ----------------------------------------------------------------------------------------------


@requirement("finding.combined")
def test_filters_are_combined_with_and(shelf: Shelf) -> None:
    """Any of them together keep what each of them keeps, in the order that is asked for."""
    draw = shelf.board.viewer.api.draw

    for query in (label_and_priority(draw, shelf), *(some_filters(draw, shelf) for _ in range(5))):
        sort = draw.pick(("id", "-id"))
        wanted = in_order(matching(shelf.tasks, query), sort)
        told = "Filters are combined with and, and the order holds for what they keep."
        expect_order(shelf.board.viewer.api, shelf.path, [*query, ("sort", sort)], wanted, told)


@requirement("finding.combined")
def test_the_total_counts_what_the_filters_keep(shelf: Shelf) -> None:
    """On every page of a filtered list, also where a task matches in several ways; filter first, then cut."""
    api = shelf.board.viewer.api

    for query in ([("q", shelf.words[0])], [("assignee_id", shelf.people[0])], [("priority", "low,high")]):
        wanted = in_order(matching(shelf.tasks, query), "-id")
        for offset in (0, 2):
            page = ask(api, shelf.path, [*query, ("sort", "-id"), ("limit", 2), ("offset", offset)])
            expect_page(page, wanted[offset : offset + 2], total=len(wanted), limit=2, offset=offset)


# --- finding.sort --------------------------------------------------------------------------------------------------


@requirement("finding.sort")
@pytest.mark.parametrize("sort", ["id", "title", "priority"])
def test_tasks_are_sorted_in_both_directions(shelf: Shelf, sort: str) -> None:
    """By id, title or priority (low, normal, high, urgent); what is alike stands by id, ascending, in both directions."""
    for word in (sort, f"-{sort}"):
        expect_order(
            shelf.board.viewer.api,
            shelf.path,
            [("sort", word)],
            in_order(shelf.tasks, word),
            f"sort={word} is a total order.",
        )


@requirement("finding.sort")
@pytest.mark.parametrize("sort", ["title", "-priority"])
def test_pages_of_a_sorted_list_fit_together(shelf: Shelf, sort: str) -> None:
    """First the order of the whole list, then the page: no task twice, none left out, though many are alike."""
    expect_pages(shelf, sort)


@requirement("finding.sort-due")
def test_tasks_without_a_time_come_last_in_both_directions(shelf: Shelf) -> None:
    """Earliest or latest first, to the microsecond; those without a time at the end both times, by id."""
    for word in ("due_at", "-due_at"):
        told = f"sort={word}: by time, then the tasks without one, ties by id."
        expect_order(shelf.board.viewer.api, shelf.path, [("sort", word)], in_order(shelf.tasks, word), told)


@requirement("finding.sort-due")
def test_pages_of_a_list_by_time_fit_together(shelf: Shelf) -> None:
    """Also where the tasks without a time begin."""
    expect_pages(shelf, "-due_at")


@requirement("finding.sort-due")
def test_times_of_different_zones_are_sorted_as_moments(common: Board) -> None:
    """What was sent with another offset stands where its moment is."""
    api, column = common.owner.api, add_column(common.owner.api, common.id)
    start = moment(api.draw)
    times = [
        (start + timedelta(hours=hour)).astimezone(timezone(timedelta(hours=offset)))
        for hour, offset in enumerate((9, -9, 14))
    ]
    tasks = {add_task(api, common.id, column, due_at=time.isoformat()): time for time in api.draw.shuffled(times)}
    wanted = sorted(tasks, key=lambda task: tasks[task])

    query: Query = [("column_id", column), ("sort", "due_at")]
    expect_order(api, f"{common.path}/tasks", query, wanted, "Times are sorted as moments.")


@requirement("finding.sort-position")
def test_tasks_are_sorted_as_they_stand_on_the_board(lonely: Board) -> None:
    """First by the place of the column, then by that of the task, as they are after moves; and backwards."""
    api, columns = lonely.owner.api, add_columns(lonely.owner.api, lonely.id, 3)
    model = Lists(lonely.id, {column: add_tasks(api, lonely.id, column, 2) for column in columns})
    order = [*columns[1:], columns[0]]
    moved = api.post(f"/columns/{columns[0]}/move", json={"position": 2})
    if moved.status != 200:
        blocked_by("tasks.columns-order", "A column could not be moved for this check.", answer=moved)
    for column in columns[:2]:
        task = model.lists[column][1]
        move(api, task, column_id=column, position=0)
        model.move(task, column, 0)

    wanted, path = [task for column in order for task in model.lists[column]], f"{lonely.path}/tasks"
    expect_order(api, path, [("sort", "position")], wanted, "sort=position is the order of the board.")
    backwards = "sort=-position is the order of the board, backwards."
    expect_order(api, path, [("sort", "-position")], wanted[::-1], backwards)
    alone: Query = [("sort", "position"), ("column_id", columns[0])]
    expect_order(api, path, alone, model.lists[columns[0]], "sort=position is the order of a column.")


# --- finding.label-counts ------------------------------------------------------------------------------------------


@requirement("finding.label-counts")
def test_labels_are_counted(shelf: Shelf) -> None:
    """Each label that a task of the project has, with the number of tasks, most first, then by code points."""
    counts = {label: sum(label in task.labels for task in shelf.tasks) for label in shelf.words}
    expect_counts(shelf.board.viewer.api, shelf.board, {label: count for label, count in counts.items() if count})


@requirement("finding.label-counts")
def test_labels_are_counted_as_they_are_now(lonely: Board, common: Board) -> None:
    """Not those of other projects; alike in number by code points, capitals first; after a PATCH and a deletion what is left."""
    api, word = lonely.owner.api, lonely.owner.api.draw.text(5)
    column = add_column(api, lonely.id)
    add_task(api, common.id, add_column(api, common.id), labels=[f"a{word}"])
    expect_counts(api, lonely, {})
    labels = [word, word.upper(), word.capitalize(), f"é{word}", f"\uff5e{word}", f"\U0001f4d6{word}", f"z{word}"]
    first = add_task(api, lonely.id, column, labels=api.draw.shuffled(labels))
    second = add_task(api, lonely.id, column, labels=[f"z{word}"])
    expect_counts(api, lonely, dict.fromkeys(labels, 1) | {f"z{word}": 2})
    change(api, first, labels=[word])
    expect_counts(api, lonely, {word: 1, f"z{word}": 1})
    remove(api, second)

    expect_counts(api, lonely, {word: 1})


@requirement("finding.label-counts")
def test_labels_are_for_the_people_of_the_project(shelf: Shelf) -> None:
    """404 for strangers and for what is not there, 401 without a token."""
    path, stranger = f"{shelf.board.path}/labels", shelf.board.stranger.api

    expect_not_found(stranger.get(path))
    expect_not_found(shelf.board.owner.api.get(f"/projects/{some_id(stranger.draw)}/labels"))
    expect_unauthorized(stranger.anonymous().get(path))


# --- expectations --------------------------------------------------------------------------------------------------


def expect_kept(shelf: Shelf, query: Query) -> None:
    """The list keeps what a list in Python would keep."""
    words = ", ".join(f"{name}={value}" for name, value in query)
    wanted = [task.id for task in matching(shelf.tasks, query)]
    expect_found(shelf.board.viewer.api, shelf.path, query, wanted, f"{words} keeps exactly the tasks that it fits.")


def expect_pages(shelf: Shelf, sort: str) -> None:
    """Pages of nine in this order are the whole list."""
    api, wanted = shelf.board.viewer.api, in_order(shelf.tasks, sort)
    for offset in range(0, MANY, 9):
        page = ask(api, shelf.path, [("sort", sort), ("limit", 9), ("offset", offset)])
        expect_page(page, wanted[offset : offset + 9], total=MANY, limit=9, offset=offset)


def label_and_priority(draw: Draw, shelf: Shelf) -> list[tuple[str, str | int]]:
    """A label and a priority that keep less together than the label alone, if there are such."""
    for task in draw.shuffled(shelf.tasks):
        for label in task.labels:
            alone: Query = [("label", label)]
            both: list[tuple[str, str | int]] = [("label", label), ("priority", task.priority)]
            if len(matching(shelf.tasks, both)) < len(matching(shelf.tasks, alone)):
                return both
    return [("priority", "low")]


def some_filters(draw: Draw, shelf: Shelf) -> list[tuple[str, str | int]]:
    """Two to four filters that fit one task at least."""
    task = draw.pick(shelf.tasks)
    filters: dict[str, list[tuple[str, str | int]]] = {
        "q": [("q", draw.pick([task.title.lower(), task.title[:3], *task.description.split()]))],
        "column_id": [("column_id", task.column)],
        "created_by": [("created_by", task.created_by)],
        "assignee_id": [("assignee_id", draw.pick(task.assignees) if task.assignees else "none")],
        "label": [("label", label) for label in task.labels[:2]],
        "priority": [("priority", ",".join(dict.fromkeys((task.priority, draw.pick(PRIORITIES)))))],
        "due_from": [("due_from", rfc3339(task.due_at))] if task.due_at else [],
        "due_before": [("due_before", rfc3339(task.due_at + timedelta(days=900)))] if task.due_at else [],
    }
    return [pair for name in draw.sample(list(filters), draw.integer(2, 4)) for pair in filters[name]]


def expect_counts(api: API, board: Board, wanted: dict[str, int]) -> None:
    """GET …/labels tells exactly these counts, in their order."""
    listed = api.get(f"{board.path}/labels").expect(200)["items"]
    told = [
        {"label": label, "task_count": count} for label, count in sorted(wanted.items(), key=lambda e: (-e[1], e[0]))
    ]
    seen = [{name: entry[name].value for name in ("label", "task_count")} for entry in listed]
    listed.expect(seen == told, "Labels are told with their counts, most first, then by code points.", expected=told)
