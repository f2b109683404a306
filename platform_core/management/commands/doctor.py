"""`manage.py doctor`: look an installation over, say what is wrong and what to do about it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.checks import run_checks
from django.core.checks.messages import ERROR
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, connections
from redis.exceptions import RedisError

from platform_core.management.findings import Finding, Look, report
from platform_core.observability.health import missing_migrations
from platform_core.tenancy.checks import missing_walls
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import has_owner
from platform_core.tenancy.start import faults_of_role

LOWEST_POSTGRES = 150000
REDIS_SECONDS = 1.0


class Command(BaseCommand):
    """Ends with 0 when all is well, with 1 when something is not."""

    help = "Check settings, database roles, walls, migrations, Redis and files, and say what to do."
    # The checks are part of what it looks at, and it must run when they fail.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        looks: tuple[Look, ...] = (
            ("settings", look_at_settings),
            ("database", look_at_database),
            ("roles", look_at_roles),
            ("migrations", look_at_migrations),
            ("walls", look_at_walls),
            ("platforms", look_at_platforms),
            ("redis", look_at_redis),
            ("files", look_at_files),
        )
        report(self, looks, as_json=options["as_json"])


def look_at_settings() -> list[Finding]:
    """Every system check of Django's and ours, the ones for a real installation included."""
    real = bool(getattr(settings, "PRODUCTION", False))
    return [
        Finding("settings", "fault", f"{message.id}: {message.msg}", str(message.hint or ""))
        for message in run_checks(include_deployment_checks=real)
        if message.level >= ERROR and not message.is_silenced()
    ]


def look_at_database() -> list[Finding]:
    """Whether the application's role gets in, and how old the server is."""
    with platform_context(role="gatekeeper"), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, text = cursor.fetchone()
    if number < LOWEST_POSTGRES:
        return [Finding("database", "fault", f"PostgreSQL {text}.", "Use PostgreSQL 15 or newer.")]
    return [Finding("database", "ok", f"PostgreSQL {text.split(' ')[0]}")]


def look_at_roles() -> list[Finding]:
    """`app` is nobody special, owns nothing, and has no right on any table but through a role it takes on."""
    advice = "Make the roles anew: python -m platform_core.tenancy.bootstrap --superuser-url …"
    faults = [
        Finding("roles", "fault", fault, advice) for fault in faults_of_role(settings.DATABASES["default"])
    ]
    with platform_context(role="gatekeeper"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE c.relowner = r.oid),"
            " count(*) FILTER (WHERE has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE'))"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r"
            " WHERE r.rolname = session_user AND c.relkind IN ('r', 'p', 'v', 'm')"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%'"
        )
        owned, open_to_app = cursor.fetchone()
    if owned:
        faults.append(Finding("roles", "fault", f"The role of DATABASE_URL owns {owned} tables.", advice))
    elif open_to_app:
        faults.append(
            Finding(
                "roles",
                "fault",
                f"The role of DATABASE_URL has rights of its own on {open_to_app} tables.",
                advice,
            )
        )
    if has_owner() and settings.DATABASES["owner"].get("USER") == settings.DATABASES["default"].get("USER"):
        faults.append(
            Finding(
                "roles",
                "fault",
                "DATABASE_URL and DATABASE_OWNER_URL name the same role.",
                "Use app and owner.",
            )
        )
    return faults


def look_at_migrations() -> list[Finding]:
    """Whether public and every platform's schema are where this code expects them."""
    return [
        Finding("migrations", "fault", f"{schema} lacks {', '.join(missing)}.", "Run: manage.py migrate")
        for schema, missing in missing_migrations().items()
    ]


def look_at_walls() -> list[Finding]:
    """Policies, keys and views as pg_catalog has them."""
    if not has_owner():
        return [Finding("walls", "skipped", "needs DATABASE_OWNER_URL", "Run doctor where migrations run.")]
    advice = "Run: manage.py migrate. If it stays, a table was changed by hand: see docs/adr/0002-tenancy.md"
    return [Finding("walls", "fault", fault, advice) for fault in missing_walls(connections["owner"])]


def look_at_platforms() -> list[Finding]:
    """Platforms whose schema nobody has made."""
    with platform_context(role="operator"):
        waiting = list(
            Platform.objects.filter(status=Platform.Status.PROVISIONING).values_list("code", flat=True)
        )
    advice = (
        "Start the operator's worker (-Q operator) and beat: it looks for waiting platforms every minute."
    )
    return [Finding("platforms", "fault", f"{code} is still being set up.", advice) for code in waiting]


def look_at_redis() -> list[Finding]:
    """Whether cache and broker answer. Pages are served without them; background work waits."""
    if not settings.REDIS_URL:
        return [Finding("redis", "skipped", "REDIS_URL is not set", "Set it: background jobs need a broker.")]
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
        ) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        advice = "Check REDIS_URL, and that Redis or Valkey runs."
        return [Finding("redis", "fault", f"Redis does not answer: {type(error).__name__}.", advice)]
    return []


def look_at_files() -> list[Finding]:
    """Whether uploads can be stored."""
    folder = Path(settings.MEDIA_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        advice = "Set MEDIA_ROOT to a folder this user may write."
        return [Finding("files", "fault", f"{folder} cannot be written: {reason}.", advice)]
    return []
