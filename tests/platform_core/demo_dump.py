"""Everything the demo has written, in a form that two runs can be compared by."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.utils import timezone
from psycopg.rows import dict_row

# Secrets, hashes with a salt, ids that nobody can guess with what is made of them, and moments of the run itself.
VARYING = {
    *("password", "token", "verified_at", "last_login", "file"),
    *("public_id", "refund_id", "provider_reference", "instructions", "payload"),
}
# What the demo does by the clock, such as payments taken by phone, happened since.
STARTED = timezone.now()
GROUND_FLOOR = {"platform", "domain", "user"}


def dump(schemas: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """The rows of the ground floor and of every module, by schema and table; ids become places in the list."""
    tables = [
        ("public", model) for model in _models("platform_core") if model._meta.model_name in GROUND_FLOOR
    ]
    for config in apps.get_app_configs():
        if config.name.startswith("modules."):
            is_public = config.name in settings.SHARED_APPS
            for schema in ("public",) if is_public else schemas:
                tables += [(schema, model) for model in _models(config.label)]
    rows = {(schema, model._meta.db_table): _rows(schema, model) for schema, model in tables}
    places = {
        key: {row["id"]: place for place, row in enumerate(found)}
        for key, found in rows.items()
        if found and "id" in found[0]
    }
    return {
        f"{schema}.{model._meta.db_table}": [
            _comparable(row, model, schema, places) for row in rows[schema, model._meta.db_table]
        ]
        for schema, model in tables
    }


def files(root: Path) -> list[str]:
    """Digests of all files below a folder, whatever their names."""
    return sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in root.rglob("*") if file.is_file())


def _models(label: str) -> list[type[models.Model]]:
    return list(apps.get_app_config(label).get_models())


def _rows(schema: str, model: type[models.Model]) -> list[dict[str, Any]]:
    with connections["owner"].cursor() as cursor:
        raw = cursor.connection.cursor(row_factory=dict_row)
        raw.execute(f'SELECT * FROM "{schema}"."{model._meta.db_table}" ORDER BY 1')
        return raw.fetchall()


def _comparable(
    row: dict[str, Any], model: type[models.Model], schema: str, places: dict[tuple[str, str], dict[int, int]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        value = row[field.column]
        automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        is_of_the_run = isinstance(value, datetime) and value >= STARTED
        if field.primary_key or field.column in VARYING or automatic or is_of_the_run:
            continue
        target = None
        if field.column == "vendor_id":
            target = settings.TENANCY_VENDOR_TABLE
        elif field.remote_field is not None:
            target = field.remote_field.model._meta.db_table
        if target and value is not None:
            known = places.get((schema, target)) or places.get(("public", target)) or {}
            value = known[value]
        if field.column == "renditions":
            value = [{**item, "name": ""} for item in json.loads(value)]
        found[field.column] = value
    return found
