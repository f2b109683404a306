"""What stands around every page of the admin: sidebar, palette, badge of the installation, account links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import FieldError, ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.dataclasses import SearchResult

from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.menu_visibility import with_choices
from platform_core.modules.menus import MenuLink, choices_of, for_request, menu_items, sections_of
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
    """Links of the person's own menu. The hub's sidebar is the same for every operator."""
    own = [] if request.platform is None else [{"title": _("My menu"), "link": reverse("admin:own-menu")}]
    return [
        {"title": _("My profile"), "link": reverse("admin:profile")},
        *own,
        {"title": _("Change password"), "link": reverse("admin:password_change")},
    ]


def screens(site: ConsoleSite) -> list[MenuItem]:
    """A menu item for each screen of the site, shown to those who may see its rows."""
    return [
        MenuItem(
            id=f"{model_admin.opts.app_label}.{model_admin.opts.model_name}",
            label=capfirst(str(model_admin.menu_label or model_admin.opts.verbose_name_plural)),
            url_name=f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist",
            section=model_admin.menu_section,
            icon=model_admin.menu_icon,
            order=model_admin.menu_order,
            is_visible=model_admin.has_view_permission,
        )
        for model_admin in site.admins().values()
    ]


def items_of(site: ConsoleSite) -> list[MenuItem]:
    """The site's screens, and what the modules that are on add to the admin's menu, by order."""
    return sorted([*screens(site), *menu_items(FrontendType.ADMIN)], key=lambda item: item.order)


def sidebar(site: ConsoleSite, request: SiteRequest) -> list[dict[str, Any]]:
    """Groups of links: the screens the person may open, and what modules add to the admin's menu."""
    if request.principal is None:
        return []
    items = with_choices(items_of(site), choices_of(FrontendType.ADMIN, request.principal))
    groups: dict[str, list[dict[str, Any]]] = {"": [_home(request)]}
    for section in for_request(sections_of(items, request.principal.may), request):
        groups.setdefault(section.label, []).extend(map(_entry, section.items))
    return [{"title": title, "items": items} for title, items in groups.items()]


def _home(request: SiteRequest) -> dict[str, Any]:
    url = reverse("admin:index")
    return _entry(MenuLink("home", _("Home"), url, "house", is_active=request.path == url))


def _entry(link: MenuLink) -> dict[str, Any]:
    """A link as the sidebar's template takes it: django-unfold's names, and what its own links do not have."""
    return {
        "title": link.label,
        "link": link.lock_url or link.url,
        "icon": link.icon or "circle",
        "active": link.is_active,
        "has_permission": True,
        "badge": link.badge,
        "is_locked": bool(link.lock_url),
        "children": [_entry(child) for child in link.children],
    }


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
