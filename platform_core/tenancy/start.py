"""What every process of a real installation asks itself before it serves: would this be safe?"""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from platform_core.tenancy.checks import check_production

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 3

TOO_MUCH = {
    "rolsuper": "is a superuser, whom no policy holds",
    "rolbypassrls": "passes row-level security by",
    "inherits": "has the rights of its roles without taking one on",
    "owns": "may become the owner of the tables",
}


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with every fault that the checks of a real installation find.

    A PostgreSQL that does not answer is no fault: the process waits for it as it would later on, and a role
    with too many rights is found at the next start.
    """
    if not getattr(settings, "PRODUCTION", False):
        return
    faults = [f"{message.id}: {message.msg} {message.hint}" for message in check_production()]
    faults += [
        f"platform_core.E124: {fault}" for fault in faults_of_role(connections["default"].settings_dict)
    ]
    if faults:
        raise ImproperlyConfigured("This installation would not be safe. " + " ".join(faults))


def faults_of_role(database: dict[str, Any]) -> list[str]:
    """What the role of a DATABASES entry may do beyond what `app` needs; nothing when nobody answers."""
    try:
        with psycopg.connect(
            host=database.get("HOST"),
            port=database.get("PORT"),
            dbname=database.get("NAME"),
            user=database.get("USER"),
            password=database.get("PASSWORD"),
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
        ) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolbypassrls, rolinherit, pg_has_role(current_user, o.oid, 'MEMBER')"
                " FROM pg_roles r LEFT JOIN LATERAL"
                " (SELECT d.datdba AS oid FROM pg_database d WHERE d.datname = current_database()) o ON true"
                " WHERE r.rolname = current_user"
            ).fetchone()
    except psycopg.OperationalError as error:
        logger.warning("role_not_checked", extra={"error": str(error).partition("\n")[0]})
        return []
    found = dict(zip(TOO_MUCH, row or (), strict=False))
    return [
        f"The role {database.get('USER')} of DATABASE_URL {fault}. Use the role app."
        for right, fault in TOO_MUCH.items()
        if found.get(right)
    ]
