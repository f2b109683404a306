"""Migrate the public schema and every platform's, as the tables' owner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connections
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

from platform_core.tenancy.context import platform_context
from platform_core.tenancy.services import guard_library_tables


class Command(MigrateSchemasCommand):
    """django-tenants' command on the alias `owner`. Without DATABASE_OWNER_URL it says so and ends with 1."""

    help = "Migrate the public schema, then each platform's. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DATABASES["owner"]["NAME"]:
            raise CommandError("Set DATABASE_OWNER_URL: migrations run as the role that owns the tables.")
        with platform_context(role="operator"):
            if options["schema_name"] or options["shared"]:
                super().handle(*args, **options)
                return
            if not options["tenant"]:
                super().handle(*args, **{**options, "shared": True})
            for schema in existing_schemas():
                super().handle(*args, **{**options, "tenant": True, "schema_name": schema})
                guard_library_tables(schema)


def existing_schemas() -> list[str]:
    """Schemas of platforms that have one. A platform still being set up is left to its own job."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT p.schema_name FROM public.platform_core_platform p"
            " JOIN pg_namespace n ON n.nspname = p.schema_name ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]
