"""Projects and members: who sees what, who may change what, and how somebody comes in and goes (CONTRACT.md §5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from accounts import bad_addresses, bad_lines, good_lines, me, mixed_case, padded
from people import (
    NOT_BUILT,
    Board,
    Person,
    Team,
    a_person,
    expect_error,
    expect_forbidden,
    expect_invalid,
    expect_not_found,
    expect_page,
    expect_status,
    expect_unauthorized,
    invitation,
    invite,
    logged_in,
    new_board,
    new_project,
    registered,
    some_id,
)
from rooms import (
    ROLES,
    Request,
    accept,
    an_invitation,
    decline,
    everything,
    expect_no_access,
    expect_role,
    expect_unchanged,
    invitations_of,
    members,
    open_invitations,
    project,
    removals,
    requests_below,
    shown,
)

from roadmap_cli.checking import API, Answer, blocked_by, expect, race, requirement

NO_LIMITS = (0, 101, -1, "ten", "1.5")
NO_OFFSETS = (-1, 1_000_001, "x", "0.5")
FEW = 2
NO_ROLES = ("owner", "admin", "", "Member", " member", None, 1, True, ["member"])
NO_IDS = ("7", 7.5, True, None, [7])
RACERS, ROUNDS = 5, 3


# --- projects.create -----------------------------------------------------------------------------------------------


@requirement("projects.create")
def test_create(person: Person) -> None:
    """A posted project is answered with 201, belongs to whoever asked, and is found where Location says."""
    wanted = {"name": person.api.draw.title(), "description": person.api.draw.words(6)}
    created = person.api.post("/projects", json=wanted)

    created.expect(201).has("created_at", **wanted, role="owner", owner_id=person.id)
    created["id"].expect(created["id"].integer > 0, "An id is a positive integer.")
    created["created_at"].expect(created["created_at"].time, "created_at is a time.")
    path = f"/projects/{created['id'].integer}"
    expect(created.location() == path, "Location names the new project.", expected=path, actual=created.location())
    person.api.get(path).expect(200).has(**wanted, id=created["id"].integer, role="owner", owner_id=person.id)


@requirement("projects.create")
def test_every_project_is_one_of_its_own(team: Team) -> None:
    """Two projects may have one name; each has its own id, owner and description, empty if none was sent."""
    name = team.owner.api.draw.title()
    made = [(one, new_project(one, name=name)) for one in (team.owner, team.owner, team.member)]

    ids = [answer["id"].integer for _, answer in made]
    expect(len(set(ids)) == 3, "Every project has an id of its own.", actual=ids)
    for one, answer in made:
        project(one, answer["id"].integer).has(name=name, description="", role="owner", owner_id=one.id)


@requirement("projects.create")
def test_a_creator_is_the_only_one(person: Person) -> None:
    """A new project has one entry in its list of members: its owner."""
    id = new_project(person)["id"].integer

    page = person.api.get(f"/projects/{id}/members").expect(200).has(total=1, limit=20, offset=0)
    page["items"][0].has("joined_at", user_id=person.id, name=person.name, email=person.email, role="owner")


# --- projects.validation -------------------------------------------------------------------------------------------


@requirement("projects.validation")
def test_bad_names(person: Person) -> None:
    """A name that is missing or breaks a rule is 422 with its field, in POST and in PATCH, and changes nothing."""
    made = new_project(person)
    path = f"/projects/{made['id'].integer}"
    for name in bad_lines(person.api.draw, 100):
        expect_invalid(person.api.post("/projects", json={"name": name}), "name")
    for name in ("", " \n", person.api.draw.text(101), f"{person.api.draw.word()}\0", None, 7):
        expect_invalid(person.api.patch(path, json={"name": name}), "name")

    expect_invalid(person.api.post("/projects", json={"description": person.api.draw.words(2)}), "name")
    expect_invalid(person.api.post("/projects", json=[]), "body")
    person.api.get(path).expect(200).has(name=made["name"].text)


@requirement("projects.validation")
def test_bad_descriptions(person: Person) -> None:
    """A description that is too long, holds U+0000 or is no string is 422 with its field, and changes nothing."""
    made, draw = new_project(person, description=person.api.draw.words(3)), person.api.draw
    path = f"/projects/{made['id'].integer}"
    for text in (draw.text(5001), "🦊" * 5001, f"{draw.word()}\0", None, 7, True, [draw.word()]):
        expect_invalid(person.api.post("/projects", json={"name": draw.title(), "description": text}), "description")
        changes = {"name": draw.title(), "description": text}
        expect_invalid(person.api.patch(path, json=changes), "description")

    person.api.get(path).expect(200).has(name=made["name"].text, description=made["description"].text)


@requirement("projects.validation")
def test_just_allowed(person: Person) -> None:
    """Names on the edge of the rules are accepted, trimmed; a description of 5000 characters is kept as it is."""
    draw = person.api.draw
    for name in (*good_lines(draw, 100), padded(draw.text(100))):
        new_project(person, name=name).has(name=name.strip())

    for text in (draw.text(5000), "🦊" * 5000, f"  {draw.word()}\n\t{draw.word()} \r\n", "", " "):
        id = new_project(person, description=text)["id"].integer
        project(person, id).has(description=text)


# --- projects.list -------------------------------------------------------------------------------------------------


@requirement("projects.list")
def test_the_list_holds_ones_own(newcomer: Callable[[], Person]) -> None:
    """The list holds exactly the projects in which somebody has a role, with that role, by id."""
    one, other = newcomer(), newcomer()
    mine = [new_project(one)["id"].integer for _ in range(2)]
    shared, hidden = (new_project(other)["id"].integer for _ in range(2))
    mine.append(new_project(one)["id"].integer)
    invite(other, shared, one, "viewer")
    invitation(other, hidden, one.email)

    page = one.api.get("/projects")
    expect_page(page, sorted([*mine, shared]), total=4, limit=20, offset=0)
    for entry in page["items"]:
        is_shared = entry["id"].integer == shared
        entry.has(role="viewer" if is_shared else "owner", owner_id=other.id if is_shared else one.id)
        entry.has(**shown(project(one, entry["id"].integer)))
    expect_page(other.api.get("/projects"), sorted([shared, hidden]), total=2, limit=20, offset=0)


@requirement("projects.list")
def test_a_list_follows(newcomer: Callable[[], Person]) -> None:
    """Nobody's list is empty, a new project is on it at once, and one that is left or changed is not as it was."""
    one, other = newcomer(), newcomer()
    expect_page(one.api.get("/projects"), [], total=0, limit=20, offset=0)
    ids = [new_project(other)["id"].integer for _ in range(3)]
    for id in ids:
        invite(other, id, one, "member")
    # An updated row moves behind the others in PostgreSQL: a list without `order by` shows it last.
    other.api.patch(f"/projects/{ids[0]}", json={"name": other.api.draw.title()})

    expect_page(one.api.get("/projects"), ids, total=3, limit=20, offset=0)
    if one.api.delete(f"/projects/{ids[1]}/members/{one.id}").status in NOT_BUILT:
        return
    expect_page(one.api.get("/projects"), [ids[0], ids[2]], total=2, limit=20, offset=0)


# --- projects.pages ------------------------------------------------------------------------------------------------


@requirement("projects.pages")
def test_pages_of_projects(newcomer: Callable[[], Person]) -> None:
    """The parameters limit and offset cut a piece out of the list, 20 and 0 if absent, and total counts all of it."""
    one = newcomer()
    ids = [new_project(one)["id"].integer for _ in range(23)]

    expect_page(one.api.get("/projects"), ids[:20], total=23, limit=20, offset=0)
    for limit, offset in ((1, 22), (5, 0), (7, 14), (100, 0), (100, 3), (3, 23), (10, 1_000_000)):
        page = one.api.get("/projects", query={"limit": limit, "offset": offset})
        expect_page(page, ids[offset : offset + limit], total=23, limit=limit, offset=offset)


@requirement("projects.pages")
def test_a_walk_while_projects_are_added(newcomer: Callable[[], Person]) -> None:
    """Walking through the pages shows each project once, though new ones are made on the way."""
    one = newcomer()
    ids, found = [new_project(one)["id"].integer for _ in range(7)], []
    for step in range(4):
        page = one.api.get("/projects", query={"limit": 3, "offset": 3 * step}).expect(200)
        found += [entry["id"].integer for entry in page["items"]]
        ids.append(new_project(one)["id"].integer)

    words = "The pages show each project once, the new ones at the end."
    expect(found == ids[: len(found)] and len(found) >= 10, words, expected=ids[:10], actual=found)


@requirement("projects.pages")
def test_pages_of_people_and_invitations(board: Board, newcomer: Callable[[], Person]) -> None:
    """Members come in pages by user_id, invitations by id, to the owner and to whom they are meant for."""
    guest = newcomer()
    invited = [invitation(board.owner, board.id, board.owner.api.draw.email()) for _ in range(3)]
    meant = [invitation(board.owner, new_project(board.owner)["id"].integer, guest.email) for _ in range(3)]
    people = sorted(one.id for one in (board.owner, board.member, board.viewer))

    for limit, offset in ((2, 0), (2, 1), (1, 2), (100, 0), (5, 3)):
        cut, query = slice(offset, offset + limit), {"limit": limit, "offset": offset}
        in_force: dict[str, Any] = {"total": 3, "limit": limit, "offset": offset}
        listed = board.viewer.api.get(f"{board.path}/members", query=query)
        expect_page(listed, people[cut], key="user_id", **in_force)
        expect_page(board.owner.api.get(f"{board.path}/invitations", query=query), invited[cut], **in_force)
        expect_page(guest.api.get("/invitations", query=query), meant[cut], **in_force)


@requirement("projects.pages")
def test_limits_of_pages(board: Board) -> None:
    """A limit outside 1 to 100 or an offset outside 0 to 1000000, or one that is no integer, is 422 with its name."""
    for limit in NO_LIMITS:
        expect_invalid(board.owner.api.get("/projects", query={"limit": limit}), "limit")
    for offset in NO_OFFSETS:
        expect_invalid(board.owner.api.get("/projects", query={"offset": offset}), "offset")

    for path in (f"{board.path}/members", f"{board.path}/invitations", "/invitations"):
        for limit in NO_LIMITS[:FEW]:
            expect_invalid(board.owner.api.get(path, query={"limit": limit}), "limit")
        expect_invalid(board.owner.api.get(path, query={"offset": -1}), "offset")
        unknown = {"limit": 1, "offset": 1_000_000, board.owner.api.draw.word(): "x"}
        board.owner.api.get(path, query=unknown).expect(200).has(limit=1, offset=1_000_000)


# --- projects.update -----------------------------------------------------------------------------------------------


@requirement("projects.update")
def test_update(board: Board) -> None:
    """A PATCH changes what is sent and leaves alone what is not; everybody in the project sees the change."""
    draw, before = board.owner.api.draw, shown(project(board.owner, board.id))

    for changes in ({"description": draw.words(4)}, {"name": draw.title()}, {"name": draw.title(), "description": ""}):
        answer = board.owner.api.patch(board.path, json=changes)
        before |= changes
        answer.expect(200).has(**before, role="owner")
        project(board.viewer, board.id).has(**before, role="viewer")
    board.owner.api.patch(board.path, json={}).expect(200).has(**before)
    board.owner.api.patch(board.path, json={"name": padded(draw.title())}).expect(200)
    name = project(board.owner, board.id)["name"]
    name.expect(name.text == name.text.strip(), "A name is trimmed in a PATCH too.")


@requirement("projects.update")
def test_a_change_stays_in_its_project(board: Board) -> None:
    """Other projects of the same owner are left alone."""
    draw, other = board.owner.api.draw, new_project(board.owner)
    board.owner.api.patch(board.path, json={"name": draw.title(), "description": draw.word()}).expect(200)

    project(board.owner, other["id"].integer).has(name=other["name"].text, description="")


@requirement("projects.update")
def test_a_change_that_is_refused(board: Board) -> None:
    """One bad field among good ones refuses the whole PATCH; another's PATCH is 403 or 404; nothing changes."""
    draw, before = board.owner.api.draw, shown(project(board.owner, board.id))
    good = {"name": draw.title(), "description": draw.words(3)}

    expect_invalid(board.owner.api.patch(board.path, json=good | {"name": None}), "name")
    expect_invalid(board.owner.api.patch(board.path, json=good | {"description": None}), "description")
    expect_forbidden(board.member.api.patch(board.path, json=good))
    expect_not_found(board.stranger.api.patch(board.path, json=good))
    project(board.owner, board.id).has(**before)


# --- projects.mass-assignment --------------------------------------------------------------------------------------


@requirement("projects.mass-assignment")
def test_a_new_project_takes_no_inner_fields(team: Team) -> None:
    """Id, owner, role and time of creation are the server's: in a POST they are ignored, whatever they hold."""
    wanted = some_id(team.owner.api.draw)
    inner = {"id": wanted, "owner_id": team.member.id, "role": "viewer", "created_at": "1999-01-01T00:00:00Z"}
    made = new_project(team.owner, **inner)

    made["id"].expect(made["id"].integer != wanted, "The id is the server's, not that of the request.")
    found = project(team.owner, made["id"].integer).has(role="owner", owner_id=team.owner.id)
    year = found["created_at"].time.year
    found["created_at"].expect(year > 1999, "created_at is the server's, not that of the request.")
    expect_no_access(team.member, made["id"].integer)
    new_project(team.owner, id="x", owner_id=None, role=7, members=[team.member.id])


@requirement("projects.mass-assignment")
def test_a_change_takes_no_inner_fields(board: Board) -> None:
    """A PATCH with an owner, an id, a role or a time of creation changes none of these, only what may be changed."""
    before, draw = everything(board), board.owner.api.draw
    inner = {"id": some_id(draw), "owner_id": board.member.id, "role": "viewer", "created_at": "1999-01-01T00:00:00Z"}
    board.owner.api.patch(board.path, json=inner).expect(200).has(role="owner", owner_id=board.owner.id)

    expect_unchanged(board, before)
    name = draw.title()
    board.owner.api.patch(board.path, json=inner | {"name": name}).expect(200).has(name=name, owner_id=board.owner.id)


@requirement("projects.mass-assignment")
def test_an_invitation_takes_no_inner_fields(board: Board) -> None:
    """An invitation is one to the project of the path, whatever project or id its body names."""
    other, draw = new_project(board.owner)["id"].integer, board.owner.api.draw
    wanted = an_invitation(draw, id=some_id(draw), project_id=other, project_name=draw.title(), user_id=board.owner.id)
    answer = board.owner.api.post(f"{board.path}/invitations", json=wanted)
    if answer.status != 201:
        blocked_by("projects.invite", "Nobody could be invited for this check.", answer=answer)

    answer.has(project_id=board.id, project_name=board.name, email=wanted["email"], role=wanted["role"])
    answer["id"].expect(answer["id"].integer != wanted["id"], "The id is the server's, not that of the request.")
    found = open_invitations(board.owner, other)
    expect(not found, "Nobody is invited to another project than that of the path.", actual=found)


@requirement("projects.mass-assignment")
def test_a_role_takes_no_inner_fields(board: Board) -> None:
    """A change of a role is one of the user of the path in the project of the path."""
    inner = {"user_id": board.viewer.id, "project_id": 1, "joined_at": "1999-01-01T00:00:00Z", "email": "x@example.com"}
    path = f"{board.path}/members/{board.member.id}"
    entry = board.owner.api.patch(path, json=inner | {"role": "viewer"}).expect(200)

    entry.has(user_id=board.member.id, email=board.member.email, role="viewer")
    entry["joined_at"].expect(entry["joined_at"].time.year > 1999, "joined_at is the server's.")
    roles = {board.owner.id: "owner", board.member.id: "viewer", board.viewer.id: "viewer"}
    found = members(board.owner, board.id)
    expect(found == roles, "Nobody else's role changes.", expected=str(roles), actual=str(found))


# --- projects.unknown ----------------------------------------------------------------------------------------------


@requirement("projects.unknown")
def test_ids_that_name_nothing(board: Board) -> None:
    """A project, a user or an invitation that does not exist is 404, however large its number."""
    owner = board.owner.api
    for id in (some_id(owner.draw), 2**64 + board.id, 10**40):
        expect_not_found(owner.get(f"/projects/{id}"))
        expect_not_found(owner.patch(f"/projects/{id}", json={"name": owner.draw.title()}))
        expect_not_found(owner.get(f"/projects/{id}/members"))
        expect_not_found(owner.post(f"/projects/{id}/invitations", json=an_invitation(owner.draw)))
        expect_not_found(owner.delete(f"{board.path}/members/{id}"))
        expect_not_found(owner.patch(f"{board.path}/members/{id}", json={"role": "viewer"}))
        expect_not_found(owner.delete(f"{board.path}/invitations/{id}"))
        expect_not_found(owner.post(f"/invitations/{id}/accept"))
        expect_not_found(owner.post(f"/invitations/{id}/decline"))
    project(board.owner, board.id)


@requirement("projects.unknown")
def test_ids_that_are_no_numbers(board: Board) -> None:
    """An id with anything but digits in it is 422 with the name that the path gives it."""
    owner, id = board.owner.api, board.id
    for text in (owner.draw.word(), f"{id}.5", f"{id}_0", f"{id}%20", f"{id}x"):
        expect_invalid(owner.get(f"/projects/{text}"), "project_id")
        expect_invalid(owner.delete(f"/projects/{text}"), "project_id")
        expect_invalid(owner.get(f"/projects/{text}/members"), "project_id")
        expect_invalid(owner.delete(f"{board.path}/members/{text}"), "user_id")
        expect_invalid(owner.delete(f"{board.path}/invitations/{text}"), "invitation_id")
        expect_invalid(owner.post(f"/invitations/{text}/accept"), "invitation_id")
    project(board.owner, board.id)


# --- projects.strangers --------------------------------------------------------------------------------------------


@requirement("projects.strangers")
def test_strangers_find_nothing(board: Board) -> None:
    """Who has no role in a project gets 404 at every address of it, whatever the method, and changes nothing."""
    invited = invitation(board.owner, board.id, board.owner.api.draw.email())
    before = everything(board)

    for request in (*requests_below(board, invited), *removals(board, board.stranger)):
        expect_hidden(request, board.stranger)
    expect_unchanged(board, before)


@requirement("projects.strangers")
def test_owners_of_other_projects_are_strangers(board: Board) -> None:
    """The owner of another project has no more rights than anybody: in the own one everything works, here nothing."""
    own = new_project(board.stranger)["id"].integer
    invited = invitation(board.owner, board.id, board.owner.api.draw.email())
    before = everything(board)

    below = [f"/projects/{own}/invitations/{invited}"]
    below += [f"/projects/{own}/members/{person.id}" for person in (board.member, board.viewer)]
    for path in below:
        answer = board.stranger.api.delete(path)
        words = "What belongs to one project is 404 below the path of another, also for the owner of that one."
        expect_not_found(expect_status(answer, 404, words))
    expect_not_found(board.stranger.api.patch(below[-1], json={"role": "viewer"}))
    expect_unchanged(board, before)
    project(board.stranger, own).has(role="owner")


@requirement("projects.strangers")
def test_the_invited_are_strangers_still(board: Board) -> None:
    """An invitation that is open gives no access yet, and shows nothing but itself."""
    invited = invitation(board.owner, board.id, board.stranger.email)
    before = everything(board)

    for request in requests_below(board, invited):
        expect_hidden(request, board.stranger)
    expect_unchanged(board, before)


@requirement("projects.strangers")
def test_nobody_without_a_token(board: Board) -> None:
    """Without a token every address of §5 is 401, and nothing changes."""
    invited = invitation(board.owner, board.id, board.stranger.email)
    before, nobody = everything(board), board.owner.api.anonymous()

    for request in (*requests_below(board, invited), *removals(board, board.owner)):
        expect_unauthorized(request.by(nobody))
    for method, path in (("GET", "/projects"), ("GET", "/invitations")):
        expect_unauthorized(nobody.request(method, path))
    for what in ("accept", "decline"):
        expect_unauthorized(nobody.post(f"/invitations/{invited}/{what}"))
    expect_unauthorized(nobody.post("/projects", json={"name": nobody.draw.title()}))
    expect_unchanged(board, before)


# --- projects.roles ------------------------------------------------------------------------------------------------


@requirement("projects.roles")
def test_what_is_the_owners(board: Board) -> None:
    """Members and viewers get 403 wherever the owner alone may go, and nothing changes."""
    invited = invitation(board.owner, board.id, board.owner.api.draw.email())
    before = everything(board)

    for person in (board.member, board.viewer):
        for request in (*requests_below(board, invited), *removals(board, person)):
            if request.who == "owner":
                answer = request.by(person.api)
                expect_status(answer, 403, f"{request.line} is 403 for somebody who is not the owner.")
                expect_forbidden(answer)
    expect_unchanged(board, before)


@requirement("projects.roles")
def test_what_everybody_may(board: Board) -> None:
    """What a viewer may see, the owner, a member and a viewer see alike; and the owner may do everything."""
    invited = invitation(board.owner, board.id, board.owner.api.draw.email())

    for request in requests_below(board, invited):
        if request.who == "viewer":
            for person in (board.owner, board.member, board.viewer):
                request.by(person.api).expect(200)
    for person, role in zip((board.owner, board.member, board.viewer), ROLES, strict=True):
        project(person, board.id).has(role=role, owner_id=board.owner.id, name=board.name)
    board.owner.api.get(f"{board.path}/invitations").expect(200)
    board.owner.api.patch(board.path, json={"name": board.owner.api.draw.title()}).expect(200)


@requirement("projects.roles")
def test_nobody_promotes_themselves(board: Board) -> None:
    """A viewer can make themselves neither member nor owner, and a member not owner, whatever way they try."""
    for person in (board.viewer, board.member):
        mine = f"{board.path}/members/{person.id}"
        for role in ("member", "viewer"):
            expect_forbidden(person.api.patch(mine, json={"role": role}))
        expect_forbidden(person.api.post(f"{board.path}/transfer", json={"user_id": person.id}))
        expect_forbidden(person.api.post(f"{board.path}/invitations", json={"email": person.email, "role": "member"}))

    expect_role(board.viewer, board.id, "viewer")
    expect_role(board.member, board.id, "member")


# --- projects.members ----------------------------------------------------------------------------------------------


@requirement("projects.members")
def test_the_list_of_members(board: Board) -> None:
    """Everybody in the project is listed once, by user_id, with name, address, role and time of joining."""
    people = {board.owner.id: board.owner, board.member.id: board.member, board.viewer.id: board.viewer}
    roles = dict(zip(people, ROLES, strict=True))

    for reader in people.values():
        page = reader.api.get(f"{board.path}/members")
        expect_page(page, sorted(people), total=3, limit=20, offset=0, key="user_id")
        for entry in page["items"]:
            one = people[entry["user_id"].integer]
            entry.has(name=one.name, email=one.email, role=roles[one.id])
            entry["joined_at"].expect(entry["joined_at"].time, "joined_at is a time.")


@requirement("projects.members")
def test_a_change_of_role(board: Board) -> None:
    """A role that the owner changes is answered with the entry of the list, and counts at once, with the old token."""
    path = f"{board.path}/members/{board.member.id}"
    before = board.owner.api.get(f"{board.path}/members").expect(200)
    joined_at = next(one for one in before["items"] if one["user_id"].integer == board.member.id)["joined_at"]

    for role in ("viewer", "viewer", "member"):
        entry = board.owner.api.patch(path, json={"role": role}).expect(200)
        entry.has(user_id=board.member.id, name=board.member.name, email=board.member.email, role=role)
        apart = abs((entry["joined_at"].time - joined_at.time).total_seconds())
        entry["joined_at"].expect(apart < 1, "joined_at stays as it was.", expected=joined_at.text)
        expect_role(board.member, board.id, role)
        expect_may_add_columns(board.member, board.id, may=role == "member")
    expect_role(board.viewer, board.id, "viewer")


@requirement("projects.members")
def test_bad_roles(board: Board) -> None:
    """A role that is none of member and viewer is 422 with its field, and nothing changes."""
    path = f"{board.path}/members/{board.member.id}"
    for role in NO_ROLES:
        expect_invalid(board.owner.api.patch(path, json={"role": role}), "role")

    expect_invalid(board.owner.api.patch(path, json={}), "role")
    expect_role(board.member, board.id, "member")


@requirement("projects.members")
def test_whose_role_cannot_be_changed(board: Board) -> None:
    """The owner's role is not to be changed (409 is_owner); somebody without a role here is 404 and gets none."""
    for role in ("member", "viewer"):
        answer = board.owner.api.patch(f"{board.path}/members/{board.owner.id}", json={"role": role})
        expect_error(answer, 409, "is_owner")
    outsider = board.owner.api.patch(f"{board.path}/members/{board.stranger.id}", json={"role": "member"})

    expect_not_found(outsider)
    expect_no_access(board.stranger, board.id)
    expect_role(board.owner, board.id, "owner")


@requirement("projects.members")
def test_roles_of_other_projects(board: Board) -> None:
    """A change of role in one project leaves the same user's role in another one alone."""
    other = new_board(board)
    board.owner.api.patch(f"{board.path}/members/{board.member.id}", json={"role": "viewer"}).expect(200)

    expect_role(board.member, board.id, "viewer")
    expect_role(board.member, other.id, "member")


# --- projects.invite -----------------------------------------------------------------------------------------------


@requirement("projects.invite")
def test_invite(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """An invitation is answered with 201, and both the owner and whom it is meant for find it, nobody else."""
    guest, other = newcomer(), newcomer()
    typed = mixed_case(lonely.owner.api.draw, guest.email)
    answer = lonely.owner.api.post(f"{lonely.path}/invitations", json={"email": typed, "role": "viewer"})

    answer.expect(201).has(project_id=lonely.id, project_name=lonely.name, email=guest.email, role="viewer")
    answer["created_at"].expect(answer["created_at"].time, "created_at is a time.")
    id = answer["id"].integer
    for page in (lonely.owner.api.get(f"{lonely.path}/invitations"), guest.api.get("/invitations")):
        expect_page(page, [id], total=1, limit=20, offset=0)
        page["items"][0].has(project_id=lonely.id, project_name=lonely.name, email=guest.email, role="viewer")
    expect_page(other.api.get("/invitations"), [], total=0, limit=20, offset=0)


@requirement("projects.invite")
def test_invite_an_address_without_an_account(lonely: Board, api: API) -> None:
    """Nobody need have an account with the address yet: whoever registers it later finds the invitation."""
    person = a_person(api.draw)
    invited = invitation(lonely.owner, lonely.id, person["email"].upper(), "member")
    registered(api, person)
    guest = api.with_token(logged_in(api, person["email"], person["password"])["access_token"].text)

    expect_page(guest.get("/invitations"), [invited], total=1, limit=20, offset=0)


@requirement("projects.invite")
def test_owners_do_not_invite_themselves(lonely: Board) -> None:
    """The owner has a role already: 409 already_member, in whatever case the address is typed, and no invitation."""
    for email in (lonely.owner.email, lonely.owner.email.upper()):
        answer = lonely.owner.api.post(f"{lonely.path}/invitations", json={"email": email, "role": "viewer"})
        expect_error(answer, 409, "already_member")

    found = open_invitations(lonely.owner, lonely.id)
    expect(not found, "A refused invitation is not there.", expected=[], actual=found)


@requirement("projects.invite")
def test_invite_twice(lonely: Board) -> None:
    """A second invitation of an address is 409 already_invited while the first is open; elsewhere it is possible."""
    email = lonely.owner.api.draw.email()
    first = invitation(lonely.owner, lonely.id, email, "viewer")
    for typed, role in ((email, "viewer"), (email.upper(), "viewer"), (email, "member")):
        answer = lonely.owner.api.post(f"{lonely.path}/invitations", json={"email": typed, "role": role})
        expect_error(answer, 409, "already_invited")

    page = lonely.owner.api.get(f"{lonely.path}/invitations")
    expect_page(page, [first], total=1, limit=20, offset=0)
    page["items"][0].has(role="viewer", email=email)
    invitation(lonely.owner, new_project(lonely.owner)["id"].integer, email)


@requirement("projects.invite")
def test_bad_invitations(lonely: Board) -> None:
    """An address or a role that breaks a rule, or is missing, is 422 with its field; nobody is made owner like that."""
    path, draw = f"{lonely.path}/invitations", lonely.owner.api.draw
    for email in bad_addresses(draw):
        expect_invalid(lonely.owner.api.post(path, json={"email": email, "role": "member"}), "email")
    for role in NO_ROLES:
        expect_invalid(lonely.owner.api.post(path, json={"email": draw.email(), "role": role}), "role")
    expect_invalid(lonely.owner.api.post(path, json={}), "email", "role")

    found = open_invitations(lonely.owner, lonely.id)
    expect(not found, "A refused invitation is not there.", expected=[], actual=found)


# --- projects.accept -----------------------------------------------------------------------------------------------


@requirement("projects.accept")
def test_accept(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """Who accepts an invitation has its role at once, and the invitation is open no more."""
    for role in ("member", "viewer"):
        guest = newcomer()
        invited = invitation(lonely.owner, lonely.id, mixed_case(guest.api.draw, guest.email), role)
        answer = accept(guest, invited).expect(200)

        answer.has(id=lonely.id, name=lonely.name, role=role, owner_id=lonely.owner.id)
        expect_role(guest, lonely.id, role)
        expect_open_no_more(lonely, guest, invited)
        expect_not_found(accept(guest, invited))
    project(lonely.owner, lonely.id).has(role="owner")


@requirement("projects.accept")
def test_somebody_elses_invitation(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """Only whose address was invited can accept: everybody else gets 404, and the invitation stays open."""
    guest = newcomer()
    invite(lonely.owner, lonely.id, lonely.viewer, "viewer")
    invite(lonely.owner, lonely.id, lonely.member, "member")
    invited = invitation(lonely.owner, lonely.id, guest.email)
    for other in (lonely.stranger, lonely.viewer, lonely.member, lonely.owner):
        words = "Accepting an invitation is 404 for everybody but the one whom it is meant for."
        expect_not_found(expect_status(accept(other, invited), 404, words))

    expect_no_access(lonely.stranger, lonely.id)
    expect_role(lonely.viewer, lonely.id, "viewer")
    accept(guest, invited).expect(200).has(role="member")


@requirement("projects.accept")
def test_who_has_joined_is_not_invited_again(board: Board) -> None:
    """Who has accepted has a role, so another invitation of their address is 409 already_member, in whatever case."""
    for person in (board.member, board.viewer):
        for email in (person.email, person.email.upper()):
            answer = board.owner.api.post(f"{board.path}/invitations", json={"email": email, "role": "viewer"})
            expect_error(answer, 409, "already_member")

    found = open_invitations(board.owner, board.id)
    expect(not found, "A refused invitation is not there.", expected=[], actual=found)
    expect_role(board.member, board.id, "member")


@requirement("projects.accept")
def test_what_is_sent_is_ignored(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """Accepting takes no body: whatever is sent along, the role and the project are those of the invitation."""
    one, other = newcomer(), newcomer()
    mine = new_project(one)["id"].integer
    first = invitation(lonely.owner, lonely.id, one.email, "viewer")
    second = invitation(lonely.owner, lonely.id, other.email, "viewer")
    body = {"role": "owner", "project_id": mine, "user_id": other.id, "email": other.email}
    one.api.post(f"/invitations/{first}/accept", json=body).expect(200).has(id=lonely.id, role="viewer")

    expect_role(one, lonely.id, "viewer")
    expect_no_access(other, lonely.id)
    other.api.post(f"/invitations/{second}/accept", body=b"no JSON at all").expect(200).has(role="viewer")


@requirement("projects.accept")
def test_accept_one_of_several(newcomer: Callable[[], Person], team: Team) -> None:
    """Accepting one invitation leaves the others of the same address open."""
    guest = newcomer()
    ids = [new_project(team.owner)["id"].integer for _ in range(3)]
    invited = [invitation(team.owner, id, guest.email) for id in ids]
    accept(guest, invited[1]).expect(200).has(id=ids[1])

    expect_page(guest.api.get("/invitations"), [invited[0], invited[2]], total=2, limit=20, offset=0)
    expect_role(guest, ids[1], "member")
    for id in (ids[0], ids[2]):
        expect_no_access(guest, id)


# --- projects.closed -----------------------------------------------------------------------------------------------


@requirement("projects.closed")
def test_decline(board: Board, newcomer: Callable[[], Person]) -> None:
    """A declined invitation is open no more, gives no role, and the same address can be invited anew."""
    guest = newcomer()
    invited = invitation(board.owner, board.id, guest.email)
    decline(guest, invited).expect(204).expect_empty()

    expect_open_no_more(board, guest, invited)
    for answer in (accept(guest, invited), decline(guest, invited)):
        expect_not_found(answer)
    expect_no_access(guest, board.id)
    accept(guest, invitation(board.owner, board.id, guest.email, "viewer")).expect(200).has(role="viewer")


@requirement("projects.closed")
def test_withdraw(board: Board, newcomer: Callable[[], Person]) -> None:
    """A withdrawn invitation is open no more: nobody can accept, decline or withdraw it any longer."""
    guest = newcomer()
    kept = invitation(board.owner, board.id, board.owner.api.draw.email())
    invited = invitation(board.owner, board.id, guest.email)
    board.owner.api.delete(f"{board.path}/invitations/{invited}").expect(204).expect_empty()

    expect_open_no_more(board, guest, invited)
    again = board.owner.api.delete(f"{board.path}/invitations/{invited}")
    for answer in (accept(guest, invited), decline(guest, invited), again):
        expect_not_found(answer)
    expect_no_access(guest, board.id)
    found = open_invitations(board.owner, board.id)
    expect(found == [kept], "Other invitations stay open.", expected=[kept], actual=found)


@requirement("projects.closed")
def test_others_close_nothing(board: Board, newcomer: Callable[[], Person]) -> None:
    """Declining another's invitation, or withdrawing it below another project, is 404, and it stays open."""
    guest, other = newcomer(), new_project(board.owner)["id"].integer
    invited = invitation(board.owner, board.id, guest.email)
    for person in (board.stranger, board.member, board.owner):
        words = "Declining an invitation is 404 for everybody but the one whom it is meant for."
        expect_not_found(expect_status(decline(person, invited), 404, words))
    elsewhere = board.owner.api.delete(f"/projects/{other}/invitations/{invited}")
    words = "Withdrawing an invitation below the path of another project is 404."
    expect_not_found(expect_status(elsewhere, 404, words))

    page = guest.api.get("/invitations")
    expect_page(page, [invited], total=1, limit=20, offset=0)
    accept(guest, invited).expect(200).has(role="member")


@requirement("projects.closed")
def test_what_was_accepted_cannot_be_closed(board: Board, newcomer: Callable[[], Person]) -> None:
    """An accepted invitation can be neither withdrawn nor declined: both are 404, and the role stays."""
    guest = newcomer()
    invited = invite(board.owner, board.id, guest, "viewer")

    expect_not_found(board.owner.api.delete(f"{board.path}/invitations/{invited}"))
    expect_not_found(decline(guest, invited))
    expect_role(guest, board.id, "viewer")


# --- projects.races ------------------------------------------------------------------------------------------------


@requirement("projects.races")
def test_an_invitation_is_accepted_once(board: Board, newcomer: Callable[[], Person], concurrent: None) -> None:
    """Accepted several times at the same moment, an invitation gives one 200; the others are 404 or 409."""
    guest = newcomer()
    for _ in range(ROUNDS):
        id = new_project(board.owner)["id"].integer
        invited = invitation(board.owner, id, guest.email, "viewer")
        answers = race(*[partial(accept, guest, invited) for _ in range(RACERS)])

        expect_one(answers, 200, 404, 409, sentence="An invitation that is accepted several times gives one 200.")
        expect_role(guest, id, "viewer")


@requirement("projects.races")
def test_an_address_is_invited_once(board: Board, concurrent: None) -> None:
    """Of several invitations of one address to one project at the same moment one is made; the others are 409."""
    for _ in range(ROUNDS):
        email, path = board.owner.api.draw.email(), f"{board.path}/invitations"
        body = {"email": email, "role": "member"}
        answers = race(*[partial(board.owner.api.post, path, json=body) for _ in range(RACERS)])

        expect_one(answers, 201, 409, sentence="Of several invitations of one address at once one is made.")
        items = board.owner.api.get(path, query={"limit": 100}).expect(200)["items"]
        found = sum(one["email"].text == email for one in items)
        expect(found == 1, "The address is invited once.", expected=1, actual=found)


@requirement("projects.races")
def test_transfers_leave_one_owner(team: Team, concurrent: None) -> None:
    """Of two transfers at the same moment one succeeds, the other is 403, and the project has one owner."""
    for _ in range(ROUNDS):
        board = new_board(team)
        heirs = (board.member, board.viewer)
        answers = race(*[partial(transfer, board.owner, board.id, heir.id) for heir in heirs])

        expect_one(answers, 200, 403, sentence="Of two transfers at the same moment one succeeds.")
        heir = next(one for one, answer in zip(heirs, answers, strict=True) if answer.status == 200)
        expect_one_owner(board, heir)


@requirement("projects.races")
def test_a_transfer_to_somebody_who_leaves(team: Team, concurrent: None) -> None:
    """A transfer to a member who leaves at the same moment: they become owner and stay, or they leave; never both."""
    for _ in range(ROUNDS):
        board = new_board(team)
        given, left = race(
            partial(transfer, board.owner, board.id, board.member.id),
            partial(board.member.api.delete, f"{board.path}/members/{board.member.id}"),
        )

        given.expect(200, 422)
        left.expect(204, 409)
        stays = given.status == 200
        words = "Either the transfer succeeds and the new owner stays, or the member is gone and it is refused."
        actual = f"transfer {given.status}, leaving {left.status}"
        expect(stays == (left.status == 409), words, expected="200 and 409, or 422 and 204", actual=actual)
        expect_one_owner(board, board.member if stays else board.owner)


# --- projects.leave ------------------------------------------------------------------------------------------------


@requirement("projects.leave")
def test_leave(board: Board) -> None:
    """Members and viewers may leave: from then on the project does not exist for them."""
    for person in (board.member, board.viewer):
        person.api.delete(f"{board.path}/members/{person.id}").expect(204).expect_empty()

        expect_no_access(person, board.id)
        expect_not_found(person.api.delete(f"{board.path}/members/{person.id}"))
        left = board.owner.api.delete(f"{board.path}/members/{person.id}")
        expect_not_found(left)
    expect_page(
        board.owner.api.get(f"{board.path}/members"), [board.owner.id], total=1, limit=20, offset=0, key="user_id"
    )


@requirement("projects.leave")
def test_remove(board: Board) -> None:
    """The owner may remove anybody else; who was removed can be invited again, and has the new role then."""
    board.owner.api.delete(f"{board.path}/members/{board.member.id}").expect(204).expect_empty()

    expect_no_access(board.member, board.id)
    expect_role(board.viewer, board.id, "viewer")
    invite(board.owner, board.id, board.member, "viewer")
    expect_role(board.member, board.id, "viewer")


@requirement("projects.leave")
def test_the_owner_stays(board: Board) -> None:
    """The owner can neither leave nor be removed: 409 is_owner, and they are still there."""
    expect_error(board.owner.api.delete(f"{board.path}/members/{board.owner.id}"), 409, "is_owner")
    for person in (board.member, board.viewer):
        person.api.delete(f"{board.path}/members/{board.owner.id}").expect(403, 409)

    expect_role(board.owner, board.id, "owner")
    board.owner.api.patch(board.path, json={"name": board.owner.api.draw.title()}).expect(200)


@requirement("projects.leave")
def test_nobody_removes_others(board: Board) -> None:
    """Members and viewers can remove nobody but themselves (403); somebody without a role is 404 to the owner."""
    for person, other in ((board.member, board.viewer), (board.viewer, board.member)):
        expect_forbidden(person.api.delete(f"{board.path}/members/{other.id}"))
    expect_not_found(board.owner.api.delete(f"{board.path}/members/{board.stranger.id}"))

    expect_role(board.member, board.id, "member")
    expect_role(board.viewer, board.id, "viewer")


@requirement("projects.leave")
def test_leaving_one_project(board: Board) -> None:
    """Who leaves one project keeps their roles in others, and their account."""
    other = new_board(board)
    board.member.api.delete(f"{board.path}/members/{board.member.id}").expect(204)

    expect_no_access(board.member, board.id)
    expect_role(board.member, other.id, "member")
    me(board.member.api).has(id=board.member.id)


# --- projects.transfer ---------------------------------------------------------------------------------------------


@requirement("projects.transfer")
def test_transfer(board: Board) -> None:
    """The new owner may do what only the owner may, the old one is a member, and there is one owner all the time."""
    owner = board.owner
    for heir in (board.viewer, board.member):
        transfer(owner, board.id, heir.id).expect(200).has(id=board.id, role="member", owner_id=heir.id)

        expect_role(heir, board.id, "owner")
        expect_role(owner, board.id, "member")
        expect_one_owner(board, heir)
        expect_forbidden(owner.api.patch(board.path, json={"name": board.owner.api.draw.title()}))
        heir.api.patch(board.path, json={"description": board.owner.api.draw.words(3)}).expect(200)
        owner = heir
    board.owner.api.delete(f"{board.path}/members/{board.owner.id}").expect(204)


@requirement("projects.transfer")
def test_transfer_to_oneself(board: Board) -> None:
    """A transfer to the owner themselves is 200 and changes nothing."""
    before = everything(board)
    transfer(board.owner, board.id, board.owner.id).expect(200).has(role="owner", owner_id=board.owner.id)

    expect_unchanged(board, before)


@requirement("projects.transfer")
def test_transfer_to_somebody_without_a_role(board: Board) -> None:
    """A project goes to nobody who is not in it: 422 with user_id, for strangers, the invited and no one alike."""
    invitation(board.owner, board.id, board.stranger.email)
    before = everything(board)

    for id in (board.stranger.id, some_id(board.owner.api.draw), 10**17):
        expect_invalid(transfer(board.owner, board.id, id), "user_id")
    expect_unchanged(board, before)
    expect_no_access(board.stranger, board.id)


@requirement("projects.transfer")
def test_bad_transfers(board: Board) -> None:
    """A user_id that is missing or no integer is 422 with its field, also if it looks like one."""
    before = everything(board)
    for id in (*NO_IDS, str(board.member.id), float(board.member.id) + 0.5):
        expect_invalid(transfer(board.owner, board.id, id), "user_id")

    expect_invalid(board.owner.api.post(f"{board.path}/transfer", json={}), "user_id")
    expect_unchanged(board, before)


# --- projects.delete -----------------------------------------------------------------------------------------------


@requirement("projects.delete")
def test_delete(board: Board) -> None:
    """A deleted project is 404 for all who were in it, at every address of it; a second DELETE is 404 too."""
    invited = invitation(board.owner, board.id, board.owner.api.draw.email())
    requests = list(requests_below(board, invited))
    board.owner.api.delete(board.path).expect(204).expect_empty()

    for request in requests:
        expect_hidden(request, board.owner)
    for person in (board.member, board.viewer):
        expect_no_access(person, board.id)


@requirement("projects.delete")
def test_what_belongs_to_it_goes_with_it(board: Board, newcomer: Callable[[], Person]) -> None:
    """The invitations of a deleted project are gone, and so are its columns and tasks, as soon as there are such."""
    guest = newcomer()
    invited = invitation(board.owner, board.id, guest.email)
    below = things_below(board)
    board.owner.api.delete(board.path).expect(204)

    expect_page(guest.api.get("/invitations"), [], total=0, limit=20, offset=0)
    for answer in (accept(guest, invited), decline(guest, invited)):
        expect_not_found(answer)
    for method, path, body in below:
        expect_not_found(board.owner.api.request(method, path, json=body))


@requirement("projects.delete")
def test_other_projects_stay(newcomer: Callable[[], Person], team: Team) -> None:
    """The other projects of the same people stay as they were, with their invitations, and no id comes again."""
    owner = newcomer()
    ids = [new_project(owner)["id"].integer for _ in range(3)]
    for id in ids:
        invite(owner, id, team.member, "member")
    kept = invitation(owner, ids[2], team.stranger.email)
    owner.api.delete(f"/projects/{ids[1]}").expect(204)

    new = new_project(owner)["id"].integer
    expect(new not in ids, "The id of a deleted project is not given out again.", actual=new)
    expect_page(owner.api.get("/projects"), [ids[0], ids[2], new], total=3, limit=20, offset=0)
    for id in (ids[0], ids[2]):
        expect_role(team.member, id, "member")
    found = invitations_of(team.stranger)
    expect(kept in found, "The invitations of other projects stay open.", expected=kept, actual=found)


@requirement("projects.delete")
def test_who_may_not_delete(board: Board) -> None:
    """A member, a viewer and a stranger delete nothing."""
    for person in (board.member, board.viewer):
        expect_forbidden(person.api.delete(board.path))
    expect_not_found(board.stranger.api.delete(board.path))

    project(board.owner, board.id).has(name=board.name)
    board.owner.api.delete(board.path).expect(204)


# --- the words of these checks -------------------------------------------------------------------------------------


def transfer(owner: Person, id: int, user_id: Any) -> Answer:
    """The answer to a transfer of a project."""
    return owner.api.post(f"/projects/{id}/transfer", json={"user_id": user_id})


def expect_hidden(request: Request, person: Person) -> None:
    """The request is 404 for somebody who has no role in the project, as if it did not exist."""
    answer = request.by(person.api)
    expect_status(answer, 404, f"{request.line} is 404 for somebody who has no role in the project.")
    expect_not_found(answer)


def expect_open_no_more(board: Board, guest: Person, invited: int) -> None:
    """The invitation stands in nobody's list of open ones."""
    for whose, ids in (("owner", open_invitations(board.owner, board.id)), ("guest", invitations_of(guest))):
        words = f"An invitation that is not open stands in no list; this is the {whose}'s."
        expect(invited not in ids, words, expected=f"a list without {invited}", actual=ids)


def expect_one(answers: list[Answer], status: int, *others: int, sentence: str) -> None:
    """Exactly one of the answers has this status, and the rest one of *others*."""
    for answer in answers:
        answer.expect(status, *others)
    found = sum(answer.status == status for answer in answers)
    words = ", ".join(str(answer.status) for answer in answers)
    expect(found == 1, sentence, expected=f"one {status}", actual=words, answer=answers[0])


def expect_one_owner(board: Board, owner: Person) -> None:
    """The project has one owner, *owner*, in everybody's eyes."""
    roles = members(owner, board.id)
    owners = [id for id, role in roles.items() if role == "owner"]
    words = "A project has exactly one owner at any time."
    expect(owners == [owner.id], words, expected=[owner.id], actual=owners)
    project(owner, board.id).has(role="owner", owner_id=owner.id)


def expect_may_add_columns(person: Person, id: int, *, may: bool) -> None:
    """A member may add columns and a viewer may not, as soon as there are columns."""
    answer = person.api.post(f"/projects/{id}/columns", json={"name": person.api.draw.title()})
    if answer.status not in NOT_BUILT:
        words = "A change of role counts from the next request on, with the token that the user has already."
        expect_status(answer, 201 if may else 403, words)


def things_below(board: Board) -> list[tuple[str, str, Any]]:
    """Requests for a column and a task of the project, if there are such already."""
    path, name = f"{board.path}/columns", board.owner.api.draw.title()
    column = board.owner.api.post(path, json={"name": name})
    if column.status != 201 or "id" not in column.json:
        return []
    columns = [("PATCH", f"/columns/{column['id'].integer}", {"name": name})]
    body = {"column_id": column["id"].integer, "title": name}
    task = board.owner.api.post(f"{board.path}/tasks", json=body)
    if task.status != 201 or "id" not in task.json:
        return columns
    return [*columns, ("GET", f"/tasks/{task['id'].integer}", ...)]
