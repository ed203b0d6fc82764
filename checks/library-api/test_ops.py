"""Linux and Git: a process that is configured, watched and ended from outside, and a repository (§1, §3, §10)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from file_secrets import findings
from library import Member, a_book, add_book, expect_error, log_in, sign_up
from past import Past, busy

from roadmap_cli.checking import (
    API,
    Answer,
    Database,
    Json,
    Repository,
    Server,
    blocked_by,
    eventually,
    expect,
    fail,
    requirement,
)
from roadmap_cli.checking.repository import Commit

ENDED = (0, 143, -15)
STOP_SECONDS = 5
BACK_SECONDS = 10
SECOND = timedelta(seconds=1)

# --- ops.environment


@requirement("ops.environment")
def test_loan_days_are_obeyed(api: API, restarted: Server) -> None:
    """A loan lasts as long as LOAN_DAYS says, to the second; alone and in a batch."""
    days = int(restarted.environment["LOAN_DAYS"])
    alone, together = new_books(api, restarted, 2)
    member = Patient(sign_up(api))
    loan = member.post("/loans", json={"book_id": alone}).expect(201)
    expect_lasts(loan.json, days)

    member.post(f"/loans/{loan['id'].integer}/return").expect(200)
    batch = member.post("/loans/batch", json={"book_ids": [together]}).expect(201)
    expect_lasts(batch["items"][0], days)


@requirement("ops.environment")
def test_max_open_loans_is_obeyed(api: API, restarted: Server) -> None:
    """A user may have as many open loans as MAX_OPEN_LOANS says, and not one more, not even by a batch."""
    limit = int(restarted.environment["MAX_OPEN_LOANS"])
    books = new_books(api, restarted, limit + 1)
    member = Patient(sign_up(api))

    expect_error(member.post("/loans/batch", json={"book_ids": books}), 409, "loan_limit_reached")
    for book in books[:limit]:
        member.post("/loans", json={"book_id": book}).expect(201)
    expect_error(member.post("/loans", json={"book_id": books[limit]}), 409, "loan_limit_reached")


# --- ops.librarian


@requirement("ops.librarian")
def test_the_librarian_is_there(api: API, environment: dict[str, str]) -> None:
    """The account of LIBRARIAN_EMAIL can log in, is a librarian, and may do what librarians may."""
    librarian = api.with_token(log_in(api, environment["LIBRARIAN_EMAIL"], environment["LIBRARIAN_PASSWORD"]))

    me = librarian.get("/users/me").expect(200)
    me.has("id", "name", email=environment["LIBRARIAN_EMAIL"].lower(), role="librarian")
    librarian.post("/books", json=a_book(api.draw)).expect(201)


@requirement("ops.librarian")
def test_nobody_else_can_take_the_address(api: API, environment: dict[str, str]) -> None:
    """The librarian's address is taken like any other, and another password does not open the account."""
    person = {"email": environment["LIBRARIAN_EMAIL"], "name": api.draw.name(), "password": api.draw.password()}

    expect_error(api.post("/auth/register", json=person), 409, "email_taken")
    login = {"email": person["email"], "password": person["password"]}
    expect_error(api.post("/auth/login", json=login), 401, "unauthorized")


@requirement("ops.librarian")
def test_an_account_that_exists_stays_as_it_is(api: API, server: Server, environment: dict[str, str]) -> None:
    """Started with the address of somebody who has an account: no other password, role or name, and no other user."""
    member, other = sign_up(api), api.draw.password()
    before = number_of_users(api, environment)
    server.restart(LIBRARIAN_EMAIL=member.email.upper(), LIBRARIAN_PASSWORD=other)

    refused = api.post("/auth/login", json={"email": member.email, "password": other})
    words = "The address already had an account, so LIBRARIAN_PASSWORD does not open it."
    expect(refused.status == 401, words, expected=401, actual=refused.status, answer=refused)
    kept = api.post("/auth/login", json={"email": member.email, "password": member.password})
    words = "The address already had an account, so the password of that account still opens it."
    expect(kept.status == 200, words, expected=200, actual=kept.status, answer=kept)
    me = anew(api, member).get("/users/me").expect(200)
    for field, value in (("id", member.id), ("name", member.name), ("role", "member")):
        words = f"The address of LIBRARIAN_EMAIL had an account before the start, so its {field} stays as it was."
        me[field].expect(me[field].value == value, words, expected=value)
    after = number_of_users(api, environment)
    words = "LIBRARIAN_EMAIL was the address of an account, in capital letters: the start added no user."
    expect(after == before, words, expected=f"{before} users", actual=f"{after} users")


# --- ops.ready


@requirement("ops.ready")
def test_ready(api: API) -> None:
    """With a database /ready says so."""
    api.get("/ready").expect(200).has(status="ready")


@requirement("ops.ready")
def test_not_ready_without_a_database(api: API, database: Database, restarted: Server) -> None:
    """While nobody can reach the database /ready is 503 and /health 200; afterwards everything works by itself."""
    with left_running(restarted):
        busy(api)
        with database.cut_off():
            for _ in range(2):
                expect_error(api.get("/ready"), 503, "not_ready")
                api.get("/health").expect(200).has(status="ok")

        expect_ready_again(api)
        for answer in busy(api):
            answer.expect(200).has("items", "total")


@requirement("ops.ready")
def test_a_short_absence_leaves_nothing_broken(api: API, database: Database, restarted: Server) -> None:
    """A database that was away between two requests, so that all connections are dead, is found again by itself."""
    with left_running(restarted):
        busy(api)
        with database.cut_off():
            pass

        expect_ready_again(api)
        for answer in busy(api):
            answer.expect(200)
        new_books(api, restarted, 1)


# --- ops.sigterm


@requirement("ops.sigterm")
def test_sigterm_ends_it(past: Past, restarted: Server, api: API) -> None:
    """On SIGTERM the server ends in time and properly, and takes all its processes with it; then it can start again."""
    stopped = past.stopped
    seen = f"{stopped.seconds:.1f} s" + ("" if stopped.in_time else ", then we ended it by force")

    words = f"Your server ends within {STOP_SECONDS} seconds after SIGTERM."
    expect(stopped.in_time, words, expected=f"at most {STOP_SECONDS} s", actual=seen)
    words = "After SIGTERM your server ends with status 0 or 143, or by the signal itself."
    expect(stopped.status in ENDED, words, expected="0, 143 or SIGTERM", actual=f"status {stopped.status}")
    words = "No process of your server is left behind."
    expect(not stopped.left_behind, words, expected="none", actual="; ".join(stopped.left_behind))
    api.get("/health").expect(200).has(status="ok")


# --- git.history


@requirement("git.history")
def test_commits(repository: Repository) -> None:
    """At least eight commits, merges aside, none of them empty."""
    commits = own_commits(existing(repository, "git.history"))

    expect(
        len(commits) >= 8, "main has 8 commits or more, merges not counted.", expected="at least 8", actual=len(commits)
    )
    empty = [named(commit) for commit in commits if not commit.files]
    expect(not empty, "Every commit changes a file.", expected="no empty commit", actual="; ".join(empty))


@requirement("git.history")
def test_small_steps(repository: Repository) -> None:
    """No single commit holds more than 60 % of all lines that were ever added."""
    commits = own_commits(existing(repository, "git.history"))
    largest, total = max(commits, key=lambda commit: commit.added), sum(commit.added for commit in commits)

    share = f"{largest.added} of {total} lines in {named(largest)}"
    expect(
        largest.added * 10 <= total * 6,
        "No commit holds more than 60 % of all added lines.",
        expected="small steps",
        actual=share,
    )


# --- git.merge


@requirement("git.merge")
def test_a_merged_branch(repository: Repository) -> None:
    """A branch with two commits or more was merged, and the merge can be seen."""
    there = existing(repository, "git.merge")
    parents = {commit.id: commit.parents for commit in there.commits()}
    merges = [two for two in parents.values() if len(two) == 2]
    brought = max((len(ancestors(parents, two[1]) - ancestors(parents, two[0])) for two in merges), default=0)

    words = "A merge commit brings a branch of 2 commits or more."
    seen = f"{len(merges)} merge commits, the largest of which brings {brought} commits"
    expect(brought >= 2, words, expected="2 or more commits from its second parent", actual=seen)


# --- git.messages


@requirement("git.messages")
def test_subjects(repository: Repository) -> None:
    """The first line of each message has 10 to 72 characters and more than one word, and no full stop at its end."""
    for commit in existing(repository, "git.messages").commits():
        subject = commit.subject.strip()
        if subject.startswith(("Merge ", "Revert ")):
            continue
        shown = f"{len(subject)} characters: {named(commit)}"
        expect(10 <= len(subject) <= 72, "A first line has 10 to 72 characters.", expected="10 to 72", actual=shown)
        expect(
            len(subject.split()) > 1, "A first line is more than one word.", expected="a short sentence", actual=shown
        )
        expect(not subject.endswith("."), "A first line does not end with a full stop.", actual=shown)


@requirement("git.messages")
def test_second_lines(repository: Repository) -> None:
    """The second line of a message, if there is one, is empty."""
    for commit in existing(repository, "git.messages").commits():
        second = commit.body.split("\n", 1)[0]

        words = f"An empty line follows the first line of the message of {named(commit)}."
        expect(not second.strip(), words, expected="an empty line", actual=second)


# --- git.ignored

IGNORED = (".env", "library.db", "data.sqlite3", "server.log")
IGNORED_FOLDERS = (".venv", "venv", "__pycache__")


@requirement("git.ignored")
def test_ignored(repository: Repository) -> None:
    """Git ignores what a machine makes for itself."""
    there = existing(repository, "git.ignored")
    for name in IGNORED:
        expect(
            there.ignores(name),
            f"Git ignores {name}.",
            expected=f"a line in .gitignore for {name}",
            actual="not ignored",
        )

    for name in IGNORED_FOLDERS:
        ignored = there.ignores(f"{name}/") or there.ignores(f"{name}/anything")
        expect(ignored, f"Git ignores {name}/.", expected=f"a line in .gitignore for {name}/", actual="not ignored")


@requirement("git.ignored")
def test_not_ignored(repository: Repository) -> None:
    """Git does not ignore .env.example, which tells a newcomer what to set; nor the code."""
    there = existing(repository, "git.ignored")

    words = "Git does not ignore .env.example."
    expect(
        not there.ignores(".env.example"), words, expected="not ignored", actual="ignored by a pattern such as .env*"
    )


@requirement("git.ignored")
def test_none_is_committed(repository: Repository) -> None:
    """No file that is to be ignored is in the present commit."""
    there = existing(repository, "git.ignored")
    committed = [path for path in there.tracked() if machine_made(path)]

    words = "No file that Git should ignore is in the present commit."
    expect(not committed, words, expected="none", actual=", ".join(committed[:10]))


# --- git.secrets


@requirement("git.secrets")
def test_no_secret_ever(repository: Repository) -> None:
    """No commit on any branch or tag holds, or ever held, a secret."""
    there = existing(repository, "git.secrets")
    found = findings(there.blobs())

    words = "No commit holds, or ever held, a key or a password."
    expect(not found, words, expected="nothing", actual="; ".join(map(str, found[:10])))


# --- git.clean


@requirement("git.clean")
def test_everything_is_committed(repository: Repository) -> None:
    """There is nothing changed, and nothing untracked."""
    status = existing(repository, "git.clean").status()

    expect(
        not status,
        "git status shows neither changed nor untracked files.",
        expected="nothing",
        actual="; ".join(status[:10]),
    )


# --- worlds and words


@dataclass
class Patient:
    """A member who logs in again when a token has become too old: on the restarted server that is soon."""

    member: Member

    def post(self, path: str, *, json: Any = ...) -> Answer:
        """POST as this member."""
        answer = self.member.api.post(path, json=json)
        if answer.status != 401:
            return answer
        self.member = replace(self.member, api=anew(self.member.api, self.member))
        return self.member.api.post(path, json=json)


def anew(api: API, member: Member) -> API:
    """A client with a token that is just now issued."""
    return api.with_token(log_in(api, member.email, member.password))


def new_books(api: API, server: Server, count: int) -> list[int]:
    """The ids of new books, made by the librarian, who has just logged in."""
    email, password = (server.environment[f"LIBRARIAN_{what}"] for what in ("EMAIL", "PASSWORD"))
    librarian = api.with_token(log_in(api, email, password))
    return [add_book(librarian)["id"].integer for _ in range(count)]


def number_of_users(api: API, environment: dict[str, str]) -> Any:
    """How many users there are, as the usual librarian sees it; None if there is no such list (users.list)."""
    token = log_in(api, environment["LIBRARIAN_EMAIL"], environment["LIBRARIAN_PASSWORD"])
    answer = api.with_token(token).get("/users", query={"limit": 1})
    there = answer.json.value if answer.status == 200 else None
    return there.get("total") if isinstance(there, dict) else None


def expect_lasts(loan: Json, days: int) -> None:
    """The loan is due so many days after it began."""
    lasts, wanted = loan["due_at"].time - loan["borrowed_at"].time, timedelta(days=days)
    sentence = f"The server was started with LOAN_DAYS={days}, so due_at is {days} days after borrowed_at."
    loan["due_at"].expect(abs(lasts - wanted) <= SECOND, sentence, expected=str(wanted), actual=str(lasts))


def expect_ready_again(api: API) -> None:
    """The database is back, and the server notices by itself."""
    sentence = "/ready is 200 again soon after the database came back."
    eventually(lambda: api.get("/ready").status == 200, seconds=BACK_SECONDS, sentence=sentence)


@contextmanager
def left_running(server: Server) -> Iterator[None]:
    """A server that does not find back by itself is started again: the checks after this one are not its victims."""
    try:
        yield
    except BaseException:
        server.stop()
        server.start()
        raise


def existing(repository: Repository, requirement: str) -> Repository:
    """The repository, if there is one with a commit in it; everything but git.history is blocked otherwise."""
    if not (repository.is_repository and repository.commits_exist):
        words = "The project folder is the top of a Git repository of its own, with a commit in it."
        if requirement != "git.history":
            blocked_by("git.history", words)
        there = "a repository without a commit" if repository.is_repository else "no repository"
        fail(words, expected="git init, git add, git commit", actual=there)
    return repository


def own_commits(repository: Repository) -> list[Commit]:
    """All commits on main but the merges."""
    return [commit for commit in repository.commits() if not commit.is_merge]


def named(commit: Commit) -> str:
    """A commit as `git log --oneline` names it."""
    return f"{commit.id[:8]} {commit.subject[:80]}"


def ancestors(parents: dict[str, tuple[str, ...]], id: str) -> set[str]:
    """The commit and all that can be reached from it."""
    seen: set[str] = set()
    waiting = [id]
    while waiting:
        if (one := waiting.pop()) not in seen:
            seen.add(one)
            waiting.extend(parents.get(one, ()))
    return seen


def machine_made(path: str) -> bool:
    """Whether this is one of the files that are to be ignored."""
    *folders, name = path.split("/")
    return name in IGNORED or any(folder in IGNORED_FOLDERS for folder in folders)
