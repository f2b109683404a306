"""The roles, the database and the schemas that everything else stands on, made by a superuser.

Run as `python -m platform_core.tenancy.bootstrap --superuser-url … --database …` on a real server; the
embedded one is prepared at each start. Running it again changes nothing but the passwords.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OWNER = "owner"
APP = "app"
# What `app` may become: rows of one vendor, of one platform, of all platforms, and the door's questions.
CONTEXT_ROLES = ("vendor", "staff", "operator", "gatekeeper")
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin", "citext")
EXTENSIONS_SCHEMA = "extensions"

# Limits of the role that serves requests; the owner migrates and has none.
APP_SETTINGS = {
    "statement_timeout": "5s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "10s",
}
LOWEST_VERSION = 150000

# Serialises two preparations of one cluster; roles belong to the cluster, not to a database.
ADVISORY_LOCK = 0x77697A61


class BootstrapError(RuntimeError):
    """The server cannot be prepared; the message says what is missing."""


def prepare_cluster(
    superuser_url: str, *, database: str, owner_password: str, app_password: str
) -> tuple[str, str]:
    """Make the roles and one database, as often as you like; returns the URLs of `owner` and of `app`.

    Raises BootstrapError on a PostgreSQL before 15 or without the extensions, psycopg.Error when the server
    refuses.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if connection.info.server_version < LOWEST_VERSION:
            raise BootstrapError("PostgreSQL 15 or newer is needed.")
        connection.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        _make_roles(connection, owner_password, app_password)
        _make_database(connection, database)
        with psycopg.connect(url_for(superuser_url, database=database), autocommit=True) as inside:
            _make_schemas(inside)
    return (
        url_for(superuser_url, database=database, user=OWNER, password=owner_password),
        url_for(superuser_url, database=database, user=APP, password=app_password),
    )


def url_for(url: str, *, database: str, user: str | None = None, password: str | None = None) -> str:
    """The same server's URL with another database and, if given, another user."""
    parts = urlsplit(url)
    query = [
        (key, value) for key, value in parse_qsl(parts.query) if key not in ("user", "password", "dbname")
    ]
    place = parts.netloc.rpartition("@")[2]
    who = parts.netloc.rpartition("@")[0]
    if user is not None:
        who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    netloc = f"{who}@{place}" if who else place
    return urlunsplit(("postgresql", netloc, f"/{quote(database, safe='')}", urlencode(query), ""))


def _make_roles(connection: psycopg.Connection, owner_password: str, app_password: str) -> None:
    safe = "NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
    # CREATEDB lets the tests and a restore make databases of their own.
    _make_role(connection, OWNER, f"LOGIN {safe} CREATEDB", owner_password)
    _make_role(connection, APP, f"LOGIN {safe} NOCREATEDB", app_password)
    for role in CONTEXT_ROLES:
        _make_role(connection, role, f"NOLOGIN {safe} NOCREATEDB")
    _execute(connection, "GRANT {} TO {}", _names(CONTEXT_ROLES), sql.Identifier(APP))
    for setting, value in APP_SETTINGS.items():
        _execute(
            connection,
            "ALTER ROLE {} SET {} = {}",
            sql.Identifier(APP),
            sql.Identifier(setting),
            sql.Literal(value),
        )


def _make_role(
    connection: psycopg.Connection, name: str, attributes: str, password: str | None = None
) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = sql.SQL("ALTER ROLE") if exists else sql.SQL("CREATE ROLE")
    statement = sql.SQL("{} {} {}").format(verb, sql.Identifier(name), sql.SQL(attributes))
    if password is not None:
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    connection.execute(statement)


def _make_database(connection: psycopg.Connection, database: str) -> None:
    name, owner = sql.Identifier(database), sql.Identifier(OWNER)
    exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    if not exists:
        _execute(connection, "CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0", name, owner)
    _execute(connection, "ALTER DATABASE {} OWNER TO {}", name, owner)
    _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
    _execute(connection, "GRANT CONNECT ON DATABASE {} TO {}", name, sql.Identifier(APP))
    # Bulk imports go through a temporary table, since COPY into a table with policies is refused.
    _execute(connection, "GRANT TEMPORARY ON DATABASE {} TO {}", name, _names(("vendor", "staff")))


def _make_schemas(connection: psycopg.Connection) -> None:
    owner, extensions = sql.Identifier(OWNER), sql.Identifier(EXTENSIONS_SCHEMA)
    connection.execute("CREATE SCHEMA IF NOT EXISTS public")
    _execute(connection, "ALTER SCHEMA public OWNER TO {}", owner)
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _execute(connection, "GRANT USAGE ON SCHEMA public TO {}", _names(CONTEXT_ROLES))
    _execute(connection, "CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}", extensions, owner)
    _execute(connection, "GRANT USAGE ON SCHEMA {} TO PUBLIC", extensions)
    for extension in EXTENSIONS:
        _make_extension(connection, extension)


def _make_extension(connection: psycopg.Connection, name: str) -> None:
    placed = connection.execute(
        "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = %s",
        [name],
    ).fetchone()
    extension, schema = sql.Identifier(name), sql.Identifier(EXTENSIONS_SCHEMA)
    if placed is None:
        try:
            _execute(connection, "CREATE EXTENSION {} WITH SCHEMA {}", extension, schema)
        except psycopg.errors.FeatureNotSupported as error:
            raise BootstrapError(
                f"The extension {name} is missing: install postgresql-contrib on the server."
            ) from error
    elif placed[0] != EXTENSIONS_SCHEMA:
        _execute(connection, "ALTER EXTENSION {} SET SCHEMA {}", extension, schema)


def _names(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)


def _execute(connection: psycopg.Connection, statement: str, *parts: sql.Composable) -> None:
    connection.execute(sql.SQL(statement).format(*parts))


def main(arguments: list[str]) -> int:
    """Prepare a server and print the two URLs as environment variables."""
    parser = argparse.ArgumentParser(
        prog="python -m platform_core.tenancy.bootstrap",
        description="Make the roles and the database on a PostgreSQL server. Passwords come from "
        "OWNER_PASSWORD and APP_PASSWORD; without them new ones are made and printed.",
    )
    parser.add_argument("--superuser-url", required=True, help="postgresql://postgres:…@host:5432/postgres")
    parser.add_argument("--database", default="wizamart")
    parser.add_argument("--quiet", action="store_true", help="do not print the URLs with their passwords")
    options = parser.parse_args(arguments)
    try:
        owner_url, app_url = prepare_cluster(
            options.superuser_url,
            database=options.database,
            owner_password=os.environ.get("OWNER_PASSWORD") or secrets.token_urlsafe(24),
            app_password=os.environ.get("APP_PASSWORD") or secrets.token_urlsafe(24),
        )
    except (BootstrapError, psycopg.Error) as error:
        sys.stderr.write(f"{str(error).strip()}\n")
        return 1
    if not options.quiet:
        sys.stdout.write(f"DATABASE_URL={app_url}\nDATABASE_OWNER_URL={owner_url}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
