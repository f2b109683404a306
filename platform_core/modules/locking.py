"""One writer at a time: what a platform decides about its modules and menus changes under a lock on its row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

from platform_core.modules.exceptions import Busy, StaleVersion
from platform_core.modules.state import PlatformLike, id_of, module_states, wait_for_keepers
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.pagecache import content_changed


@contextmanager
def locked_platform(
    platform: PlatformLike, expected_version: int | None, *, only_look: bool = False
) -> Iterator[Platform]:
    """One transaction in which nobody else changes the modules of this platform, or its menus.

    With `only_look` nobody is kept from it: what is found may be old when it is read. Raises Busy, and StaleVersion
    unless the platform's version is the expected one.
    """
    platforms = Platform.objects.prefetch_related("domains")
    with transaction.atomic():
        try:
            locked = (platforms if only_look else platforms.select_for_update(of=("self",), no_key=True)).get(
                pk=id_of(platform)
            )
            if not only_look:
                wait_for_keepers(locked.pk)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise Busy from error
            raise
        if expected_version is not None and expected_version != locked.modules_version:
            raise StaleVersion(expected=expected_version, current=locked.modules_version)
        yield locked


def raise_version(platform: Platform) -> None:
    """Count a change of the platform that is locked: every process looks again, and shops' pages are made anew."""
    platform.modules_version += 1
    Platform.objects.filter(pk=platform.pk).update(modules_version=platform.modules_version)
    module_states.changed(platform.pk)
    with platform_context(platform, role=current_context().role):
        content_changed()
