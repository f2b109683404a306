"""`manage.py domains add|verify|list|remove`: hosts of platforms, and vendors' own domains."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import CommandError

from modules.tenancy import services
from modules.tenancy.models import Vendor, VendorDomain
from platform_core.management.operator import FAILED, OperatorCommand
from platform_core.tenancy.dns import txt_records
from platform_core.tenancy.hosts import normalise_host
from platform_core.tenancy.models import Domain
from platform_core.tenancy.services import add_host, remove_host


class Command(OperatorCommand):
    """Hosts of platforms, and own domains of vendors."""

    help = "Add, verify, list and remove domains."
    changes: ClassVar[frozenset[str]] = frozenset({"add", "verify", "remove"})

    def actions(self, subparsers: Any) -> dict[str, ArgumentParser]:
        add = subparsers.add_parser("add", help="claim a host for a vendor, or give a platform one more host")
        add.add_argument("host")
        add.add_argument("--platform", required=True, help="the platform's code")
        add.add_argument("--vendor", help="the vendor's code; without it the host is the platform's")
        verify = subparsers.add_parser("verify", help="serve a vendor's domain once its TXT record proves it")
        verify.add_argument("host")
        verify.add_argument("--vendor", help="the vendor's code, where several have claimed the host")
        listing = subparsers.add_parser("list", help="list hosts and domains")
        listing.add_argument("--platform", help="of this platform alone")
        remove = subparsers.add_parser("remove", help="give a host up")
        remove.add_argument("host")
        remove.add_argument("--vendor", help="the vendor's code, where several have claimed the host")
        return {"add": add, "verify": verify, "list": listing, "remove": remove}

    def do_add(self, *, host: str, platform: str, vendor: str | None, **_rest: Any) -> None:
        where = self.platform(platform)
        if vendor is None:
            made = add_host(platform=where, host=host)
            self.tell(f"Platform {platform} answers at {made.domain}.", host=made.domain, platform=platform)
            return
        seller = Vendor.objects.filter(platform=where, code=vendor).first()
        if seller is None:
            raise CommandError(
                f"There is no vendor “{vendor}” on {platform}. See: manage.py vendors list --platform {platform}",
                returncode=FAILED,
            )
        domain = services.add_domain(vendor=seller, host=host)
        text = (
            f"{domain.host} waits for its proof. Let its owner write this TXT record:\n"
            f"  {domain.record_name}  {domain.token}\nThen: manage.py domains verify {domain.host}"
        )
        if self.is_dry:
            # The token of a claim that is taken back proves nothing.
            text = f"{domain.host} would wait for its proof, a TXT record at {domain.record_name}."
        self.tell(
            text,
            host=domain.host,
            vendor=vendor,
            platform=platform,
            state=domain.state,
            record=domain.record_name,
            value=None if self.is_dry else domain.token,
        )

    def do_verify(self, *, host: str, vendor: str | None, **_rest: Any) -> None:
        domain = self._domain(host, vendor)
        if not getattr(settings, "PRODUCTION", False) and domain.host.endswith(".localhost"):
            # It belongs to nobody, and no name server knows it.
            domain = services.activate_domain(domain=domain)
        else:
            domain = services.verify_domain(domain=domain, txt_records=txt_records)
        self.tell(f"{domain.host} serves {domain.vendor.name}.", host=domain.host, state=domain.state)

    def do_list(self, *, platform: str | None, **_rest: Any) -> None:
        hosts = Domain.objects.select_related("tenant").order_by("tenant__code", "domain")
        domains = VendorDomain.objects.select_related("vendor", "platform").order_by("platform__code", "host")
        if platform is not None:
            where = self.platform(platform)
            hosts, domains = hosts.filter(tenant=where), domains.filter(platform=where)
        self.table(
            ("host", "platform", "vendor", "state", "primary"),
            [
                *((h.domain, h.tenant.code, None, "active", h.is_primary) for h in hosts),
                *((d.host, d.platform.code, d.vendor.code, d.state, d.is_primary) for d in domains),
            ],
            empty="No domains yet.",
        )

    def do_remove(self, *, host: str, vendor: str | None, **_rest: Any) -> None:
        name = normalise_host(host)
        platform_host = None if vendor is not None else Domain.objects.filter(domain=name).first()
        if platform_host is not None:
            remove_host(domain=platform_host)
        else:
            services.remove_domain(domain=self._domain(host, vendor))
        self.tell(f"{name} is given up.", host=name)

    def _domain(self, host: str, vendor: str | None) -> VendorDomain:
        found = VendorDomain.objects.select_related("vendor").filter(host=normalise_host(host))
        if vendor is not None:
            found = found.filter(vendor__code=vendor)
        domains = list(found[:2])
        if len(domains) == 1:
            return domains[0]
        why = (
            "Several vendors have claimed it: add --vendor CODE."
            if domains
            else "See: manage.py domains list"
        )
        raise CommandError(f"There is no one domain “{host}”. {why}", returncode=FAILED)
