"""Commands on platforms and their hosts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery import signature
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import quote_schema_name

from platform_core.exceptions import DomainError, RowChanged
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import (
    RESERVED_CODES,
    host_directory,
    normalise_host,
    vendor_by_host,
    vendor_host_below,
)
from platform_core.tenancy.models import Domain, Platform, validate_code, validate_host
from platform_core.tenancy.tasks import HEADER

logger = logging.getLogger(__name__)


class PlatformExists(DomainError):
    code = "platform_exists"
    default_message = _("There is a platform “%(code)s” already. Choose another code.")


class HostTaken(DomainError):
    code = "host_taken"
    default_message = _("The host “%(host)s” belongs to somebody already.")


class LastHost(DomainError):
    code = "last_host"
    default_message = _("%(name)s would answer on no host at all. Add another host first.")


class NotProvisioned(DomainError):
    code = "not_provisioned"
    default_message = _("%(name)s is still being set up.")


class ReservedCode(DomainError):
    code = "reserved_code"
    status = 422
    default_message = _("“%(code)s” is a reserved word. Choose another code.")


def has_owner() -> bool:
    """Whether this process may change the schema: commands and the operator's worker."""
    return bool(settings.DATABASES["owner"]["NAME"])


def create_platform(
    *, code: str, name: str, host: str, default_language: str = "en", in_background: bool = False
) -> Platform:
    """A platform with its first host, and its schema: made here by the owner, else by the operator's worker.

    `in_background` leaves it to the worker in any case, for callers that answer people.
    Raises ValidationError for a malformed code or name, ReservedCode, PlatformExists or HostTaken. The platform is
    PROVISIONING until its schema stands, and serves nothing until then.
    """
    validate_code(code)
    if code in RESERVED_CODES or code.startswith("pg-"):
        raise ReservedCode(code=code)
    platform = Platform(
        code=code, name=name.strip(), schema_name=code.replace("-", "_"), default_language=default_language
    )
    platform.clean_fields()
    with platform_context(role="operator"), transaction.atomic():
        if Platform.objects.filter(code=code).exists():
            raise PlatformExists(code=code)
        platform.save(force_insert=True)
        add_host(platform=platform, host=host)
        here = has_owner() and not in_background
        if not here:
            ask_for_provisioning(platform=platform)
    if here:
        provision(platform)
    return platform


@transaction.atomic
def update_platform(
    *, platform: Platform, name: str, default_language: str, expected_version: int | None = None
) -> Platform:
    """Change what a platform is called and which language it falls back to.

    Raises RowChanged when `expected_version` is stale, ValidationError.
    """
    platform = Platform.objects.select_for_update().get(pk=platform.pk)
    if expected_version is not None and expected_version != platform.version:
        raise RowChanged(name=platform.name)
    platform.name, platform.default_language = name.strip(), default_language
    platform.version += 1
    platform.clean_fields(exclude={"schema_name", "code"})
    platform.save(update_fields=["name", "default_language", "version"])
    return platform


@transaction.atomic
def suspend_platform(*, platform: Platform) -> Platform:
    """Close a platform: none of its hosts answers. Nothing is deleted. Raises NotProvisioned."""
    return _set_status(platform, Platform.Status.SUSPENDED)


@transaction.atomic
def reactivate_platform(*, platform: Platform) -> Platform:
    """Let a suspended platform serve again. Raises NotProvisioned."""
    return _set_status(platform, Platform.Status.ACTIVE)


def _set_status(platform: Platform, status: Platform.Status) -> Platform:
    platform = Platform.objects.select_for_update().get(pk=platform.pk)
    if platform.status == Platform.Status.PROVISIONING:
        raise NotProvisioned(name=platform.name)
    if platform.status != status:
        platform.status = status
        platform.save(update_fields=["status"])
    return platform


def add_host(*, platform: Platform, host: str) -> Domain:
    """Let a platform answer on one more host. Raises HostTaken, ValidationError for a malformed host.

    Taken is also what would hide, or be hidden by, the subdomain of a vendor or an admin.
    """
    name = normalise_host(host)
    if name in settings.HUB_HOSTS:
        raise HostTaken(host=name)
    validate_host(name)
    first, _dot, parent = name.partition(".")
    above = Domain.objects.filter(domain=parent).first()
    hides = above is not None and (above.tenant_id != platform.pk or first not in RESERVED_CODES - {"admin"})
    below = (
        Domain.objects.filter(domain__endswith=f".{name}").exclude(tenant=platform).exists()
        or vendor_host_below.first(name) is not None
    )
    taken = Domain.objects.filter(domain=name).exists() or vendor_by_host.first(name) is not None
    if hides or below or taken:
        raise HostTaken(host=name)
    return Domain.objects.create(tenant=platform, domain=name, is_primary=not platform.domains.exists())  # type: ignore[attr-defined]


@transaction.atomic
def make_host_primary(*, domain: Domain) -> Domain:
    """Let `domain` be the host that links to the platform name."""
    domain.is_primary = True
    # django-tenants takes the mark from the others.
    domain.save()
    return domain


@transaction.atomic
def remove_host(*, domain: Domain) -> None:
    """Let a platform no longer answer on a host. Raises LastHost when it has no other."""
    platform = Platform.objects.select_for_update().get(pk=domain.tenant_id)
    others = Domain.objects.filter(tenant=platform).exclude(pk=domain.pk)
    if not others.exists():
        raise LastHost(name=platform.name)
    domain.delete()
    if domain.is_primary:
        make_host_primary(domain=others.order_by("domain")[0])


def ask_for_provisioning(*, platform: Platform) -> None:
    """Hand a platform that is being set up to the operator's worker, once this is committed.

    While the broker is away nothing is sent: the worker looks for waiting platforms every minute as well.
    """
    transaction.on_commit(lambda: _ask_the_operator(platform.pk), robust=True)


def _ask_the_operator(platform_id: int) -> None:
    # By name: tasks.py imports this module.
    provision = signature("platform_core.operator.provision_platform", args=(platform_id,))
    # The result names the platform that it was for.
    tenant = {"platform_id": platform_id, "vendor_id": None, "role": "operator"}
    provision.apply_async(headers={HEADER: tenant})  # type: ignore[dict-item]


def provision(platform: Platform) -> None:
    """Make or complete a platform's schema and let it serve. Needs DATABASE_OWNER_URL; safe to run again.

    Takes some seconds: every table of the platform apps is made. Whoever else is at it is waited for, and a
    platform that was deleted meanwhile gets none.
    """
    with platform_context(role="operator"), _alone_with(platform.schema_name):
        mine = Platform.objects.filter(pk=platform.pk)
        if not mine.exists():
            return
        _make_schema(platform)
        mine.update(status=Platform.Status.ACTIVE)
        platform.status = Platform.Status.ACTIVE
    host_directory.forget()
    logger.info("platform_provisioned", extra={"platform": platform.code})


@contextmanager
def _alone_with(schema_name: str) -> Iterator[None]:
    """Hold the owner's lock on a schema. It ends with the connection, however its holder ended."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [f"schema:{schema_name}"])
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"schema:{schema_name}"])


def _make_schema(platform: Platform) -> None:
    schema = quote_schema_name(platform.schema_name)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET search_path = public")
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO vendor, staff, gatekeeper")
        cursor.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
            " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO vendor, staff"
        )
    call_command("migrate", tenant=True, schema_name=platform.schema_name, interactive=False, verbosity=0)
    guard_library_tables(platform.schema_name)


def drop_schema(*, platform: Platform) -> None:
    """Drop a platform's schema with every row in it. Needs DATABASE_OWNER_URL. There is no way back.

    The platform serves nothing until `provision` has made the schema anew.
    """
    with platform_context(role="operator"):
        Platform.objects.filter(pk=platform.pk).update(status=Platform.Status.PROVISIONING)
    with _alone_with(platform.schema_name), connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {quote_schema_name(platform.schema_name)} CASCADE")
    host_directory.forget()


def guard_library_tables(schema_name: str) -> None:
    """Take back what the default rights gave away on tables that are no vendor's. Needs DATABASE_OWNER_URL.

    `staff` reads which migrations a schema has, for the readiness probe; nobody but the owner writes them.
    Sessions are the gatekeeper's.
    """
    schema = quote_schema_name(schema_name)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO gatekeeper")
        cursor.execute(f"REVOKE ALL ON {schema}.django_migrations FROM vendor, staff")
        cursor.execute(f"GRANT SELECT ON {schema}.django_migrations TO staff")
        cursor.execute(f"REVOKE ALL ON {schema}.django_admin_log FROM vendor")
        cursor.execute(f"REVOKE ALL ON {schema}.browser_session FROM vendor, staff")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.browser_session TO gatekeeper")


def delete_platform(*, platform: Platform) -> None:
    """Drop a platform with its schema and every row in it. Needs DATABASE_OWNER_URL. There is no way back.

    Raises ProtectedError while vendors stand on it: the caller removes them first, knowing what goes.
    """
    with platform_context(role="operator"):
        platform.domains.all().delete()  # type: ignore[attr-defined]
        Platform.objects.filter(pk=platform.pk).delete()
    drop_schema(platform=platform)
