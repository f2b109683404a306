"""What stands around every page of the admin: sidebar, palette, badge of the installation, account links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import FieldError, ValidationError
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.dataclasses import SearchResult

from platform_core.modules.definition import FrontendType
from platform_core.modules.menus import menu_items
from platform_core.tenancy.requests import SiteRequest

if TYPE_CHECKING:
    from platform_core.admin_site.sites import ConsoleSite


# Name in django-unfold, label, icon.
MODES = (
    ("light", gettext_lazy("Light"), "sun"),
    ("dark", gettext_lazy("Dark"), "moon"),
    ("auto", gettext_lazy("System"), "monitor"),
)


def environment() -> list[str] | None:
    """The badge that tells a demo or a developer's machine from the real thing; none there."""
    if settings.DEBUG:
        return [_("Development"), "info"]
    return [_("Demo"), "warning"] if settings.DEMO else None


def account_links(request: SiteRequest) -> list[dict[str, str]]:
    """Links of the person's own menu."""
    return [
        {"title": _("My profile"), "link": reverse("admin:profile")},
        {"title": _("Change password"), "link": reverse("admin:password_change")},
    ]


def sidebar(site: ConsoleSite, request: SiteRequest) -> list[dict[str, Any]]:
    """Groups of links: the screens the person may open, and what modules add to the admin's menu."""
    entries: list[tuple[int, str, dict[str, Any]]] = []
    for model_admin in site.admins().values():
        if model_admin.has_view_permission(request):
            entry = _entry(
                request,
                capfirst(str(model_admin.menu_label or model_admin.opts.verbose_name_plural)),
                model_admin.address("changelist"),
                model_admin.menu_icon,
            )
            entries.append((model_admin.menu_order, str(model_admin.menu_section), entry))
    for item in menu_items(FrontendType.ADMIN):
        if request.principal is None or not request.principal.may(item.permission):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            # A page of the other site.
            continue
        entries.append((item.order, str(item.section), _entry(request, str(item.label), url, item.icon)))
    entries.sort(key=lambda entry: entry[0])
    groups: dict[str, list[dict[str, Any]]] = {"": [_home(request)]}
    for _order, section, entry in entries:
        groups.setdefault(section, []).append(entry)
    return [{"title": title, "items": items} for title, items in groups.items()]


def _home(request: SiteRequest) -> dict[str, Any]:
    url = reverse("admin:index")
    return {
        "title": _("Home"),
        "link": url,
        "icon": "house",
        "active": request.path == url,
        "has_permission": True,
    }


def _entry(request: SiteRequest, title: str, url: str, icon: str) -> dict[str, Any]:
    active = request.path.startswith(url)
    return {"title": title, "link": url, "icon": icon, "active": active, "has_permission": True}


def search(site: ConsoleSite, request: HttpRequest, term: str, *, per_model: int) -> list[Any]:
    """The first rows of each searched screen that match, for the palette."""
    found = []
    for model_admin in site.admins().values():
        if not model_admin.is_searched or not model_admin.has_view_permission(request):
            continue
        try:
            rows, _doubles = model_admin.get_search_results(request, model_admin.get_queryset(request), term)
            matches = list(rows[:per_model])
        except (FieldError, ValidationError, ValueError):
            continue
        found += [
            SearchResult(
                title=str(row),
                description=capfirst(str(model_admin.opts.verbose_name)),
                link=model_admin.address("change", row.pk),
                icon="search",
            )
            for row in matches
        ]
    return found
