"""Many platforms with many vendors each, as rows only: a schema with one walled table for each platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections

from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.migrations import CONTEXT_VENDOR
from platform_core.tenancy.pool import reset_connection
from tests.databases import as_owner

OPTIONS_OF_THE_POOL = {"min_size": 4, "max_size": 4, "timeout": 30}


@dataclass(frozen=True)
class Tenant:
    """One vendor of one platform, and what the database must say while it is served."""

    host: str
    platform_id: int
    schema: str
    vendor_id: int
    neighbour_id: int

    @property
    def settings(self) -> tuple[str, str, str, str]:
        path = f'"{self.schema}", public, extensions'
        return "vendor", path, str(self.platform_id), str(self.vendor_id)


def make_tenants(platform_count: int, vendor_count: int) -> list[Tenant]:
    """`platform_count` × `vendor_count` tenants, interleaved so that neighbours in the list differ in both."""
    tenants: list[list[Tenant]] = []
    with as_owner() as cursor:
        for number in range(platform_count):
            schema = f"many{number:02}"
            cursor.execute(
                "INSERT INTO public.platform_core_platform (code, name, schema_name, status, default_language,"
                " created_at) VALUES (%s, %s, %s, 'active', 'en', now()) RETURNING id",
                [schema, schema, schema],
            )
            platform_id = cursor.fetchone()[0]
            cursor.execute(
                "INSERT INTO public.platform_core_domain (domain, is_primary, tenant_id) VALUES (%s, true, %s)",
                [f"{schema}.test", platform_id],
            )
            vendors = _vendors(cursor, platform_id, vendor_count)
            _walled_table(cursor, schema, vendors)
            tenants.append(
                [
                    Tenant(f"shop{place:02}.{schema}.test", platform_id, schema, vendor, vendors[place - 1])
                    for place, vendor in enumerate(vendors)
                ]
            )
    host_directory.forget()
    return [tenants[p][v] for v in range(vendor_count) for p in range(platform_count)]


def _vendors(cursor: Any, platform_id: int, count: int) -> list[int]:
    cursor.execute(
        "INSERT INTO public.tenancy_company (platform_id, legal_name, registration_number, vat_id, street,"
        " postal_code, city, country, email, phone, created_at)"
        " VALUES (%s, 'Many', '', '', '', '', '', 'LU', '', '', now()) RETURNING id",
        [platform_id],
    )
    company_id = cursor.fetchone()[0]
    cursor.execute(
        "INSERT INTO public.tenancy_vendor (platform_id, company_id, code, name, status, taglines,"
        " default_language, languages, currency, country, theme, contact_email, created_at)"
        " SELECT %s, %s, 'shop' || lpad(n::text, 2, '0'), 'Shop', 'active', '{}', 'en', '{en,fr}', 'EUR', 'LU',"
        " 'atelier', '', now() FROM generate_series(0, %s - 1) n ORDER BY n RETURNING id",
        [platform_id, company_id, count],
    )
    return [row[0] for row in cursor.fetchall()]


def _walled_table(cursor: Any, schema: str, vendors: list[int]) -> None:
    mine = f"vendor_id = {CONTEXT_VENDOR}"
    cursor.execute(f"CREATE SCHEMA {schema}")
    cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO vendor, staff")
    cursor.execute(f"CREATE TABLE {schema}.probe (place text NOT NULL, vendor_id bigint NOT NULL)")
    cursor.execute(
        f"INSERT INTO {schema}.probe SELECT %s, unnest(%s::bigint[])",
        [schema, vendors],
    )
    cursor.execute(f"ALTER TABLE {schema}.probe ENABLE ROW LEVEL SECURITY")
    cursor.execute(f"ALTER TABLE {schema}.probe FORCE ROW LEVEL SECURITY")
    cursor.execute(f"CREATE POLICY of_vendor ON {schema}.probe TO vendor USING ({mine})")
    cursor.execute(f"GRANT SELECT ON {schema}.probe TO vendor, staff")


@contextmanager
def pooled_connections() -> Iterator[None]:
    """Serve `default` from a pool of four connections, as a web process does."""
    connection = connections["default"]
    connection.close()
    options = connection.settings_dict["OPTIONS"]
    options["pool"] = {**OPTIONS_OF_THE_POOL, "reset": reset_connection}
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        del options["pool"]
