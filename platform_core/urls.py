"""Modules' doors, mounted below one namespace per frontend."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from platform_core.modules import doors
from platform_core.modules.definition import FrontendType
from platform_core.modules.registry import module_configs

Routes = list[URLPattern | URLResolver]


def module_urls(frontend: FrontendType) -> Routes:
    """The pages of every module for one frontend, each below its own namespace."""
    return [found for config in module_configs() if (found := doors.pages(config, frontend)) is not None]


def api_urls(portal: str) -> Routes:
    """The API of every module for one portal: vendor, storefront or admin."""
    return [found for config in module_configs() if (found := doors.api(config, portal)) is not None]
