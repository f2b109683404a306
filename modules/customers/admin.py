"""Customers of every shop, to look at: their accounts are between them and their shop."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from modules.customers.models import Address, Customer
from platform_core.admin_site.home import Panel, Tile, platform_home
from platform_core.admin_site.owned import OwnedAdmin, ShownInline, VendorFilter
from platform_core.admin_site.sites import platform_site
from platform_core.tenancy.requests import SiteRequest


class AddressInline(ShownInline):
    model = Address
    fields = ("name", "line1", "line2", "postal_code", "city", "country", "is_default")
    verbose_name_plural = gettext_lazy("Addresses")


@admin.register(Customer, site=platform_site)
class CustomerAdmin(OwnedAdmin):
    """Accounts in the platform's shops. No page shows a password's hash."""

    menu_section, menu_icon, menu_order = gettext_lazy("People"), "contact", 47
    list_display = ("email", "full_name", "vendor", "is_active", "created_at")
    list_filter = (VendorFilter, "is_active", "language")
    search_fields = ("email", "full_name")
    ordering = ("-created_at", "-pk")
    fields = (
        *("email", "email_confirmed_at", "full_name", "vendor", "language", "is_active"),
        *("last_login", "created_at"),
    )
    readonly_fields = fields
    inlines = (AddressInline,)


@platform_home.register
def customers_at_a_glance(request: SiteRequest) -> Sequence[Tile | Panel]:
    """How many accounts the platform's shops have."""
    count = Customer.objects.count()
    href = platform_site.address(Customer)
    return [Tile(_("Customers"), count, _("accounts in all shops"), href, icon="contact", order=28)]
