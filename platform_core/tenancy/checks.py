"""System checks: no vendor-owned table without its whole wall, no other table in a platform's schema unseen,
and no start of a real installation with unsafe settings.
"""

from __future__ import annotations

import re
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader

from platform_core.tenancy.allowlist import TABLES_WITHOUT_VENDOR
from platform_core.tenancy.fields import VendorForeignKey
from platform_core.tenancy.migrations import Wall, WallForeignKey, vendor_keys
from platform_core.tenancy.owned import VendorOwned


def _is_platform_app(config: AppConfig) -> bool:
    path = f"{type(config).__module__}.{type(config).__qualname__}"
    return config.name in settings.TENANT_APPS or path in settings.TENANT_APPS


def platform_apps() -> list[AppConfig]:
    """The apps whose tables stand in every platform's schema."""
    return [config for config in apps.get_app_configs() if _is_platform_app(config)]


def vendor_owned_models() -> list[type[VendorOwned]]:
    """Every concrete vendor-owned model."""
    return [model for model in apps.get_models() if issubclass(model, VendorOwned) and not model._meta.proxy]


def _walled(loader: MigrationLoader) -> tuple[set[tuple[str, str]], set[tuple[str, str, str]]]:
    """(app, model) with a Wall, and (app, model, field) whose composite key a migration makes."""
    walls: set[tuple[str, str]] = set()
    keys: set[tuple[str, str, str]] = set()
    for app in platform_apps():
        known: dict[str, set[str]] = {}
        names = sorted(name for label, name in loader.disk_migrations if label == app.label)
        for name in names:
            for operation in loader.disk_migrations[app.label, name].operations:
                if isinstance(operation, CreateModel):
                    links = {n for n, field in operation.fields if isinstance(field, VendorForeignKey)}
                    known.setdefault(operation.name_lower, set()).update(links)
                elif isinstance(operation, AddField) and isinstance(operation.field, VendorForeignKey):
                    known.setdefault(operation.model_name_lower, set()).add(operation.name)
                elif isinstance(operation, Wall):
                    model = operation.model_name.lower()
                    walls.add((app.label, model))
                    keys |= {(app.label, model, field) for field in known.get(model, ())}
                elif isinstance(operation, WallForeignKey):
                    keys.add((app.label, operation.model_name.lower(), operation.field_name))
    return walls, keys


def _leads_with_vendor(fields: Any) -> bool:
    return bool(fields) and next(iter(fields)).lstrip("-") == "vendor_id"


@register(Tags.models)
def check_walls(**_kwargs: Any) -> list[CheckMessage]:
    """E101 to E105: what a vendor-owned model must have, and what a platform's schema may hold."""
    found: list[CheckMessage] = []
    walls, keys = _walled(MigrationLoader(None, ignore_no_migrations=True))
    for model in vendor_owned_models():
        label, name = model._meta.app_label, str(model._meta.model_name)
        if (label, name) not in walls:
            found.append(
                Error(
                    f"{model._meta.label} is vendor-owned and has no wall.",
                    hint=f'Add Wall("{name}") to the migration that creates it.',
                    obj=model,
                    id="platform_core.E101",
                )
            )
        for field in vendor_keys(model):
            if (label, name) in walls and (label, name, field.name) not in keys:
                found.append(
                    Error(
                        f"{model._meta.label}.{field.name} has no composite key in the database.",
                        hint=f'Add WallForeignKey("{name}", "{field.name}") to the migration that adds it.',
                        obj=model,
                        id="platform_core.E102",
                    )
                )
        found += _check_links(model) + _check_keys(model)
    for config in platform_apps():
        for table in config.get_models(include_auto_created=True):
            if not issubclass(table, VendorOwned) and table._meta.db_table not in TABLES_WITHOUT_VENDOR:
                found.append(
                    Error(
                        f"{table._meta.label} stands in every platform's schema and belongs to no vendor.",
                        hint="Make it VendorOwned, or give the reason in platform_core/tenancy/allowlist.py.",
                        obj=table,
                        id="platform_core.E104",
                    )
                )
    return found


def _check_links(model: type[VendorOwned]) -> list[CheckMessage]:
    """E103: a plain link to a vendor-owned row would accept a neighbour's."""
    found: list[CheckMessage] = []
    for field in model._meta.local_fields:
        target = getattr(field.remote_field, "model", None)
        if (
            isinstance(target, type)
            and issubclass(target, VendorOwned)
            and not isinstance(field, VendorForeignKey)
        ):
            found.append(
                Error(
                    f"{model._meta.label}.{field.name} links to a vendor's row with a plain foreign key.",
                    hint="Use VendorForeignKey.",
                    obj=model,
                    id="platform_core.E103",
                )
            )
    if model._meta.local_many_to_many:
        found.append(
            Error(
                f"{model._meta.label} has a many-to-many field: its table would carry no vendor.",
                hint="Use a vendor-owned model with two VendorForeignKeys instead.",
                obj=model,
                id="platform_core.E103",
            )
        )
    return found


def _check_keys(model: type[VendorOwned]) -> list[CheckMessage]:
    """E105: unique keys and indexes start with the vendor, or ids of neighbours could be probed."""
    faults = [field.name for field in model._meta.local_fields if field.unique and not field.primary_key]
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            first = constraint.expressions[0] if constraint.expressions else None
            named = getattr(first, "name", None)
            if not _leads_with_vendor(constraint.fields) and named != "vendor_id":
                faults.append(constraint.name)
    for index in model._meta.indexes:
        first = index.expressions[0] if index.expressions else None
        if not _leads_with_vendor(index.fields) and getattr(first, "name", None) != "vendor_id":
            faults.append(index.name)
    return [
        Error(
            f"{model._meta.label}: {fault} does not start with vendor_id.",
            hint="Let every unique key and index of a vendor-owned table start with vendor_id.",
            obj=model,
            id="platform_core.E105",
        )
        for fault in faults
    ]


def missing_walls(connection: Any) -> list[str]:
    """Faults found in pg_catalog: missing policies, FORCE, keys; views that would leak.

    No system check, since `migrate` runs those before it mends the faults: `doctor` and the tests ask.
    """
    faults: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schema_name FROM public.platform_core_platform WHERE status <> 'provisioning' ORDER BY code"
        )
        schemas = [row[0] for row in cursor.fetchall()]
        for schema in schemas:
            faults += _faults_of_schema(cursor, schema)
        cursor.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = ANY(%s) AND (c.relkind = 'm' OR c.relkind = 'v'"
            " AND NOT COALESCE(c.reloptions @> ARRAY['security_invoker=true'], false))",
            [[*schemas, "public"]],
        )
        faults += [f"{row[0]} is a view that runs with its owner's rights." for row in cursor.fetchall()]
        faults += _open_tables(cursor, [*schemas, "public"])
    return faults


def _open_tables(cursor: Any, schemas: list[str]) -> list[str]:
    """Tables without policies that the role of pages may write, or that sign people in and it may read."""
    cursor.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') AND ("
        "   NOT c.relrowsecurity AND has_table_privilege('vendor', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        "   OR c.relname = 'browser_session' AND (has_any_column_privilege('vendor', c.oid, 'SELECT')"
        "     OR has_any_column_privilege('staff', c.oid, 'SELECT')"
        "     OR has_any_column_privilege('operator', c.oid, 'SELECT'))) ORDER BY 1",
        [schemas],
    )
    return [f"{row[0]} is open to a role of pages." for row in cursor.fetchall()]


_MINE = (
    r"\(vendor_id=\(SELECT\(NULLIF\(current_setting\('app\.vendor_id'::text,true\),''::text\)\)::bigint"
    r'(AS"?nullif"?)?\)\)'
)
# What PostgreSQL tells of the three policies that `Wall` makes, blanks taken out.
POLICIES = {
    "of_owner": r"of_owner\*t\{owner\}truechecktrue",
    "of_staff": r"of_staff\*t\{staff\}truecheck\(vendor_idIN\(SELECT(public\.)?\w+\.idFROM(public\.)?\w+\)\)",
    "of_vendor": rf"of_vendor\*t\{{vendor\}}{_MINE}check{_MINE}",
}


def _faults_of_schema(cursor: Any, schema: str) -> list[str]:
    faults: list[str] = []
    cursor.execute(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
        " ARRAY(SELECT concat_ws(' ', p.polname, p.polcmd, p.polpermissive,"
        "   ARRAY(SELECT CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END FROM unnest(p.polroles) r),"
        "   pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))"
        "   FROM pg_policy p WHERE p.polrelid = c.oid ORDER BY 1),"
        " ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0"
        "   AND a.attnotnull AND NOT a.attisdropped),"
        " ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conrelid = c.oid)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relkind = 'r'",
        [schema],
    )
    tables = {row[0]: row[1:] for row in cursor.fetchall()}
    for model in vendor_owned_models():
        table = model._meta.db_table
        if table not in tables:
            faults.append(f"{schema}.{table} does not exist.")
            continue
        forced, policies, not_null, constraints = tables.pop(table)
        if not forced:
            faults.append(f"{schema}.{table} does not force row-level security.")
        names = [policy.split(" ")[0] for policy in policies]
        if names != list(POLICIES):
            faults.append(f"{schema}.{table} has the policies {names}.")
        else:
            faults += [
                f"{schema}.{table} has another policy {policy} than its wall would make."
                for policy, pattern in zip(policies, POLICIES.values(), strict=True)
                if not re.fullmatch(pattern, re.sub(r"\s+", "", policy))
            ]
        if "vendor_id" not in not_null:
            faults.append(f"{schema}.{table}.vendor_id may be null.")
        if not any(definition.startswith("UNIQUE (vendor_id, id)") for definition in constraints):
            faults.append(f"{schema}.{table} lacks UNIQUE (vendor_id, id).")
        for field in vendor_keys(model):
            start = f"FOREIGN KEY (vendor_id, {field.column}) REFERENCES"
            if not any(definition.startswith(start) for definition in constraints):
                faults.append(f"{schema}.{table}.{field.column} has no composite key.")
    faults += [
        f"{schema}.{table} carries no vendor and is not on the list."
        for table in tables
        if table not in TABLES_WITHOUT_VENDOR
    ]
    return faults


@register(Tags.security)
def check_production(**_kwargs: Any) -> list[CheckMessage]:
    """E120 to E123: what a real installation must not start with."""
    if not getattr(settings, "PRODUCTION", False):
        return []
    faults = {
        "E120": (settings.DEBUG, "DEBUG is on.", "Unset DEBUG."),
        "E121": (
            len(settings.SECRET_KEY) < 50
            or len(set(settings.SECRET_KEY)) < 5
            or "development" in settings.SECRET_KEY,
            "SECRET_KEY is short or a default.",
            'Set it to the output of: python -c "import secrets; print(secrets.token_urlsafe(64))"',
        ),
        "E122": (settings.DEMO, "DEMO is on: the demo's sign-ins would be open to everybody.", "Unset DEMO."),
        "E123": (
            settings.BASE_DOMAIN == "localhost",
            "BASE_DOMAIN is localhost.",
            "Set BASE_DOMAIN to the hub's host name.",
        ),
    }
    return [
        Error(text, hint=hint, id=f"platform_core.{code}")
        for code, (fault, text, hint) in faults.items()
        if fault
    ]
