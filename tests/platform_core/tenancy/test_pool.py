"""Connections of the pool give up a server that does not answer, and leave no tenant behind."""

from __future__ import annotations

import select
import time

import psycopg
import pytest
from django.db import connection

from platform_core.tenancy import pool
from platform_core.tenancy import watch as watches
from platform_core.tenancy.pool import BoundedConnection, is_usable, reset_connection
from tests.databases import as_superuser, url_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "ANSWER_SECONDS", 0.5)
    with BoundedConnection.connect(url_of("default"), autocommit=True) as bounded:
        assert bounded.execute("SELECT 1").fetchone() == (1,)
        begun = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="did not answer"):
            bounded.execute("SELECT pg_sleep(60)")
        assert time.monotonic() - begun < 20
        assert bounded.closed


def test_a_silent_server_is_given_up_before_that(monkeypatch: pytest.MonkeyPatch):
    silent = watches.ServerWatch()
    monkeypatch.setattr(pool, "server_watch", silent)
    with BoundedConnection.connect(url_of("default"), autocommit=True) as bounded:
        silent.is_silent = True
        begun = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="did not answer"):
            bounded.execute("SELECT pg_sleep(60)")
        assert pool.SUSPECT_SECONDS <= time.monotonic() - begun < 20
        assert bounded.closed


def test_a_long_statement_of_a_server_that_answers_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool, "SUSPECT_SECONDS", 0.1)
    with BoundedConnection.connect(url_of("default"), autocommit=True) as bounded:
        assert bounded.execute("SELECT 7, pg_sleep(0.6)").fetchone()[0] == 7


def test_a_connection_goes_back_without_its_tenant():
    with psycopg.connect(url_of("default"), autocommit=True) as used:
        used.execute("SELECT set_config('role', 'staff', false), set_config('app.vendor_id', '7', false)")
        reset_connection(used)
        row = used.execute("SELECT current_user::text, current_setting('app.vendor_id')").fetchone()
        assert row == ("app", "")


def test_the_databases_own_limit_comes_first():
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
        assert cursor.fetchone()[0] / 1000 < pool.ANSWER_SECONDS


def test_a_connection_that_rests_is_usable_without_a_word_to_the_server():
    with psycopg.connect(url_of("default"), autocommit=True) as resting:
        calls: list[object] = []
        resting.execute = lambda *args, **more: calls.append(args)  # type: ignore[method-assign, assignment]
        assert is_usable(resting)
        assert calls == []


def test_a_connection_that_the_server_has_ended_is_not():
    with psycopg.connect(url_of("default"), autocommit=True) as resting:
        with as_superuser() as server:
            server.execute("SELECT pg_terminate_backend(%s, 5000)", [resting.info.backend_pid])
        assert not is_usable(resting)
        # It has noticed itself by now.
        assert resting.closed
        assert not is_usable(resting)


def test_a_connection_that_was_told_something_is_asked_and_usable():
    with psycopg.connect(url_of("default"), autocommit=True) as resting:
        resting.execute("LISTEN something")
        with psycopg.connect(url_of("default"), autocommit=True) as other:
            other.execute("NOTIFY something")
        deadline = time.monotonic() + 5
        while not select.select([resting.fileno()], [], [], 0.1)[0] and time.monotonic() < deadline:
            pass
        assert is_usable(resting)
