"""Projects and the people in them: who sees what, and who may change it."""

import httpx
import pytest
from world import Board, Person, forbidden, good, invalid, made, missing, refused, sign_up


def members(board: Board) -> list[int]:
    return [each["user_id"] for each in good(board.owner.get(f"{board.path}/members"))["items"]]


def test_whoever_makes_a_project_owns_it(owner: Person):
    """It is answered whole, with its address."""
    answer = owner.post("/projects", {"name": " Moving house ", "description": "  Soon.\n"})
    project = made(answer)

    assert answer.headers["Location"].endswith(f"/projects/{project['id']}")
    assert ("Moving house", "  Soon.\n") == (project["name"], project["description"])
    assert ("owner", owner.id) == (project["role"], project["owner_id"])
    assert project == good(owner.get(f"/projects/{project['id']}"))
    assert "" == made(owner.post("/projects", {"name": "Holidays"}))["description"]


@pytest.mark.parametrize(
    ("field", "values"),
    [("name", [" ", "a" * 101, "a\tb", None]), ("description", ["a" * 5001, "a\x00b", 7])],
)
def test_a_project_that_breaks_a_rule(owner: Person, field: str, values: list[object]):
    """It is refused by the name of its field."""
    for value in values:
        assert invalid(owner.post("/projects", {"name": "Moving", field: value}), field)


def test_a_list_of_projects_holds_ones_own(client: httpx.Client, member: Person):
    """By id, cut into pages, with the role that one has in each."""
    person = sign_up(client)
    ids = [made(person.post("/projects", {"name": f"Number {n}"}))["id"] for n in range(2)]
    shared = Board(member, made(member.post("/projects", {"name": "Ours"}))["id"], 0)
    made(member.post("/projects", {"name": "Not yours"}))
    shared.let_in(person, "viewer")
    page = good(person.get("/projects"))

    assert ([*ids, shared.id], 3) == ([each["id"] for each in page["items"]], page["total"])
    assert (20, 0) == (page["limit"], page["offset"])
    assert ["owner", "owner", "viewer"] == [each["role"] for each in page["items"]]
    assert member.id == page["items"][2]["owner_id"]
    second = good(person.get("/projects", params={"limit": 1, "offset": 1}))
    assert (ids[1], 3, 1, 1) == (
        second["items"][0]["id"],
        second["total"],
        second["limit"],
        second["offset"],
    )
    behind = good(person.get("/projects", params={"offset": 3, "limit": 100}))
    assert ([], 3) == (behind["items"], behind["total"])


def test_pages_have_limits(owner: Person):
    """A page that cannot be is refused, not bent into one that can."""
    for name, value in [("limit", "0"), ("limit", "101"), ("limit", "x"), ("offset", "-1")]:
        assert invalid(owner.get("/projects", params={name: value}), name)


def test_an_id_that_names_nothing(owner: Person):
    """Digits are 404, however many; anything else is 422 by the name in the path."""
    assert missing(owner.get("/tasks/999999999999"))
    assert missing(owner.get(f"/projects/{'9' * 40}/tasks"))
    assert invalid(owner.get("/tasks/abc"), "task_id")
    assert invalid(owner.get("/projects/1.5"), "project_id")


def test_changing_a_project(team: Board, member: Person, viewer: Person):
    """The owner alone; what is not sent stays."""
    good(team.owner.patch(team.path, {"description": "Later."}))
    changed = good(team.owner.patch(team.path, {"name": " Moved "}))

    assert ("Moved", "Later.") == (changed["name"], changed["description"])
    assert invalid(team.owner.patch(team.path, {"name": None}), "name")
    assert forbidden(member.patch(team.path, {"name": "Mine"}))
    assert ("Moved", "viewer") == tuple(good(viewer.get(team.path))[each] for each in ("name", "role"))


def test_a_stranger_finds_nothing(team: Board, stranger: Person):
    """For who has no role, a project does not exist, nor anything in it."""
    task = team.add_task()
    path, column = f"/tasks/{task['id']}", f"/columns/{team.column}"
    comment = f"/comments/{made(team.owner.post(f'{path}/comments', {'text': 'Hi'}))['id']}"

    for below in ("", "/members", "/columns", "/tasks", "/labels", "/activity", "/invitations"):
        assert missing(stranger.get(f"{team.path}{below}"))
    for answer in (
        stranger.patch(team.path, {"name": "Mine"}),
        stranger.delete(team.path),
        stranger.post(f"{team.path}/columns", {"name": "Mine"}),
        stranger.post(f"{team.path}/tasks", {"column_id": team.column, "title": "Mine"}),
        stranger.post(f"{team.path}/transfer", {"user_id": stranger.id}),
        stranger.delete(f"{team.path}/members/{stranger.id}"),
        stranger.patch(column, {"name": "Mine"}),
        stranger.get(path),
        stranger.patch(path, {"title": "Mine"}),
        stranger.post(f"{path}/move", {"position": 0}),
        stranger.delete(path),
        stranger.get(f"{path}/comments"),
        stranger.post(f"{path}/comments", {"text": "Mine"}),
        stranger.patch(comment, {"text": "Mine"}),
        stranger.delete(comment),
    ):
        assert missing(answer)


def test_a_viewer_changes_nothing(team: Board, viewer: Person):
    """They may see everything, and that is all."""
    task = team.add_task()
    path, column = f"/tasks/{task['id']}", f"/columns/{team.column}"

    for below in ("/members", "/columns", "/tasks", "/labels", "/activity"):
        good(viewer.get(f"{team.path}{below}"))
    for answer in (
        viewer.post(f"{team.path}/columns", {"name": "Mine"}),
        viewer.post(f"{team.path}/tasks", {"column_id": team.column, "title": "Mine"}),
        viewer.patch(column, {"name": "Mine"}),
        viewer.post(f"{column}/move", {"position": 0}),
        viewer.patch(path, {"title": "Mine"}),
        viewer.post(f"{path}/move", {"position": 0}),
        viewer.delete(path),
        viewer.post(f"{path}/comments", {"text": "Mine"}),
    ):
        assert forbidden(answer)
    assert task == good(viewer.get(path))


def test_a_member_does_not_do_the_owners_work(team: Board, member: Person, viewer: Person):
    """Members work on tasks; who takes part is the owner's business."""
    viewers = f"{team.path}/members/{viewer.id}"

    for answer in (
        member.delete(team.path),
        member.post(f"{team.path}/invitations", {"email": "a@example.com", "role": "member"}),
        member.get(f"{team.path}/invitations"),
        member.patch(viewers, {"role": "member"}),
        member.delete(viewers),
        member.post(f"{team.path}/transfer", {"user_id": member.id}),
    ):
        assert forbidden(answer)


def test_a_deleted_project_takes_everything_along(board: Board, member: Person):
    """Its columns, tasks and comments, and the invitations to it."""
    task = f"/tasks/{board.add_task()['id']}"
    comment = made(board.owner.post(f"{task}/comments", {"text": "Hi"}))["id"]
    invitation = board.invite(member.email)["id"]

    assert 204 == board.owner.delete(board.path).status_code
    assert missing(board.owner.get(board.path))
    assert missing(board.owner.get(task))
    assert missing(board.owner.patch(f"/comments/{comment}", {"text": "Still here?"}))
    assert missing(board.owner.patch(f"/columns/{board.column}", {"name": "Still here?"}))
    assert missing(member.post(f"/invitations/{invitation}/accept"))


def test_the_list_of_members(team: Board, member: Person, viewer: Person):
    """Everybody with a role, by id, with what the others may know of them."""
    page = good(viewer.get(f"{team.path}/members"))
    own = next(each for each in page["items"] if each["user_id"] == member.id)

    assert sorted([team.owner.id, member.id, viewer.id]) == [each["user_id"] for each in page["items"]]
    assert ("Max", member.email, "member", 3) == (
        own["name"],
        own["email"],
        own["role"],
        page["total"],
    )
    assert own["joined_at"]
    second = good(viewer.get(f"{team.path}/members", params={"limit": 1, "offset": 1}))
    assert (page["items"][1:2], 3) == (second["items"], second["total"])


def test_a_role_is_changed_by_the_owner(board: Board, viewer: Person):
    """It takes effect at once; there is no second owner."""
    board.let_in(viewer, "viewer")
    path = f"{board.path}/members/{viewer.id}"

    assert "member" == good(board.owner.patch(path, {"role": "member"}))["role"]
    made(viewer.post(f"{board.path}/columns", {"name": "Now I may"}))
    assert invalid(board.owner.patch(path, {"role": "owner"}), "role")
    assert invalid(board.owner.patch(path, {}), "role")
    good(board.owner.patch(path, {"role": "viewer"}))
    assert forbidden(viewer.post(f"{board.path}/columns", {"name": "No more"}))


def test_the_owner_stays(team: Board, stranger: Person):
    """A project is never without one; and who is not in it is not found in it."""
    owners = f"{team.path}/members/{team.owner.id}"

    assert refused(team.owner.patch(owners, {"role": "member"}), 409, "is_owner")
    assert refused(team.owner.delete(owners), 409, "is_owner")
    assert missing(team.owner.patch(f"{team.path}/members/{stranger.id}", {"role": "member"}))
    assert missing(team.owner.delete(f"{team.path}/members/{stranger.id}"))


def test_who_is_removed_is_out_at_once(board: Board, member: Person):
    """Out of the project and of its tasks; the others stay."""
    board.let_in(member, "member")
    task = f"/tasks/{board.add_task(assignee_ids=[member.id, board.owner.id])['id']}"

    assert 204 == board.owner.delete(f"{board.path}/members/{member.id}").status_code
    assert missing(member.get(board.path))
    assert missing(member.get(task))
    assert [board.owner.id] == good(board.owner.get(task))["assignee_ids"]
    assert [board.owner.id] == members(board)


def test_a_transfer_makes_another_owner(board: Board, viewer: Person, stranger: Person):
    """The old one is a member from then on, with what members may do."""
    board.let_in(viewer, "viewer")
    path = f"{board.path}/transfer"

    assert invalid(board.owner.post(path, {"user_id": stranger.id}), "user_id")
    assert "owner" == good(board.owner.post(path, {"user_id": board.owner.id}))["role"]
    project = good(board.owner.post(path, {"user_id": viewer.id}))
    assert ("member", viewer.id) == (project["role"], project["owner_id"])
    assert forbidden(board.owner.patch(board.path, {"name": "No more"}))
    made(board.owner.post(f"{board.path}/columns", {"name": "Still a member"}))
    assert "owner" == good(viewer.patch(board.path, {"name": "Mine now"}))["role"]
