"""The tests leave the developer's servers alone, whatever the environment names."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from platform_core.embedded import PROJECT_DIR

QUESTION = """
import json, django
django.setup()
from django.conf import settings
from config.celery import app
urls = [settings.DATABASE_URL, settings.DATABASE_OWNER_URL, settings.REDIS_URL, app.conf.broker_url]
print(json.dumps([urls, settings.DATABASES, settings.CACHES], default=str))
"""


def test_no_server_of_the_environment_is_used() -> None:
    planted = {
        "DATABASE_URL": "postgresql://app:planted@planted.test:1/planted",
        "DATABASE_OWNER_URL": "postgresql://owner:planted@planted.test:1/planted",
        "REDIS_URL": "redis://:planted@planted.test:1/0",
    }
    answer = subprocess.run(
        [sys.executable, "-c", QUESTION],
        cwd=PROJECT_DIR,
        env=os.environ | planted | {"DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    urls, databases, caches = json.loads(answer)
    assert urls == ["", "", "", "memory://"]
    assert {(entry["HOST"], entry["NAME"]) for entry in databases.values()} == {("127.0.0.1", "no-database")}
    assert "planted" not in json.dumps(caches)
