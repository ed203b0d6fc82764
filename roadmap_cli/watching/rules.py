"""Which files of a project are its content: what the learner writes, not what programs leave behind.

Later layers win over earlier ones, as in Git: what we leave out by ourselves, then every `.gitignore` from the
repository's top down to the file. A `!` rule of the learner's brings back what we would leave out. What decides how
the server runs is content whatever Git is told: `roadmap.toml`, `.env`, and what the serve command names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

GITIGNORE = ".gitignore"
_NEVER = frozenset({".git", ".hg", ".svn", ".roadmap"})
_ALWAYS = frozenset({"roadmap.toml", ".env"})
_VENV = "pyvenv.cfg"  # what makes a folder a virtual environment, whatever its name

_USUAL = """
__pycache__/
*.py[cod]
.venv/
venv/
.tox/
.nox/
.eggs/
*.egg-info/
.*_cache/
.cache/
.hypothesis/
.coverage
.coverage.*
htmlcov/
.ipynb_checkpoints/
node_modules/
.npm/
.yarn/
.pnpm-store/
.next/
.nuxt/
.turbo/
.parcel-cache/
.gradle/
.kotlin/
.settings/
*.class

*.db
*.db3
*.sqlite
*.sqlite3
*-journal
*-wal
*-shm
*.rdb

*.log
*.log.[0-9]*
/logs/
/tmp/
*.tmp
*.temp
*.pid
*.sock
nohup.out

.idea/
.vscode/
.vs/
.fleet/
.zed/
*.sw[a-p]
*.swx
*~
.#*
\\#*\\#
4913
*___jb_tmp___
*___jb_old___
*.kate-swp
*.bak
.goutputstream-*
.~lock.*
.fuse_hidden*
.nfs[0-9a-f]*
.DS_Store
Thumbs.db
desktop.ini
.roadmap-*
"""

# A folder of these names beside one of these files is what a build leaves behind; elsewhere it may be source code.
_BUILT = "/target/\n/build/\n/dist/\n/out/\n/obj/\n"
_BUILD_FILES = (
    *("pom.xml", "build.gradle*", "settings.gradle*", "build.sbt", "Cargo.toml", "package.json", "*.csproj"),
    *("pyproject.toml", "setup.py", "CMakeLists.txt", "mix.exs", "build.zig"),
)


@dataclass(frozen=True)
class Layer:
    """Rules in the form of a `.gitignore`, for everything below *base* (a path that ends with a slash, or nothing)."""

    base: str
    text: bytes

    def says(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether *path* is to be left out; None if no rule speaks of it."""
        below = path[len(self.base) :] + ("/" if is_folder else "")
        return _spec(self.text).check_file(below).include


Layers = tuple[Layer, ...]


@dataclass(frozen=True)
class Top:
    """Where rules begin: *above* is the project's path from the top of its repository, and *layers* hold from there."""

    above: str
    layers: Layers

    @staticmethod
    def of(root: Path) -> Top:
        """The rules that a project in *root* is subject to before its own `.gitignore` is read."""
        parents = _within_repository(root)
        top = parents[-1] if parents else root
        above = _slashed(root.relative_to(top).as_posix())
        layers: Layers = ()
        for folder in reversed(parents):
            layers += _layer(_slashed(folder.relative_to(top).as_posix()), _read(folder / GITIGNORE))
        if _left_out(above.rstrip("/"), layers):
            layers = ()  # a repository that ignores the whole project has no say in what is in it
        return Top(above, (Layer(above, _USUAL.encode()), *layers))


def layers_in(folder: Path, base: str, names: Iterable[str], outer: Layers) -> Layers:
    """The rules for what is in *folder*, whose entries are *names* and whose path is *base*."""
    given = set(names)
    built = (Layer(base, _BUILT.encode()),) if any(_is_build_file(name) for name in given) else ()
    own = _layer(base, _read(folder / GITIGNORE)) if GITIGNORE in given else ()
    return (*outer, *built, *own)


def is_left_out(path: str, name: str, layers: Layers, *, is_folder: bool) -> bool:
    """Whether *path*, whose last part is *name*, is no content."""
    if name in _NEVER:
        return True
    if is_folder:
        return _decided(path, layers, is_folder=True)
    if name in _ALWAYS or (name.startswith(".env.") and not layers[0].says(path, is_folder=False)):
        return False
    return _decided(path, layers, is_folder=False)


def is_environment(names: Iterable[str]) -> bool:
    """Whether a folder with these entries is a virtual environment."""
    return _VENV in names


def _decided(path: str, layers: Layers, *, is_folder: bool) -> bool:
    for layer in reversed(layers):
        said = layer.says(path, is_folder=is_folder)
        if said is not None:
            return said
    return False


def _left_out(path: str, layers: Layers) -> bool:
    """Whether *path* or a folder that it lies in is left out."""
    parts = path.split("/") if path else []
    return any(_decided("/".join(parts[: n + 1]), layers, is_folder=True) for n in range(len(parts)))


def _within_repository(root: Path) -> list[Path]:
    """The folders above *root* up to the one that holds the Git repository; none if *root* does, or nobody."""
    if (root / ".git").exists():
        return []
    for number, folder in enumerate(root.parents):
        if (folder / ".git").exists():
            return list(root.parents[: number + 1])
    return []


def _layer(base: str, text: bytes) -> Layers:
    return (Layer(base, text),) if text.strip() else ()


def _slashed(path: str) -> str:
    return "" if path in ("", ".") else f"{path}/"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _is_build_file(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in _BUILD_FILES)


@lru_cache(maxsize=256)
def _spec(text: bytes) -> GitIgnoreSpec:
    """The rules of a text; a line that is no rule is passed over, as Git does."""
    from pathspec import GitIgnoreSpec

    lines = text.decode("utf-8-sig", "surrogateescape").splitlines()
    return GitIgnoreSpec.from_lines([line for line in lines if _is_rule(line)])


def _is_rule(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
