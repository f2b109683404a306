"""Celery tasks run in the tenant they were sent from, or not at all."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task

from platform_core.exceptions import NoTenant
from platform_core.extensions import ExtensionPoint
from platform_core.tenancy.context import Role, VendorRef, current_context, platform_context
from platform_core.tenancy.models import Platform

logger = logging.getLogger(__name__)

# tenancy answers: (platform id, vendor id) -> that vendor.
vendor_by_id: ExtensionPoint[[int, int], VendorRef | None] = ExtensionPoint("vendor_by_id")

HEADER = "wizamart_tenant"


def tenant_header() -> dict[str, Any]:
    """The context in force, as a task's header carries it."""
    context = current_context()
    return {
        "platform_id": context.platform.id if context.platform else None,
        "vendor_id": context.vendor_id,
        "role": context.role,
    }


class TenantTask(Task):
    """Base of every task. Arguments are ids only; platform, vendor and role travel in a header.

    A missing header, platform or vendor refuses the task with NoTenant, which the result records: the body
    never runs in another tenant or in none. So does a platform or vendor that is suspended; a task that must
    run all the same (a refund, an export) says `while_suspended=True`. A task of the whole installation says
    `of_installation=True`. Both are options of the decorator.
    """

    abstract = True
    of_installation = False
    while_suspended = False

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        headers = dict(options.pop("headers", None) or {})
        headers.setdefault(HEADER, tenant_header())
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.of_installation:
            with platform_context(role="operator"):
                return super().__call__(*args, **kwargs)
        header = getattr(self.request, HEADER, None) or (self.request.headers or {}).get(HEADER) or {}
        platform, vendor = self._tenant(header.get("platform_id"), header.get("vendor_id"))
        role: Role = header.get("role", "vendor")
        with platform_context(platform, vendor, role):
            return super().__call__(*args, **kwargs)

    def _tenant(self, platform_id: Any, vendor_id: Any) -> tuple[Platform, VendorRef | None]:
        """The platform and vendor of the header. Raises NoTenant unless both exist and may work."""
        if not isinstance(platform_id, int):
            raise NoTenant(f"Task {self.name} names no platform.")
        with platform_context(role="gatekeeper"):
            platform = Platform.objects.prefetch_related("domains").filter(pk=platform_id).first()
            if platform is None or not self._may_work(platform.status):
                raise NoTenant(f"Task {self.name} names platform {platform_id}, which is not active.")
            if vendor_id is None:
                return platform, None
            vendor = vendor_by_id.first(platform.pk, vendor_id) if isinstance(vendor_id, int) else None
            if vendor is None or not self._may_work(vendor.status):
                raise NoTenant(
                    f"Task {self.name} names vendor {vendor_id}, which is not active on {platform.code}."
                )
        return platform, vendor

    def _may_work(self, status: str) -> bool:
        return status == "active" or (status == "suspended" and self.while_suspended)
