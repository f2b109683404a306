"""What became of background jobs."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_celery_results.models import TaskResult
from unfold.decorators import display

from platform_core.admin.sections import OPERATION
from platform_core.admin_site.options import SiteModelAdmin
from platform_core.admin_site.sites import hub_site
from platform_core.observability.scrub import scrub_text
from platform_core.tenancy.models import Platform

TASK_TONES = {"SUCCESS": "success", "FAILURE": "danger", "STARTED": "info", "RETRY": "warning"}


@admin.register(TaskResult, site=hub_site)
class TaskResultAdmin(SiteModelAdmin):
    """What became of background jobs, on every platform."""

    menu_section, menu_icon, menu_order = OPERATION, "list-checks", 80
    menu_label = gettext_lazy("Background jobs")
    list_display = ("task_name", "shown_status", "tenant", "date_done")
    list_filter = ("status", "task_name")
    search_fields = ("task_id", "task_name")
    ordering = ("-date_done", "-pk")
    fields = (
        "task_id",
        "task_name",
        "shown_status",
        "tenant",
        "worker",
        "date_created",
        "date_started",
        "date_done",
        "shown_result",
        "shown_traceback",
    )
    readonly_fields = fields

    @display(description=gettext_lazy("state"), label=TASK_TONES, ordering="status")
    def shown_status(self, result: TaskResult) -> str:
        return str(result.status)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        codes = dict(Platform.objects.values_list("pk", "code"))
        changelist.result_list = list(changelist.result_list)
        for result in changelist.result_list:
            result.platform_codes = codes
        return changelist

    @display(description=gettext_lazy("platform and vendor"))
    def tenant(self, result: TaskResult) -> str:
        """As the task's header named them: `lux · 7`."""
        try:
            named = json.loads(result.meta or "{}").get("tenant") or {}
        except (ValueError, AttributeError):
            return "–"
        platform_id, vendor_id = named.get("platform_id"), named.get("vendor_id")
        if platform_id is None:
            return _("Installation")
        codes = getattr(result, "platform_codes", None) or dict(Platform.objects.values_list("pk", "code"))
        return " · ".join(str(part) for part in (codes.get(platform_id, platform_id), vendor_id) if part)

    @display(description=gettext_lazy("result"))
    def shown_result(self, result: TaskResult) -> str:
        return scrub_text(str(result.result or ""))

    @display(description=gettext_lazy("traceback"))
    def shown_traceback(self, result: TaskResult) -> str:
        return format_html('<pre class="traceback">{}</pre>', scrub_text(result.traceback or "–"))
