"""Databases for the tests: `owner` migrates one template, each worker clones it and connects as `app`.

The servers are the embedded ones, or with TEST_SUPERUSER_URL a PostgreSQL that runs already. The template is
kept between runs and made anew when a migration changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from platform_core import embedded
from platform_core.modules.definition import ModuleConfig
from platform_core.tenancy.bootstrap import prepare_cluster, url_for
from platform_core.tenancy.services import create_platform

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var" / "test"
PLATFORMS = (("lux", "Lux", "lux.localhost"), ("mosel", "Mosel", "mosel.localhost"))
SCHEMAS = ("public", *(code for code, _name, _host in PLATFORMS))
# Rows of the template that a test's clean-up leaves alone.
KEPT_TABLES = {
    "platform_core_platform",
    "platform_core_domain",
    "django_content_type",
    "auth_permission",
    "catalog_vatrate",
}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server to make test databases on."""

    superuser_url: str
    owner_password: str
    app_password: str


def cluster() -> Cluster:
    """The server of TEST_SUPERUSER_URL, or the embedded one of this checkout."""
    given = os.environ.get("TEST_SUPERUSER_URL")
    if given:
        secret = hashlib.sha256(given.encode()).hexdigest()
        return Cluster(given, secret[:32], secret[32:])
    servers = embedded.start(VAR_DIR, durable=False)
    owner, app = (
        unquote(urlsplit(url).password or "") for url in (servers.database_owner_url, servers.database_url)
    )
    return Cluster(servers.superuser_url, owner, app)


def foreign_modules() -> list[ModuleConfig]:
    """Modules of other packages, which have tables as well."""
    found = (config for config in apps.get_app_configs() if isinstance(config, ModuleConfig))
    return [config for config in found if not config.name.startswith("modules.")]


def fingerprint() -> str:
    """Changes with every migration and with what prepares a database."""
    files = sorted(
        file
        for folder in ("platform_core", "modules", "config/settings")
        for file in (BASE_DIR / folder).rglob("*.py")
        if file.parent.name == "migrations"
        or file.name in {"bootstrap.py", "migrations.py", "base.py", "modules.py"}
        or file.match("platform_core/tenancy/services.py")
    )
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for file in files:
        digest.update(str(file.relative_to(BASE_DIR)).encode() + file.read_bytes())
    for config in foreign_modules():
        for file in sorted((Path(config.path) / "migrations").glob("*.py")):
            digest.update(f"{config.name}/{file.name}".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def exclusively(name: str) -> Iterator[None]:
    """One process of this checkout at a time."""
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    with (VAR_DIR / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def use_database(owner_url: str, app_url: str) -> None:
    """Point both aliases at one database."""
    for alias, url in (("default", app_url), ("owner", owner_url)):
        parts = urlsplit(url)
        connections[alias].close()
        connections[alias].settings_dict.update(
            NAME=parts.path.lstrip("/"),
            USER=unquote(parts.username or ""),
            PASSWORD=unquote(parts.password or ""),
            HOST=parts.hostname or "",
            PORT=str(parts.port or 5432),
        )


def _exists(server: Cluster, database: str) -> bool:
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return found.fetchone() is not None


def _execute(server: Cluster, statement: str, *names: str) -> None:
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def _prepare(server: Cluster, database: str) -> tuple[str, str]:
    return prepare_cluster(
        server.superuser_url,
        database=database,
        owner_password=server.owner_password,
        app_password=server.app_password,
    )


def template_database(server: Cluster) -> str:
    """The migrated template with the platforms lux and mosel; made on first use."""
    prefix = "wizamart_foreign_" if foreign_modules() else "wizamart_template_"
    template = f"{prefix}{fingerprint()}"
    with exclusively("template.lock"):
        if _exists(server, template):
            return template
        _drop_old_templates(server, prefix)
        building = f"{template}_new"
        _execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", building)
        use_database(*_prepare(server, building))
        call_command("migrate", shared=True, interactive=False, verbosity=0)
        for code, name, host in PLATFORMS:
            create_platform(code=code, name=name, host=host)
        for alias in ("default", "owner"):
            connections[alias].close()
        _execute(server, "ALTER DATABASE {} RENAME TO {}", building, template)
    return template


def _drop_old_templates(server: Cluster, prefix: str) -> None:
    """Those of tests with modules of other packages leave the others' alone, which run at the same time."""
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        old = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        ).fetchall()
    for (name,) in old:
        _execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@contextmanager
def cloned_database(worker: str) -> Iterator[tuple[str, str]]:
    """(owner URL, app URL) of a clone of the template, dropped in the end."""
    server = cluster()
    template = template_database(server)
    name = f"wizamart_test_{worker}_{os.getpid()}_{secrets.token_hex(3)}"
    with exclusively("clone.lock"):
        # Copying needs the template for itself.
        _execute(server, "CREATE DATABASE {} TEMPLATE {} OWNER owner", name, template)
        _prepare(server, name)
    try:
        yield (
            url_for(server.superuser_url, database=name, user="owner", password=server.owner_password),
            url_for(server.superuser_url, database=name, user="app", password=server.app_password),
        )
    finally:
        for alias in ("default", "owner"):
            connections[alias].close()
        _execute(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def url_of(alias: str) -> str:
    """Where an alias of Django's leads now. Tests reach only the aliases they name; a URL has no such limit."""
    entry = connections[alias].settings_dict
    return (
        f"postgresql://{quote(entry['USER'])}:{quote(entry['PASSWORD'])}"
        f"@{entry['HOST']}:{entry['PORT']}/{entry['NAME']}"
    )


@contextmanager
def as_owner() -> Iterator[psycopg.Cursor]:
    """A cursor of `owner` on the tests' database, beside Django's connections."""
    with psycopg.connect(url_of("owner"), autocommit=True) as owner, owner.cursor() as cursor:
        yield cursor


@contextmanager
def as_superuser() -> Iterator[psycopg.Cursor]:
    """A cursor that may take every role, in one transaction that is rolled back: for a proof's control."""
    url = url_for(cluster().superuser_url, database=connections["owner"].settings_dict["NAME"])
    with psycopg.connect(url) as superuser, superuser.cursor() as cursor:
        try:
            yield cursor
        finally:
            superuser.rollback()


def empty_tables() -> None:
    """Take back what a test has committed, by the owner: every row but the template's, and their versions."""
    with as_owner() as cursor:
        cursor.execute(
            "SELECT id, schema_name FROM public.platform_core_platform WHERE NOT code = ANY(%s)",
            [list(SCHEMAS)],
        )
        added = cursor.fetchall()
        for _id, schema in added:
            cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
        cursor.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = ANY(%s) AND c.relname <> 'django_migrations'"
            " AND NOT c.relname = ANY(%s)",
            [list(SCHEMAS), sorted(KEPT_TABLES)],
        )
        tables = sql.SQL(", ").join(sql.Identifier(schema, table) for schema, table in cursor.fetchall())
        cursor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(tables))
        for table, column in (("platform_core_domain", "tenant_id"), ("platform_core_platform", "id")):
            cursor.execute(
                sql.SQL("DELETE FROM public.{} WHERE {} = ANY(%s)").format(
                    sql.Identifier(table), sql.Identifier(column)
                ),
                [[platform_id for platform_id, _schema in added]],
            )
        cursor.execute(
            "UPDATE public.platform_core_platform SET version = 1, modules_version = 0"
            " WHERE (version, modules_version) <> (1, 0)"
        )
