"""The shop's settings: of each module that has some, with whose value counts and what was changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from modules.core import selectors, services
from modules.core.dashboard.setting_forms import (
    VERSION,
    VendorSettingsForm,
    as_typed,
    change_lines,
    labels_of,
)
from modules.core.exceptions import NoVendorSettings, SettingsChanged
from modules.core.models import SettingsChange
from modules.core.selectors import ModuleSettings
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import policy
from platform_core.modules.exceptions import InvalidConfig
from platform_core.tenancy.requests import VendorRequest

CHANGE = "core.change_settings"
LATEST, PAGE_SIZE = 5, 25


@policy(Audience.VENDOR, CHANGE)
@require_safe
def settings_page(request: VendorRequest) -> HttpResponse:
    """Every module's settings for this shop, and the latest changes."""
    return _page(request)


@policy(Audience.VENDOR, CHANGE)
@require_POST
def settings_change(request: VendorRequest, code: str) -> HttpResponse:
    """Save the settings of one module. Who acts on an old picture is told so, and nothing typed is lost."""
    try:
        module = selectors.settings_of(code)
    except NoVendorSettings as error:
        raise Http404 from error
    form = VendorSettingsForm(module, request.platform.name, request.POST)
    if VERSION in form.errors:
        # Nobody can mend a hidden field: the next form carries a good one, and all that was typed.
        return _old_picture(request, code, _("The form came without the version that it was made for."))
    if not form.is_valid():
        return _page(request, form)
    assert isinstance(request.user, User)
    try:
        change = services.change_vendor_settings(
            code=code,
            wanted=form.wanted,
            reset=form.reset,
            expected_version=form.cleaned_data[VERSION],
            user=request.user,
            source=SettingsChange.Source.DASHBOARD,
        )
    except InvalidConfig as refusal:
        form.blame(refusal)
        return _page(request, form)
    except SettingsChanged as error:
        return _old_picture(request, code, error.message)
    told = _("The settings are saved.") if change.names else _("Nothing was to be changed.")
    messages.success(request, told)
    return redirect("dashboard:core:settings")


def _old_picture(request: VendorRequest, code: str, refused: str) -> HttpResponse:
    """The page with the present version, and all that was typed."""
    present = selectors.settings_of(code)
    again = as_typed(request.POST, code, present.version)
    return _page(request, VendorSettingsForm(present, request.platform.name, again), refused)


def _page(request: VendorRequest, sent: VendorSettingsForm | None = None, refused: str = "") -> HttpResponse:
    """The page, with one of its forms as it was `sent`; `refused` says why it was not saved."""
    modules = selectors.all_settings()
    forms = [
        sent
        if sent is not None and sent.code == module.definition.code
        else VendorSettingsForm(module, request.platform.name)
        for module in modules
    ]
    changes = list(selectors.settings_changes()[: LATEST + 1])
    context = {
        "forms": forms,
        "sent": sent,
        "refused": refused,
        "changes": _rows(request, modules, changes[:LATEST]),
        "has_more_changes": len(changes) > LATEST,
    }
    status = 422 if sent is not None else 200
    return render(request, "core/dashboard/settings.html", context, status=status)


@policy(Audience.VENDOR, CHANGE)
@require_safe
def settings_history(request: VendorRequest) -> HttpResponse:
    """Everything that was changed, latest first, in pages."""
    page = Paginator(selectors.settings_changes(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = _rows(request, selectors.all_settings(), page.object_list)
    return render(request, "core/dashboard/settings_history.html", {"page": page, "changes": rows})


def _rows(
    request: VendorRequest, modules: Iterable[ModuleSettings], changes: Iterable[SettingsChange]
) -> list[dict[str, Any]]:
    """Changes for people: when, who, of which module, and each value before and after."""
    changes = list(changes)
    known = {module.definition.code: module for module in modules}
    people = selectors.names_of_people(changes)
    rows = []
    for change in changes:
        module = known.get(change.module_code)
        labels = labels_of(module) if module is not None else {}
        rows.append(
            {
                "change": change,
                "person": people.get(change.user_id or 0, ""),
                "module": module.definition.name if module is not None else change.module_code,
                "lines": change_lines(labels, change.before, change.after, request.platform.name),
            }
        )
    return rows
