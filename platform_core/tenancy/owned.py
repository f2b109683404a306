"""The base of every vendor-owned table."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from platform_core.tenancy.context import current_context
from platform_core.tenancy.fields import VendorIdField

Owned = TypeVar("Owned", bound="VendorOwned")


class VendorScopedManager(models.Manager[Owned]):
    """Rows of the context's vendor; in role `staff` rows of every vendor of the platform.

    The wall in the database holds without it. It saves the planner a guess and keeps a mistake from looking
    like an empty shop in a test that runs as the tables' owner.
    """

    def get_queryset(self) -> models.QuerySet[Owned]:
        rows = super().get_queryset()
        context = current_context()
        if context.role == "staff" and context.vendor_id is None:
            return rows
        return rows.filter(vendor_id=context.vendor_id or 0)


class VendorOwned(models.Model):
    """A row that belongs to one vendor. Its migration builds the wall: `Wall("<model>")`."""

    vendor_id = VendorIdField(editable=False)

    objects: models.Manager[Any] = VendorScopedManager()

    class Meta:
        abstract = True
