"""Settings: what differs from one installation to the next comes from the environment, once, here."""

import os
import secrets
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

SHORTEST_SECRET = 32

# A database that has gone silent is given up after some seconds, so that nobody waits for ever.
NETWORK = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 8000,
}


def database(url: str) -> dict[str, object]:
    """Django's description of the database that the URL names."""
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured("DATABASE_URL must be given, and begin with postgresql://")
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {**NETWORK, **parts},
        # One connection for each thread of the server, kept, and looked at before it is used again.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def seconds(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number of seconds, not {text!r}")
    return int(text)


def secret_key() -> str:
    """The key; without one a random one, which makes every token worthless at the next start."""
    key = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48)
    if len(key) < SHORTEST_SECRET:
        raise ImproperlyConfigured(f"SECRET_KEY must have {SHORTEST_SECRET} random characters or more")
    return key


DEBUG = False
SECRET_KEY = secret_key()
ACCESS_TTL = seconds("TOKEN_TTL_SECONDS", 900)
REFRESH_TTL = seconds("REFRESH_TTL_SECONDS", 14 * 24 * 3600)

ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "config.urls"
INSTALLED_APPS = ["board"]
MIDDLEWARE = ["board.http.one_form_of_errors"]
APPEND_SLASH = False
# A query may have any number of parameters that we do not know.
DATA_UPLOAD_MAX_NUMBER_FIELDS = None

DATABASES = {"default": database(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

CHEAP_HASHES = os.environ.get("PASSWORD_HASH_COST") == "minimum"
PASSWORD_HASHERS = ["board.security.CheapArgon2" if CHEAP_HASHES else "board.security.Argon2"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # What is wrong with a request is told to its sender; the log of accesses has the status.
    "loggers": {"django.request": {"level": "ERROR"}, "httpx": {"level": "WARNING"}},
}
