"""What was done in the admins, by whom."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from platform_core.admin.sections import OPERATION
from platform_core.admin_site.options import SiteModelAdmin, name_people
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.modules.gates import hidden_labels


class LogAdmin(SiteModelAdmin):
    """What was done in this admin, by whom. Nobody changes it."""

    codes: ClassVar[Any] = {"view": "tenancy.view_log"}
    menu_section, menu_icon, menu_order = OPERATION, "scroll-text", 90
    menu_label = gettext_lazy("Changes made here")
    list_display = ("action_time", "person", "shown_action", "kind", "object_repr", "change")
    list_display_links = ("action_time",)
    list_filter = ("action_flag",)
    search_fields = ("object_repr", "change_message")
    ordering = ("-action_time", "-pk")
    fields = ("action_time", "person", "kind", "object_repr", "change")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        entries = super().get_queryset(request).select_related("content_type")
        return entries.exclude(content_type__app_label__in=hidden_labels())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        name_people(changelist.result_list)
        return changelist

    @display(description=gettext_lazy("person"))
    def person(self, entry: LogEntry) -> str:
        if not hasattr(entry, "person"):
            name_people([entry])
        return str(entry.person)  # type: ignore[attr-defined]

    @display(description=gettext_lazy("what"), label={"+": "success", "~": "info", "-": "danger"})
    def shown_action(self, entry: LogEntry) -> tuple[str, str]:
        kinds = {ADDITION: ("+", _("Added")), DELETION: ("-", _("Removed"))}
        return kinds.get(entry.action_flag, ("~", _("Changed")))

    @display(description=gettext_lazy("kind"), ordering="content_type")
    def kind(self, entry: LogEntry) -> str:
        return entry.content_type.name if entry.content_type else ""

    @display(description=gettext_lazy("change"))
    def change(self, entry: LogEntry) -> str:
        return entry.get_change_message()


admin.register(LogEntry, site=hub_site)(LogAdmin)
admin.register(LogEntry, site=platform_site)(LogAdmin)
