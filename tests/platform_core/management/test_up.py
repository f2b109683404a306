"""`manage.py up`: what it says when it cannot run, and a whole life from the first start to the last."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_core.embedded import PROJECT_DIR, running, stop
from platform_core.embedded.processes import free_port, is_alive
from platform_core.management import launch
from platform_core.management.doors import Door, table

SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


@pytest.fixture
def var() -> Iterator[Path]:
    top = Path(tempfile.mkdtemp(prefix="wizamart-"))
    top.chmod(0o755)
    yield top / "var"
    assert stop(top / "var", force=True)
    shutil.rmtree(top)


def environment(**given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
    return kept | {"DJANGO_SETTINGS_MODULE": "config.settings.local"} | given


def up(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "up", *arguments],
        cwd=PROJECT_DIR,
        env=environment(**given),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_busy_port_gives_one_line_that_names_another(var: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = up("--var", str(var), PORT=str(port))
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken. Choose another one: make dev PORT={port + 1}\n"


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_refused(var: Path, port: str) -> None:
    done = up("--var", str(var), PORT=port)
    assert done.returncode == 2
    assert done.stderr == f"PORT must be a number from 1 to 65535, not {port!r}.\n"


def test_some_servers_without_the_others_are_refused_by_name(var: Path) -> None:
    done = up("--var", str(var), "--port", str(free_port()), REDIS_URL="redis://127.0.0.1:9/0")
    assert done.returncode == 2
    assert done.stderr.startswith("DATABASE_URL, DATABASE_OWNER_URL is missing")
    assert len(done.stderr.splitlines()) == 1


def test_a_second_one_in_the_same_checkout_is_told_of_the_first(var: Path) -> None:
    var.mkdir()
    with (var / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("process 42 on http://localhost:8000/")
        lock.flush()
        done = up("--var", str(var), "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr == "It runs already in this checkout: process 42 on http://localhost:8000/.\n"


def test_the_table_is_aligned_and_names_the_password_once() -> None:
    doors = [Door("Hub", "localhost", "/admin/", ("root@wizamart.test",)), Door("Lux", "lux.localhost")]
    assert table(doors, port=8000, password="secret").splitlines() == [
        "  Hub  http://localhost:8000/admin/  root@wizamart.test",
        "  Lux  http://lux.localhost:8000/",
        "",
        "  The password of all these sign-ins is secret.",
    ]


def test_without_sign_ins_the_table_names_no_password() -> None:
    assert "password" not in table([Door("Hub", "localhost")], port=80, password="secret")


def test_a_migration_that_is_written_or_taken_away_while_it_runs_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "PROJECT_DIR", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text("django==5.2\n")
    migrations = tmp_path / "modules" / "reviews" / "migrations"
    migrations.mkdir(parents=True)
    preparation = launch.Preparation({}, "postgresql://owner@127.0.0.1/wizamart", tmp_path)
    (tmp_path / "modules" / "reviews" / "models.py").write_text("# No migration.\n")
    assert not preparation.is_out_of_date()
    (migrations / "0001_review.py").write_text("# One.\n")
    assert preparation.is_out_of_date()
    (migrations / "0001_review.py").unlink()
    assert not preparation.is_out_of_date()


class Life:
    """One run of `manage.py up` with the output that it has shown so far."""

    def __init__(self, var: Path, port: int, *, is_demo: bool = False) -> None:
        self.var = var
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--var", str(var), "--port", str(port), "--no-reload"],
            cwd=PROJECT_DIR,
            env=environment(DEMO="1" if is_demo else "0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

        # A test that waits for a line in vain fails instead of waiting for ever.
        self.watchdog = threading.Timer(120, self.process.kill)
        self.watchdog.start()

    def wait_for(self, pattern: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if re.search(pattern, line):
                return
        raise AssertionError(f"{pattern!r} did not appear in:\n" + "\n".join(self.lines))

    def pids(self) -> dict[str, int]:
        state = json.loads((self.var / "up.json").read_text())
        return {name: entry["pid"] for name, entry in state.items()}

    def finish(self) -> int:
        assert self.process.stdout is not None
        self.lines += self.process.stdout.read().splitlines()
        self.watchdog.cancel()
        return self.process.wait()


def manage(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a web process would run it: with every server's address but the owner's."""
    servers = running(var)
    assert servers is not None
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT_DIR,
        env=environment(DATABASE_URL=servers.database_url, REDIS_URL=servers.redis_url),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def status(port: int, path: str, *, host: str = "localhost") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse().status
    connection.close()
    return answer


def owner_url_in(pid: int) -> bool:
    return b"\0DATABASE_OWNER_URL=" in b"\0" + Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.proof
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="It looks into /proc.")
def test_it_starts_recovers_from_kills_and_stops_in_order(var: Path) -> None:
    port = free_port()
    first = Life(var, port)
    first.wait_for("Wizamart runs")
    assert status(port, "/health/live") == 200
    for _ in ("worker", "operator"):
        first.wait_for(r"(worker|operator)@\S+ ready")
    pids = first.pids()
    assert set(pids) == {"web", "worker", "operator", "beat", "relay", "inbox"}
    # Only the operator's worker is given the role that changes tables.
    assert [name for name, pid in sorted(pids.items()) if owner_url_in(pid)] == ["operator"]

    os.kill(pids["web"], signal.SIGKILL)
    first.wait_for("web +. ended by signal SIGKILL; starting again")

    first.process.kill()
    first.finish()
    second = Life(var, port)
    second.wait_for("Wizamart runs")
    assert status(port, "/health/live") == 200
    assert not [pid for pid in pids.values() if is_alive(pid)]

    second.wait_for(r"operator@\S+ ready")
    created = manage(var, "platforms", "create", "saar", "--name", "Saar", "--host", "saar.localhost")
    assert created.returncode == 0, created.stderr
    assert created.stdout.splitlines() == [
        "The operator's worker is setting it up …",
        "Platform saar answers at saar.localhost, its admin at admin.saar.localhost.",
    ]
    assert status(port, "/robots.txt", host="saar.localhost") == 200
    deleted = manage(var, "platforms", "delete", "saar", "--yes")
    assert deleted.returncode == 1
    assert deleted.stderr.startswith("CommandError: Set DATABASE_OWNER_URL: only the role that owns")

    begun = time.monotonic()
    second.process.send_signal(signal.SIGINT)
    assert second.finish() == 0
    assert time.monotonic() - begun < 40
    assert "Traceback" not in "\n".join(second.lines)
    assert not any(is_alive(pid) for pid in pids.values())
