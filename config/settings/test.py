"""The tests: no Redis unless a test asks for it, quick hashing, tasks on the spot."""

import os

os.environ.setdefault("SECRET_KEY", "for-tests-only")
os.environ["DEBUG"] = "0"
os.environ.setdefault("DEMO", "1")

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES

PATH_MODE = True
# A module that cannot be loaded is not one test less.
MODULES_STRICT = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True
# Whatever the environment names and whatever runs in this checkout is the developer's.
DATABASE_URL = DATABASE_OWNER_URL = REDIS_URL = ""
CELERY_BROKER_URL = "memory://"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
API_RATE_PER_MINUTE = 0
METRICS_KEY = "metrics-key-of-the-tests"
# tests/databases.py points both aliases at a clone of its own.
for _entry in DATABASES.values():
    _entry["NAME"] = "no-database"
    _entry["HOST"] = "127.0.0.1"
# A pool would keep connections of one test's database alive beyond it.
DATABASES["default"]["OPTIONS"].pop("pool", None)
CACHES = {
    alias: {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": alias,
        "KEY_FUNCTION": f"platform_core.tenancy.cache.{key}_key",
    }
    for alias, key in (("default", "tenant"), ("sessions", "platform"), ("shared", "shared"))
}
