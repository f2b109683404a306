"""Deleting for ever what a module that is off keeps on a platform. Nothing else ever does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from platform_core.modules.exceptions import (
    CoreModule,
    IncompatibleModule,
    KeepsItsData,
    ReasonNeeded,
    StillOn,
    UnknownModule,
)
from platform_core.modules.hooks import Counts, call, data_of
from platform_core.modules.journal import Doing, refusals_told, write_change
from platform_core.modules.locking import locked_platform, raise_version
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.plan import in_force
from platform_core.modules.registry import registry
from platform_core.modules.state import PlatformLike
from platform_core.modules.switching import rows_of, wishes_in
from platform_core.tenancy.models import Platform


@dataclass(frozen=True, slots=True)
class Purged:
    """What a module kept on a platform and was deleted, or in a dry run would be."""

    counts: Counts
    version: int
    is_dry_run: bool = False


def purge(platform: PlatformLike, code: str, doing: Doing, *, dry_run: bool = False) -> Purged:
    """Delete for ever what a module that is off keeps on a platform, and its settings there.

    Of a module that is not installed any more, its row: its tables are nobody's to know. Raises CoreModule, StillOn, KeepsItsData,
    IncompatibleModule, UnknownModule, ReasonNeeded, HookFailed, Busy.
    """
    with (
        refusals_told(platform, doing, is_dry_run=dry_run),
        locked_platform(platform, None, only_look=dry_run) as found,
    ):
        rows = rows_of(found.pk)
        counts = _to_purge(found, code, rows)
        if not dry_run:
            if not doing.reason.strip():
                raise ReasonNeeded(gettext_lazy("Say why the data of %(module)s is deleted."), module=code)
            raise_version(found)
            _delete(found, code, rows)
            details = {"deleted": {str(name): count for name, count in counts}}
            write_change(found, doing, code, ModuleChange.Action.PURGED, details=details)
        return Purged(counts, found.modules_version, is_dry_run=dry_run)


def _to_purge(platform: Platform, code: str, rows: Mapping[str, PlatformModule]) -> Counts:
    """What would be deleted. Raises what stands against it."""
    if code in registry().reasons:
        raise IncompatibleModule(module=code, reason=registry().reasons[code])
    definition = registry().definitions.get(code)
    if definition is None:
        if code not in rows:
            raise UnknownModule(module=code)
        return ()
    if definition.is_core:
        raise CoreModule(module=code)
    if code in in_force(wishes_in(rows)):
        raise StillOn(module=code)
    if definition.on_purge is None:
        raise KeepsItsData(module=code, reason=definition.keeps_data)
    return data_of(platform, [code]).get(code, ())


def _delete(platform: Platform, code: str, rows: Mapping[str, PlatformModule]) -> None:
    definition, row = registry().definitions.get(code), rows.get(code)
    if definition is None:
        PlatformModule.objects.filter(platform=platform, module_code=code).delete()
        return
    assert definition.on_purge is not None
    call(definition.on_purge, platform, code, "on_purge")
    if row is not None:
        # The row stays: it says that the module is off.
        row.config, row.config_version = {}, definition.config_version
        row.save()
