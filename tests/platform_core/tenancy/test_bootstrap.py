"""The cluster's roles: none passes the walls by its nature, and a second run changes nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from platform_core.embedded import Servers, start, stop
from platform_core.tenancy.bootstrap import CONTEXT_ROLES, main, prepare_cluster, url_for

pytestmark = pytest.mark.database


# A cluster of its own: these tests change passwords and attributes of the roles that all others sign in with.
SPARE_CLUSTER = "SPARE_SUPERUSER_URL"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    superuser_url = os.environ.get(SPARE_CLUSTER)
    if superuser_url:
        # There is one such cluster, and tests of this file may run in several processes.
        with psycopg.connect(superuser_url, autocommit=True) as turn:
            turn.execute("SELECT pg_advisory_lock(1)")
            owner_url, app_url = prepare_cluster(
                superuser_url, database="wizamart", owner_password="owner", app_password="app"
            )
            yield Servers(app_url, owner_url, "", superuser_url)
        return
    top = Path(tempfile.mkdtemp(prefix="wizamart-"))
    top.chmod(0o755)
    yield start(top / "var", durable=False)
    assert stop(top / "var", force=True)
    shutil.rmtree(top)


@pytest.fixture
def passwords_come_back(servers: Servers) -> Iterator[None]:
    owner, app = (
        unquote(urlsplit(url).password or "") for url in (servers.database_owner_url, servers.database_url)
    )
    yield
    prepare_cluster(servers.superuser_url, database="wizamart", owner_password=owner, app_password=app)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def test_no_role_of_ours_is_above_the_policies(servers: Servers) -> None:
    found = rows(
        servers.superuser_url,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolinherit, rolcanlogin, rolcreatedb "
        "FROM pg_roles WHERE rolname IN ('owner','app','vendor','staff','operator','gatekeeper') "
        "ORDER BY rolname",
    )
    assert found == [
        ("app", False, False, False, False, True, False),
        ("gatekeeper", False, False, False, False, False, False),
        ("operator", False, False, False, False, False, False),
        ("owner", False, False, False, False, True, True),
        ("staff", False, False, False, False, False, False),
        ("vendor", False, False, False, False, False, False),
    ]


@pytest.mark.parametrize("role", CONTEXT_ROLES)
def test_app_may_become_each_context_role(servers: Servers, role: str) -> None:
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("SELECT set_config('role', %s, false)", [role])
        assert connection.execute("SELECT current_user").fetchone() == (role,)


@pytest.mark.parametrize("role", ["owner", "postgres"])
def test_app_may_not_become_more(servers: Servers, role: str) -> None:
    with psycopg.connect(servers.database_url) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT set_config('role', %s, false)", [role])


def test_app_has_limits_and_the_owner_has_none(servers: Servers) -> None:
    query = (
        "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), "
        "current_setting('idle_in_transaction_session_timeout')"
    )
    assert rows(servers.database_url, query) == [("5s", "1s", "10s")]
    assert rows(servers.database_owner_url, query) == [("0", "0", "0")]


def test_only_the_owner_makes_tables(servers: Servers) -> None:
    for role in (None, *CONTEXT_ROLES):
        with psycopg.connect(servers.database_url) as connection:
            if role:
                connection.execute("SELECT set_config('role', %s, false)", [role])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE public.intruder (id bigint)")
    with psycopg.connect(servers.database_owner_url) as connection:
        connection.execute("CREATE TABLE public.own (id bigint)")
        connection.execute("DROP TABLE public.own")


def test_app_reads_nothing_by_itself(servers: Servers) -> None:
    with psycopg.connect(servers.database_owner_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS public.closed AS SELECT 1 AS id")
    with (
        psycopg.connect(servers.database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT * FROM public.closed")


def test_the_context_roles_cannot_connect(servers: Servers) -> None:
    for role in CONTEXT_ROLES:
        url = url_for(servers.database_url, database="wizamart", user=role, password="guess")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)


def test_extensions_stand_in_a_schema_of_their_own(servers: Servers) -> None:
    found = rows(
        servers.database_url,
        "SELECT extname FROM pg_extension WHERE extnamespace = 'extensions'::regnamespace ORDER BY 1",
    )
    assert found == [("btree_gin",), ("citext",), ("pg_trgm",), ("unaccent",)]
    assert rows(servers.database_url, "SELECT extensions.unaccent('Gärten')") == [("Garten",)]


@pytest.mark.usefixtures("passwords_come_back")
def test_running_it_again_changes_nothing_but_the_passwords(servers: Servers) -> None:
    query = "SELECT rolname, rolsuper, rolbypassrls, rolinherit, rolconfig FROM pg_roles ORDER BY 1"
    before = rows(servers.superuser_url, query)
    owner_url, app_url = prepare_cluster(
        servers.superuser_url, database="again", owner_password="o w/n:e@r", app_password="ä%p"
    )
    assert rows(servers.superuser_url, query) == before
    assert rows(owner_url, "SELECT current_user, current_database()") == [("owner", "again")]
    assert rows(app_url, "SELECT current_user") == [("app",)]


@pytest.mark.usefixtures("passwords_come_back")
def test_a_role_that_gained_too_much_loses_it_again(servers: Servers) -> None:
    with psycopg.connect(servers.superuser_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE app SUPERUSER BYPASSRLS INHERIT")
    prepare_cluster(servers.superuser_url, database="wizamart", owner_password="o", app_password="a")
    found = rows(
        servers.superuser_url,
        "SELECT rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname = 'app'",
    )
    assert found == [(False, False, False)]


def test_another_login_is_not_let_into_the_database(servers: Servers) -> None:
    with psycopg.connect(servers.superuser_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS neighbour; CREATE ROLE neighbour LOGIN PASSWORD 'n'")
    url = url_for(servers.superuser_url, database="wizamart", user="neighbour", password="n")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url)


@pytest.mark.usefixtures("passwords_come_back")
def test_the_command_prints_what_the_environment_needs(
    servers: Servers, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNER_PASSWORD", "o")
    monkeypatch.setenv("APP_PASSWORD", "a")
    assert main(["--superuser-url", servers.superuser_url, "--database", "by_command"]) == 0
    printed = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert rows(printed["DATABASE_URL"], "SELECT current_user") == [("app",)]
    assert rows(printed["DATABASE_OWNER_URL"], "SELECT current_user") == [("owner",)]


@pytest.mark.usefixtures("passwords_come_back")
def test_the_command_keeps_passwords_to_itself_when_asked(
    servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--superuser-url", servers.superuser_url, "--database", "by_command", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_the_command_says_in_one_line_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--superuser-url", "postgresql://postgres@127.0.0.1:9/postgres"]) == 1
    assert "Traceback" not in capsys.readouterr().err
