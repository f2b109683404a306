"""`manage.py vendors create|list|suspend|reactivate`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar

from django.core.management.base import CommandError
from django.db import transaction

from modules.tenancy import selectors, services
from modules.tenancy.models import Company, Vendor
from platform_core.languages import LANGUAGE_CODES
from platform_core.management.operator import FAILED, OperatorCommand
from platform_core.roles import VendorRole
from platform_core.ui.presets import PRESETS


class Command(OperatorCommand):
    """Vendors: the sellers of a platform, each with a storefront."""

    help = "Create, list, suspend and reactivate vendors."
    changes: ClassVar[frozenset[str]] = frozenset({"create", "suspend", "reactivate"})

    def actions(self, subparsers: Any) -> dict[str, ArgumentParser]:
        create = subparsers.add_parser("create", help="open a shop")
        create.add_argument("code", help="letters, digits and hyphens, as in my-shop")
        create.add_argument("--platform", required=True, help="the platform's code")
        create.add_argument("--name", required=True)
        create.add_argument(
            "--company", help="legal name; a new company is made when needed. Default: the name"
        )
        create.add_argument("--language", choices=LANGUAGE_CODES, default="en", help="the default language")
        create.add_argument("--theme", choices=sorted(PRESETS), default="atelier")
        create.add_argument("--owner", metavar="E-MAIL", help="the first member of its team")
        listing = subparsers.add_parser("list", help="list the vendors")
        listing.add_argument("--platform", help="of this platform alone")
        parsers = {"create": create, "list": listing}
        for action, text in (("suspend", "close a shop to shoppers"), ("reactivate", "open it again")):
            parsers[action] = subparsers.add_parser(action, help=text)
            parsers[action].add_argument("code")
            parsers[action].add_argument("--platform", required=True, help="the platform's code")
        return parsers

    def do_create(
        self,
        *,
        code: str,
        platform: str,
        name: str,
        company: str | None,
        language: str,
        theme: str,
        owner: str | None,
        **_rest: Any,
    ) -> None:
        where = self.platform(platform)
        legal_name = (name if company is None else company).strip()
        password = ""
        # All of it or nothing: a shop whose owner is refused would be in the way of the second try.
        with transaction.atomic():
            found = Company.objects.filter(platform=where, legal_name__iexact=legal_name).first()
            vendor = services.create_vendor(
                platform=where,
                company=found or services.create_company(platform=where, legal_name=legal_name),
                code=code,
                name=name,
                default_language=language,
                theme=theme,
            )
            if owner is not None:
                appointed = services.appoint_team_member(vendor=vendor, email=owner, role=VendorRole.OWNER)
                password = appointed.password
        # A dry run's password opens nothing.
        password = "" if self.is_dry else password
        shown = f" The password of {owner} is {password}: it is shown only now." if password else ""
        self.tell(
            f"Vendor {code} answers at {vendor.canonical_host}.{shown}",
            vendor=code,
            platform=platform,
            host=vendor.canonical_host,
            **({"owner": owner, "password": password} if password else {}),
        )

    def do_list(self, *, platform: str | None, **_rest: Any) -> None:
        vendors = selectors.vendors().order_by("platform__code", "code")
        if platform is not None:
            vendors = vendors.filter(platform=self.platform(platform))
        self.table(
            ("platform", "code", "name", "status", "host"),
            ((v.platform.code, v.code, v.name, v.status, v.canonical_host) for v in vendors),
            empty="No vendors yet. Create one: manage.py vendors create CODE --platform PLATFORM --name NAME",
        )

    def do_suspend(self, *, code: str, platform: str, **_rest: Any) -> None:
        vendor = services.suspend_vendor(vendor=self._vendor(code, platform))
        self.tell(
            f"Vendor {code} is closed to shoppers.", vendor=code, platform=platform, status=vendor.status
        )

    def do_reactivate(self, *, code: str, platform: str, **_rest: Any) -> None:
        vendor = services.reactivate_vendor(vendor=self._vendor(code, platform))
        self.tell(f"Vendor {code} is open again.", vendor=code, platform=platform, status=vendor.status)

    def _vendor(self, code: str, platform: str) -> Vendor:
        where = self.platform(platform)
        vendor = Vendor.objects.filter(platform=where, code=code).first()
        if vendor is None:
            raise CommandError(
                f"There is no vendor “{code}” on {platform}. See: manage.py vendors list --platform {platform}",
                returncode=FAILED,
            )
        return vendor
