"""Settings. Everything that a person may change comes from the environment."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from backend.accounts.keyfile import key_file
from backend.project.databases import database_from_url
from backend.project.paths import data_dir, socket_dir


def _is_on(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on")


def _list(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def _number(name: str, usual: int, highest: int) -> int:
    given = os.environ.get(name, "").strip() or str(usual)
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= highest):
        raise ImproperlyConfigured(f"{name} is {given!r}; it must be a whole number from 1 to {highest}.")
    return int(given)


BASE_DIR = Path(__file__).resolve().parents[2]
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"

# --- this installation -------------------------------------------------------------------------------------
# "local" (one person's machine) or "production" (others depend on it: see `production.py`).
TREADLE_ENV = os.environ.get("TREADLE_ENV", "").strip().lower() or "local"
TREADLE_PRODUCTION = TREADLE_ENV == "production"
TREADLE_WORKERS = _number("TREADLE_WORKERS", 1, 10_000)  # as declared, on all machines together
# Days that a run is kept after its end, whatever a workspace says.
TREADLE_KEEP_AT_LEAST_DAYS = _number("TREADLE_KEEP_AT_LEAST_DAYS", 7, 3_650)
TREADLE_DATA = data_dir()
_sqlite = os.environ.get("TREADLE_SQLITE_FOLDER", "").strip()
TREADLE_SQLITE_FOLDER = Path(_sqlite) if _sqlite else None
# Which programs on the workers' machine are servers of tools (`backend/tools/machine.py`).
_tool_servers = os.environ.get("TREADLE_TOOL_SERVERS", "").strip()
TREADLE_TOOL_SERVERS = Path(_tool_servers) if _tool_servers else None
TREADLE_SOCKETS = socket_dir(TREADLE_DATA)
TREADLE_KEYS = TREADLE_DATA / "keys"
TREADLE_HOST = os.environ.get("TREADLE_HOST", "127.0.0.1")
TREADLE_PORT = _number("PORT", 8000, 65_535)
# Where people reach this installation. An https address also turns on secure cookies and HSTS.
TREADLE_URL = os.environ.get("TREADLE_URL", f"http://127.0.0.1:{TREADLE_PORT}").rstrip("/")
# Where this installation's workers reach its web process, for the sample service.
_listens = "127.0.0.1" if TREADLE_HOST in ("0.0.0.0", "::", "") else TREADLE_HOST  # noqa: S104
_listens = f"[{_listens}]" if ":" in _listens else _listens
TREADLE_INTERNAL_URL = os.environ.get("TREADLE_INTERNAL_URL") or f"http://{_listens}:{TREADLE_PORT}"
TREADLE_MODEL_HOST = os.environ.get("TREADLE_MODEL_HOST", str(TREADLE_SOCKETS / "model.sock"))
REDIS_URL = os.environ.get("REDIS_URL", f"unix://{TREADLE_SOCKETS / 'redis.sock'}")

DEBUG = _is_on("TREADLE_DEBUG")
SECRET_KEY = os.environ.get("TREADLE_SECRET_KEY") or key_file(TREADLE_KEYS, "secret")
# Keys of the vault beside those in the data folder, oldest first: the last one encrypts, all decrypt.
TREADLE_VAULT_KEYS = _list("TREADLE_VAULT_OLD_KEYS") + _list("TREADLE_VAULT_KEY")
_url = urlsplit(TREADLE_URL)
_https = _url.scheme == "https"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *_list("TREADLE_ALLOWED_HOSTS")]
_ours = (_url.hostname, urlsplit(TREADLE_INTERNAL_URL).hostname, TREADLE_HOST)
ALLOWED_HOSTS += [host for host in _ours if host and host not in ("0.0.0.0", "::")]  # noqa: S104
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None

# --- Django ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "channels",
    "ninja",
    "backend.project",
    "backend.accounts",
    "backend.workflows",
    "backend.knowledge",
    "backend.mail",
    "backend.tools",
    "backend.files",
    "backend.runs",
    "backend.memory",
    "backend.usage",
    "backend.retention",
    "backend.providers",
    "backend.publish",
    "workers",  # its commands; a name here is no import
]
ROOT_URLCONF = "backend.project.urls"
ASGI_APPLICATION = "backend.project.asgi.application"
MIDDLEWARE = [
    "backend.project.middleware.FrameMiddleware",
    "backend.project.middleware.ConsoleMiddleware",
]
DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL"), TREADLE_DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
APPEND_SLASH = False

# --- who is who --------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["backend.accounts.auth.ByEmail"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_COOKIE_NAME = "treadle_session"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
CSRF_FAILURE_VIEW = "backend.project.errors.csrf_failed"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0

# --- words and times ---------------------------------------------------------------------------------------
LANGUAGES = [("en", "English"), ("zh", "中文")]
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# --- the doorbell and the live view ------------------------------------------------------------------------
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py 8 gives up a silent connection after 5 s unless told not to.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": "treadle"},
    },
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "priority_steps": [0],
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "global_keyprefix": "treadle:",
}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "runs"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- log ---------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Refused requests are answers, not events; what really failed is logged with its request id.
    "loggers": {
        "django.request": {"level": "CRITICAL"},
        "django.security.csrf": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "httpx": {"level": "WARNING"},
    },
}
