"""The relay and a worker beside an installation, to be killed and started again."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from platform_core.embedded import PROJECT_DIR
from platform_core.embedded.processes import die_with_parent, end_child
from platform_core.tenancy.bootstrap import url_for
from tests.faults.installation import Installation, environment

CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "-Q", "default"]
COMMANDS = {
    "relay": [sys.executable, "manage.py", "relay"],
    "worker": [*CELERY, "--pool", "threads", "-c", "2"],
}
# The claim of who was killed has run out by then, and the message was handed over again and done.
TOLD_SECONDS = 180.0


class Staff:
    """Whoever does what is written down. `options` are further ones of the worker's command line."""

    def __init__(self, site: Installation, mail_url: str, *options: str) -> None:
        self.site, self.mail_url, self.options = site, mail_url, options
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        """The relay or the worker."""
        given = environment(
            DATABASE_URL=url_for(
                self.site.superuser_url, database="wizamart", user="app", password=self.site.passwords["app"]
            ),
            REDIS_URL=self.site.redis_url,
            EMAIL_URL=self.mail_url,
        )
        command = [*COMMANDS[name], *(self.options if name == "worker" else ())]
        with (self.site.var / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=PROJECT_DIR,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def kill(self, name: str) -> None:
        """kill -9."""
        self.processes[name].kill()
        self.processes[name].wait()

    def revive(self) -> None:
        """Start again whoever has ended by themselves, as the supervisor and Docker do."""
        for name in COMMANDS.keys() - self.pids().keys():
            self.start(name)

    def pids(self) -> dict[str, int]:
        """Of those that run."""
        return {name: process.pid for name, process in self.processes.items() if process.poll() is None}

    def outcomes(self) -> dict[str, int]:
        """State → messages."""
        return dict(self.site.rows("SELECT state, count(*) FROM outbox_message GROUP BY state"))

    def is_idle(self) -> bool:
        """Whether nothing waits in the outbox."""
        return "waiting" not in self.outcomes()

    def log(self) -> str:
        """What both have written so far."""
        return "".join((self.site.var / f"{name}.log").read_text(errors="replace") for name in COMMANDS)

    @classmethod
    @contextmanager
    def of(cls, site: Installation, mail_url: str, *options: str) -> Iterator[Staff]:
        """Both at work during the block."""
        staff = cls(site, mail_url, *options)
        try:
            for name in COMMANDS:
                staff.start(name)
            yield staff
        finally:
            for process in staff.processes.values():
                with contextlib.suppress(ProcessLookupError):
                    end_child(process, [(signal.SIGTERM, 10.0)])
