"""Projects, members and invitations (CONTRACT §5)."""

from collections.abc import Callable

from conftest import Person, at_once, let_in, refused, unique_email

People = Callable[[], Person]


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


def test_everybody_sees_their_own_projects(people: People):
    """In the order of their ids, in pages."""
    person = people()
    ids = [person.make("/projects", name=f"P{number}")["id"] for number in range(2)]

    page = person.get_json("/projects", limit=2, offset=1)

    assert (ids[1:], 2) == ([project["id"] for project in page["items"]], page["total"])


def test_fields_of_a_project(owner: Person):
    """Each keeps its rule."""
    for field, value in [("name", ""), ("description", None)]:
        assert refused(owner.post("/projects", json={"name": "x", field: value}), 422, "validation_failed", field)


def test_a_stranger_sees_nothing_of_a_project(stranger: Person, project: dict, task: dict):
    """404 for all of it, as if it did not exist."""
    base, own, column = f"/projects/{project['id']}", f"/tasks/{task['id']}", f"/columns/{task['column_id']}"

    for path in (base, f"{base}/members", f"{base}/activity", own, f"{own}/comments"):
        assert refused(stranger.get(path), 404, "not_found")
    for path in (own, column):
        assert refused(stranger.patch(path, json={}), 404, "not_found")
    assert refused(stranger.delete(base), 404, "not_found")


def test_viewers_only_see(viewer: Person, project: dict, task: dict):
    """Whatever they try, the task stays as it is."""
    path = f"/tasks/{task['id']}"
    another = {"column_id": task["column_id"], "title": "x"}

    assert refused(viewer.post(f"/projects/{project['id']}/tasks", json=another), 403, "forbidden")
    assert refused(viewer.patch(path, json={"title": "x"}), 403, "forbidden")
    assert refused(viewer.post(f"{path}/move", json={"position": 0}), 403, "forbidden")
    assert refused(viewer.delete(path), 403, "forbidden")
    assert task == viewer.get_json(path)


def test_the_owner_decides(member: Person, project: dict):
    """A member works in the project; what it is, and who takes part, is not theirs to say."""
    base = f"/projects/{project['id']}"

    assert refused(member.patch(base, json={"name": "x"}), 403, "forbidden")
    assert refused(member.delete(base), 403, "forbidden")
    assert refused(member.get(f"{base}/invitations"), 403, "forbidden")
    assert refused(member.post(f"{base}/transfer", json={"user_id": member.id}), 403, "forbidden")


def test_a_patch_leaves_alone_what_is_not_sent(owner: Person, project: dict):
    """And null is nothing that could be stored."""
    path = f"/projects/{project['id']}"
    changed = owner.patch(path, json={"description": " kept as it is\n"}).json()

    assert {**project, "description": " kept as it is\n"} == changed
    assert refused(owner.patch(path, json={"name": None}), 422, "validation_failed", "name")


def test_deleting_takes_everything_along(owner: Person, new_project: dict):
    """Nothing of the project can be found any more."""
    path = f"/projects/{new_project['id']}"
    column = owner.make(f"{path}/columns", name="To do")
    task = owner.make(f"{path}/tasks", column_id=column["id"], title="Order boxes")

    assert 204 == owner.delete(path).status_code
    for gone in (path, f"/tasks/{task['id']}"):
        assert refused(owner.get(gone), 404, "not_found")


def test_an_invitation_waits_for_its_address(owner: Person, new_project: dict, people: People):
    """Whoever has the address sees it, upper and lower case alike, and can accept it once."""
    guest = people()
    invitation = owner.make(f"/projects/{new_project['id']}/invitations", email=guest.email.upper(), role="viewer")

    assert (guest.email, "viewer", "Holidays") == tuple(
        invitation[field] for field in ("email", "role", "project_name")
    )
    assert [invitation] == guest.get_json("/invitations")["items"]
    accepted = guest.post(f"/invitations/{invitation['id']}/accept")
    assert (200, "viewer") == (accepted.status_code, accepted.json()["role"])
    assert guest.post(f"/invitations/{invitation['id']}/accept").status_code in (404, 409)


def test_an_invitation_is_for_nobody_else(owner: Person, new_project: dict, member: Person, stranger: Person):
    """Who knows its id gains nothing; and declined it stays closed."""
    path = f"/projects/{new_project['id']}/invitations"
    invitation = owner.make(path, email=member.email, role="member")

    for person, verb, status in [
        (stranger, "accept", 404),
        (stranger, "decline", 404),
        (member, "decline", 204),
        (member, "accept", 404),
    ]:
        assert status == person.post(f"/invitations/{invitation['id']}/{verb}").status_code
    assert 0 == owner.get_json(path)["total"]


def test_nobody_is_invited_twice(owner: Person, project: dict, viewer: Person):
    """Neither who is in, nor who is asked already; who is not asked any more can be asked again."""
    path, email = f"/projects/{project['id']}/invitations", unique_email()
    first = owner.make(path, email=email, role="member")

    assert refused(owner.post(path, json={"email": email, "role": "viewer"}), 409, "already_invited")
    assert refused(owner.post(path, json={"email": viewer.email, "role": "member"}), 409, "already_member")
    assert refused(owner.post(path, json={"email": unique_email(), "role": "owner"}), 422, "validation_failed", "role")
    assert 204 == owner.delete(f"{path}/{first['id']}").status_code
    assert owner.make(path, email=email, role="viewer")


def test_of_two_invitations_at_once_one_is_made(owner: Person, project: dict):
    """The address is invited once, even in the same instant."""
    path, body = f"/projects/{project['id']}/invitations", {"email": unique_email(), "role": "member"}
    answers = at_once([lambda: owner.post(path, json=body)] * 3)

    assert [201, 409, 409] == sorted(answer.status_code for answer in answers)


def test_members_are_listed_with_their_roles(owner: Person, project: dict, member: Person, viewer: Person):
    """By user, ascending."""
    people = sorted([(owner.id, "owner"), (viewer.id, "viewer"), (member.id, "member")])

    page = viewer.get_json(f"/projects/{project['id']}/members")

    assert (people, 3) == ([(entry["user_id"], entry["role"]) for entry in page["items"]], page["total"])


def test_the_owner_changes_roles(owner: Person, new_project: dict, member: Person):
    """Of others, but not their own; nobody becomes an owner that way, and who is a viewer now only reads."""
    let_in(owner, new_project, member, "member")
    base = f"/projects/{new_project['id']}"
    path = f"{base}/members/{member.id}"

    assert "viewer" == owner.patch(path, json={"role": "viewer"}).json()["role"]
    assert refused(member.post(f"{base}/columns", json={"name": "x"}), 403, "forbidden")
    assert refused(owner.patch(path, json={"role": "owner"}), 422, "validation_failed", "role")
    assert refused(owner.patch(f"{base}/members/{owner.id}", json={"role": "member"}), 409, "is_owner")


def test_who_goes_is_told_and_is_no_assignee_any_more(owner: Person, new_project: dict, member: Person, viewer: Person):
    """Members leave by themselves; nobody but the owner sends others away."""
    base = f"/projects/{new_project['id']}"
    column = owner.make(f"{base}/columns", name="To do")
    for person in (member, viewer):
        let_in(owner, new_project, person, "member")
    task = owner.make(f"{base}/tasks", column_id=column["id"], title="x", assignee_ids=[member.id, viewer.id])

    assert refused(member.delete(f"{base}/members/{viewer.id}"), 403, "forbidden")
    assert 204 == member.delete(f"{base}/members/{member.id}").status_code
    assert refused(member.get(f"/tasks/{task['id']}"), 404, "not_found")
    assert [viewer.id] == owner.get_json(f"/tasks/{task['id']}")["assignee_ids"]
    entries = [entry for entry in owner.walk(f"{base}/activity") if entry["user_id"] == member.id]
    assert [
        ("member.left", {"user_id": {"from": member.id, "to": None}}),
        ("member.joined", {"role": {"from": None, "to": "member"}}),
    ] == [(entry["action"], entry["changes"]) for entry in entries]


def test_a_project_can_be_handed_over(owner: Person, new_project: dict, viewer: Person, stranger: Person):
    """There is one owner before and after; who has no role cannot become it."""
    let_in(owner, new_project, viewer, "viewer")
    path = f"/projects/{new_project['id']}"

    assert refused(owner.post(f"{path}/transfer", json={"user_id": stranger.id}), 422, "validation_failed", "user_id")
    answer = owner.post(f"{path}/transfer", json={"user_id": viewer.id})
    assert (200, "member", viewer.id) == (answer.status_code, answer.json()["role"], answer.json()["owner_id"])
    assert "owner" == viewer.get_json(path)["role"]
    assert refused(owner.delete(path), 403, "forbidden")
