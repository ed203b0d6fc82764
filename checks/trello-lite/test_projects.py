"""Projects and members: who sees what, who may change what, and how somebody comes in and goes (CONTRACT.md §5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from accounts import bad_lines, good_lines, me, mixed_case, padded, some_bad_addresses, some_bad_lines
from people import (
    NOT_BUILT,
    Board,
    Person,
    Rounds,
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
    expect_as_made,
    expect_no_access,
    expect_role,
    expect_roles,
    invitations_of,
    members,
    open_invitations,
    project,
    removals,
    requests_below,
    shown,
)

from roadmap_cli.checking import API, Answer, blocked_by, expect, race, requirement

NO_LIMITS = (0, 101, "ten", "1.5")
NO_OFFSETS = (-1, 1_000_001, "x")
NO_ROLES = ("owner", "", "Member", " member", None, 1)
RACERS = 4


# --- projects.create -----------------------------------------------------------------------------------------------


@requirement("projects.create")
def test_create(person: Person) -> None:
    """A posted project is answered with 201, belongs to whoever asked alone, and is where Location says."""
    wanted = {"name": person.api.draw.title(), "description": person.api.draw.words(6)}
    created = person.api.post("/projects", json=wanted)

    created.expect(201).has("created_at", **wanted, role="owner", owner_id=person.id)
    created["id"].expect(created["id"].integer > 0, "An id is a positive integer.")
    created["created_at"].expect(created["created_at"].time, "created_at is a time.")
    path = f"/projects/{created['id'].integer}"
    expect(created.location() == path, "Location names the new project.", expected=path, actual=created.location())
    person.api.get(path).expect(200).has(**wanted, id=created["id"].integer, role="owner", owner_id=person.id)
    page = person.api.get(f"{path}/members").expect(200).has(total=1, limit=20, offset=0)
    page["items"][0].has("joined_at", user_id=person.id, name=person.name, email=person.email, role="owner")


@requirement("projects.create")
def test_every_project_is_one_of_its_own(team: Team) -> None:
    """Two projects may have one name; each has its own id, owner and description, empty if none was sent."""
    name = team.owner.api.draw.title()
    made = [(one, new_project(one, name=name)) for one in (team.owner, team.member)]

    ids = [answer["id"].integer for _, answer in made]
    expect(len(set(ids)) == 2, "Every project has an id of its own.", actual=ids)
    for one, answer in made:
        project(one, answer["id"].integer).has(name=name, description="", role="owner", owner_id=one.id)


# --- projects.validation -------------------------------------------------------------------------------------------


@requirement("projects.validation")
def test_bad_names_and_descriptions(lonely: Board) -> None:
    """A name or description that breaks a rule is 422 with its field, in POST and in PATCH, and changes nothing."""
    post, patch = partial(lonely.owner.api.post, "/projects"), partial(lonely.owner.api.patch, lonely.path)
    draw, name = lonely.owner.api.draw, lonely.owner.api.draw.title()
    for bad in bad_lines(draw, 100):
        expect_invalid(post(json={"name": bad}), "name")
    for bad in some_bad_lines(draw, 100):
        expect_invalid(patch(json={"name": bad}), "name")
    for text in (draw.text(5001), f"{draw.word()}\0", None):
        expect_invalid(post(json={"name": name, "description": text}), "description")
        expect_invalid(patch(json={"name": name, "description": text}), "description")

    expect_invalid(post(json={"name": name, "description": [draw.word()]}), "description")
    expect_invalid(post(json={"description": draw.words(2)}), "name")
    expect_invalid(post(json=[]), "body")
    project(lonely.owner, lonely.id).has(name=lonely.name, description="")


@requirement("projects.validation")
def test_just_allowed(person: Person) -> None:
    """Names on the edge of the rules are accepted, trimmed; a description of 5000 characters is kept as it is."""
    draw = person.api.draw
    texts = ("🦊" * 5000, f"  {draw.word()}\n\t{draw.word()} \r\n", " ", "")
    made = [
        new_project(person, name=name, description=text).has(name=name.strip(), description=text)
        for name, text in zip(good_lines(draw, 100), texts, strict=True)
    ]

    for answer, text in zip(made[:2], texts[:2], strict=True):
        project(person, answer["id"].integer).has(name=answer["name"].text, description=text)


# --- projects.list -------------------------------------------------------------------------------------------------


@requirement("projects.list")
def test_the_list_holds_ones_own(newcomer: Callable[[], Person]) -> None:
    """The list holds exactly the projects in which somebody has a role now, with that role, by id."""
    one, other = newcomer(), newcomer()
    expect_page(one.api.get("/projects"), [], total=0, limit=20, offset=0)
    first, shared, hidden, left = (new_project(whose) for whose in (one, other, other, other))
    ids = [answer["id"].integer for answer in (first, shared, left, new_project(one))]
    invite(other, ids[1], one, "viewer")
    invite(other, ids[2], one, "member")
    invitation(other, hidden["id"].integer, one.email)
    # An updated row moves behind the others in PostgreSQL: a list without `order by` shows it last.
    name = one.api.draw.title()
    one.api.patch(f"/projects/{ids[0]}", json={"name": name})

    page = one.api.get("/projects")
    expect_page(page, ids, total=4, limit=20, offset=0)
    page["items"][0].has(**shown(first) | {"name": name}, role="owner")
    page["items"][1].has(**shown(shared), role="viewer")
    if one.api.delete(f"/projects/{ids[2]}/members/{one.id}").status not in NOT_BUILT:
        expect_page(one.api.get("/projects"), [ids[0], ids[1], ids[3]], total=3, limit=20, offset=0)


# --- projects.pages ------------------------------------------------------------------------------------------------


@requirement("projects.pages")
def test_pages_of_projects(newcomer: Callable[[], Person]) -> None:
    """The parameters limit and offset cut a piece out of the list, 20 and 0 if absent, and total counts all of it."""
    one = newcomer()
    ids = [new_project(one)["id"].integer for _ in range(21)]

    expect_page(one.api.get("/projects"), ids[:20], total=21, limit=20, offset=0)
    ids.append(new_project(one)["id"].integer)  # on the way, and shown where it belongs: behind those of the first page
    for limit, offset in ((20, 20), (7, 14), (100, 3), (10, 1_000_000)):
        page = one.api.get("/projects", query={"limit": limit, "offset": offset})
        expect_page(page, ids[offset : offset + limit], total=22, limit=limit, offset=offset)


@requirement("projects.pages")
def test_pages_of_people_and_invitations(common: Board, newcomer: Callable[[], Person]) -> None:
    """Members come in pages by user_id, invitations by id, to the owner and to whom they are meant for."""
    guest, owner = newcomer(), common.owner
    ids = [new_project(owner)["id"].integer for _ in range(3)]
    meant = [invitation(owner, id, guest.email) for id in ids]
    invited = [meant[0], *(invitation(owner, ids[0], owner.api.draw.email()) for _ in range(2))]
    people = sorted(one.id for one in (owner, common.member, common.viewer))

    for limit, offset in ((1, 1), (5, 3)):
        cut, query = slice(offset, offset + limit), {"limit": limit, "offset": offset}
        in_force: dict[str, Any] = {"total": 3, "limit": limit, "offset": offset}
        listed = common.viewer.api.get(f"{common.path}/members", query=query)
        expect_page(listed, people[cut], key="user_id", **in_force)
        expect_page(owner.api.get(f"/projects/{ids[0]}/invitations", query=query), invited[cut], **in_force)
        expect_page(guest.api.get("/invitations", query=query), meant[cut], **in_force)


@requirement("projects.pages")
def test_limits_of_pages(lonely: Board) -> None:
    """A limit outside 1 to 100 or an offset outside 0 to 1000000, or one that is no integer, is 422 with its name."""
    get = lonely.owner.api.get
    for limit in NO_LIMITS:
        expect_invalid(get("/projects", query={"limit": limit}), "limit")
    for offset in NO_OFFSETS:
        expect_invalid(get("/projects", query={"offset": offset}), "offset")

    for path in (f"{lonely.path}/members", f"{lonely.path}/invitations", "/invitations"):
        expect_invalid(get(path, query={"limit": 101}), "limit")
        expect_invalid(get(path, query={"offset": -1}), "offset")
        unknown = {"limit": 100, "offset": 1_000_000, lonely.owner.api.draw.word(): "x"}
        get(path, query=unknown).expect(200).has(limit=100, offset=1_000_000)


# --- projects.update -----------------------------------------------------------------------------------------------


@requirement("projects.update")
def test_update(board: Board) -> None:
    """A PATCH changes what is sent and leaves alone what is not, other projects too; everybody sees the change."""
    draw, other = board.owner.api.draw, new_project(board.owner)
    before: dict[str, Any] = {"id": board.id, "name": board.name, "description": "", "owner_id": board.owner.id}
    name, text = draw.title(), draw.words(4)

    for changes in ({"description": text}, {"name": padded(name)}, {}):
        before |= {"description": text} | ({} if "description" in changes else {"name": name})
        board.owner.api.patch(board.path, json=changes).expect(200).has(**before, role="owner")
    project(board.viewer, board.id).has(**before, role="viewer")
    emptied = board.owner.api.patch(board.path, json={"name": board.name, "description": ""})
    emptied.expect(200).has(name=board.name, description="")
    project(board.owner, other["id"].integer).has(name=other["name"].text, description="")


@requirement("projects.update")
def test_a_change_that_is_refused(board: Board) -> None:
    """One bad field among good ones refuses the whole PATCH; another's PATCH is 403 or 404; nothing changes."""
    draw = board.owner.api.draw
    good = {"name": draw.title(), "description": draw.words(3)}

    expect_invalid(board.owner.api.patch(board.path, json=good | {"name": None}), "name")
    expect_invalid(board.owner.api.patch(board.path, json=good | {"description": None}), "description")
    expect_forbidden(board.member.api.patch(board.path, json=good))
    expect_not_found(board.stranger.api.patch(board.path, json=good))
    project(board.owner, board.id).has(name=board.name, description="")


# --- projects.mass-assignment --------------------------------------------------------------------------------------


@requirement("projects.mass-assignment")
def test_a_new_project_takes_no_inner_fields(team: Team) -> None:
    """Id, owner, role and time of creation are the server's: in POST and PATCH they are ignored, whatever they hold."""
    wanted, name = some_id(team.owner.api.draw), team.owner.api.draw.title()
    inner = {"id": wanted, "owner_id": team.member.id, "role": "viewer", "created_at": "1999-01-01T00:00:00Z"}
    made = new_project(team.owner, **inner, members=[team.member.id])
    made["id"].expect(made["id"].integer != wanted, "The id is the server's, not that of the request.")
    path = f"/projects/{made['id'].integer}"
    new_project(team.owner, id="x", owner_id=None, role=7)

    for changes in ({}, inner | {"name": name}):
        if changes:
            team.owner.api.patch(path, json=changes).expect(200)
        found = project(team.owner, made["id"].integer).has(role="owner", owner_id=team.owner.id)
        year = found["created_at"].time.year
        found["created_at"].expect(year > 1999, "created_at is the server's, not that of the request.")
    found.has(name=name)
    expect_roles(team.owner, made["id"].integer, {team.owner.id: "owner"})


@requirement("projects.mass-assignment")
def test_an_invitation_takes_no_inner_fields(lonely: Board) -> None:
    """An invitation is one to the project of the path, whatever project or id its body names."""
    other, draw = new_project(lonely.owner)["id"].integer, lonely.owner.api.draw
    wanted = an_invitation(draw, id=some_id(draw), project_id=other, project_name=draw.title(), user_id=lonely.owner.id)
    answer = lonely.owner.api.post(f"{lonely.path}/invitations", json=wanted)
    if answer.status != 201:
        blocked_by("projects.invite", "Nobody could be invited for this check.", answer=answer)

    answer.has(project_id=lonely.id, project_name=lonely.name, email=wanted["email"], role=wanted["role"])
    answer["id"].expect(answer["id"].integer != wanted["id"], "The id is the server's, not that of the request.")
    found = open_invitations(lonely.owner, other)
    expect(not found, "Nobody is invited to another project than that of the path.", actual=found)


@requirement("projects.mass-assignment")
def test_a_role_takes_no_inner_fields(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """A change of a role is one of the user of the path in the project of the path."""
    owner, other, guest = lonely.owner, lonely.viewer, newcomer()
    invite(owner, lonely.id, other, "viewer")
    invite(owner, lonely.id, guest)
    inner = {"user_id": other.id, "project_id": 1, "joined_at": "1999-01-01T00:00:00Z", "email": "x@example.com"}
    entry = owner.api.patch(f"{lonely.path}/members/{guest.id}", json=inner | {"role": "viewer"}).expect(200)

    entry.has(user_id=guest.id, email=guest.email, role="viewer")
    entry["joined_at"].expect(entry["joined_at"].time.year > 1999, "joined_at is the server's.")
    expect_roles(owner, lonely.id, {owner.id: "owner", guest.id: "viewer", other.id: "viewer"})


# --- projects.unknown ----------------------------------------------------------------------------------------------


@requirement("projects.unknown")
def test_ids_that_name_nothing(lonely: Board) -> None:
    """A project, a user or an invitation that does not exist is 404, however large its number."""
    owner = lonely.owner.api
    larger = (2**64 + lonely.id, 10**40)
    for number in range(18):
        id = larger[number // 2 % 2] if number % 2 else some_id(owner.draw)
        here, there = f"/projects/{id}", lonely.path
        method, path, body = (
            ("GET", here, ...),
            ("PATCH", here, {"name": owner.draw.title()}),
            ("GET", f"{here}/members", ...),
            ("POST", f"{here}/invitations", an_invitation(owner.draw)),
            ("DELETE", f"{there}/members/{id}", ...),
            ("PATCH", f"{there}/members/{id}", {"role": "viewer"}),
            ("DELETE", f"{there}/invitations/{id}", ...),
            ("POST", f"/invitations/{id}/accept", ...),
            ("POST", f"/invitations/{id}/decline", ...),
        )[number // 2]
        expect_not_found(owner.request(method, path, json=body))
    project(lonely.owner, lonely.id).has(name=lonely.name)


@requirement("projects.unknown")
def test_ids_that_are_no_numbers(lonely: Board) -> None:
    """An id with anything but digits in it is 422 with the name that the path gives it."""
    owner, id = lonely.owner.api, lonely.id
    for text in (owner.draw.word(), f"{id}.5", f"{id}_0", f"{id}%20", f"{id}x"):
        expect_invalid(owner.get(f"/projects/{text}"), "project_id")
    text = f"{id}_0"  # to Python's int() a number, and to JavaScript's parseInt()
    expect_invalid(owner.delete(f"/projects/{text}"), "project_id")
    expect_invalid(owner.get(f"/projects/{text}/members"), "project_id")
    expect_invalid(owner.delete(f"{lonely.path}/members/{text}"), "user_id")
    expect_invalid(owner.delete(f"{lonely.path}/invitations/{text}"), "invitation_id")
    expect_invalid(owner.post(f"/invitations/{text}/accept"), "invitation_id")
    project(lonely.owner, lonely.id).has(name=lonely.name)


# --- projects.strangers --------------------------------------------------------------------------------------------


@requirement("projects.strangers")
def test_strangers_find_nothing(board: Board) -> None:
    """Who has no role in a project gets 404 at every address of it, though they are invited and own another one."""
    invited, own = invitation(board.owner, board.id, board.stranger.email), new_project(board.stranger)["id"].integer

    for request in (*requests_below(board, invited), *removals(board, board.stranger)):
        expect_hidden(request, board.stranger)
    below = [f"/projects/{own}/invitations/{invited}", f"/projects/{own}/members/{board.member.id}"]
    for path in below:
        answer = board.stranger.api.delete(path)
        words = "What belongs to one project is 404 below the path of another, also for the owner of that one."
        expect_not_found(expect_status(answer, 404, words))
    expect_not_found(board.stranger.api.patch(below[1], json={"role": "viewer"}))
    expect_as_made(board, invited)


@requirement("projects.strangers")
def test_nobody_without_a_token(lonely: Board) -> None:
    """Without a token every address of §5 is 401, and nothing changes."""
    invited, nobody = invitation(lonely.owner, lonely.id, lonely.stranger.email), lonely.owner.api.anonymous()

    for request in (*requests_below(lonely, invited), *removals(lonely, lonely.owner)[:1]):
        expect_unauthorized(request.by(nobody))
    for method, path in (("GET", "/projects"), ("GET", "/invitations")):
        expect_unauthorized(nobody.request(method, path))
    for what in ("accept", "decline"):
        expect_unauthorized(nobody.post(f"/invitations/{invited}/{what}"))
    expect_unauthorized(nobody.post("/projects", json={"name": nobody.draw.title()}))
    expect_as_made(lonely, invited, alone=True)


# --- projects.roles ------------------------------------------------------------------------------------------------


@requirement("projects.roles")
def test_what_is_the_owners(board: Board) -> None:
    """Members and viewers get 403 wherever the owner alone may go, in their own favour too, and nothing changes."""
    invited = invitation(board.owner, board.id, board.owner.api.draw.email())

    for person in (board.member, board.viewer):
        for request in (*requests_below(board, invited), *removals(board, person)):
            if request.who == "owner":
                own = replace(request, body={"user_id": person.id}) if "transfer" in request.path else request
                answer = own.by(person.api)
                expect_status(answer, 403, f"{request.line} is 403 for somebody who is not the owner.")
                expect_forbidden(answer)
    expect_as_made(board, invited)


@requirement("projects.roles")
def test_what_everybody_may(common: Board) -> None:
    """What a viewer may see, the owner, a member and a viewer see alike; who is invited the owner sees."""
    for person, role in zip((common.owner, common.member, common.viewer), ROLES, strict=True):
        project(person, common.id).has(role=role, owner_id=common.owner.id, name=common.name)
        person.api.get(f"{common.path}/members").expect(200)

    common.owner.api.get(f"{common.path}/invitations").expect(200)


# --- projects.members ----------------------------------------------------------------------------------------------


@requirement("projects.members")
def test_the_list_of_members(common: Board) -> None:
    """Everybody in the project is listed once, by user_id, with name, address, role and time of joining."""
    people = {common.owner.id: common.owner, common.member.id: common.member, common.viewer.id: common.viewer}
    expect(len(people) == len(ROLES), "Three users have three ids.", actual=sorted(people))
    roles = dict(zip(people, ROLES, strict=True))

    for reader in people.values():
        page = reader.api.get(f"{common.path}/members")
        expect_page(page, sorted(people), total=3, limit=20, offset=0, key="user_id")
        for entry in page["items"]:
            one = people[entry["user_id"].integer]
            entry.has(name=one.name, email=one.email, role=roles[one.id])
            entry["joined_at"].expect(entry["joined_at"].time, "joined_at is a time.")


@requirement("projects.members")
def test_a_change_of_role(lonely: Board, newcomer: Callable[[], Person]) -> None:
    """A role that the owner changes is answered with the entry of the list, and counts at once, here and nowhere else."""
    guest, elsewhere = newcomer(), new_project(lonely.owner)["id"].integer
    for id in (lonely.id, elsewhere):
        invite(lonely.owner, id, guest, "member")
    before = lonely.owner.api.get(f"{lonely.path}/members").expect(200)
    entries = [one for one in before["items"] if one["user_id"].integer == guest.id]
    expect(len(entries) == 1, "A member stands once in the list of members.", actual=len(entries), answer=before)
    joined_at = entries[0]["joined_at"]

    for role in ("viewer", "member"):
        entry = lonely.owner.api.patch(f"{lonely.path}/members/{guest.id}", json={"role": role}).expect(200)
        entry.has(user_id=guest.id, name=guest.name, email=guest.email, role=role)
        apart = abs((entry["joined_at"].time - joined_at.time).total_seconds())
        entry["joined_at"].expect(apart < 1, "joined_at stays as it was.", expected=joined_at.text)
        expect_role(guest, lonely.id, role)
        expect_may_add_columns(guest, lonely.id, may=role == "member")
        project(guest, elsewhere).has(role="member")


@requirement("projects.members")
def test_refused_changes_of_role(board: Board) -> None:
    """A role that is none is 422, the owner's stays (409 is_owner), and who has none here gets none (404)."""
    people, patch = f"{board.path}/members", board.owner.api.patch
    for role in NO_ROLES:
        expect_invalid(patch(f"{people}/{board.member.id}", json={"role": role}), "role")
    expect_invalid(patch(f"{people}/{board.member.id}", json={}), "role")
    answer = patch(f"{people}/{board.owner.id}", json={"role": board.owner.api.draw.pick(["member", "viewer"])})
    expect_error(answer, 409, "is_owner")
    expect_not_found(patch(f"{people}/{board.stranger.id}", json={"role": "member"}))

    roles = {board.owner.id: "owner", board.member.id: "member", board.viewer.id: "viewer"}
    expect_roles(board.owner, board.id, roles)


# --- projects.invite -----------------------------------------------------------------------------------------------


@requirement("projects.invite")
def test_invite(lonely: Board, api: API) -> None:
    """The owner and whom it is meant for find an invitation, nobody else; that one need not have an account yet."""
    person = a_person(api.draw)
    body = {"email": mixed_case(api.draw, person["email"]), "role": "viewer"}
    wanted = {"project_id": lonely.id, "project_name": lonely.name, "email": person["email"], "role": "viewer"}
    answer = lonely.owner.api.post(f"{lonely.path}/invitations", json=body).expect(201).has(**wanted)
    answer["created_at"].expect(answer["created_at"].time, "created_at is a time.")
    invited = answer["id"].integer
    registered(api, person)
    guest = api.with_token(logged_in(api, person["email"], person["password"])["access_token"].text)

    for page in (lonely.owner.api.get(f"{lonely.path}/invitations"), guest.get("/invitations")):
        expect_page(page, [invited], total=1, limit=20, offset=0)
        page["items"][0].has(**wanted)
    others = invitations_of(lonely.member)
    expect(invited not in others, "Nobody else finds the invitation.", expected=f"not {invited}", actual=others)


@requirement("projects.invite")
def test_refused_invitations(lonely: Board) -> None:
    """Of who has a role, twice, or by an address or role that is none: all refused; elsewhere a second one is possible."""
    draw, post = lonely.owner.api.draw, partial(lonely.owner.api.post, f"{lonely.path}/invitations")
    email = draw.email()
    first = invitation(lonely.owner, lonely.id, email, "viewer")
    for typed in (lonely.owner.email, lonely.owner.email.upper()):
        expect_error(post(json={"email": typed, "role": "viewer"}), 409, "already_member")
    for typed, role in ((email.upper(), "viewer"), (email, "member")):
        expect_error(post(json={"email": typed, "role": role}), 409, "already_invited")
    for bad in some_bad_addresses(draw):
        expect_invalid(post(json={"email": bad, "role": "member"}), "email")
    for bad in NO_ROLES:
        expect_invalid(post(json={"email": draw.email(), "role": bad}), "role")
    expect_invalid(post(json={}), "email", "role")

    page = lonely.owner.api.get(f"{lonely.path}/invitations")
    expect_page(page, [first], total=1, limit=20, offset=0)
    page["items"][0].has(role="viewer", email=email)
    invitation(lonely.owner, new_project(lonely.owner)["id"].integer, email)


# --- projects.accept -----------------------------------------------------------------------------------------------


@requirement("projects.accept")
def test_accept(lonely: Board) -> None:
    """Who accepts an invitation has its role at once, it is open no more, and they are not invited again."""
    guest = lonely.member
    invited = invitation(lonely.owner, lonely.id, mixed_case(guest.api.draw, guest.email), "member")
    answer = accept(guest, invited).expect(200)

    answer.has(id=lonely.id, name=lonely.name, role="member", owner_id=lonely.owner.id)
    expect_role(guest, lonely.id, "member")
    expect_open_no_more(lonely, guest, invited)
    expect_not_found(accept(guest, invited))
    for email in (guest.email, guest.email.upper()):
        answer = lonely.owner.api.post(f"{lonely.path}/invitations", json={"email": email, "role": "viewer"})
        expect_error(answer, 409, "already_member")
    expect_roles(lonely.owner, lonely.id, {lonely.owner.id: "owner", guest.id: "member"})


@requirement("projects.accept")
def test_somebody_elses_invitation(lonely: Board) -> None:
    """Only whose address was invited can accept: everybody else gets 404, and the invitation stays open."""
    invite(lonely.owner, lonely.id, lonely.viewer, "viewer")
    invited = invitation(lonely.owner, lonely.id, lonely.member.email)
    for other in (lonely.stranger, lonely.viewer, lonely.owner):
        words = "Accepting an invitation is 404 for everybody but the one whom it is meant for."
        expect_not_found(expect_status(accept(other, invited), 404, words))

    expect_roles(lonely.owner, lonely.id, {lonely.owner.id: "owner", lonely.viewer.id: "viewer"})
    accept(lonely.member, invited).expect(200).has(role="member")


@requirement("projects.accept")
def test_what_is_sent_is_ignored(lonely: Board) -> None:
    """Accepting takes no body: whatever is sent along, the role and the project are those of the invitation."""
    one, other = lonely.viewer, lonely.member
    first, second = (invitation(lonely.owner, lonely.id, guest.email, "viewer") for guest in (one, other))
    body = {"role": "owner", "project_id": 1, "user_id": lonely.stranger.id, "email": lonely.stranger.email}
    one.api.post(f"/invitations/{first}/accept", json=body).expect(200).has(id=lonely.id, role="viewer")
    other.api.post(f"/invitations/{second}/accept", body=b"no JSON at all").expect(200).has(role="viewer")

    roles = {lonely.owner.id: "owner", one.id: "viewer", other.id: "viewer"}
    expect_roles(lonely.owner, lonely.id, roles)


@requirement("projects.accept")
def test_accept_one_of_several(newcomer: Callable[[], Person], team: Team) -> None:
    """Accepting one invitation leaves the others of the same address open."""
    guest = newcomer()
    ids = [new_project(team.owner)["id"].integer for _ in range(2)]
    invited = [invitation(team.owner, id, guest.email) for id in ids]
    accept(guest, invited[0]).expect(200).has(id=ids[0])

    expect_page(guest.api.get("/invitations"), invited[1:], total=1, limit=20, offset=0)
    expect_no_access(guest, ids[1])


# --- projects.closed -----------------------------------------------------------------------------------------------


@requirement("projects.closed")
def test_decline(lonely: Board) -> None:
    """A declined invitation is open no more, gives no role, and the same address can be invited anew."""
    guest = lonely.member
    invited = invitation(lonely.owner, lonely.id, guest.email)
    decline(guest, invited).expect(204).expect_empty()

    expect_open_no_more(lonely, guest, invited)
    for answer in (accept(guest, invited), decline(guest, invited)):
        expect_not_found(answer)
    expect_no_access(guest, lonely.id)
    accept(guest, invitation(lonely.owner, lonely.id, guest.email, "viewer")).expect(200).has(role="viewer")


@requirement("projects.closed")
def test_withdraw(lonely: Board) -> None:
    """A withdrawn invitation is open no more: nobody can accept, decline or withdraw it any longer."""
    guest, withdraw = lonely.member, lonely.owner.api.delete
    kept = invitation(lonely.owner, lonely.id, lonely.owner.api.draw.email())
    invited = invitation(lonely.owner, lonely.id, guest.email)
    withdraw(f"{lonely.path}/invitations/{invited}").expect(204).expect_empty()

    expect_open_no_more(lonely, guest, invited)
    again = withdraw(f"{lonely.path}/invitations/{invited}")
    for answer in (accept(guest, invited), decline(guest, invited), again):
        expect_not_found(answer)
    expect_as_made(lonely, kept, alone=True)


@requirement("projects.closed")
def test_others_close_nothing(lonely: Board) -> None:
    """Declining another's invitation, or withdrawing it below another project, is 404; so is both once it was accepted."""
    guest, other = lonely.member, new_project(lonely.owner)["id"].integer
    invited = invitation(lonely.owner, lonely.id, guest.email)
    for person in (lonely.stranger, lonely.owner):
        words = "Declining an invitation is 404 for everybody but the one whom it is meant for."
        expect_not_found(expect_status(decline(person, invited), 404, words))
    elsewhere = lonely.owner.api.delete(f"/projects/{other}/invitations/{invited}")
    words = "Withdrawing an invitation below the path of another project is 404."
    expect_not_found(expect_status(elsewhere, 404, words))

    accept(guest, invited).expect(200).has(role="member")
    expect_not_found(lonely.owner.api.delete(f"{lonely.path}/invitations/{invited}"))
    expect_not_found(decline(guest, invited))
    expect_role(guest, lonely.id, "member")


# --- projects.races ------------------------------------------------------------------------------------------------


@requirement("projects.races")
def test_an_invitation_is_accepted_once(team: Team, rounds: Rounds) -> None:
    """Accepted several times at the same moment, an invitation gives one 200; the others are 404 or 409."""
    for gate in rounds:
        id = new_project(team.owner)["id"].integer
        invited = invitation(team.owner, id, team.viewer.email, "viewer")
        answers = race(*[partial(accept, team.viewer, invited) for _ in range(RACERS)], gate=gate)

        expect_one(answers, 200, 404, 409, sentence="An invitation that is accepted several times gives one 200.")
    expect_roles(team.owner, id, {team.owner.id: "owner", team.viewer.id: "viewer"})


@requirement("projects.races")
def test_an_address_is_invited_once(lonely: Board, rounds: Rounds) -> None:
    """Of several invitations of one address to one project at the same moment one is made; the others are 409."""
    wanted = []
    for gate in rounds:
        body = {"email": lonely.owner.api.draw.email(), "role": "member"}
        post = partial(lonely.owner.api.post, f"{lonely.path}/invitations", json=body)
        answers = race(*[post for _ in range(RACERS)], gate=gate)

        expect_one(answers, 201, 409, sentence="Of several invitations of one address at once one is made.")
        wanted += [answer["id"].integer for answer in answers if answer.status == 201]
    found = open_invitations(lonely.owner, lonely.id)
    expect(found == wanted, "Each address is invited once.", expected=wanted, actual=found)


@requirement("projects.races")
def test_transfers_leave_one_owner(board: Board, rounds: Rounds) -> None:
    """Of two transfers at the same moment one succeeds, the other is 403, and the project has one owner."""
    owner, heirs = board.owner, [board.member, board.viewer]
    for gate in rounds:
        answers = race(*[partial(transfer, owner, board.id, heir.id) for heir in heirs], gate=gate)

        expect_one(answers, 200, 403, sentence="Of two transfers at the same moment one succeeds.")
        won = [answer.status for answer in answers].index(200)
        owner, heirs[won] = heirs[won], owner
        expect_one_owner(board, owner)


@requirement("projects.races")
def test_a_transfer_to_somebody_who_leaves(board: Board, rounds: Rounds) -> None:
    """A transfer to a member who leaves at the same moment: they become owner and stay, or they leave; never both."""
    owner, heirs = board.owner, [board.member, board.viewer]
    for gate in rounds:
        heir = heirs.pop()
        given, left = race(
            partial(transfer, owner, board.id, heir.id),
            partial(heir.api.delete, f"{board.path}/members/{heir.id}"),
            gate=gate,
        )

        given.expect(200, 422)
        left.expect(204, 409)
        stays = given.status == 200
        words = "Either the transfer succeeds and the new owner stays, or the member is gone and it is refused."
        actual = f"transfer {given.status}, leaving {left.status}"
        expect(stays == (left.status == 409), words, expected="200 and 409, or 422 and 204", actual=actual)
        if not stays:
            invite(owner, board.id, heir, "member")
        owner, heirs = (heir, [owner, *heirs]) if stays else (owner, [heir, *heirs])
        expect_one_owner(board, owner)


# --- projects.leave ------------------------------------------------------------------------------------------------


@requirement("projects.leave")
def test_leave(board: Board, common: Board) -> None:
    """Members and viewers may leave this project, and no other; it does not exist for them until they are invited anew."""
    member, people = board.member, f"{board.path}/members"
    member.api.delete(f"{people}/{member.id}").expect(204).expect_empty()
    expect_no_access(member, board.id)
    expect_not_found(board.owner.api.delete(f"{people}/{member.id}"))
    project(member, common.id).has(role="member")
    me(member.api).has(id=member.id)

    board.viewer.api.delete(f"{people}/{board.viewer.id}").expect(204)
    invite(board.owner, board.id, member, "viewer")
    expect_role(member, board.id, "viewer")


@requirement("projects.leave")
def test_remove(board: Board) -> None:
    """The owner may remove anybody else, who has no access any more."""
    board.owner.api.delete(f"{board.path}/members/{board.member.id}").expect(204).expect_empty()

    expect_no_access(board.member, board.id)
    expect_roles(board.owner, board.id, {board.owner.id: "owner", board.viewer.id: "viewer"})


@requirement("projects.leave")
def test_who_cannot_be_removed(board: Board) -> None:
    """Nobody removes the owner (409 is_owner), members and viewers only themselves (403), nobody who is not in it (404)."""
    owner, member, viewer, people = board.owner, board.member, board.viewer, f"{board.path}/members"
    expect_error(owner.api.delete(f"{people}/{owner.id}"), 409, "is_owner")
    for person, other in ((member, viewer), (viewer, member)):
        person.api.delete(f"{people}/{owner.id}").expect(403, 409)
        expect_forbidden(person.api.delete(f"{people}/{other.id}"))
    expect_not_found(owner.api.delete(f"{people}/{board.stranger.id}"))

    expect_roles(owner, board.id, {owner.id: "owner", member.id: "member", viewer.id: "viewer"})


# --- projects.transfer ---------------------------------------------------------------------------------------------


@requirement("projects.transfer")
def test_transfer(board: Board) -> None:
    """The new owner may do what only the owner may, and the old one, who is a member, may leave."""
    owner, heir = board.owner, board.viewer
    transfer(owner, board.id, heir.id).expect(200).has(id=board.id, role="member", owner_id=heir.id)

    expect_roles(owner, board.id, {owner.id: "member", board.member.id: "member", heir.id: "owner"})
    expect_forbidden(owner.api.patch(board.path, json={"name": owner.api.draw.title()}))
    text = owner.api.draw.words(3)
    changed = heir.api.patch(board.path, json={"description": text}).expect(200)
    changed.has(role="owner", owner_id=heir.id, description=text)
    owner.api.delete(f"{board.path}/members/{owner.id}").expect(204)


@requirement("projects.transfer")
def test_transfers_that_change_nothing(board: Board) -> None:
    """A transfer to the owner is 200, one to who is not in the project 422, and so is a user_id that is no integer."""
    invited = invitation(board.owner, board.id, board.stranger.email)
    transfer(board.owner, board.id, board.owner.id).expect(200).has(role="owner", owner_id=board.owner.id)

    for id in (board.stranger.id, some_id(board.owner.api.draw), 10**17):
        expect_invalid(transfer(board.owner, board.id, id), "user_id")
    for id in (str(board.member.id), board.member.id + 0.5, True, None):
        expect_invalid(transfer(board.owner, board.id, id), "user_id")
    expect_invalid(board.owner.api.post(f"{board.path}/transfer", json={}), "user_id")
    expect_as_made(board, invited)


# --- projects.delete -----------------------------------------------------------------------------------------------


@requirement("projects.delete")
def test_delete(board: Board) -> None:
    """Nobody but the owner deletes a project; then it is 404 for all, with all that belongs to it."""
    invited = invitation(board.owner, board.id, board.stranger.email)
    below, requests = things_below(board), list(requests_below(board, invited))
    for person in (board.member, board.viewer):
        expect_forbidden(person.api.delete(board.path))
    expect_not_found(board.stranger.api.delete(board.path))
    board.owner.api.delete(board.path).expect(204).expect_empty()

    for request in requests:
        if request.line.count("/") == 2 or request.method == "GET":  # of each kind of thing one, and the project itself
            expect_hidden(request, board.owner)
    expect_no_access(board.member, board.id)
    for method, path, body in below:
        expect_not_found(board.owner.api.request(method, path, json=body))
    found = invitations_of(board.stranger)
    expect(invited not in found, "The invitations of a deleted project are gone.", actual=found)
    expect_not_found(accept(board.stranger, invited))


@requirement("projects.delete")
def test_other_projects_stay(newcomer: Callable[[], Person], team: Team) -> None:
    """The other projects of the same people stay as they were, with their invitations, and no id comes again."""
    owner = newcomer()
    ids = [new_project(owner)["id"].integer for _ in range(2)]
    invite(owner, ids[0], team.member, "member")
    kept = invitation(owner, ids[0], team.stranger.email)
    owner.api.delete(f"/projects/{ids[1]}").expect(204)

    new = new_project(owner)["id"].integer
    expect(new not in ids, "The id of a deleted project is not given out again.", actual=new)
    expect_page(owner.api.get("/projects"), [ids[0], new], total=2, limit=20, offset=0)
    project(team.member, ids[0]).has(role="member")
    found = invitations_of(team.stranger)
    expect(kept in found, "The invitations of other projects stay open.", expected=kept, actual=found)


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
    """The project has one owner, *owner*."""
    roles = members(owner, board.id)
    owners = [id for id, role in roles.items() if role == "owner"]
    words = "A project has exactly one owner at any time."
    expect(owners == [owner.id], words, expected=[owner.id], actual=owners)


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
