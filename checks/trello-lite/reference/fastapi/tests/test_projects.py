"""Projects and the people in them: who sees what, and who may change it."""

import httpx
from world import (
    Board,
    Person,
    forbidden,
    good,
    invalid,
    made,
    missing,
    refused,
    sign_up,
    told,
    walk,
)


def test_whoever_makes_a_project_owns_it(owner: Person):
    """It is answered whole, with its address."""
    answer = owner.post("/projects", {"name": " Moving house ", "description": "  Soon.\n"})
    project = made(answer)

    assert answer.headers["Location"].endswith(f"/projects/{project['id']}")
    assert ("Moving house", "  Soon.\n") == (project["name"], project["description"])
    assert ("owner", owner.id) == (project["role"], project["owner_id"])
    assert project == good(owner.get(f"/projects/{project['id']}"))


def test_a_project_that_breaks_a_rule(owner: Person):
    """It is refused by the name of its field."""
    for field, value in [("name", "a\tb"), ("description", "a" * 5001)]:
        assert invalid(owner.post("/projects", {"name": "Moving", field: value}), field)


def test_a_list_of_projects_holds_ones_own(client: httpx.Client):
    """By id, cut into pages; one that cannot be is refused, not bent into one that can."""
    person = sign_up(client)
    ids = [made(person.post("/projects", {"name": f"Number {n}"}))["id"] for n in range(2)]
    page = good(person.get("/projects", params={"limit": 1, "offset": 1}))

    assert (ids[1:], 2) == ([each["id"] for each in page["items"]], page["total"])
    assert (1, 1) == (page["limit"], page["offset"])
    assert invalid(person.get("/projects", params={"limit": 101}), "limit")


def test_an_id_that_names_nothing(owner: Person):
    """Digits are 404, however many; anything else is 422 by the name in the path."""
    assert missing(owner.get(f"/projects/{'9' * 40}"))
    assert invalid(owner.get("/tasks/abc"), "task_id")


def test_changing_a_project(team: Board, member: Person):
    """The owner alone; what is not sent stays."""
    changed = good(team.owner.patch(team.path, {"description": "Later."}))

    assert ("Moving house", "Later.") == (changed["name"], changed["description"])
    assert invalid(team.owner.patch(team.path, {"name": None}), "name")
    assert forbidden(member.patch(team.path, {"name": "Mine"}))


def test_a_stranger_finds_nothing(team: Board, stranger: Person):
    """For who has no role, a project does not exist, nor anything in it."""
    path = f"/tasks/{team.add_task()['id']}"

    for answer in (
        stranger.get(team.path),
        stranger.get(f"{team.path}/activity"),
        stranger.post(f"{team.path}/tasks", {"column_id": team.column, "title": "Mine"}),
        stranger.patch(f"/columns/{team.column}", {"name": "Mine"}),
        stranger.get(path),
        stranger.delete(path),
        stranger.get(f"{path}/comments"),
    ):
        assert missing(answer)


def test_a_viewer_changes_nothing(team: Board, viewer: Person):
    """They may see everything, and that is all."""
    task = team.add_task()
    path = f"/tasks/{task['id']}"

    for answer in (
        viewer.post(f"{team.path}/tasks", {"column_id": team.column, "title": "Mine"}),
        viewer.patch(path, {"title": "Mine"}),
        viewer.post(f"{path}/move", {"position": 0}),
        viewer.delete(path),
    ):
        assert forbidden(answer)
    assert task == good(viewer.get(path))


def test_a_member_does_not_do_the_owners_work(team: Board, member: Person, viewer: Person):
    """Members work on tasks; who takes part is the owner's business."""
    for answer in (
        member.delete(team.path),
        member.get(f"{team.path}/invitations"),
        member.patch(f"{team.path}/members/{viewer.id}", {"role": "member"}),
    ):
        assert forbidden(answer)


def test_a_deleted_project_takes_everything_along(board: Board):
    """Its tasks, too."""
    task = board.add_task()["id"]

    assert 204 == board.owner.delete(board.path).status_code
    assert missing(board.owner.get(board.path))
    assert missing(board.owner.get(f"/tasks/{task}"))


def test_the_list_of_members(team: Board, member: Person, viewer: Person):
    """Everybody with a role, by id, with what the others may know of them."""
    page = good(viewer.get(f"{team.path}/members"))
    own = next(each for each in page["items"] if each["user_id"] == member.id)

    assert sorted([team.owner.id, member.id, viewer.id]) == [each["user_id"] for each in page["items"]]
    assert ("Max", member.email, "member") == (own["name"], own["email"], own["role"])
    assert own["joined_at"]
    assert 3 == page["total"]


def test_a_role_is_changed_by_the_owner(board: Board, member: Person):
    """It takes effect at once; there is no second owner, and never none."""
    board.let_in(member, "member")
    path = f"{board.path}/members"

    assert "viewer" == good(board.owner.patch(f"{path}/{member.id}", {"role": "viewer"}))["role"]
    assert forbidden(member.post(f"{board.path}/columns", {"name": "No more"}))
    assert invalid(board.owner.patch(f"{path}/{member.id}", {"role": "owner"}), "role")
    assert refused(board.owner.patch(f"{path}/{board.owner.id}", {"role": "member"}), 409, "is_owner")


def test_who_is_removed_is_out_at_once(board: Board, member: Person):
    """Out of the project and of its tasks; and the others are told."""
    board.let_in(member, "member")
    task = f"/tasks/{board.add_task(assignee_ids=[member.id, board.owner.id])['id']}"

    assert 204 == board.owner.delete(f"{board.path}/members/{member.id}").status_code
    assert missing(member.get(task))
    assert [board.owner.id] == good(board.owner.get(task))["assignee_ids"]
    entries = walk(board.owner, f"{board.path}/activity", limit=2)
    assert [
        ("member.left", board.owner.id, None, {"user_id": {"from": member.id, "to": None}}),
        ("member.joined", member.id, None, {"role": {"from": None, "to": "member"}}),
    ] == [told(entry) for entry in entries if entry["action"].startswith("member.")]


def test_a_transfer_makes_another_owner(board: Board, viewer: Person, stranger: Person):
    """Of those who take part; the old one is a member from then on."""
    board.let_in(viewer, "viewer")
    path = f"{board.path}/transfer"

    assert invalid(board.owner.post(path, {"user_id": stranger.id}), "user_id")
    project = good(board.owner.post(path, {"user_id": viewer.id}))
    assert ("member", viewer.id) == (project["role"], project["owner_id"])
    assert {**project, "role": "owner"} == good(viewer.get(board.path))
