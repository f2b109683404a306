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
    never runs in another tenant or in none. A task of the whole installation says `shared = True`.
    """

    abstract = True
    shared = False

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        headers = dict(options.pop("headers", None) or {})
        headers.setdefault(HEADER, tenant_header())
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.shared:
            with platform_context(role="operator"):
                return super().__call__(*args, **kwargs)
        header = getattr(self.request, HEADER, None) or (self.request.headers or {}).get(HEADER)
        if not header or header.get("platform_id") is None:
            raise NoTenant(f"Task {self.name} names no platform.")
        with platform_context(role="gatekeeper"):
            platform = (
                Platform.objects.prefetch_related("domains")
                .filter(pk=header["platform_id"], status=Platform.Status.ACTIVE)
                .first()
            )
            if platform is None:
                raise NoTenant(
                    f"Task {self.name} names platform {header['platform_id']}, which is not active."
                )
            vendor, vendor_id = None, header.get("vendor_id")
            if vendor_id is not None:
                vendor = vendor_by_id.first(platform.pk, vendor_id)
                if vendor is None:
                    raise NoTenant(
                        f"Task {self.name} names vendor {vendor_id}, which {platform.code} has not."
                    )
        role: Role = header.get("role", "vendor")
        with platform_context(platform, vendor, role):
            return super().__call__(*args, **kwargs)
