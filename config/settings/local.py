"""A developer's machine: `make dev`."""

import os

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DEMO", "1")
# One machine is every client of a developer's installation.
os.environ.setdefault("API_RATE_PER_MINUTE", "6000")

from config.settings.base import *  # noqa: F403
from config.settings.base import DEBUG, SECRET_KEY

SECRET_KEY = SECRET_KEY or "for-development-only"
PATH_MODE = True
if DEBUG:
    # Errors of the programme show Django's page; errors of the world show ours (platform_core.trouble).
    INTERNAL_IPS = ["127.0.0.1"]
