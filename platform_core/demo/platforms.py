"""The demo's platforms."""

from __future__ import annotations

from platform_core.demo import PLATFORMS, DemoRun
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import create_platform, delete_platform, provision


def demo_platforms() -> list[Platform]:
    """Those of the demo's platforms that there are, in the demo's order, each with its hosts."""
    with platform_context(role="operator"):
        found = {
            platform.code: platform
            for platform in Platform.objects.filter(
                code__in=[wanted.code for wanted in PLATFORMS]
            ).prefetch_related("domains")
        }
    return [found[wanted.code] for wanted in PLATFORMS if wanted.code in found]


def make_platforms(run: DemoRun) -> None:
    """Each platform with its schema. One that was left half made is completed."""
    existing = {platform.code: platform for platform in demo_platforms()}
    for wanted in run.track(PLATFORMS):
        platform = existing.get(wanted.code)
        ready = platform is not None and platform.status != Platform.Status.PROVISIONING
        if not run.need("platforms", exists=ready):
            continue
        if platform is None:
            create_platform(
                code=wanted.code,
                name=wanted.name,
                host=wanted.host,
                default_language=wanted.default_language,
            )
        else:
            provision(platform)


def remove_platforms(run: DemoRun) -> None:
    """Drop the demo's platforms. Their vendors are gone by now."""
    for platform in demo_platforms():
        delete_platform(platform=platform)
        run.report(f"Removed the platform {platform.code}.")
