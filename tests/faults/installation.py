"""A whole installation in a folder of its own: PostgreSQL, Valkey and the web server, to be disturbed at will.

No keeper and no supervisor stand behind it, so that what a test has killed stays down until the test starts
it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from platform_core import embedded
from platform_core.embedded import PROJECT_DIR
from platform_core.embedded.home import account_for, data_home
from platform_core.embedded.postgres import Postgres
from platform_core.embedded.processes import die_with_parent, end_child, free_port
from platform_core.embedded.valkey import Valkey
from platform_core.management.launch import web_command
from platform_core.tenancy.bootstrap import url_for
from tests.databases import VAR_DIR, exclusively, fingerprint
from tests.faults import shops

SETTINGS = "config.settings.local"
START_SECONDS = 60.0
SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


def environment(**given: str) -> dict[str, str]:
    """This process's, without the servers of anybody else."""
    kept = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
    kept |= {"DJANGO_SETTINGS_MODULE": SETTINGS, "DEMO": "1", "DEBUG": "0", "LOG_FORMAT": "json"}
    # One machine is every client here, in a test that counts nothing.
    return kept | {"API_RATE_PER_MINUTE": "0", "PYTHONUNBUFFERED": "1"} | given


def _seed() -> Path:
    """A stopped installation with small shops, made on first use and kept between runs."""
    digest = hashlib.sha256(fingerprint().encode() + Path(shops.__file__).read_bytes()).hexdigest()[:12]
    seed = VAR_DIR / f"faults-{digest}"
    with exclusively("faults.lock"):
        if not seed.exists():
            for old in VAR_DIR.glob("faults-*"):
                shutil.rmtree(old)
            _build(seed)
    return seed


def _build(seed: Path) -> None:
    # Built where any user can go, unlike the checkout: PostgreSQL does not run as root.
    top = Path(tempfile.mkdtemp(prefix="wizamart-"))
    top.chmod(0o755)
    var = top / "var"
    try:
        servers = embedded.start(var)
        given = environment(
            DATABASE_URL=servers.database_url,
            DATABASE_OWNER_URL=servers.database_owner_url,
            REDIS_URL=servers.redis_url,
        )
        for command in (["manage.py", "migrate", "--verbosity", "0"], ["-m", "tests.faults.shops"]):
            subprocess.run([sys.executable, *command], cwd=PROJECT_DIR, env=given, check=True)
        assert embedded.stop(var, force=True)
        unfinished = seed.with_name(f"unfinished-{seed.name}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        shutil.copytree(var / "postgres", unfinished / "postgres")
        shutil.copy(var / "servers.json", unfinished)
        unfinished.rename(seed)
    finally:
        embedded.stop(var, force=True)
        shutil.rmtree(top)


class Installation:
    """Servers that run, and how to reach them. `settings` go into the web server's environment."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.settings = settings
        self.passwords: dict[str, str] = json.loads((var / "servers.json").read_text())["passwords"]
        account = account_for(var)
        home = data_home(var, account)
        for name in ("postgres.log", "valkey.log", "web.log"):
            (var / name).touch(mode=0o600)
        self.postgres = Postgres(home=home, log=var / "postgres.log", account=account, durable=True)
        self.valkey = Valkey(home=home, log=var / "valkey.log", account=account, durable=True)
        self.web: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.superuser_url = self.redis_url = ""

    def start(self) -> None:
        """Everything, on ports that are free."""
        self.start_postgres()
        self.start_valkey()
        self.start_web()

    def stop(self) -> None:
        """Everything, the frozen included."""
        for process in (self.postgres.process, self.valkey.process):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
        self.thaw_postgres()
        if self.web is not None:
            end_child(self.web, [(signal.SIGTERM, 10.0)])
        self.valkey.stop()
        self.postgres.stop()

    def start_postgres(self) -> None:
        """The first time on any port, then on the same."""
        self.postgres.prepare(self.passwords["superuser"])
        port = self.postgres.port or None
        self.superuser_url = self.postgres.start(self.passwords["superuser"], port)
        assert port in (None, self.postgres.port), "another programme took the port of PostgreSQL"

    def start_valkey(self) -> None:
        """The first time on any port, then on the same."""
        self.valkey.prepare()
        port = self.valkey.port or None
        self.redis_url = self.valkey.start(self.passwords["redis"], port)
        assert port in (None, self.valkey.port), "another programme took the port of Valkey"

    def start_web(self) -> None:
        """The web server as `manage.py up` starts it, the first time on any port; returns once it answers."""
        self.port = self.port or free_port()
        app_url = url_for(self.superuser_url, database="wizamart", user="app", password=self.passwords["app"])
        given = environment(
            DATABASE_URL=app_url,
            REDIS_URL=self.redis_url,
            PORT=str(self.port),
            MEDIA_ROOT=str(self.var / "media"),
            **self.settings,
        )
        with (self.var / "web.log").open("ab") as log:
            self.web = subprocess.Popen(
                web_command(self.port),
                cwd=PROJECT_DIR,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.web.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self._is_live():
                    return
            time.sleep(0.1)
        raise AssertionError(f"The web server does not start:\n{self.log()[-3000:]}")

    def _is_live(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        finally:
            connection.close()

    def kill_web(self) -> None:
        """kill -9 of the web server and of the process in it that serves."""
        assert self.web is not None
        # It leads a group of its own.
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def kill_postgres(self) -> None:
        """kill -9 of the server; its backends end by themselves when they notice."""
        assert self.postgres.process is not None
        self.postgres.process.kill()
        self.postgres.process.wait()

    def freeze_postgres(self) -> None:
        """Stop the server and its backends where they stand, as a hung machine does."""
        for pid in self._postgres_pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw_postgres(self) -> None:
        """Let the frozen go on."""
        for pid in self._postgres_pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _postgres_pids(self) -> list[int]:
        """The server first, so that it starts no backend while the others are told."""
        process = self.postgres.process
        if process is None or process.poll() is not None:
            return []
        return [process.pid, *_children(process.pid)]

    def kill_valkey(self) -> None:
        """kill -9 of the server."""
        assert self.valkey.process is not None
        self.valkey.process.kill()
        self.valkey.process.wait()

    def freeze_valkey(self, *, is_frozen: bool = True) -> None:
        """Stop the server where it stands, or let it go on."""
        assert self.valkey.process is not None
        self.valkey.process.send_signal(signal.SIGSTOP if is_frozen else signal.SIGCONT)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What PostgreSQL holds, asked past every wall."""
        url = url_for(self.superuser_url, database="wizamart")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(statement, values).fetchall()

    def log(self) -> str:
        """What the web server has written so far."""
        return (self.var / "web.log").read_text(errors="replace")


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
    return found


@contextmanager
def installation(**settings: str) -> Iterator[Installation]:
    """An installation of its own with small shops, taken away afterwards."""
    seed = _seed()
    top = Path(tempfile.mkdtemp(prefix="wizamart-"))
    top.chmod(0o755)
    var = top / "var"
    shutil.copytree(seed, var)
    account = account_for(var)
    if account.is_other:
        for path in (var / "postgres", *(var / "postgres").rglob("*")):
            os.chown(path, account.uid, account.gid)
    running = Installation(var, **settings)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(top)
