"""Commands on platforms and their hosts."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import quote_schema_name

from platform_core.exceptions import DomainError
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import RESERVED_CODES, host_directory, normalise_host
from platform_core.tenancy.models import Domain, Platform, validate_code

logger = logging.getLogger(__name__)


class PlatformExists(DomainError):
    code = "platform_exists"
    default_message = _("There is a platform “%(code)s” already. Choose another code.")


class HostTaken(DomainError):
    code = "host_taken"
    default_message = _("The host “%(host)s” belongs to somebody already.")


class ReservedCode(DomainError):
    code = "reserved_code"
    status = 422
    default_message = _("“%(code)s” is a reserved word. Choose another code.")


def has_owner() -> bool:
    """Whether this process may change the schema: commands and the operator's worker."""
    return bool(settings.DATABASES["owner"]["NAME"])


def create_platform(*, code: str, name: str, host: str, default_language: str = "en") -> Platform:
    """A platform with its first host, and its schema: made here by the owner, else by the operator's worker.

    Raises ValidationError for a malformed code, ReservedCode, PlatformExists or HostTaken. The platform is
    PROVISIONING until its schema stands, and serves nothing until then.
    """
    validate_code(code)
    if code in RESERVED_CODES or code.startswith("pg-"):
        raise ReservedCode(code=code)
    with platform_context(role="operator"), transaction.atomic():
        if Platform.objects.filter(code=code).exists():
            raise PlatformExists(code=code)
        platform = Platform.objects.create(
            code=code, name=name, schema_name=code.replace("-", "_"), default_language=default_language
        )
        add_host(platform=platform, host=host)
        if not has_owner():
            transaction.on_commit(lambda: _ask_the_operator(platform.pk))
    if has_owner():
        provision(platform)
    return platform


def add_host(*, platform: Platform, host: str) -> Domain:
    """Let a platform answer on one more host. Raises HostTaken."""
    name = normalise_host(host)
    if name in settings.HUB_HOSTS or Domain.objects.filter(domain=name).exists():
        raise HostTaken(host=name)
    return Domain.objects.create(tenant=platform, domain=name, is_primary=not platform.domains.exists())  # type: ignore[attr-defined]


def _ask_the_operator(platform_id: int) -> None:
    # tasks.py imports this module.
    from platform_core.tasks import provision_platform  # noqa: PLC0415

    provision_platform.delay(platform_id)


def provision(platform: Platform) -> None:
    """Make or complete a platform's schema and let it serve. Needs DATABASE_OWNER_URL; safe to run again.

    Takes some seconds: every table of the platform apps is made.
    """
    schema = quote_schema_name(platform.schema_name)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET search_path = public")
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO vendor, staff")
        cursor.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
            " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO vendor, staff"
        )
    call_command("migrate", tenant=True, schema_name=platform.schema_name, interactive=False, verbosity=0)
    guard_library_tables(platform.schema_name)
    with platform_context(role="operator"):
        Platform.objects.filter(pk=platform.pk).update(status=Platform.Status.ACTIVE)
        platform.status = Platform.Status.ACTIVE
    host_directory.forget()
    logger.info("platform_provisioned", extra={"platform": platform.code})


def drop_schema(*, platform: Platform) -> None:
    """Drop a platform's schema with every row in it. Needs DATABASE_OWNER_URL. There is no way back.

    The platform serves nothing until `provision` has made the schema anew.
    """
    with platform_context(role="operator"):
        Platform.objects.filter(pk=platform.pk).update(status=Platform.Status.PROVISIONING)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {quote_schema_name(platform.schema_name)} CASCADE")
    host_directory.forget()


def guard_library_tables(schema_name: str) -> None:
    """Take back what the default rights gave away on tables of Django's own. Needs DATABASE_OWNER_URL.

    `staff` reads which migrations a schema has, for the readiness probe; nobody but the owner writes them.
    """
    schema = quote_schema_name(schema_name)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"REVOKE ALL ON {schema}.django_migrations FROM vendor, staff")
        cursor.execute(f"GRANT SELECT ON {schema}.django_migrations TO staff")
        cursor.execute(f"REVOKE ALL ON {schema}.django_admin_log FROM vendor")


def delete_platform(*, platform: Platform) -> None:
    """Drop a platform with its schema and every row in it. Needs DATABASE_OWNER_URL. There is no way back.

    Raises ProtectedError while vendors stand on it: the caller removes them first, knowing what goes.
    """
    with platform_context(role="operator"):
        platform.domains.all().delete()  # type: ignore[attr-defined]
        Platform.objects.filter(pk=platform.pk).delete()
    drop_schema(platform=platform)
