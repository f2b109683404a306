"""Fields of vendor-owned tables."""

from __future__ import annotations

from typing import Any

from django.db import models

from platform_core.exceptions import TenancyError
from platform_core.tenancy.context import current_context


class VendorIdField(models.BigIntegerField):
    """The owner of a row. Filled from the context on insert, `bulk_create` included."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        context_vendor = current_context().vendor_id
        if value is None and add:
            if context_vendor is None:
                raise TenancyError(f"{model_instance._meta.label} needs a vendor: enter platform_context().")
            setattr(model_instance, self.attname, context_vendor)
            return context_vendor
        if context_vendor is not None and value != context_vendor:
            raise TenancyError(
                f"{model_instance._meta.label} belongs to vendor {value}, not {context_vendor}."
            )
        return value


class VendorForeignKey(models.ForeignKey):
    """A link between two rows of the same vendor.

    Django knows a plain column; the database has the key `(vendor_id, column) → (vendor_id, id)`, made by
    `Wall` or `WallForeignKey`, since a plain foreign key ignores row-level security and accepts a neighbour's
    row. Its index is `(vendor_id, column)`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        kwargs.pop("db_index", None)
        return name, path, args, kwargs
