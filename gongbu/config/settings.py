"""Settings. ``GONGBU_HOME`` (a folder) decides where data live; ``DATABASE_URL`` moves them to PostgreSQL.

``DATABASE_OWNER_URL`` names another role of the same database, which owns the tables (docs/postgresql-roles.md).
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from gongbu.ground.basics.keyfile import load_or_create

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("GONGBU_HOME", "var")).resolve()


def _secret_key() -> str:
    if key := os.environ.get("SECRET_KEY"):
        return key
    return load_or_create(HOME / "secret_key", lambda: secrets.token_urlsafe(48).encode()).decode().strip()


def _database(url: str | None) -> dict[str, Any]:
    if url:
        parts = urlsplit(url)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise SystemExit(f"DATABASE_URL 只支持 postgresql://，现为 {parts.scheme}://")
        return {
            "ENGINE": "gongbu.ground.basics.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            # A cursor kept at the server outlives the statement that opened it, and what was told with that.
            "DISABLE_SERVER_SIDE_CURSORS": True,
        }
    # STACK §4: WAL + IMMEDIATE + timeout gave no "database is locked"; FULL because an act is of record.
    return {
        "ENGINE": "gongbu.ground.basics.sqlite3",
        "NAME": HOME / "gongbu.sqlite3",
        "CONN_MAX_AGE": 600,
        "TEST": {"NAME": ":memory:"},
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000;"
            # An act writes some 25 pages; the default of 1,000 lets every fortieth writer pay for a checkpoint.
            " PRAGMA wal_autocheckpoint=4000;",
        },
    }


SECRET_KEY = _secret_key()
DEBUG = False
GALLERY = os.environ.get("GONGBU_GALLERY") == "1"  # samples of every component, for developers
ALLOWED_HOSTS = os.environ.get("GONGBU_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("GONGBU_ORIGINS", "").split(",") if o]
ROOT_URLCONF = "gongbu.config.urls"
WSGI_APPLICATION = "gongbu.config.wsgi.application"
DATABASES = {"default": _database(os.environ.get("DATABASE_URL"))}
# The role that owns the tables, for migrate, backup and restore only; the server's own (DATABASE_URL) then owns none.
_OWNER = _database(os.environ.get("DATABASE_OWNER_URL")) if os.environ.get("DATABASE_OWNER_URL") else {}
DATABASE_OWNER: dict[str, str] = {key: _OWNER[key] for key in ("USER", "PASSWORD", "HOST", "PORT") if _OWNER}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROLES_FILE = PACKAGE / "config" / "roles.yaml"
PACKS_DIR = PACKAGE / "packs"
FILES_DIR = HOME / "files"
KEYS_DIR = HOME / "keys"
# Where citizens reach this installation, as in https://xm.example.gov.cn: it stands in the QR codes of receipts.
PUBLIC_ORIGIN = os.environ.get("GONGBU_PUBLIC_ORIGIN", "").rstrip("/")

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_tasks",
    "django_tasks_db",
    "gongbu.ground.doors",
    "gongbu.ground.outbox",
    "gongbu.ground.ledger",
    "gongbu.ground.orgs",
    "gongbu.ground.calendar",
    "gongbu.ground.policy",
    "gongbu.ground.policy.sandbox",
    "gongbu.ground.documents",
    "gongbu.ground.papers",
    "gongbu.ground.inbox",
    "gongbu.ground.jobs",
    "gongbu.ground.registers",
    "gongbu.ground.registers.importing",
    "gongbu.ground.meetings",
    "gongbu.ground.experts",
    "gongbu.ground.notices",
    "gongbu.mainline.projects",
    "gongbu.mainline.likeness",
    "gongbu.mainline.objectives",
    "gongbu.mainline.reserve",
    "gongbu.mainline.selection",
    "gongbu.mainline.promotion",
    "gongbu.mainline.lists",
    "gongbu.mainline.approvals",
    "gongbu.outlets.cockpit",
]
AUTH_USER_MODEL = "orgs.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

# Outermost first. Rooms add their own; axes stays last, as its manual asks.
MIDDLEWARE = [
    "gongbu.ground.orgs.middleware.NothingTold",
    "gongbu.ground.registers.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gongbu.ground.orgs.middleware.ActorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gongbu.ground.registers.middleware.Refusals",
    "axes.middleware.AxesMiddleware",
]

# One template language (ADR-0002). Templates live in <room>/templates/<room>/.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": sorted([*PACKAGE.glob("*/*/templates"), *PACKAGE.glob("*/*/*/templates")]),
        "APP_DIRS": False,
        "OPTIONS": {"environment": "gongbu.ground.registers.jinja.environment"},
    }
]
CSRF_FAILURE_VIEW = "gongbu.ground.registers.errors.csrf_failure"

# Static files: esbuild writes hashed names, the build compresses them, whitenoise serves them from the package.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"[.-][0-9A-Za-z]{8}\.\w+$"

# Sessions and forms. GONGBU_HTTPS=1 when a TLS proxy stands in front.
_HTTPS = os.environ.get("GONGBU_HTTPS") == "1"
SESSION_ENGINE = "gongbu.ground.orgs.session_store"
# Behind TLS the prefix binds the cookies to this host: no neighbour on a shared domain can plant one.
SESSION_COOKIE_NAME = "__Host-gongbu_session" if _HTTPS else "gongbu_session"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _HTTPS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # never longer than the absolute limit below
SESSION_IDLE_MINUTES = int(os.environ.get("GONGBU_IDLE_MINUTES", "30"))  # both limits are kept by orgs.middleware
SESSION_MAX_HOURS = int(os.environ.get("GONGBU_SESSION_HOURS", "12"))
PASSWORD_MAX_AGE_DAYS = int(os.environ.get("GONGBU_PASSWORD_DAYS", "90"))
PASSWORD_MIN_LENGTH = 12
PASSWORDS_REMEMBERED = 5
TRUSTED_PROXIES = int(os.environ.get("GONGBU_PROXIES", "0"))  # how many of our own proxies append X-Forwarded-For
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = os.environ.get("GONGBU_TMP")

# Five wrong passwords lock a login name at an address for 30 minutes; orgs.signing bounds an address over all names.
SIGN_IN_FAILURES_PER_HOUR = int(os.environ.get("GONGBU_SIGN_IN_FAILURES", "100"))  # a whole office shares an address
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login_name"
AXES_USERNAME_CALLABLE = "gongbu.ground.orgs.client_ip.tried_login_name"
AXES_CLIENT_IP_CALLABLE = "gongbu.ground.orgs.client_ip.client_ip"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Single sign-on (OIDC) when GONGBU_OIDC_CLIENT_ID is set; the provider's addresses are given one by one.
OIDC_RP_CLIENT_ID = os.environ.get("GONGBU_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET = os.environ.get("GONGBU_OIDC_CLIENT_SECRET", "")
OIDC_OP_ISSUER = os.environ.get("GONGBU_OIDC_ISSUER", "")
OIDC_OP_AUTHORIZATION_ENDPOINT = os.environ.get("GONGBU_OIDC_AUTHORIZATION_URL", "")
OIDC_OP_TOKEN_ENDPOINT = os.environ.get("GONGBU_OIDC_TOKEN_URL", "")
OIDC_OP_USER_ENDPOINT = os.environ.get("GONGBU_OIDC_USERINFO_URL", "")
OIDC_OP_JWKS_ENDPOINT = os.environ.get("GONGBU_OIDC_JWKS_URL", "")
OIDC_RP_SIGN_ALGO = os.environ.get("GONGBU_OIDC_SIGN_ALGO", "RS256")
OIDC_RP_SCOPES = os.environ.get("GONGBU_OIDC_SCOPES", "openid profile")
OIDC_CREATE_USER = False
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10

TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": [], "OPTIONS": {}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "gongbu.config.logs.SingleLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("GONGBU_LOG_LEVEL", "WARNING")},
    "loggers": {
        "gongbu": {"level": os.environ.get("GONGBU_LOG_LEVEL", "INFO")},
        "django": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},  # a page not found is no event
    },
}
