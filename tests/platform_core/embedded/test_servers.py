"""The embedded servers: started once, kept between runs, never in the way of the next start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from platform_core.embedded import PROJECT_DIR, EmbeddedError, Servers, running, start, stop
from platform_core.embedded.home import Account, readable_copy
from platform_core.embedded.processes import command_line, free_port, is_alive

# A user of these servers in a process of its own: it reports, and holds its lease until it is told to end.
USER_OF_SERVERS = """
import sys
from pathlib import Path
from platform_core.embedded import start
servers = start(Path(sys.argv[1]), durable=False)
print(servers.database_url, flush=True)
sys.stdin.readline()
"""


def keeper_pid(var: Path) -> int:
    return int((var / "servers.keeper").read_text())


def postgres_pid(var: Path) -> int:
    return int((var / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def valkey_pid(var: Path) -> int:
    return int((var / "valkey" / "valkey.pid").read_text())


def wait_for(question: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return False


def spawn_user(var: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER_OF_SERVERS, str(var)],
        cwd=PROJECT_DIR,
        env=os.environ | {"PYTHONPATH": str(PROJECT_DIR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://app:")
    return process


def assert_both_answer(servers: Servers) -> None:
    with psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app",)
    with psycopg.connect(servers.database_owner_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("owner",)
    assert redis.Redis.from_url(servers.redis_url).ping()


def test_both_servers_answer_with_their_passwords_on_loopback_only(var: Path) -> None:
    servers = start(var, durable=False)
    assert_both_answer(servers)
    assert all("@127.0.0.1:" in url for url in (servers.database_url, servers.redis_url))
    without_password = servers.database_url.replace(servers.database_url.split("@")[0], "postgresql://app")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(without_password)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(f"redis://{servers.redis_url.split('@')[1]}").ping()


def test_the_passwords_are_readable_by_their_owner_only_and_not_in_the_process_list(var: Path) -> None:
    servers = start(var, durable=False)
    assert (var / "servers.json").stat().st_mode & 0o077 == 0
    passwords = json.loads((var / "servers.json").read_text())["passwords"].values()
    assert len(set(passwords)) == 4
    seen = command_line(postgres_pid(var)) + command_line(valkey_pid(var)) + command_line(keeper_pid(var))
    assert "postgres" in seen
    assert not [password for password in passwords if password in seen]
    assert servers.redis_url not in (var / "valkey.log").read_text()


def test_a_second_start_reuses_what_runs_and_the_question_is_cheap(var: Path) -> None:
    servers = start(var, durable=False)
    before = postgres_pid(var)
    assert start(var, durable=False) == servers
    assert postgres_pid(var) == before
    best = min(_seconds(lambda: running(var)) for _ in range(10))
    assert best < 0.05


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def test_data_ports_and_passwords_are_kept_between_runs(var: Path) -> None:
    first = start(var)
    with psycopg.connect(first.database_owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    redis.Redis.from_url(first.redis_url).set("kept", "42")
    assert stop(var)
    assert running(var) is None
    second = start(var)
    assert second == first
    with psycopg.connect(second.database_owner_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert redis.Redis.from_url(second.redis_url).get("kept") == b"42"


def test_a_port_taken_meanwhile_is_left_to_its_new_holder(var: Path) -> None:
    first = start(var, durable=False)
    assert stop(var)
    taken = int(first.database_url.rpartition(":")[2].split("/")[0])
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", taken))
        holder.listen()
        second = start(var, durable=False)
        assert second.database_url != first.database_url
        assert_both_answer(second)


def test_two_checkouts_run_side_by_side(var: Path, other_var: Path) -> None:
    mine, theirs = start(var, durable=False), start(other_var, durable=False)
    assert mine.database_url != theirs.database_url
    assert_both_answer(mine)
    assert_both_answer(theirs)
    assert stop(other_var)
    assert_both_answer(mine)


def test_the_last_user_out_takes_the_servers_down_however_it_ends(var: Path) -> None:
    first, second = spawn_user(var), spawn_user(var)
    pids = [keeper_pid(var), postgres_pid(var), valkey_pid(var)]
    first.kill()
    first.wait()
    assert not wait_for(lambda: running(var) is None, seconds=1.5)
    second.kill()
    second.wait()
    assert wait_for(lambda: not any(is_alive(pid) for pid in pids))
    assert_both_answer(start(var, durable=False))


def test_a_user_that_stops_leaves_the_servers_to_the_others(var: Path) -> None:
    servers = start(var, durable=False)
    other = spawn_user(var)
    assert not stop(var)
    assert running(var) == servers
    other.communicate("\n")
    assert wait_for(lambda: running(var) is None)


@pytest.mark.parametrize("victim", ["keeper", "postgres", "valkey", "all"])
def test_a_process_killed_at_once_never_blocks_the_next_start(var: Path, victim: str) -> None:
    start(var, durable=False)
    pids = {"keeper": keeper_pid(var), "postgres": postgres_pid(var), "valkey": valkey_pid(var)}
    for pid in pids.values() if victim == "all" else [pids[victim]]:
        os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: running(var) is None or not is_alive(pids[victim]))
    servers = start(var, durable=False)
    assert_both_answer(servers)
    assert wait_for(lambda: running(var) is not None)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="The parent's death signal is Linux's.")
def test_no_server_outlives_a_killed_keeper(var: Path) -> None:
    start(var, durable=False)
    servers = [postgres_pid(var), valkey_pid(var)]
    os.kill(keeper_pid(var), signal.SIGKILL)
    assert wait_for(lambda: not any(is_alive(pid) for pid in servers))


def test_a_server_that_dies_is_started_again_at_the_same_address(var: Path) -> None:
    servers = start(var, durable=False)
    for pid in (postgres_pid(var), valkey_pid(var)):
        os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: running(var) == servers)
    assert_both_answer(servers)


def test_a_stale_pid_file_naming_a_stranger_is_no_obstacle(var: Path) -> None:
    start(var, durable=False)
    pid_file = var / "postgres" / "postmaster.pid"
    content = pid_file.read_text().splitlines()
    assert stop(var)
    # The process that runs the tests has, after a restart of the machine, the number of the old server.
    pid_file.write_text("\n".join([str(os.getpid()), *content[1:]]) + "\n")
    (var / "valkey" / "valkey.pid").write_text(str(os.getpid()))
    assert_both_answer(start(var, durable=False))


def test_lost_passwords_are_replaced_and_the_data_stays(var: Path) -> None:
    first = start(var, durable=False)
    with psycopg.connect(first.database_owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert stop(var)
    (var / "servers.json").unlink()
    second = start(var, durable=False)
    assert second.database_owner_url != first.database_owner_url
    with psycopg.connect(second.database_owner_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.mark.parametrize("folder", ["postgres", "postgres.unfinished"])
def test_an_interrupted_set_up_is_begun_anew(var: Path, folder: str) -> None:
    (var / folder / "base").mkdir(parents=True)
    (var / folder / "postgresql.conf").write_text("unfinished")
    assert_both_answer(start(var, durable=False))


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root changes to another user, who may be shut out.")
def test_a_checkout_closed_to_others_keeps_its_data_where_the_server_can_go(closed_var: Path) -> None:
    first = start(closed_var, durable=False)
    with psycopg.connect(first.database_owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert (closed_var / "home").is_symlink()
    assert stop(closed_var)
    moved = closed_var.parent.with_name("moved") / "var"
    closed_var.parent.rename(moved.parent)
    try:
        assert_both_answer(start(moved, durable=False))
        with psycopg.connect(first.database_owner_url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert stop(moved)
    finally:
        stop(moved, force=True)
        moved.parent.rename(closed_var.parent)


def test_postgres_does_not_run_as_root(var: Path) -> None:
    start(var, durable=False)
    assert (var / "postgres").stat().st_uid != 0
    assert (var / "postgres").stat().st_mode & 0o077 == 0


def test_binaries_that_the_server_cannot_read_are_copied_with_their_version(tmp_path: Path) -> None:
    source, home = tmp_path / "site-packages" / "server", tmp_path / "home"
    (source / "include").mkdir(parents=True)
    (source / "bin").write_text("#!/bin/sh\n")
    (source / "bin").chmod(0o700)
    shut_out = ShutOut(uid=os.geteuid(), gid=os.getegid(), is_other=False)
    other = readable_copy([source], source / "bin", home, shut_out, name="neighbour-1")
    old = readable_copy([source], source / "bin", home, shut_out, name="server-1")
    new = readable_copy([source], source / "bin", home, shut_out, name="server-2")
    assert (new / "server" / "bin").stat().st_mode & 0o777 == 0o755
    assert not (new / "server" / "include").exists()
    assert not old.exists()
    assert other.exists()


class ShutOut(Account):
    """An account that can read nothing where it stands."""

    def can_read(self, path: Path) -> bool:
        return False


def test_a_start_that_fails_says_why_and_where_to_look(var: Path) -> None:
    start(var, durable=False)
    assert stop(var)
    (var / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedError, match=r"PostgreSQL 12.*remove that folder"):
        start(var, durable=False)
    assert running(var) is None


def test_nothing_runs_in_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    assert running(tmp_path / "nowhere") is None
    assert stop(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_free_port_prefers_the_one_of_last_time() -> None:
    port = free_port()
    assert free_port(port) == port


def test_a_valkey_that_has_much_to_read_is_waited_for(var: Path) -> None:
    servers = start(var)
    with redis.Redis.from_url(servers.redis_url) as client:
        for first in range(0, 300_000, 10_000):
            client.mset({f"key:{number}": "x" * 100 for number in range(first, first + 10_000)})
    assert stop(var)
    # It takes connections at once, and answers LOADING for a while.
    with redis.Redis.from_url(start(var).redis_url) as client:
        assert client.dbsize() == 300_000
