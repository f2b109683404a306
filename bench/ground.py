"""What is measured on: the servers of this checkout with the demo in them. Loaded before Django is."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from platform_core.embedded import PROJECT_DIR, running, start, stop
from platform_core.management.launch import SERVER_VARIABLES

VAR = PROJECT_DIR / "var"
SETTINGS = "config.settings.local"
SHOP_HOST, PLATFORM_HOST, ADMIN_HOST, HUB_HOST = (
    "objektiv.lux.localhost",
    "lux.localhost",
    "admin.lux.localhost",
    "localhost",
)
OWNER, ADMIN, SUPERUSER = "owner@objektiv.test", "admin@lux.test", "root@wizamart.test"
BUYER = "anna@example.test"


def uses_own_servers() -> bool:
    """Whether the environment names servers to measure on instead of the embedded ones."""
    return any(os.environ.get(name) for name in SERVER_VARIABLES)


def prepare() -> None:
    """Run the servers for as long as this process needs them, and build the demo where there is no platform."""
    if not uses_own_servers():
        start(VAR)
    # Outside of this process: it also runs before the start is measured, when no Django may be loaded yet.
    subprocess.run(
        [sys.executable, "manage.py", "prepare_database", "--quiet"],
        cwd=PROJECT_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": SETTINGS},
        stdout=sys.stderr,
        check=True,
    )


def release() -> None:
    """No longer use the servers; they stop unless somebody else does."""
    if not uses_own_servers():
        stop(VAR)


def is_up() -> bool:
    """Whether `make dev` runs in this checkout."""
    try:
        with (VAR / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def server_urls() -> dict[str, str]:
    """Where a web process finds the servers. The owner's URL is left out: it serves no request."""
    if uses_own_servers():
        return {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    servers = running(VAR)
    assert servers is not None
    return {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}


def stores() -> int | None:
    """The process that keeps PostgreSQL and Valkey as its children, where they are the embedded ones."""
    keeper = Path(VAR / "servers.keeper")
    return None if uses_own_servers() else int(keeper.read_text())
