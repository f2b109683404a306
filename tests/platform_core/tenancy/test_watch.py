"""What a process knows of its server, and how soon it learns that it has changed."""

from __future__ import annotations

import os
import time

import psycopg
import pytest

from platform_core.tenancy import watch
from platform_core.tenancy.watch import ServerWatch


class Server:
    """Stands in for a server: raises the error that is set, or answers."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    def connect(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(watch, "RETRY_SECONDS", 0.01)
    return Server()


@pytest.fixture
def watching(server: Server) -> ServerWatch:
    made = ServerWatch()
    made.learn(server.connect)
    return made


def until(condition) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_nothing_is_asked_while_all_is_well(watching: ServerWatch, server: Server):
    watching.refuse_while_away()
    assert server.asked == 0


def test_an_unfounded_suspicion_turns_nobody_away(watching: ServerWatch, server: Server):
    watching.suspect()
    until(lambda: server.asked == 1)
    watching.refuse_while_away()


def test_while_it_refuses_everybody_is_turned_away_until_it_answers(watching: ServerWatch, server: Server):
    server.error = psycopg.OperationalError("connection refused")
    for _number in range(20):
        watching.suspect()
    until(lambda: watching.is_away)
    assert not watching.is_silent
    with pytest.raises(psycopg.OperationalError, match="away"):
        watching.refuse_while_away()
    server.error = None
    until(lambda: not watching.is_away)
    watching.refuse_while_away()
    asked = server.asked
    watching.suspect()
    until(lambda: server.asked == asked + 1)


def test_silence_is_told_from_refusal(watching: ServerWatch, server: Server):
    server.error = psycopg.errors.ConnectionTimeout("connection timeout expired")
    watching.suspect()
    until(lambda: watching.is_silent)
    server.error = psycopg.OperationalError("the database system is starting up")
    until(lambda: watching.is_away and not watching.is_silent)
    server.error = None
    until(lambda: not watching.is_away)


def test_a_forked_process_finds_out_for_itself():
    watch.server_watch.is_away = watch.server_watch._is_asking = True
    try:
        child = os.fork()
        if child == 0:
            os._exit(int(watch.server_watch.is_away or watch.server_watch._is_asking))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert watch.server_watch.is_away
    finally:
        watch.server_watch.forget()


def test_without_a_server_to_ask_nothing_is_suspected():
    watching = ServerWatch()
    watching.suspect()
    assert not watching.is_away
