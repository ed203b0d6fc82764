"""Projects, members and invitations (CONTRACT §5)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Person, refused, unique_email

People = Callable[[], Person]
Join = Callable[[str], Person]


def test_who_makes_a_project_owns_it(owner: Person):
    """201 with its address, and a role."""
    answer = owner.post("/projects", json={"name": " Moving ", "owner_id": 7, "role": "viewer"})
    project = answer.json()

    assert (201, "Moving", "", "owner") == (
        answer.status_code,
        project["name"],
        project["description"],
        project["role"],
    )
    assert owner.id == project["owner_id"]
    assert answer.headers["Location"].endswith(f"/projects/{project['id']}")
    assert project == owner.get_json(f"/projects/{project['id']}")


def test_everybody_sees_their_own_projects(owner: Person, people: People):
    """In the order of their ids, in pages."""
    ids = [owner.make("/projects", name=f"P{number}")["id"] for number in range(3)]
    people().make("/projects", name="Somebody else's")

    page = owner.get_json("/projects", limit=2, offset=1)

    assert (sorted(ids)[1:], 3) == ([project["id"] for project in page["items"]], page["total"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "n" * 101), ("name", 7), ("description", None), ("description", "d" * 5001)],
)
def test_fields_of_a_project(host: Person, field: str, value: object):
    """Each keeps its rule."""
    assert refused(host.post("/projects", json={"name": "x", field: value}), 422, "validation_failed", field)


def test_a_stranger_sees_nothing_of_a_project(
    project: dict, column: dict, add_task: Callable[..., dict], people: People
):
    """404 for all of it, as if it did not exist."""
    stranger = people()
    task = add_task()
    base = f"/projects/{project['id']}"

    for path in (base, f"{base}/members", f"{base}/columns", f"{base}/tasks", f"{base}/activity", f"{base}/labels"):
        assert refused(stranger.get(path), 404, "not_found")
    for path in (f"/tasks/{task['id']}", f"/columns/{column['id']}", base):
        assert refused(stranger.patch(path, json={}), 404, "not_found")
        assert refused(stranger.delete(path), 404, "not_found")
    assert [] == stranger.get_json("/tasks")["items"]


def test_roles_say_who_may_do_what(owner: Person, project: dict, column: dict, join: Join):
    """A viewer sees, a member works, the owner decides."""
    viewer, member = join("viewer"), join("member")
    base = f"/projects/{project['id']}"
    task = {"column_id": column["id"], "title": "x"}

    assert 200 == viewer.get(f"{base}/tasks").status_code
    assert refused(viewer.post(f"{base}/tasks", json=task), 403, "forbidden")
    assert 201 == member.post(f"{base}/tasks", json=task).status_code
    for person in (viewer, member):
        assert refused(person.patch(base, json={"name": "x"}), 403, "forbidden")
        assert refused(person.delete(base), 403, "forbidden")
        assert refused(person.get(f"{base}/invitations"), 403, "forbidden")
        assert refused(person.post(f"{base}/transfer", json={"user_id": person.id}), 403, "forbidden")
    assert 200 == owner.patch(base, json={"name": "x"}).status_code


def test_a_patch_leaves_alone_what_is_not_sent(owner: Person, project: dict):
    """And null is nothing that could be stored."""
    path = f"/projects/{project['id']}"
    owner.patch(path, json={"description": " kept as it is\n"})

    assert ("Moving house", " kept as it is\n") == tuple(
        owner.get_json(path)[field] for field in ("name", "description")
    )
    assert refused(owner.patch(path, json={"name": None}), 422, "validation_failed", "name")


def test_deleting_takes_everything_along(owner: Person, project: dict, column: dict, add_task: Callable[..., dict]):
    """Nothing of the project can be found any more."""
    task = add_task()

    assert 204 == owner.delete(f"/projects/{project['id']}").status_code
    for path in (f"/projects/{project['id']}", f"/tasks/{task['id']}", f"/tasks/{task['id']}/comments"):
        assert refused(owner.get(path), 404, "not_found")
    assert refused(owner.patch(f"/columns/{column['id']}", json={}), 404, "not_found")


def test_an_invitation_waits_for_its_address(owner: Person, project: dict, people: People):
    """Whoever has the address sees it, upper and lower case alike, and can accept it once."""
    guest = people()
    invitation = owner.make(f"/projects/{project['id']}/invitations", email=guest.email.upper(), role="viewer")

    assert (guest.email, "viewer", "Moving house") == tuple(
        invitation[field] for field in ("email", "role", "project_name")
    )
    assert [invitation] == guest.get_json("/invitations")["items"]
    accepted = guest.post(f"/invitations/{invitation['id']}/accept")
    assert (200, "viewer") == (accepted.status_code, accepted.json()["role"])
    assert refused(guest.post(f"/invitations/{invitation['id']}/accept"), 404, "not_found")
    assert 0 == guest.get_json("/invitations")["total"]


def test_an_invitation_is_for_nobody_else(owner: Person, project: dict, people: People):
    """Who knows its id gains nothing."""
    other = people()
    invitation = owner.make(f"/projects/{project['id']}/invitations", email=unique_email(), role="member")

    for verb in ("accept", "decline"):
        assert refused(other.post(f"/invitations/{invitation['id']}/{verb}"), 404, "not_found")
    assert 404 == other.get(f"/projects/{project['id']}").status_code


def test_an_invitation_that_is_closed_stays_closed(owner: Person, project: dict, people: People):
    """Declined or withdrawn, it cannot be accepted, and the address can be invited again."""
    guest = people()
    path = f"/projects/{project['id']}/invitations"
    first = owner.make(path, email=guest.email, role="member")
    assert 204 == guest.post(f"/invitations/{first['id']}/decline").status_code
    second = owner.make(path, email=guest.email, role="member")
    assert 204 == owner.delete(f"{path}/{second['id']}").status_code

    for invitation in (first, second):
        assert refused(guest.post(f"/invitations/{invitation['id']}/accept"), 404, "not_found")
        assert refused(owner.delete(f"{path}/{invitation['id']}"), 404, "not_found")
    assert 0 == owner.get_json(path)["total"]


def test_nobody_is_invited_twice(owner: Person, project: dict, join: Join):
    """Neither who is in, nor who is asked already."""
    path, email = f"/projects/{project['id']}/invitations", unique_email()
    owner.make(path, email=email, role="member")

    assert refused(owner.post(path, json={"email": email, "role": "viewer"}), 409, "already_invited")
    assert refused(owner.post(path, json={"email": join("viewer").email, "role": "member"}), 409, "already_member")
    assert refused(owner.post(path, json={"email": unique_email(), "role": "owner"}), 422, "validation_failed", "role")


def test_of_two_invitations_at_once_one_is_made(owner: Person, project: dict):
    """The address is invited once, even in the same instant."""
    body = {"email": unique_email(), "role": "member"}
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: owner.post(f"/projects/{project['id']}/invitations", json=body), range(6)))

    assert [201] + [409] * 5 == sorted(answer.status_code for answer in answers)


def test_members_are_listed_with_their_roles(owner: Person, project: dict, join: Join):
    """By user, ascending."""
    people = sorted([(owner.id, "owner"), (join("viewer").id, "viewer"), (join("member").id, "member")])

    page = owner.get_json(f"/projects/{project['id']}/members")

    assert (people, 3) == ([(entry["user_id"], entry["role"]) for entry in page["items"]], page["total"])


def test_the_owner_changes_roles(owner: Person, project: dict, join: Join):
    """Of others, but not their own; and nobody becomes an owner that way."""
    viewer = join("viewer")
    members = f"/projects/{project['id']}/members"

    assert "member" == owner.patch(f"{members}/{viewer.id}", json={"role": "member"}).json()["role"]
    assert "member" == viewer.get_json(f"/projects/{project['id']}")["role"]
    assert refused(owner.patch(f"{members}/{owner.id}", json={"role": "member"}), 409, "is_owner")
    assert refused(owner.patch(f"{members}/{viewer.id}", json={"role": "owner"}), 422, "validation_failed", "role")
    assert refused(viewer.patch(f"{members}/{viewer.id}", json={"role": "viewer"}), 403, "forbidden")


def test_who_leaves_is_no_assignee_any_more(owner: Person, project: dict, join: Join, add_task: Callable[..., dict]):
    """They go by themselves or are sent; of the others nobody can send them."""
    leaver, sent, other = join("member"), join("viewer"), join("member")
    task = add_task(assignee_ids=[leaver.id, sent.id, other.id])
    members = f"/projects/{project['id']}/members"

    assert refused(other.delete(f"{members}/{sent.id}"), 403, "forbidden")
    assert 204 == leaver.delete(f"{members}/{leaver.id}").status_code
    assert 204 == owner.delete(f"{members}/{sent.id}").status_code
    assert refused(owner.delete(f"{members}/{sent.id}"), 404, "not_found")
    assert refused(owner.delete(f"{members}/{owner.id}"), 409, "is_owner")
    assert [other.id] == owner.get_json(f"/tasks/{task['id']}")["assignee_ids"]
    assert 404 == leaver.get(f"/tasks/{task['id']}").status_code


def test_a_project_can_be_handed_over(owner: Person, project: dict, join: Join, people: People):
    """There is one owner before and after; who has no role cannot become it."""
    heir = join("viewer")
    path = f"/projects/{project['id']}"

    assert refused(owner.post(f"{path}/transfer", json={"user_id": people().id}), 422, "validation_failed", "user_id")
    answer = owner.post(f"{path}/transfer", json={"user_id": heir.id})
    assert (200, "member", heir.id) == (answer.status_code, answer.json()["role"], answer.json()["owner_id"])
    assert "owner" == heir.get_json(path)["role"]
    assert refused(owner.delete(path), 403, "forbidden")
