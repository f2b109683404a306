"""Migrations are named, take their steps back, and build the same database again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader

from platform_core.tenancy.checks import platform_apps
from tests.architecture.sources import CODE, files, name_of, parsed
from tests.databases import as_owner, cloned_database, url_of, use_database

HOUSE = ("config", "modules", "platform_core")
# Words of a migration: operations and fields, which never change their meaning. Models and services do.
MAY_IMPORT = ("platform_core.tenancy.migrations", "platform_core.tenancy.fields")


def own_migrations() -> Iterator[tuple[str, str, Any]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for (label, name), migration in sorted(loader.disk_migrations.items()):
        if apps.get_app_config(label).name.startswith(HOUSE):
            yield label, name, migration


def test_every_migration_says_what_it_does():
    names = [f"{label}.{name}" for label, name, _migration in own_migrations()]
    assert names
    unnamed = [name for name in names if "_auto_" in name or not re.search(r"\.\d{4}_[a-z][a-z0-9_]+$", name)]
    assert unnamed == [], "Name it: makemigrations <app> -n <what it does>."


def test_every_migration_can_be_taken_back():
    one_way = [
        f"{label}.{name}: {operation.describe()}"
        for label, name, migration in own_migrations()
        for operation in migration.operations
        if not operation.reversible
        or (isinstance(operation, RunPython) and operation.reverse_code is None)
        or (isinstance(operation, RunSQL) and operation.reverse_sql is None)
    ]
    assert one_way == []


def test_a_migration_imports_no_model_and_no_service():
    """A migration must do the same in a year, whatever became of the code."""
    found = []
    for file in files(CODE):
        if file.parent.name != "migrations":
            continue
        for node in ast.walk(parsed(file)):
            imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [
                f"{name_of(file)}: {name}"
                for name in imported
                if name.startswith(HOUSE)
                and not name.startswith(MAY_IMPORT)
                and not _is_referenced(name, file)
            ]
    assert found == []


def _is_referenced(name: str, file: Any) -> bool:
    """Django writes `import modules.x.models` for validators and defaults that the fields name."""
    return bool(re.search(rf"[=\[,]\s*{re.escape(name)}\.\w+", file.read_text()))


SHAPE = """
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v')
UNION ALL SELECT 'constraint', c.relname, k.conname, pg_get_constraintdef(k.oid), ''
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s AND k.contype <> 'n'
UNION ALL SELECT 'index', tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = %(schema)s
UNION ALL SELECT 'policy', tablename, policyname, roles::text, concat_ws(' / ', cmd, qual, with_check)
  FROM pg_policies WHERE schemaname = %(schema)s
UNION ALL SELECT 'grant', table_name, grantee, privilege_type, ''
  FROM information_schema.role_table_grants WHERE table_schema = %(schema)s
UNION ALL SELECT 'column grant', table_name, column_name, grantee, privilege_type
  FROM information_schema.column_privileges WHERE table_schema = %(schema)s
UNION ALL SELECT 'security', c.relname, c.relrowsecurity::text, c.relforcerowsecurity::text, ''
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s AND c.relkind = 'r'
ORDER BY 1, 2, 3, 4, 5
"""


def shape_of(schema: str) -> list[tuple[str, ...]]:
    """Columns, constraints, indexes, policies and grants of a schema, as PostgreSQL lists them."""
    with as_owner() as cursor:
        cursor.execute(SHAPE, {"schema": schema})
        return cursor.fetchall()


@pytest.fixture
def scratch_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A clone of the template for this test alone."""
    kept = [url_of(alias) for alias in ("owner", "default")]
    with django_db_blocker.unblock():
        try:
            with cloned_database("reverse") as urls:
                use_database(*urls)
                yield
        finally:
            use_database(*kept)


def backwards(labels: list[str]) -> list[str]:
    """App labels, each before those it depends on."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ordered: list[str] = []
    for label in labels:
        for app, _name in [
            node for leaf in loader.graph.leaf_nodes(label) for node in loader.graph.forwards_plan(leaf)
        ]:
            if app in labels:
                ordered = (
                    [*(known for known in ordered if known != app), app] if app not in ordered else ordered
                )
    return ordered[::-1]


@pytest.mark.database
def test_every_migration_goes_back_and_forth(scratch_database):
    """Each platform app to zero and up again in a platform's schema, and the public modules after it."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    own = [config.label for config in platform_apps() if config.label in loader.migrated_apps]
    before = {schema: shape_of(schema) for schema in ("public", "lux")}
    options: dict[str, Any] = {"interactive": False, "verbosity": 0}
    for schema in ("lux", "mosel"):
        for label in backwards(own):
            call_command("migrate", label, "zero", tenant=True, schema_name=schema, **options)
    left = {row[1] for row in shape_of("lux")} - {"django_migrations"}
    assert left == set()
    for label in backwards(["tenancy"]):
        call_command("migrate", label, "zero", shared=True, **options)
    assert not any(row[1].startswith("tenancy_") for row in shape_of("public"))
    call_command("migrate", **options)
    for connection in connections.all():
        connection.close()
    for schema, shape in before.items():
        assert shape_of(schema) == shape
