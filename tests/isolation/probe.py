"""A page that asks PostgreSQL in whose name it runs, at its start and at its end, and makes trouble between.

Mounted in place of the storefront's routes by the proofs of the context. The trouble is what views do wrong
or have done to them: they raise, roll back, lose the connection, work for somebody else for a moment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.context import current_context, platform_context
from platform_core.urls_common import error_handlers

SETTINGS = (
    "SELECT current_user::text, current_setting('search_path'),"
    " current_setting('app.platform_id', true), current_setting('app.vendor_id', true)"
)


def settings_in_force() -> tuple[str, str, str, str]:
    """Role, search path, platform and vendor, as PostgreSQL has them."""
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        return cursor.fetchone()


def visible_rows() -> list[tuple[str, int]]:
    """(schema, vendor) of the probe rows the policies let through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT place, vendor_id FROM probe")
        return cursor.fetchall()


def quiet(_neighbour: int) -> None:
    """Nothing happens."""


def raises(_neighbour: int) -> None:
    with transaction.atomic():
        settings_in_force()
        raise RuntimeError("The view fails inside its transaction.")


def raises_for_a_neighbour(neighbour: int) -> None:
    with platform_context(current_context().platform, neighbour), transaction.atomic():
        settings_in_force()
        raise RuntimeError("The view fails inside somebody else's context.")


def not_found(_neighbour: int) -> None:
    raise Http404


def forbidden(_neighbour: int) -> None:
    raise PermissionDenied


def rolls_back(_neighbour: int) -> None:
    # The question at the door is answered outside the transaction: that role is what the rollback restores.
    with platform_context(role="gatekeeper"):
        settings_in_force()
    try:
        with transaction.atomic():
            settings_in_force()
            raise LookupError
    except LookupError:
        pass


def rolls_back_to_a_savepoint(neighbour: int) -> None:
    platform = current_context().platform
    with transaction.atomic():
        with platform_context(platform, neighbour):
            savepoint = transaction.savepoint()
        settings_in_force()
        transaction.savepoint_rollback(savepoint)


def breaks_a_statement(neighbour: int) -> None:
    with platform_context(current_context().platform, neighbour):
        settings_in_force()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    except DatabaseError:
        pass


def marks_for_rollback(neighbour: int) -> None:
    with platform_context(current_context().platform, neighbour):
        settings_in_force()
    with transaction.atomic():
        settings_in_force()
        transaction.set_rollback(True)


def works_for_others(neighbour: int) -> None:
    platform = current_context().platform
    for role in ("gatekeeper", "operator"):
        with platform_context(role=role):
            settings_in_force()
    with platform_context(platform, role="staff"):
        settings_in_force()
    with platform_context(platform, neighbour):
        settings_in_force()


def loses_the_connection(_neighbour: int) -> None:
    settings_in_force()
    connection.close()


# Seven in ten requests are quiet or work for others in passing; three in ten raise, roll back or lose something.
TROUBLES: dict[str, Callable[[int], None]] = {
    trouble.__name__.replace("_", "-"): trouble
    for trouble in (
        quiet,
        works_for_others,
        raises,
        raises_for_a_neighbour,
        not_found,
        forbidden,
        rolls_back,
        rolls_back_to_a_savepoint,
        breaks_a_statement,
        marks_for_rollback,
        loses_the_connection,
    )
}
ENDS_IN_ERROR = {"raises": 500, "raises-for-a-neighbour": 500, "not-found": 404, "forbidden": 403}

# What the pages saw, for those whose answer is an error page: (host, at the start) of each request.
seen_at_start: list[tuple[str, tuple[str, str, str, str]]] = []


@policy(Audience.PUBLIC)
def probe(request: HttpRequest, trouble: str, neighbour: int) -> HttpResponse:
    start = settings_in_force()
    seen_at_start.append((request.get_host(), start))
    TROUBLES[trouble](neighbour)
    rows = visible_rows()
    return JsonResponse({"start": start, "rows": rows, "end": settings_in_force()})


urlpatterns: list[Any] = [path("probe/<str:trouble>/<int:neighbour>/", probe)]
handler400, handler403, handler404, handler500 = error_handlers
