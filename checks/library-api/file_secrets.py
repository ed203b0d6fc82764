"""What must never be in a commit: CONTRACT.md §10, *No secrets*, as a function of a file's path and content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from roadmap_cli.checking.repository import Blob

SHORTEST = 8
HARMLESS_NAMES = ("example", "sample", "template", "readme")
HARMLESS_ENDINGS = ("example", "sample", "template")
KEY_FILES = ("*.pem", "*.key", "id_rsa", "id_ed25519", "*.p12")
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")

NAME = r"\b(?P<name>SECRET_KEY|LIBRARIAN_PASSWORD|DATABASE_URL)\b"
QUOTED = r"""(?P<prefix>[A-Za-z]{0,2})(?P<quote>["'`])(?P<value>.*?)(?P=quote)"""
WRAPPED = r"(?:(?:Field|SecretStr|Secret)\(\s*(?:default\s*=\s*)?)?"
READERS = r"(?i:setenv|putenv|setdefault|getenv|get|str|env|config|setproperty|getproperty|getordefault)"
PATTERNS = (
    # SECRET_KEY = "…", SECRET_KEY: str = "…", os.environ["SECRET_KEY"] = "…", "SECRET_KEY": "…"
    re.compile(rf"""{NAME}["'`]?\]?\s*(?::\s*[\w.|\[\] ]+?)?\s*(?:=>|:=|[=:])\s*{WRAPPED}{QUOTED}"""),
    # os.getenv("SECRET_KEY", "…"), os.environ.setdefault("SECRET_KEY", "…")
    re.compile(rf"""{READERS}\(\s*["'`]{NAME}["'`]\s*,\s*(?:default\s*=\s*)?{QUOTED}"""),
    # process.env.SECRET_KEY || "…", os.environ.get("SECRET_KEY") or "…"
    re.compile(rf"""{NAME}["'`]?[\])]*\s*(?:\|\||\?\?|\bor\b)\s*{QUOTED}"""),
    # ${SECRET_KEY:-…} of a shell or docker-compose.yml, ${SECRET_KEY:…} of Spring
    re.compile(rf"\$\{{{NAME}(?P<prefix>):[-=]?(?P<value>[^?+}}][^}}]*)\}}"),
)
# In these files words without quotes are values as they stand; elsewhere they are variables and calls.
BARE_FILES = re.compile(
    r"(^|/)(Dockerfile|Procfile)[^/]*$|\.(sh|bash|zsh|ya?ml|ini|cfg|conf|properties)$|(^|/)\.?env[^/]*$"
)
BARE = re.compile(rf"""^[^#]*?{NAME}(?P<prefix>)\s*[=:]\s*(?P<value>[^\s"'`#,;()<>]+)(?=[\s"'`#,;]|$)""")
PLACEHOLDER = re.compile(r"change-me|\$\{|\$\(|\{\{|^\$[A-Za-z_]|^%\(|^<.*>$", re.IGNORECASE)
URL_PASSWORD = re.compile(r"://[^\s:/@]*:(?P<password>[^@]+)@")


@dataclass(frozen=True)
class Finding:
    """A secret in a commit: where and of what kind, but never the secret itself."""

    path: str
    commit: str
    what: str

    def __str__(self) -> str:
        return f"{self.path} in commit {self.commit[:8]}: {self.what}"


def findings(blobs: Iterable[Blob]) -> list[Finding]:
    """Everything in these files that must not be there, by path."""
    found = {Finding(blob.path, blob.commit, what) for blob in blobs for what in secrets_of(blob.path, blob.text)}
    return sorted(found, key=lambda finding: (finding.path, finding.commit, finding.what))


def secrets_of(path: str, text: str) -> Iterator[str]:
    """What makes this file a secret, in words."""
    name = path.rpartition("/")[2]
    if is_harmless(path):
        return
    if is_environment(name):
        yield "a file of environment variables"
    if any(fnmatchcase(name, pattern) for pattern in KEY_FILES):
        yield "a key file"
    if PRIVATE_KEY.search(text):
        yield "a private key"
    if "\0" not in text:
        yield from settings_of(path, text)


def is_harmless(path: str) -> bool:
    """Whether the file may hold examples, by its name or place."""
    *folders, name = path.split("/")
    return name == "CONTRACT.md" or "tests" in folders or any(word in name.lower() for word in HARMLESS_NAMES)


def is_environment(name: str) -> bool:
    """Whether this is `.env` or `.env.local` and the like, but not `.env.example`."""
    return name == ".env" or (name.startswith(".env.") and name.removeprefix(".env.") not in HARMLESS_ENDINGS)


def settings_of(path: str, text: str) -> Iterator[str]:
    """The settings that a line of the file gives a literal value."""
    patterns = (*PATTERNS, BARE) if BARE_FILES.search(path) else PATTERNS
    for line in text.splitlines():
        if re.search(NAME, line):
            for match in (match for pattern in patterns for match in pattern.finditer(line)):
                if is_literal(match["name"], match["value"], match["prefix"]):
                    yield f"a line that sets {match['name']}"


def is_literal(name: str, value: str, prefix: str) -> bool:
    """Whether this is a literal of 8 characters or more, and no placeholder; in a DATABASE_URL the password counts."""
    if name == "DATABASE_URL":
        found = URL_PASSWORD.search(value)
        value = found["password"] if found and found["password"] != "postgres" else ""
    computed = ("f" in prefix.lower() and "{" in value) or value == name
    return len(value) >= SHORTEST and not computed and not PLACEHOLDER.search(value)
