"""The modules of a platform in its admin: which are on and why, and switching one after seeing what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from platform_core.admin_site.module_facts import (
    health_in_words,
    plan_of,
    results_of_health,
    with_words,
)
from platform_core.admin_site.module_graph import draw
from platform_core.admin_site.module_settings import WITHOUT_VERSION, has_settings, settings_page
from platform_core.admin_site.options import HISTORY_PER_PAGE, page_of
from platform_core.identity.models import User
from platform_core.modules.exceptions import Blocked, ModuleRefusal
from platform_core.modules.hooks import Counts
from platform_core.modules.journal import MAX_REASON_LENGTH
from platform_core.modules.models import CONFLICT_PREFIX, DEPENDENCY_PREFIX, WAITED_PREFIX, ModuleChange
from platform_core.modules.overview import ModuleStatus, module_changes, module_overview
from platform_core.modules.registry import registry
from platform_core.modules.service import (
    FORCE_MODULES,
    SEE_MODULES,
    SWITCH_MODULES,
    ToggleResult,
    module_service,
)
from platform_core.observability.health import HEALTHY
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


class ForceForm(SwitchForm):
    """Switching off whatever stands against it; only who may do so is given it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Kept beside the change, for whoever asks later."),
        error_messages={"required": gettext_lazy("Say why it is to go off all the same.")},
    )
    force = forms.BooleanField(
        label=gettext_lazy("I have read what stands against it: switch it off all the same"),
        widget=UnfoldBooleanWidget,
        error_messages={"required": gettext_lazy("Tick this to switch it off all the same.")},
    )


def urls(site: ConsoleSite) -> list[URLPattern]:
    """The routes of a platform's site."""

    def modules(request: HttpRequest) -> HttpResponse:
        return modules_page(cast(SiteRequest, request), site)

    def module(request: HttpRequest, code: str) -> HttpResponse:
        return module_page(cast(SiteRequest, request), site, code)

    def settings(request: HttpRequest, code: str) -> HttpResponse:
        return settings_page(cast(SiteRequest, request), site, code)

    return [
        path("modules/", site.admin_view(modules), name="modules"),
        path("modules/<slug:code>/", site.admin_view(module), name="module"),
        path("modules/<slug:code>/settings/", site.admin_view(settings), name="module-settings"),
    ]


def _platform(request: SiteRequest, permission: str) -> PlatformRef:
    """The platform at hand. Raises PermissionDenied for who does not hold the permission."""
    if not _may(request, permission):
        raise PermissionDenied
    assert request.platform is not None
    return request.platform


def _is_operator(request: SiteRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _may(request: SiteRequest, permission: str) -> bool:
    return request.principal is not None and request.principal.may(permission)


def modules_page(request: SiteRequest, site: ConsoleSite) -> HttpResponse:
    """All modules in a table."""
    platform = _platform(request, SEE_MODULES)
    overview, health = module_overview(platform), results_of_health()
    rows = [
        {
            "module": status,
            "tier": status.tier,
            "cause": cause_of(status),
            "health": health_in_words(health.get(status.code)) if status.is_enabled else "",
            "is_unwell": status.is_enabled
            and status.code in health
            and health[status.code].status != HEALTHY,
            "plan": plan_of(platform, status.code),
        }
        for status in overview.modules
    ]
    context = {
        "title": _("Modules"),
        "groups": [(name, [row for row in rows if row["tier"] == tier]) for tier, name in TIERS.items()],
        "drawing": draw(overview.modules),
        "unusable": overview.unusable,
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
    may_force = _may(request, SWITCH_MODULES) and _may(request, FORCE_MODULES)
    preview = _preview(platform, status, may_force=may_force)
    form, refused = preview.form(initial={"version": overview.version}), ""
    if request.method == "POST":
        _platform(request, SWITCH_MODULES)
        form = preview.form(request.POST)
        if "version" in form.errors:
            # Nobody can mend a hidden field: the next form carries a good one, and all that was typed.
            refused = str(WITHOUT_VERSION)
            form = preview.form({**request.POST.dict(), "version": overview.version})
    if request.method == "POST" and not refused and form.is_valid():
        try:
            result = _switch(request, platform, status, form)
        except ModuleRefusal as refusal:
            # What the person sees next is the present state, and their next answer is about that one.
            refused, overview = refusal.message, module_overview(platform)
            status = overview.module(code) or status
            preview = _preview(platform, status, may_force=may_force)
            form = preview.form(initial={"version": overview.version, "reason": form.cleaned_data["reason"]})
        else:
            messages.success(request, _told(result))
            return HttpResponseRedirect(reverse("admin:module", args=[code]))
    plan, verb = preview.plan, "disable" if status.is_enabled else "enable"
    changes = page_of(module_changes(platform, code), HISTORY_PER_PAGE, request.GET.get("p", "1"))
    with_words(changes.object_list)
    health = results_of_health().get(code) if status.is_enabled else None
    context = {
        "title": status.name,
        "module": status,
        "tier": TIERS[status.tier],
        "cause": cause_of(status),
        "requires": _names(status.requires),
        "required_by": _names(status.required_by),
        "conflicts": _names(status.conflicts),
        "auto_enable_with": _names(status.auto_enable_with),
        "health": health_in_words(health),
        "health_details": health.facts.get("error", "") if health and _is_operator(request) else "",
        "features": plan_of(platform, code),
        # The preview has counted it, if the switch can be done.
        "data": plan.data.get(code, ()) if plan else module_service.get_module_data(platform, code),
        "has_settings": has_settings(registry().definitions[code]),
        "plan": _with_data(plan, verb, code) if plan else [],
        "also_on": _names([s.code for s in plan.plan if s.verb != verb]) if plan else [],
        "no_longer_needed": _names(plan.no_longer_needed) if plan else [],
        "plan_is_known": plan is not None,
        "objections": preview.objections,
        "against": preview.refusal,
        "form": form,
        "refused": refused,
        "may_switch": _may(request, SWITCH_MODULES),
        "page": changes,
    }
    return site.page(request, "admin/module.html", context, status=422 if form.errors or refused else 200)


def _switch(
    request: SiteRequest, platform: PlatformRef, status: ModuleStatus, form: SwitchForm
) -> ToggleResult:
    """Turn the module to what it was not when the person looked."""
    facts: dict[str, Any] = {
        "user": cast(User, request.user),
        "reason": form.cleaned_data["reason"],
        "source": ModuleChange.Source.ADMIN,
        "expected_version": form.cleaned_data["version"],
    }
    if not status.is_enabled:
        return module_service.enable_module(platform, status.code, **facts)
    return module_service.disable_module(
        platform, status.code, force=form.cleaned_data.get("force", False), **facts
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What switching a module would do, what its modules say against it (name, texts), and why it cannot be done."""

    plan: ToggleResult | None = None
    objections: Sequence[tuple[str, Sequence[str]]] = ()
    refusal: str = ""

    def form(self, *args: Any, **kwargs: Any) -> SwitchForm:
        """The form in which the person answers to it."""
        return (ForceForm if self.plan and self.objections else SwitchForm)(*args, **kwargs)


def _preview(platform: PlatformRef, status: ModuleStatus, *, may_force: bool) -> Preview:
    if status.tier == "core":
        return Preview()
    try:
        if status.is_enabled:
            plan = module_service.disable_module(platform, status.code, force=may_force, dry_run=True)
        else:
            plan = module_service.enable_module(platform, status.code, dry_run=True)
    except Blocked as refusal:
        return Preview(objections=_by_name(refusal.reasons))
    except ModuleRefusal as refusal:
        return Preview(refusal=refusal.message)
    return Preview(plan, _by_name(plan.objections))


def _by_name(objections: Mapping[str, Sequence[str | Promise]]) -> list[tuple[str, list[str]]]:
    return [(_names([code])[0][1], [str(text) for text in texts]) for code, texts in objections.items()]


def cause_of(status: ModuleStatus) -> str:
    """Why a module stands as it does, in words."""
    if status.cause.startswith((DEPENDENCY_PREFIX, WAITED_PREFIX)):
        other = status.cause.partition(":")[2]
        names = {"name": _names([other])[0][1]}
        return (
            _("Came on with %(name)s") % names if status.is_enabled else _("Went off with %(name)s") % names
        )
    if status.cause.startswith(CONFLICT_PREFIX):
        other = status.cause.removeprefix(CONFLICT_PREFIX)
        return _("Comes on once %(name)s is off") % {"name": _names([other])[0][1]}
    return {
        "core": _("Always on"),
        "direct": _("Switched by somebody"),
        "default": _("As the module comes"),
        "waiting": _("Comes on with what it requires"),
        "auto": _("By itself, with what it requires"),
    }.get(status.cause, status.cause)


def _names(codes: tuple[str, ...] | list[str]) -> list[tuple[str, str]]:
    """(code, name) of modules; one that is not installed is named by its code."""
    known = registry().definitions
    return [(code, str(known[code].name) if code in known else code) for code in codes]


def _with_data(plan: ToggleResult, verb: str, code: str) -> list[tuple[str, str, Counts]]:
    """(code, name, what it keeps) of the other modules that a plan turns so."""
    codes = [step.code for step in plan.plan if step.verb == verb and step.code != code]
    return [(one, name, plan.data.get(one, ())) for one, name in _names(codes)]


def _told(result: ToggleResult) -> str:
    """What was done, in a sentence."""
    if not result.plan:
        return _("Nothing was to be done: somebody else was faster.")
    told = {
        "enable": gettext_lazy("Switched on: %(names)s."),
        "disable": gettext_lazy("Switched off: %(names)s."),
    }
    sentences = []
    for verb, text in told.items():
        codes = [step.code for step in result.plan if step.verb == verb]
        if codes:
            sentences.append(text % {"names": ", ".join(name for _code, name in _names(codes))})
    return " ".join(sentences)
