"""HTTP: what holds for every path."""

import pytest
from conftest import Person, refused
from httpx import Client

JSON = {"Content-Type": "application/json"}


def test_health_and_readiness(client: Client):
    """A server that runs and reaches its database says so."""
    assert {"status": "ok"} == client.get("/health").json()
    assert {"status": "ready"} == client.get("/ready").json()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_404(client: Client, method: str):
    """No method makes a path exist, and the error has our form."""
    assert refused(client.request(method, "/nowhere"), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/projects", {"GET", "POST"}), ("/tasks/1", {"GET", "PATCH", "DELETE"}), ("/users/me", {"GET", "PATCH"})],
)
def test_allow_names_every_method_of_the_path(host: Person, path: str, methods: set[str]):
    """405 tells what would have worked."""
    answer = host.put(path, json={})

    assert refused(answer, 405, "method_not_allowed")
    assert methods == {method.strip() for method in answer.headers["Allow"].split(",")} - {"HEAD", "OPTIONS"}


@pytest.mark.parametrize("body", [b"", b"{", b"nope", b"\xff"])
def test_what_is_not_json_is_400(host: Person, body: bytes):
    """A body that cannot be parsed is malformed, whatever the fields would be."""
    assert refused(host.post("/projects", content=body, headers=JSON), 400, "malformed_json")


def test_json_under_another_name_is_415(host: Person):
    """A body must say that it is JSON."""
    answer = host.post("/projects", content=b'{"name": "x"}', headers={"Content-Type": "text/plain"})

    assert refused(answer, 415, "unsupported_media_type")


def test_a_list_is_no_body(host: Person):
    """A body of the wrong shape is refused as a whole."""
    assert refused(host.post("/projects", json=["name"]), 422, "validation_failed", "body")


@pytest.mark.parametrize("digits", ["0", "99999999999999999999999"])
def test_digits_that_name_nothing_are_404(host: Person, digits: str):
    """However large the number: it is an address where nobody lives."""
    assert refused(host.get(f"/tasks/{digits}"), 404, "not_found")


@pytest.mark.parametrize("text", ["abc", "1.5", "-1"])
def test_what_is_no_number_is_no_id(host: Person, text: str):
    """An id that cannot be one is a mistake of the request, named like the parameter."""
    assert refused(host.get(f"/projects/{text}/columns"), 422, "validation_failed", "project_id")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "offset=-1", "offset=1000001"])
def test_page_limits(host: Person, query: str):
    """A page outside the limits is refused, by the parameter's name."""
    assert refused(host.get(f"/projects?{query}"), 422, "validation_failed", query.partition("=")[0])


def test_a_page_behind_the_end_is_empty(host: Person, hall: dict):
    """The total stays true, and what was asked for is repeated."""
    page = host.get_json(f"/projects/{hall['id']}/members", limit=7, offset=1000)

    assert {"items": [], "total": 1, "limit": 7, "offset": 1000} == page


def test_the_document_names_every_path(client: Client):
    """OpenAPI 3, with the paths of the contract."""
    document = client.get("/openapi.json").json()

    assert document["openapi"].startswith("3.")
    assert {"/health", "/auth/token", "/projects", "/tasks"} <= document["paths"].keys()
