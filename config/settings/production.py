"""A real installation. The start refuses what would be unsafe (platform_core.checks)."""

from config import env
from config.settings.base import *  # noqa: F403
from config.settings.base import SILENCED_SYSTEM_CHECKS as BASE_SILENCED
from config.settings.base import STORAGES as BASE_STORAGES

SECRET_KEY = env.text("SECRET_KEY")
DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL")

PATH_MODE = env.boolean("PATH_MODE", False)
SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", True)
PUBLIC_SCHEME = "https" if SECURE_SSL_REDIRECT else "http"
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics", r"^internal/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000, minimum=0)
# What else stands below a vendor's own domain is not ours to force onto HTTPS.
SILENCED_SYSTEM_CHECKS = [*BASE_SILENCED, "security.W005", "security.W021"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-wz_csrf"
WHITENOISE_MAX_AGE = 31_536_000

STORAGES = {
    **BASE_STORAGES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
PRODUCTION = True
