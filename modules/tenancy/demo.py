"""The demo's platform staff, and the way back."""

from __future__ import annotations

from modules.tenancy.models import Company, Invitation, PlatformMembership, Vendor
from modules.tenancy.services import add_staff
from platform_core.demo import PLATFORMS, DemoRun
from platform_core.demo.people import demo_user
from platform_core.demo.platforms import demo_platforms
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.services import drop_schema

ADMINS = {"lux": "Léa Lux", "mosel": "Moritz Mosel"}


def make_staff(run: DemoRun) -> None:
    """An administrator for each platform."""
    platforms = {platform.code: platform for platform in demo_platforms()}
    for wanted in run.track(PLATFORMS):
        user = demo_user(run, f"admin@{wanted.code}.test", ADMINS[wanted.code], wanted.default_language)
        platform = platforms.get(wanted.code)
        with platform_context(platform, role="operator"):
            exists = (
                user is not None
                and platform is not None
                and PlatformMembership.objects.filter(platform=platform, user=user).exists()
            )
            if run.need("memberships", exists=exists) and user is not None and platform is not None:
                add_staff(platform=platform, user=user)


def remove_vendors(run: DemoRun) -> None:
    """Take away the platforms' content and then all who own it: their rows point at the vendors."""
    for platform in demo_platforms():
        drop_schema(platform=platform)
        with platform_context(platform, role="operator"):
            Vendor.objects.filter(platform=platform).delete()
            Company.objects.filter(platform=platform).delete()
            PlatformMembership.objects.filter(platform=platform).delete()
            Invitation.objects.filter(platform=platform).delete()
