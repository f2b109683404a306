"""Asking a running installation, and being its operator."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time

from platform_core.embedded import PROJECT_DIR
from platform_core.tenancy.bootstrap import url_for
from tests.faults.installation import Installation, environment


def page_of(site: Installation, path: str, host: str) -> tuple[int, str]:
    """Status and body of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def soon(site: Installation, path: str, host: str, *, status: int, word: str = "") -> None:
    """Every process agrees within five seconds; a machine under load is given more."""
    until = time.monotonic() + 20
    while True:
        found = page_of(site, path, host)
        if found[0] == status and word in found[1]:
            return
        assert time.monotonic() < until, found
        time.sleep(0.2)


def operators_environment(site: Installation) -> dict[str, str]:
    """What an operator's command has to know of the installation."""
    urls = {
        name: url_for(site.superuser_url, database="wizamart", user=role, password=site.passwords[role])
        for name, role in (("DATABASE_URL", "app"), ("DATABASE_OWNER_URL", "owner"))
    }
    return environment(**urls, REDIS_URL=site.redis_url, **site.settings)


def manage(site: Installation, *words: str) -> str:
    """Run `manage.py …` as the operator; returns what it says."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *words],
        cwd=PROJECT_DIR,
        env=operators_environment(site),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
