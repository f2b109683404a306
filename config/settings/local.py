"""A developer's machine: `make dev`.

Errors look as they do for shoppers, with the traceback in the log; `DEBUG=1 make dev` shows Django's pages.
"""

import os

os.environ.setdefault("DEMO", "1")
os.environ.setdefault("SENTRY_ENVIRONMENT", "development")
# One machine is every client of a developer's installation.
os.environ.setdefault("API_RATE_PER_MINUTE", "6000")

from config.settings.base import *  # noqa: F403
from config.settings.base import SECRET_KEY

SECRET_KEY = SECRET_KEY or "for-development-only"
PATH_MODE = True
PUBLIC_PORT = os.environ.get("PORT", "8000")
# Of the mail server of `manage.py up`, shown at /inbox/ of the hub.
MAIL_INBOX = os.environ.get("MAIL_INBOX", "")
# Static files are served from where they are written, and read again when they change.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
