"""Projects and the people in them: who sees what, and who may change it."""

import httpx
import pytest
from world import Board, Person, forbidden, good, invalid, made, missing, refused, sign_up


def member_of(board: Board, person: Person) -> dict[str, object]:
    members = good(board.owner.get(f"{board.path}/members", params={"limit": 100}))["items"]
    return next((each for each in members if each["user_id"] == person.id), {})


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
    ("field", "value"),
    [
        ("name", " "),
        ("name", "a" * 101),
        ("name", "a\tb"),
        ("name", None),
        ("description", "a" * 5001),
        ("description", "a\x00b"),
        ("description", 7),
    ],
)
def test_a_project_that_breaks_a_rule(owner: Person, field: str, value: object):
    """It is not made."""
    assert invalid(owner.post("/projects", {"name": "Moving", field: value}), field)


def test_a_list_of_projects_holds_ones_own(client: httpx.Client, member: Person):
    """By id, cut into pages, with the role that one has in each."""
    person = sign_up(client)
    ids = [made(person.post("/projects", {"name": f"Number {n}"}))["id"] for n in range(3)]
    other = made(member.post("/projects", {"name": "Not yours"}))["id"]
    board = Board(member, other, 0)
    board.let_in(person, "viewer")
    page = good(person.get("/projects"))

    assert ([*ids, other], 4) == ([each["id"] for each in page["items"]], page["total"])
    assert (20, 0) == (page["limit"], page["offset"])
    assert ["owner", "owner", "owner", "viewer"] == [each["role"] for each in page["items"]]
    assert member.id == page["items"][3]["owner_id"]
    second = good(person.get("/projects", params={"limit": 2, "offset": 1}))
    assert (ids[1:], 4, 2, 1) == (
        [each["id"] for each in second["items"]],
        second["total"],
        second["limit"],
        second["offset"],
    )
    behind = good(person.get("/projects", params={"offset": 4}))
    assert ([], 4) == (behind["items"], behind["total"])


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("limit", "0"), ("limit", "101"), ("limit", "x"), ("offset", "-1"), ("offset", "1000001")],
)
def test_pages_have_limits(owner: Person, parameter: str, value: str):
    """A page that cannot be is refused, not bent into one that can."""
    assert invalid(owner.get("/projects", params={parameter: value}), parameter)


def test_the_longest_page(owner: Person):
    """A hundred entries are still allowed."""
    assert 100 == good(owner.get("/projects", params={"limit": "100"}))["limit"]


def test_changing_a_project(new_team: Board, member: Person, viewer: Person):
    """The owner alone; what is not sent stays."""
    assert "Later." == good(new_team.owner.patch(new_team.path, {"description": "Later."}))["description"]
    changed = good(new_team.owner.patch(new_team.path, {"name": " Moved "}))
    assert ("Moved", "Later.") == (changed["name"], changed["description"])
    assert invalid(new_team.owner.patch(new_team.path, {"name": None}), "name")
    assert forbidden(member.patch(new_team.path, {"name": "Mine"}))
    assert forbidden(viewer.patch(new_team.path, {"name": "Mine"}))
    assert "Moved" == good(viewer.get(new_team.path))["name"]


def test_a_stranger_finds_nothing(team: Board, stranger: Person):
    """For who has no role, a project does not exist, nor anything in it."""
    task = team.add_task()
    comment = made(team.owner.post(f"/tasks/{task['id']}/comments", {"text": "Hi"}))
    column, path = f"/columns/{team.column}", f"/tasks/{task['id']}"
    new = {"column_id": team.column, "title": "Mine"}

    for below in ("", "/members", "/columns", "/tasks", "/labels", "/activity", "/invitations"):
        assert missing(stranger.get(f"{team.path}{below}"))
    for answer in (
        stranger.patch(team.path, {"name": "Mine"}),
        stranger.delete(team.path),
        stranger.post(f"{team.path}/columns", {"name": "Mine"}),
        stranger.post(f"{team.path}/tasks", new),
        stranger.post(f"{team.path}/transfer", {"user_id": stranger.id}),
        stranger.post(f"{team.path}/invitations", {"email": stranger.email, "role": "member"}),
        stranger.patch(f"{team.path}/members/{stranger.id}", {"role": "member"}),
        stranger.delete(f"{team.path}/members/{team.owner.id}"),
        stranger.patch(column, {"name": "Mine"}),
        stranger.post(f"{column}/move", {"position": 0}),
        stranger.delete(column),
        stranger.get(path),
        stranger.patch(path, {"title": "Mine"}),
        stranger.post(f"{path}/move", {"position": 0}),
        stranger.delete(path),
        stranger.get(f"{path}/comments"),
        stranger.post(f"{path}/comments", {"text": "Mine"}),
        stranger.patch(f"/comments/{comment['id']}", {"text": "Mine"}),
        stranger.delete(f"/comments/{comment['id']}"),
    ):
        assert missing(answer)
    assert task == good(team.owner.get(path))


def test_a_viewer_changes_nothing(team: Board, viewer: Person):
    """They may see everything, and that is all."""
    task = team.add_task()
    column, path = f"/columns/{team.column}", f"/tasks/{task['id']}"
    new = {"column_id": team.column, "title": "Mine"}

    for below in ("", "/members", "/columns", "/tasks", "/labels", "/activity"):
        good(viewer.get(f"{team.path}{below}"))
    assert task == good(viewer.get(path))
    for answer in (
        viewer.post(f"{team.path}/columns", {"name": "Mine"}),
        viewer.post(f"{team.path}/tasks", new),
        viewer.patch(column, {"name": "Mine"}),
        viewer.post(f"{column}/move", {"position": 0}),
        viewer.delete(column),
        viewer.patch(path, {"title": "Mine"}),
        viewer.post(f"{path}/move", {"position": 0}),
        viewer.delete(path),
        viewer.post(f"{path}/comments", {"text": "Mine"}),
    ):
        assert forbidden(answer)
    assert task == good(viewer.get(path))


def test_a_member_does_not_do_the_owners_work(team: Board, member: Person, viewer: Person):
    """Members work on tasks; who takes part is the owner's business."""
    email = {"email": "somebody@example.com", "role": "member"}
    viewers = f"{team.path}/members/{viewer.id}"

    for answer in (
        member.delete(team.path),
        member.post(f"{team.path}/invitations", email),
        member.get(f"{team.path}/invitations"),
        member.patch(viewers, {"role": "member"}),
        member.patch(f"{team.path}/members/{member.id}", {"role": "viewer"}),
        member.delete(viewers),
        member.post(f"{team.path}/transfer", {"user_id": member.id}),
    ):
        assert forbidden(answer)
    assert "viewer" == member_of(team, viewer)["role"]


def test_a_deleted_project_takes_everything_along(new_team: Board, member: Person):
    """Its columns, tasks and comments, and the invitations to it."""
    task = new_team.add_task()
    comment = made(member.post(f"/tasks/{task['id']}/comments", {"text": "Hi"}))
    guest = sign_up(member.client)
    invitation = new_team.invite(guest.email)

    assert 204 == new_team.owner.delete(new_team.path).status_code
    assert missing(new_team.owner.get(new_team.path))
    assert missing(member.get(f"{new_team.path}/tasks"))
    assert missing(member.get(f"/tasks/{task['id']}"))
    assert missing(member.patch(f"/comments/{comment['id']}", {"text": "Still here?"}))
    assert missing(member.patch(f"/columns/{new_team.column}", {"name": "Still here?"}))
    assert [] == good(guest.get("/invitations"))["items"]
    assert missing(guest.post(f"/invitations/{invitation['id']}/accept"))


def test_the_list_of_members(team: Board, member: Person, viewer: Person):
    """Everybody with a role, by id, with what the others may know of them."""
    page = good(viewer.get(f"{team.path}/members"))
    own = next(each for each in page["items"] if each["user_id"] == member.id)

    assert sorted([team.owner.id, member.id, viewer.id]) == [each["user_id"] for each in page["items"]]
    assert 3 == page["total"]
    assert ("Max", member.email, "member") == (own["name"], own["email"], own["role"])
    assert own["joined_at"]
    second = good(viewer.get(f"{team.path}/members", params={"limit": 1, "offset": 1}))
    assert (page["items"][1:2], 3) == (second["items"], second["total"])


def test_a_role_is_changed_by_the_owner(new_team: Board, member: Person, viewer: Person):
    """It takes effect at once; there is no second owner."""
    viewers = f"{new_team.path}/members/{viewer.id}"

    assert "member" == good(new_team.owner.patch(viewers, {"role": "member"}))["role"]
    made(viewer.post(f"{new_team.path}/tasks", {"column_id": new_team.column, "title": "Now I may"}))
    good(new_team.owner.patch(f"{new_team.path}/members/{member.id}", {"role": "viewer"}))
    assert forbidden(member.post(f"{new_team.path}/columns", {"name": "No more"}))
    assert invalid(new_team.owner.patch(viewers, {"role": "owner"}), "role")
    assert invalid(new_team.owner.patch(viewers, {}), "role")


def test_the_owner_stays(team: Board, stranger: Person):
    """A project is never without one; and who is not in it is not found in it."""
    owners = f"{team.path}/members/{team.owner.id}"

    assert refused(team.owner.patch(owners, {"role": "member"}), 409, "is_owner")
    assert refused(team.owner.delete(owners), 409, "is_owner")
    assert "owner" == good(team.owner.get(team.path))["role"]
    assert missing(team.owner.patch(f"{team.path}/members/{stranger.id}", {"role": "member"}))
    assert missing(team.owner.delete(f"{team.path}/members/{stranger.id}"))


def test_who_is_removed_is_out_at_once(new_team: Board, member: Person, viewer: Person):
    """Out of the project and of its tasks; the others stay."""
    task = new_team.add_task(assignee_ids=[member.id, viewer.id])

    assert 204 == new_team.owner.delete(f"{new_team.path}/members/{member.id}").status_code
    assert missing(member.get(new_team.path))
    assert missing(member.get(f"/tasks/{task['id']}"))
    assert [viewer.id] == good(viewer.get(f"/tasks/{task['id']}"))["assignee_ids"]
    assert {} == member_of(new_team, member)
    assert missing(new_team.owner.delete(f"{new_team.path}/members/{member.id}"))


def test_everybody_may_leave(new_team: Board, viewer: Person):
    """Members and viewers, for themselves."""
    assert 204 == viewer.delete(f"{new_team.path}/members/{viewer.id}").status_code
    assert missing(viewer.get(new_team.path))
    assert {} == member_of(new_team, viewer)


def test_a_transfer_makes_another_owner(new_team: Board, viewer: Person, stranger: Person):
    """The old one is a member from then on, with what members may do."""
    path = f"{new_team.path}/transfer"

    assert invalid(new_team.owner.post(path, {"user_id": stranger.id}), "user_id")
    assert invalid(new_team.owner.post(path, {"user_id": str(viewer.id)}), "user_id")
    assert "owner" == good(new_team.owner.post(path, {"user_id": new_team.owner.id}))["role"]
    project = good(new_team.owner.post(path, {"user_id": viewer.id}))
    assert ("member", viewer.id) == (project["role"], project["owner_id"])
    assert "owner" == good(viewer.get(new_team.path))["role"]
    assert forbidden(new_team.owner.patch(new_team.path, {"name": "No more"}))
    made(new_team.owner.post(f"{new_team.path}/columns", {"name": "Still a member"}))
    good(viewer.patch(new_team.path, {"name": "Mine now"}))
