"""HTTP: what holds for every path."""

from conftest import Person, refused
from httpx import Client

JSON = {"Content-Type": "application/json"}


def test_health_and_readiness(client: Client):
    """A server that runs and reaches its database says so."""
    assert {"status": "ok"} == client.get("/health").json()
    assert {"status": "ready"} == client.get("/ready").json()


def test_an_unknown_path_is_404(client: Client):
    """No method makes a path exist, and the error has our form."""
    assert refused(client.delete("/nowhere"), 404, "not_found")


def test_allow_names_every_method_of_the_path(owner: Person):
    """405 tells what would have worked."""
    answer = owner.put("/tasks/1", json={})

    assert refused(answer, 405, "method_not_allowed")
    methods = {method.strip() for method in answer.headers["Allow"].split(",")}
    assert {"GET", "PATCH", "DELETE"} == methods - {"HEAD", "OPTIONS"}


def test_what_a_body_must_be(owner: Person):
    """JSON, called by its name, and an object."""
    assert refused(owner.post("/projects", content=b"\xff", headers=JSON), 400, "malformed_json")
    assert refused(owner.post("/projects", headers=JSON), 400, "malformed_json")
    named_otherwise = owner.post("/projects", content=b'{"name": "x"}', headers={"Content-Type": "text/plain"})
    assert refused(named_otherwise, 415, "unsupported_media_type")
    assert refused(owner.post("/projects", json=["name"]), 422, "validation_failed", "body")


def test_an_address_where_nobody_lives(owner: Person):
    """Digits are 404, however large the number; what cannot be an id is named like the parameter."""
    assert refused(owner.get("/tasks/99999999999999999999999"), 404, "not_found")
    assert refused(owner.get("/projects/1.5/columns"), 422, "validation_failed", "project_id")


def test_a_page_behind_the_end_is_empty(owner: Person, project: dict):
    """The total stays true, and what was asked for is repeated; a page outside the limits is refused."""
    path = f"/projects/{project['id']}/members"

    assert {"items": [], "total": 3, "limit": 7, "offset": 1000} == owner.get_json(path, limit=7, offset=1000)
    assert refused(owner.get(f"{path}?limit=101"), 422, "validation_failed", "limit")


def test_the_document_names_every_path(client: Client):
    """OpenAPI 3, with the paths of the contract."""
    document = client.get("/openapi.json").json()

    assert document["openapi"].startswith("3.")
    assert {"/health", "/auth/token", "/projects", "/tasks"} <= document["paths"].keys()
