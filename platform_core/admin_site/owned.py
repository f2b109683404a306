"""Screens of vendor-owned rows on a platform's site: whose each row is, and acting on it in that shop's context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from platform_core.admin_site.options import SiteModelAdmin
from platform_core.extensions import ExtensionPoint
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.owned import VendorOwned
from platform_core.tenancy.tasks import vendor_by_id

# tenancy answers: () -> id and name of every vendor the context may see.
vendor_names: ExtensionPoint[[], Mapping[int, str]] = ExtensionPoint("vendor_names")


class VendorFilter(SimpleListFilter):
    """Rows of one vendor."""

    title = _("vendor")
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = vendor_names.first() or {}
        return [(str(pk), name) for pk, name in sorted(names.items(), key=lambda entry: entry[1].casefold())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        if not value:
            return queryset
        # What is no vendor's id matches nothing.
        known = value.isascii() and value.isdigit() and len(value) < 19
        return queryset.filter(vendor_id=int(value)) if known else queryset.none()


class OwnedAdmin(SiteModelAdmin):
    """Rows of every vendor of the platform. What is done to one is done in its vendor's context."""

    list_filter: ClassVar[Any] = (VendorFilter,)

    @display(description=_("vendor"), ordering="vendor_id")
    def vendor(self, row: VendorOwned) -> str:
        names = getattr(row, "vendor_names", None) or vendor_names.first() or {}
        return names.get(row.vendor_id, str(row.vendor_id))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        names = vendor_names.first() or {}
        changelist.result_list = list(changelist.result_list)
        for row in changelist.result_list:
            row.vendor_names = names
        return changelist

    @contextmanager
    def shop_of(self, request: HttpRequest, row: VendorOwned) -> Iterator[None]:
        """The context of the row's vendor, as its own team would have it."""
        platform = request.platform  # type: ignore[attr-defined]
        with platform_context(role="gatekeeper"):
            vendor = vendor_by_id.first(platform.id, row.vendor_id)
        with platform_context(platform, vendor):
            yield


class ShownInline(TabularInline):
    """What belongs to a row, to look at."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}"))  # type: ignore[union-attr]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
