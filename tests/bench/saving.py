"""Save to verdict: `roadmap watch`, beside pytest run by hand on an equal test, and the learner's app merely starting."""

from __future__ import annotations

import os
import queue
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from roadmap_cli.checking.server import with_system
from roadmap_cli.processes import free_port, scratch
from roadmap_cli.services.postgres import start_cluster
from roadmap_cli.specimens import lay_out_reference
from roadmap_cli.workspace import Workspace

ROADMAP = Path(sys.executable).with_name("roadmap")
REQUIREMENT = "books.delete"
SAVES = 50
BY_HAND = 10
GIVEN = {
    "SECRET_KEY": "a-key-for-the-benchmark-only-0123456789abcdef",
    "LIBRARIAN_EMAIL": "librarian@example.com",
    "LIBRARIAN_PASSWORD": "a-librarian-of-the-benchmark",
    "PASSWORD_HASH_COST": "1",
}

# What somebody would write who tests the same by hand: the app as a real server, the same requests.
EQUAL_TEST = """
import os, socket, subprocess, sys, time
import httpx, pytest

@pytest.fixture(scope="session")
def client():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0)); port = s.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port)])
    with httpx.Client(base_url=url) as client:
        while True:
            try:
                client.get("/health"); break
            except httpx.TransportError:
                time.sleep(0.005)
        who = {"email": os.environ["LIBRARIAN_EMAIL"], "password": os.environ["LIBRARIAN_PASSWORD"]}
        token = client.post("/auth/login", json=who).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client
    server.terminate(); server.wait()

def add(client, isbn):
    book = {"title": "Waves", "author": "V. W.", "isbn": isbn, "published_year": 1931, "copies_total": 2}
    answer = client.post("/books", json=book)
    assert answer.status_code == 201
    return answer.json()["id"]

def test_a_deleted_book_is_gone(client):
    kept, gone = add(client, "9780000000002"), add(client, "9780000000019")
    assert client.delete(f"/books/{gone}").status_code == 204
    assert client.get(f"/books/{gone}").status_code == 404
    assert client.delete(f"/books/{gone}").status_code == 404
    left = [book["id"] for book in client.get("/books?limit=100").json()["items"]]
    assert gone not in left and kept in left

def test_a_book_that_never_was_cannot_be_deleted(client):
    book = add(client, "9780000000026")
    assert client.delete("/books/999999").status_code == 404
    assert client.get(f"/books/{book}").status_code == 200

def test_a_deleted_book_leaves_its_isbn_but_not_its_id(client):
    first = add(client, "9780000000033")
    assert client.delete(f"/books/{first}").status_code == 204
    again = add(client, "9780000000033")
    assert again != first and client.get(f"/books/{first}").status_code == 404
"""


def watch() -> None:
    """Print p50 and p95 of fifty saves, and what the other two ways take."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        Workspace.create(workspace)
        project = workspace / "library-api"
        lay_out_reference("library-api", str(project))
        with _watching(project) as verdict:
            saves = [_saved(project, number, verdict) for number in range(SAVES)]
        with _database() as fresh_database:
            by_hand = [_by_hand(project, fresh_database()) for _ in range(BY_HAND)]
            starts = [_start(project, fresh_database()) for _ in range(BY_HAND)]
    rows = {
        f"save to verdict ({REQUIREMENT})": saves,
        "pytest by hand, an equal test": by_hand,
        "the app merely starting": starts,
    }
    base = statistics.median(saves)
    for name, spent in rows.items():
        p95 = statistics.quantiles(spent, n=20)[-1]
        print(
            f"  {name:34}p50 {statistics.median(spent) * 1000:6.0f} ms   p95 {p95 * 1000:6.0f} ms"
            f"   ratio {statistics.median(spent) / base:5.1f}   ({len(spent)} times)"
        )


@contextmanager
def _watching(project: Path) -> Iterator[Callable[[], float]]:
    """`roadmap watch` on the requirement; what is given waits for the next verdict on it and says when it came."""
    process = subprocess.Popen(
        [ROADMAP, "watch", REQUIREMENT, "--plain"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    verdicts: queue.Queue[float] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if REQUIREMENT in line:
                verdicts.put(time.perf_counter())

    threading.Thread(target=read, daemon=True).start()
    try:
        verdicts.get(timeout=60)  # the first run
        yield lambda: verdicts.get(timeout=60)
    finally:
        process.terminate()
        process.wait()


def _saved(project: Path, number: int, verdict: Callable[[], float]) -> float:
    """Save as an editor does, somewhere in the run that follows the last verdict; seconds until the next verdict."""
    time.sleep(random.uniform(0.2, 2))
    path = project / "app" / "services" / "books.py"
    text = path.read_text(encoding="utf-8").split("\n# save ")[0].rstrip("\n")
    aside = path.with_name(".books.py.new~")
    aside.write_text(f"{text}\n# save {number}\n", encoding="utf-8")
    begun = time.perf_counter()
    os.replace(aside, path)
    return verdict() - begun


@contextmanager
def _database() -> Iterator[Callable[[], str]]:
    """URLs of empty databases of a PostgreSQL that runs already."""
    cluster = start_cluster(scratch("bench"))
    try:
        yield lambda: cluster.database().url
    finally:
        cluster.close()


def _environment(database: str) -> dict[str, str]:
    return with_system({**GIVEN, "DATABASE_URL": database}, sys.executable)


def _by_hand(project: Path, database: str) -> float:
    test = project / "test_equal.py"
    test.write_text(EQUAL_TEST, encoding="utf-8")
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)],
        cwd=project,
        env=_environment(database),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begun


def _start(project: Path, database: str) -> float:
    port = free_port()
    begun = time.perf_counter()
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=project, env=_environment(database), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            break
        except OSError:
            time.sleep(0.005)
    spent = time.perf_counter() - begun
    server.terminate()
    server.wait()
    return spent
