"""Which libraries a project uses, of those that can be imported ahead without changing what a program does."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

# Libraries whose import starts no thread, opens no connection and reads nothing of the program's environment; beside
# each, what it imports only when it is used.
SAFE: dict[str, tuple[str, ...]] = {
    "alembic": (),
    "anyio": ("anyio._backends._asyncio",),
    "argon2": ("argon2.low_level",),
    "bcrypt": (),
    "django": ("django.db.backends.postgresql.base", "django.core.handlers.wsgi", "django.contrib.auth.hashers"),
    "email_validator": (),
    "fastapi": (
        *("fastapi.openapi.utils", "fastapi.security", "fastapi.exception_handlers", "fastapi.encoders"),
        *("anyio._backends._asyncio", "email.parser", "python_multipart", "pydantic.v1"),
    ),
    "flask": ("werkzeug.serving", "flask.json.provider"),
    "gunicorn": ("gunicorn.app.wsgiapp", "gunicorn.workers.sync"),
    "h11": (),
    "httpx": (),
    "jinja2": (),
    "jose": (),
    "jwt": ("jwt.algorithms",),
    "passlib": ("passlib.handlers.bcrypt", "passlib.handlers.argon2"),
    "pg8000": (),
    "psycopg": ("psycopg_binary", "psycopg.types.numeric", "psycopg.types.uuid", "psycopg.types.json"),
    "psycopg2": (),
    "psycopg_pool": (),
    "pydantic": ("pydantic.v1", "pydantic.networks", "pydantic.json_schema", "pydantic._internal._generate_schema"),
    "pydantic_settings": (),
    "pytest": (
        *(
            "_pytest.main",
            "_pytest.python",
            "_pytest.fixtures",
            "_pytest.runner",
            "_pytest.capture",
            "_pytest.terminal",
        ),
        *(
            "_pytest.junitxml",
            "_pytest.assertion.rewrite",
            "_pytest.cacheprovider",
            "_pytest.tmpdir",
            "_pytest.logging",
        ),
    ),
    "redis": (),
    "rest_framework": (),
    "sqlalchemy": (
        *("sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite", "sqlalchemy.ext.asyncio"),
        *("psycopg", "psycopg.types.numeric", "psycopg.types.uuid", "psycopg.types.json"),
    ),
    "sqlmodel": ("sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite", "psycopg"),
    "starlette": (),
    "uvicorn": (
        *("uvicorn.main", "uvicorn.loops.auto", "uvicorn.loops.asyncio", "uvicorn.lifespan.on"),
        *("uvicorn.protocols.http.auto", "uvicorn.protocols.http.h11_impl", "uvicorn.protocols.websockets.auto"),
        *("uvicorn.protocols.http.httptools_impl", "asyncio", "logging.config"),
    ),
    "waitress": ("waitress.server",),
    "werkzeug": ("werkzeug.serving",),
    "wsgiref": ("wsgiref.simple_server",),
}
_NOT_SEARCHED = frozenset({".venv", "venv", ".git", "__pycache__", "node_modules", "tests", "migrations"})
_MOST_FILES = 500


def libraries_in(project: Path, *commands: str) -> tuple[str, ...]:
    """Modules to import ahead for the program in *project*: what its files, and the words of *commands*, name."""
    named = {name for path in _sources(project) for name in _imported(path)} | {
        word for command in commands for word in command.split()
    }
    safe = sorted(name for name in named if name.partition(".")[0] in SAFE and not shadowed(project, [name]))
    further = [extra for library in SAFE for extra in SAFE[library] if any(_is_of(name, library) for name in safe)]
    return tuple(dict.fromkeys([*safe, *further]))


def shadowed(project: Path, modules: Iterable[str]) -> bool:
    """Whether *project* has a module of its own by one of these names: its program must not get the library's."""
    tops = {name.partition(".")[0] for name in modules}
    return any((project / top).is_dir() or (project / f"{top}.py").exists() for top in tops)


def _is_of(name: str, library: str) -> bool:
    return name.partition(".")[0] == library


def _sources(project: Path) -> Iterator[Path]:
    found = (path for path in project.rglob("*.py") if not _NOT_SEARCHED.intersection(path.relative_to(project).parts))
    for _, path in zip(range(_MOST_FILES), found, strict=False):
        yield path


def _imported(path: Path) -> Iterator[str]:
    """Dotted names that a file imports from elsewhere; none if it is not Python at this moment."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
