"""The modules of a platform in its admin: which are on and why, and switching one after seeing what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from platform_core.admin_site.options import HISTORY_PER_PAGE, page_of, people_behind
from platform_core.identity.models import User
from platform_core.modules.exceptions import ModuleRefusal
from platform_core.modules.models import DEPENDENCY_PREFIX, ModuleChange
from platform_core.modules.overview import ModuleStatus, module_changes, module_overview
from platform_core.modules.registry import registry
from platform_core.modules.service import (
    MAX_REASON_LENGTH,
    SEE_MODULES,
    SWITCH_MODULES,
    ToggleResult,
    module_service,
)
from platform_core.tenancy.context import PlatformRef
from platform_core.tenancy.requests import SiteRequest

if TYPE_CHECKING:
    from platform_core.admin_site.sites import ConsoleSite

TIERS = {
    "core": gettext_lazy("Core"),
    "optional": gettext_lazy("Optional"),
    "internal": gettext_lazy("Internal"),
}


class SwitchForm(forms.Form):
    """Why a module is switched, and the version of the platform's modules that the person has looked at."""

    reason = forms.CharField(
        label=gettext_lazy("Reason (optional)"),
        max_length=MAX_REASON_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Kept beside the change, for whoever asks later."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


def urls(site: ConsoleSite) -> list[URLPattern]:
    """The routes of a platform's site."""

    def modules(request: HttpRequest) -> HttpResponse:
        return modules_page(cast(SiteRequest, request), site)

    def module(request: HttpRequest, code: str) -> HttpResponse:
        return module_page(cast(SiteRequest, request), site, code)

    return [
        path("modules/", site.admin_view(modules), name="modules"),
        path("modules/<slug:code>/", site.admin_view(module), name="module"),
    ]


def _platform(request: SiteRequest, permission: str) -> PlatformRef:
    """The platform at hand. Raises PermissionDenied for who does not hold the permission."""
    if request.principal is None or not request.principal.may(permission):
        raise PermissionDenied
    assert request.platform is not None
    return request.platform


def modules_page(request: SiteRequest, site: ConsoleSite) -> HttpResponse:
    """All modules in a table."""
    overview = module_overview(_platform(request, SEE_MODULES))
    rows = [(status, TIERS[status.tier], cause_of(status)) for status in overview.modules]
    context = {
        "title": _("Modules"),
        "rows": rows,
        "missing": overview.missing,
    }
    return site.page(request, "admin/modules.html", context)


def module_page(request: SiteRequest, site: ConsoleSite, code: str) -> HttpResponse:
    """One module: how it stands, what switching it would do, and what was done before."""
    platform = _platform(request, SEE_MODULES)
    overview = module_overview(platform)
    status = overview.module(code)
    if status is None:
        raise Http404
    form, refused = SwitchForm(request.POST or None, initial={"version": overview.version}), ""
    if request.method == "POST" and form.is_valid():
        _platform(request, SWITCH_MODULES)
        try:
            result = _switch(request, platform, status, form)
        except ModuleRefusal as refusal:
            # What the person sees next is the present state, and their next answer is about that one.
            refused, overview = refusal.message, module_overview(platform)
            status = overview.module(code) or status
            form = SwitchForm(initial={"version": overview.version, "reason": form.cleaned_data["reason"]})
        else:
            messages.success(request, _told(result))
            return HttpResponseRedirect(reverse("admin:module", args=[code]))
    plan, against = _preview(platform, status)
    changes = page_of(module_changes(platform, code), HISTORY_PER_PAGE, request.GET.get("p", "1"))
    people = people_behind(changes.object_list)
    for change in changes.object_list:
        # Without a person: where it came from.
        change.person = people.get(change.user_id) or change.get_source_display()
    context = {
        "title": status.name,
        "module": status,
        "tier": TIERS[status.tier],
        "cause": cause_of(status),
        "requires": _names(status.requires),
        "required_by": _names(status.required_by),
        "plan": _names([step.code for step in plan.plan if step.code != code]) if plan else [],
        "no_longer_needed": _names(plan.no_longer_needed) if plan else [],
        "against": against,
        "form": form,
        "refused": refused,
        "may_switch": request.principal is not None and request.principal.may(SWITCH_MODULES),
        "page": changes,
    }
    return site.page(request, "admin/module.html", context, status=422 if form.errors or refused else 200)


def _switch(
    request: SiteRequest, platform: PlatformRef, status: ModuleStatus, form: SwitchForm
) -> ToggleResult:
    """Turn the module to what it was not when the person looked."""
    toggle = module_service.disable_module if status.is_enabled else module_service.enable_module
    return toggle(
        platform,
        status.code,
        user=cast(User, request.user),
        reason=form.cleaned_data["reason"],
        source=ModuleChange.Source.ADMIN,
        expected_version=form.cleaned_data["version"],
    )


def _preview(platform: PlatformRef, status: ModuleStatus) -> tuple[ToggleResult | None, str]:
    """(what switching it would do, what stands against it)."""
    if status.tier == "core":
        return None, ""
    toggle = module_service.disable_module if status.is_enabled else module_service.enable_module
    try:
        return toggle(platform, status.code, dry_run=True), ""
    except ModuleRefusal as refusal:
        return None, refusal.message


def cause_of(status: ModuleStatus) -> str:
    """Why a module stands as it does, in words."""
    if status.cause.startswith(DEPENDENCY_PREFIX):
        other = status.cause.removeprefix(DEPENDENCY_PREFIX)
        names = {"name": _names([other])[0][1]}
        return (
            _("Came on with %(name)s") % names if status.is_enabled else _("Went off with %(name)s") % names
        )
    return {
        "core": _("Always on"),
        "direct": _("Switched by somebody"),
        "default": _("As the module comes"),
    }.get(status.cause, status.cause)


def _names(codes: tuple[str, ...] | list[str]) -> list[tuple[str, str]]:
    """(code, name) of modules; one that is not installed is named by its code."""
    known = registry().definitions
    return [(code, str(known[code].name) if code in known else code) for code in codes]


def _told(result: ToggleResult) -> str:
    """What was done, in a sentence."""
    names = ", ".join(name for _code, name in _names(result.changed))
    if not names:
        return _("Nothing was to be done: somebody else was faster.")
    verb = result.plan[0].verb
    return (_("Switched on: %(names)s.") if verb == "enable" else _("Switched off: %(names)s.")) % {
        "names": names
    }
