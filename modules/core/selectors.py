"""What is in force for the context's vendor, where it comes from, and how it came to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from modules.core.exceptions import NoVendorSettings
from modules.core.models import SettingsChange, VendorSettings
from platform_core.identity.models import User
from platform_core.modules.config import Stored
from platform_core.modules.definition import ModuleDefinition
from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled_here
from platform_core.modules.vendor_config import (
    NOTHING,
    has_vendor_settings,
    stored_by_platform,
    stored_by_vendor,
    vendor_setting,
    vendor_settings_in_force,
)
from platform_core.modules.vendor_config import VendorSettings as InForce
from platform_core.tenancy.context import current_context, platform_context


@dataclass(frozen=True, slots=True)
class ModuleSettings:
    """A module's settings for the context's vendor. `version` is that of the vendor's own, 0 before the first."""

    definition: ModuleDefinition
    in_force: InForce
    version: int


def stored_in(row: VendorSettings | None) -> Stored:
    return Stored(row.config, row.config_version) if row is not None else NOTHING


@stored_by_vendor.register
def stored_here() -> Mapping[str, Stored]:
    """What the context's vendor has set of all modules, by code. 1 query."""
    return {row.module_code: stored_in(row) for row in VendorSettings.objects.all()}


def settable_module(code: str) -> ModuleDefinition:
    """A module that is on here and has settings for vendors. Raises NoVendorSettings."""
    found = registry().definitions.get(code)
    if found is None or not has_vendor_settings(found) or not is_module_enabled_here(code):
        raise NoVendorSettings(module=code[:64])
    return found


def all_settings() -> list[ModuleSettings]:
    """The settings of every module that is on here and has some for vendors. 2 queries."""
    platform = current_context().platform
    of_platform = stored_by_platform(platform) if platform is not None else {}
    rows = {row.module_code: row for row in VendorSettings.objects.all()}
    return [
        ModuleSettings(
            definition,
            vendor_settings_in_force(definition, of_platform.get(code, NOTHING), stored_in(rows.get(code))),
            rows[code].version if code in rows else 0,
        )
        for code, definition in registry().definitions.items()
        if has_vendor_settings(definition) and is_module_enabled_here(code)
    ]


def settings_of(code: str) -> ModuleSettings:
    """The settings of one module. 2 queries. Raises NoVendorSettings."""
    settable_module(code)
    return next(found for found in all_settings() if found.definition.code == code)


def settings_changes(*, code: str = "") -> QuerySet[SettingsChange]:
    """What was changed of the vendor's settings, latest first; of one module with its `code`."""
    changes = SettingsChange.objects.all()
    return changes.filter(module_code=code) if code else changes


def names_of_people(changes: Iterable[SettingsChange]) -> dict[int, str]:
    """The names of those who made these changes, by user id. 1 query, none where nobody did."""
    ids = {change.user_id for change in changes if change.user_id is not None}
    if not ids:
        return {}
    # A vendor may not read users, so the gatekeeper does, for those alone whom the shop's own rows name.
    with platform_context(role="gatekeeper"):
        return {user.pk: user.full_name or user.email for user in User.objects.filter(pk__in=ids)}


def shop_time_zone() -> ZoneInfo:
    """The time zone in which the context's shop tells moments. No query where it is warm."""
    return ZoneInfo(vendor_setting("core", "time_zone"))
