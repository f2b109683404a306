"""Settings every process shares. What differs by place is read from the environment (docs/configuration.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config import env
from config.settings.modules import PLATFORM_MODULES, PUBLIC_MODULES
from platform_core.admin_site.appearance import ADMIN_APPEARANCE
from platform_core.embedded import running
from platform_core.languages import LANGUAGES as UI_LANGUAGES
from platform_core.modules.discovery import discover
from platform_core.observability.logging import logging_config
from platform_core.tenancy.pool import TURN_SECONDS, BoundedConnection, reset_connection
from platform_core.ui.csp import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = BASE_DIR / "var"

DEBUG = env.boolean("DEBUG", False)
DEMO = env.boolean("DEMO", False)
SECRET_KEY = env.text("SECRET_KEY", "")

# Hosts. Which host is whose stands in the database: the tenancy middleware answers an unknown one with 404.
BASE_DOMAIN = env.text("BASE_DOMAIN", "localhost").lower()
# How visitors reach this installation, for links in mails.
PUBLIC_SCHEME = "http"
PUBLIC_PORT = ""
HUB_HOSTS = frozenset({BASE_DOMAIN, *(host.lower() for host in env.words("HUB_HOSTS", []))})
ALLOWED_HOSTS = ["*"]
PATH_MODE = env.boolean("PATH_MODE", DEBUG)
USE_X_FORWARDED_HOST = env.boolean("ALLOWED_PROXY", False)
# Name servers to ask for the proofs of vendors' domains, by address; empty means the machine's own.
DNS_SERVERS = env.words("DNS_SERVERS", [])

# Apps. An app stands in the public schema or in the platforms', never in both; browser sessions and the
# admin's log are the exception, one table for the hub and one for each platform.
_EVERYWHERE = ["platform_core.sessions", "platform_core.admin_site.apps.AdminSitesConfig"]
SHARED_APPS = [
    # Before django_tenants, whose `migrate` it replaces.
    "platform_core",
    "platform_core.tenancy.tenants.TenantsConfig",
    # Its default config would put a site of its own into the place of ours.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    *_EVERYWHERE,
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_results",
    "django_prometheus",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "lucide",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    *PUBLIC_MODULES,
]
# Modules of other packages: those that their entry points name, and nobody else. Safe mode leaves them all out, to
# find out which is to blame; strict mode refuses to start where a module cannot be used.
MODULES_ALLOW = env.words("MODULES_ALLOW", [])
MODULES_SAFE_MODE = env.boolean("MODULES_SAFE_MODE", False)
MODULES_STRICT = env.boolean("MODULES_STRICT", False)
MODULES_FOUND = discover(
    PLATFORM_MODULES, beside=SHARED_APPS, allowed=MODULES_ALLOW, is_safe=MODULES_SAFE_MODE
)
# Whether menus show what the plan lacks, with a lock; else it is left out of them.
MENUS_SHOW_LOCKED = env.boolean("MENUS_SHOW_LOCKED", True)
TENANT_APPS = [*_EVERYWHERE, *MODULES_FOUND.apps]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]

TENANT_MODEL = "platform_core.Platform"
TENANT_DOMAIN_MODEL = "platform_core.Domain"
TENANT_DB_ALIAS = "owner"
TENANT_LIMIT_SET_CALLS = True
PG_EXTRA_SEARCH_PATHS = ["extensions"]
ORIGINAL_BACKEND = "django_prometheus.db.backends.postgresql"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANCY_VENDOR_TABLE = "tenancy_vendor"
# SET LOCAL inside one transaction per request, for a pooler in transaction mode in front of PostgreSQL.
TENANCY_SET_LOCAL = env.boolean("TENANCY_SET_LOCAL", False)

# Databases. Without DATABASE_URL the servers that `manage.py up` runs in this checkout are used.
_embedded = None if env.text("DATABASE_URL", "") else running(VAR_DIR)
DATABASE_URL = _embedded.database_url if _embedded else env.text("DATABASE_URL", "")
DATABASE_OWNER_URL = _embedded.database_owner_url if _embedded else env.text("DATABASE_OWNER_URL", "")
REDIS_URL = env.text("REDIS_URL", "") or (_embedded.redis_url if _embedded else "")
DATABASE_POOL_SIZE = env.integer("DATABASE_POOL_SIZE", 8, minimum=1)


def _app_database() -> dict[str, Any]:
    entry: dict[str, Any] = {"NAME": "", "OPTIONS": {}}
    if DATABASE_URL:
        entry = env.database(DATABASE_URL, name="DATABASE_URL")
    entry["OPTIONS"] = {
        "connect_timeout": 2,
        "pool": {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "timeout": TURN_SECONDS,
            # A connection that cannot be made is given up: whoever needs one next tries anew, at once.
            "reconnect_timeout": TURN_SECONDS,
            "reset": reset_connection,
            "connection_class": BoundedConnection,
        },
        **entry["OPTIONS"],
    }
    return {
        **entry,
        "ENGINE": "platform_core.tenancy.postgresql",
        "CONN_MAX_AGE": 0,
        # The backend looks at each connection of the pool itself, without asking the server.
        "CONN_HEALTH_CHECKS": False,
    }


def _owner_database() -> dict[str, Any]:
    """Only commands and the operator's worker hold DATABASE_OWNER_URL; elsewhere the alias cannot connect."""
    entry = (
        env.database(DATABASE_OWNER_URL, name="DATABASE_OWNER_URL") if DATABASE_OWNER_URL else {"NAME": ""}
    )
    return {**entry, "ENGINE": "django_tenants.postgresql_backend"}


DATABASES = {"default": _app_database(), "owner": _owner_database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: cache, sessions' cache and broker. All of it may vanish; the caches then miss.
_REDIS_OPTIONS = {"socket_connect_timeout": 0.3, "socket_timeout": 0.5, "retry_on_timeout": False}


def _cache(key_function: str) -> dict[str, Any]:
    if not REDIS_URL:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "KEY_FUNCTION": key_function}
    return {
        "BACKEND": "platform_core.tenancy.cache.ResilientRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": key_function,
        "KEY_PREFIX": "wz",
        "OPTIONS": dict(_REDIS_OPTIONS),
    }


CACHES = {
    "default": _cache("platform_core.tenancy.cache.tenant_key"),
    "sessions": _cache("platform_core.tenancy.cache.platform_key"),
    "shared": _cache("platform_core.tenancy.cache.shared_key"),
}

# Celery.
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_RESULT_BACKEND = "platform_core.tenancy.results.TenantDatabaseBackend"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"platform_core.operator.*": {"queue": "operator"}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 0.3,
    "socket_timeout": 5.0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TRACK_STARTED = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# The ground floor's; config/celery.py adds what the modules ask for.
CELERY_BEAT_SCHEDULE = {
    "done-messages": {"task": "platform_core.outbox.clear_done", "schedule": 86400.0},
    "expired-sessions": {"task": "platform_core.sessions.clear_expired", "schedule": 3600.0},
    "expired-refresh-sessions": {
        "task": "platform_core.identity.clear_expired_refresh_sessions",
        "schedule": 3600.0,
    },
    "waiting-platforms": {
        "task": "platform_core.operator.provision_waiting",
        "schedule": 60.0,
        # One that nobody has taken up by the next is not needed any more.
        "options": {"expires": 60.0},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# Mails: what was written down is sent by the workers. Without EMAIL_URL it waits.
EMAIL_URL = env.text("EMAIL_URL", "")
if EMAIL_URL:
    globals().update(env.mail_server(EMAIL_URL, name="EMAIL_URL"))
else:
    EMAIL_BACKEND = "platform_core.mail.backends.NoMailServer"
EMAIL_TIMEOUT = 10
# Where a developer's mail server keeps what it is given; nowhere else is there an inbox to read.
MAIL_INBOX = ""
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "") or f"no-reply@{BASE_DOMAIN}"

# Requests.
MIDDLEWARE = [
    "platform_core.observability.middleware.RequestLogMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "platform_core.ui.middleware.ContentPolicyMiddleware",
    "platform_core.tenancy.middleware.TenancyMiddleware",
    "platform_core.tenancy.pagecache.PageCacheMiddleware",
    "platform_core.trouble.TroubleMiddleware",
    "platform_core.bodies.BodyMiddleware",
    "platform_core.sessions.middleware.AudienceSessionMiddleware",
    "platform_core.api.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "platform_core.api.middleware.ApiLimitMiddleware",
    "platform_core.identity.middleware.IdentityMiddleware",
    "modules.core.storefront.middleware.ShopTimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "config.urls.public"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
# Of a form with files, in the dashboard and the admin: a product's pictures together.
UPLOAD_MAX_BYTES = 130_000_000
# Threads of a web process that may wait for bodies; fewer than there are, so that pages are always served.
BODY_READERS = env.integer("BODY_READERS", 2, minimum=1)
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "platform_core.context_processors.site",
                "platform_core.ui.context_processors.ui",
                "modules.core.context_processors.dashboard",
                "platform_core.storefront.shell",
            ],
        },
    }
]

# Identity.
AUTH_USER_MODEL = "platform_core.User"
AUTHENTICATION_BACKENDS = ["platform_core.identity.backends.EmailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.BCryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "platform_core.sessions.store"
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_NAME = "wz_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "wz_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "platform_core.trouble.csrf_failure"
# Answered by the policy gate; Django's own redirects lead to the surface's sign-in page.
LOGIN_URL = "/"

# Languages and formats.
LANGUAGE_CODE = "en"
LANGUAGES = list(UI_LANGUAGES)
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["platform_core.ui.formats"]
LANGUAGE_COOKIE_NAME = "wz_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Luxembourg"

# Files.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "platform_core.tenancy.storage.TenantStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

# API.
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "platform_core.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "platform_core.api.errors.exception_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["platform_core.api.parsers.JSONObjectParser"],
    # The identity middleware has identified and the policy gate has let in: no second mechanism here.
    "DEFAULT_AUTHENTICATION_CLASSES": ["platform_core.api.authentication.PrincipalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_PAGINATION_CLASS": "platform_core.api.pages.CursorPages",
    "DEFAULT_FILTER_BACKENDS": [
        "platform_core.api.parameters.DeclaredFilters",
        "platform_core.api.parameters.DeclaredSort",
    ],
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests in a minute for each sign-in or, without one, each address; 0 is no limit.
API_RATE_PER_MINUTE = env.integer("API_RATE_PER_MINUTE", 300, minimum=0)
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Wizamart API",
    "VERSION": "1",
    "DESCRIPTION": "Sign in at /api/v1/auth/token/. Every error is problem details; lists come in pages.",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["platform_core.api.schema.leave_out_what_is_off"],
    "POSTPROCESSING_HOOKS": ["platform_core.api.schema.document_problems"],
}

# Operation.
METRICS_KEY = env.text("METRICS_KEY", "")
SENTRY_DSN = env.text("SENTRY_DSN", "")
SENTRY_ENVIRONMENT = env.text("SENTRY_ENVIRONMENT", "development" if DEBUG else "production")
SENTRY_TRACES_SAMPLE_RATE = env.number("SENTRY_TRACES_SAMPLE_RATE", 0.0)
RELEASE = env.text("RELEASE", "")
OPERATOR_TOOLS = {
    "Grafana": env.text("GRAFANA_URL", ""),
    "Prometheus": env.text("PROMETHEUS_URL", ""),
    "Flower": env.text("FLOWER_URL", ""),
    "Sentry": env.text("SENTRY_URL", ""),
}
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.text("LOG_FORMAT", "auto")
LOGGING = logging_config(level=LOG_LEVEL, kind=LOG_FORMAT)
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
PROMETHEUS_EXPORT_MIGRATIONS = False
# request.user is set by the identity middleware, which also opens the tenant's context.
SILENCED_SYSTEM_CHECKS = ["admin.E408"]

UNFOLD: dict[str, Any] = ADMIN_APPEARANCE
