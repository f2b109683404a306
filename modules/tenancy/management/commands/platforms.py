"""`manage.py platforms create|list|delete`."""

from __future__ import annotations

import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any, ClassVar

from django.core.management.base import CommandError
from django.db.models import Count

from modules.tenancy import services
from modules.tenancy.models import Company, PlatformMembership, Vendor, VendorDomain, VendorMembership
from platform_core.languages import LANGUAGE_CODES
from platform_core.management.operator import FAILED, NEEDS_CONFIRMATION, OperatorCommand
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import create_platform, has_owner

WAIT_SECONDS = 120
MAX_WAIT_SECONDS = 86_400
POLL_SECONDS = 0.5


def seconds(text: str) -> float:
    """Of an option. Raises ArgumentTypeError for what no clock reaches."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= MAX_WAIT_SECONDS:
        raise ArgumentTypeError(f"write seconds from 0 to {MAX_WAIT_SECONDS}, as in {WAIT_SECONDS}")
    return value


class Command(OperatorCommand):
    """Platforms: each has its own hosts, staff and schema."""

    help = "Create, list and delete platforms."
    changes: ClassVar[frozenset[str]] = frozenset({"create", "delete"})

    def actions(self, subparsers: Any) -> dict[str, ArgumentParser]:
        create = subparsers.add_parser("create", help="set a platform up with its first host")
        create.add_argument("code", help="letters, digits and hyphens, as in my-market")
        create.add_argument("--name", required=True)
        create.add_argument("--host", required=True, help="where it answers, as in shops.example.com")
        create.add_argument("--language", choices=LANGUAGE_CODES, default="en", help="its default language")
        create.add_argument(
            "--wait", type=seconds, default=WAIT_SECONDS, metavar="SECONDS", help="for the operator's worker"
        )
        listing = subparsers.add_parser("list", help="list the platforms")
        delete = subparsers.add_parser("delete", help="delete a platform and all that is in it")
        delete.add_argument("code")
        delete.add_argument("--yes", action="store_true", help="do it; without it you see what would go")
        return {"create": create, "list": listing, "delete": delete}

    def do_create(self, *, code: str, name: str, host: str, language: str, wait: float, **_rest: Any) -> None:
        platform = create_platform(
            code=code, name=name, host=host, default_language=language, in_background=self.is_dry
        )
        if not self.is_dry and not has_owner():
            self._wait(platform, wait)
        host = platform.primary_host
        self.tell(
            f"Platform {code} answers at {host}, its admin at admin.{host}.",
            platform=code,
            host=host,
            status=platform.status,
        )

    def _wait(self, platform: Platform, seconds: float) -> None:
        """Until the operator's worker has made the schema, with a word now and then."""
        until = time.monotonic() + seconds
        if not self.as_json:
            self.stdout.write("The operator's worker is setting it up …")
        while True:
            platform.refresh_from_db(fields=["status"])
            if platform.status != Platform.Status.PROVISIONING:
                return
            if time.monotonic() >= until:
                raise CommandError(
                    f"{platform.code} was not set up in {seconds:g} s. It waits until the operator's worker runs"
                    " (celery -A config worker -Q operator), which looks for waiting platforms every minute.",
                    returncode=FAILED,
                )
            time.sleep(POLL_SECONDS)

    def do_list(self, **_rest: Any) -> None:
        platforms = (
            Platform.objects.annotate(count=Count("vendors")).prefetch_related("domains").order_by("code")
        )
        self.table(
            ("code", "name", "status", "host", "vendors"),
            ((p.code, p.name, p.status, p.primary_host, p.count) for p in platforms),  # type: ignore[attr-defined]
            empty="No platforms yet. Create one: manage.py platforms create CODE --name NAME --host HOST",
        )

    def do_delete(self, *, code: str, yes: bool, **_rest: Any) -> None:
        platform = self.platform(code)
        goes = {
            "companies": Company.objects.filter(platform=platform).count(),
            "vendors": Vendor.objects.filter(platform=platform).count(),
            "domains": VendorDomain.objects.filter(platform=platform).count(),
            "team members": VendorMembership.objects.filter(platform=platform).count(),
            "staff": PlatformMembership.objects.filter(platform=platform).count(),
            "hosts": platform.domains.count(),  # type: ignore[attr-defined]
        }
        words = ", ".join(f"{count} {name}" for name, count in goes.items())
        if self.is_dry:
            self.tell(f"platform {code} would go, with {words} and all its data.", platform=code, goes=goes)
            return
        if not yes:
            raise CommandError(
                f"This deletes platform {code} for ever: {words}, its schema and every product, page and customer"
                f" in it. There is no way back. To do it: manage.py platforms delete {code} --yes",
                returncode=NEEDS_CONFIRMATION,
            )
        if not has_owner():
            raise CommandError(
                "Set DATABASE_OWNER_URL: only the role that owns the tables can drop a schema.",
                returncode=FAILED,
            )
        services.delete_platform_with_vendors(platform=platform)
        self.tell(f"Platform {code} is deleted, with {words}.", platform=code, goes=goes)
