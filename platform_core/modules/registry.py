"""Which modules there are, read from the installed apps on first use."""

from __future__ import annotations

from functools import cache

from django.apps import apps

from platform_core.modules.definition import ModuleConfig, ModuleDefinition


@cache
def module_configs() -> tuple[ModuleConfig, ...]:
    """Every installed module, in the order of the settings."""
    return tuple(config for config in apps.get_app_configs() if isinstance(config, ModuleConfig))


@cache
def _by_code() -> dict[str, ModuleDefinition]:
    return {config.definition.code: config.definition for config in module_configs()}


def get_module(code: str) -> ModuleDefinition | None:
    """The definition of `code`, or None when no such module is installed."""
    return _by_code().get(code)


@cache
def permission_codes(role: str | None = None) -> frozenset[str]:
    """Every declared permission code, or those of one vendor role."""
    return frozenset(
        permission.code
        for config in module_configs()
        for permission in config.definition.permissions
        if role is None or role in permission.roles
    )
