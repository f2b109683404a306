"""What every shop has written, for platform staff to look at."""

from __future__ import annotations

from django.contrib import admin

from ${package}.models import ${model_class}
from platform_core.admin_site.owned import OwnedAdmin, VendorFilter
from platform_core.admin_site.sites import platform_site


@admin.register(${model_class}, site=platform_site)
class ${model_class}Admin(OwnedAdmin):
    """Entries are their shops' affair: staff read them."""

    menu_icon, menu_order = "blocks", 90
    list_display = ("title", "vendor", "is_published", "created_at")
    list_filter = (VendorFilter, "is_published")
    search_fields = ("title",)
    fields = ("title", "vendor", "body", "is_published", "created_at")
    readonly_fields = fields
