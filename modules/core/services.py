"""Commands of people on themselves, and on their shop's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from modules.core.exceptions import SettingsChanged
from modules.core.models import SettingsChange, VendorSettings
from modules.core.selectors import settable_module, stored_in
from platform_core.identity.models import User
from platform_core.modules.config import Change, Stored
from platform_core.modules.vendor_config import NOTHING, stored_by_platform, vendor_change_of
from platform_core.request_id import current_request_id
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.pagecache import content_changed


@transaction.atomic
def update_profile(*, user: User, full_name: str, language: str, time_zone: str) -> User:
    """Change what a person may change of their own row. Raises ValidationError for an unknown value."""
    user.full_name, user.language, user.time_zone = full_name.strip(), language, time_zone
    user.full_clean(validate_unique=False, validate_constraints=False)
    # Only the gatekeeper may write users; nothing but these columns is written.
    with platform_context(role="gatekeeper"):
        user.save(update_fields=["full_name", "language", "time_zone"])
    return user


@transaction.atomic
def change_password(*, user: User, password: str) -> User:
    """Set a new password. Every other session of the person ends. Raises ValidationError for a weak one."""
    validate_password(password, user)
    user.set_password(password)
    with platform_context(role="gatekeeper"):
        user.save(update_fields=["password"])
    return user


@transaction.atomic
def change_vendor_settings(
    *,
    code: str,
    wanted: Mapping[str, Any],
    reset: Iterable[str] = (),
    expected_version: int | None = None,
    user: User | None = None,
    source: str = SettingsChange.Source.SYSTEM,
) -> Change:
    """Let the context's vendor have some settings of a module of its own, and inherit others again.

    The rest stays. What was changed is in the history with the values before and after and whose they are, and the
    shop's kept pages are made anew. Doing it again changes nothing.

    Raises NoVendorSettings for a module that is off or has none, SettingsChanged unless the vendor's settings have the
    expected version, InvalidConfig by name unless all that is the vendor's own is valid afterwards.
    """
    definition = settable_module(code)
    platform = current_context().platform
    assert platform is not None
    VendorSettings.objects.get_or_create(module_code=code)
    # Read again under a lock: somebody else may have saved since.
    row = VendorSettings.objects.select_for_update().get(module_code=code)
    if expected_version is not None and expected_version != row.version:
        raise SettingsChanged(name=definition.name)
    of_platform = stored_by_platform(platform).get(code, NOTHING)
    change = vendor_change_of(definition, of_platform, stored_in(row), wanted, reset)
    stored = Stored(change.stored, definition.config_version)
    if change.names or stored != stored_in(row):
        row.config, row.config_version = change.stored, definition.config_version
        row.version += 1
        row.save()
        content_changed()
    if change.names:
        SettingsChange.objects.create(
            module_code=code,
            before=change.before,
            after=change.after,
            source=source,
            user_id=user.pk if user is not None else None,
            request_id=current_request_id.get(),
            version=row.version,
        )
    return change
