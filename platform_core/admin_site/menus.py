"""Menus in a platform's admin: what everybody or a role is shown, and what a person shows themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanWidget

from platform_core.admin_site.menu import items_of
from platform_core.exceptions import DomainError
from platform_core.identity.models import User
from platform_core.modules.definition import FrontendType, MenuItem, with_children
from platform_core.modules.exceptions import StaleVersion
from platform_core.modules.menu_forms import VERSION, MenuForm
from platform_core.modules.menu_service import (
    AS_IT_COMES,
    CHANGE_MENUS,
    ROLES,
    menu_settings,
    offered_items,
    own_settings,
    roles_of,
    set_menu,
    set_own_menu,
)
from platform_core.modules.menu_visibility import choices_of_platform
from platform_core.modules.menus import items_to_choose_from
from platform_core.modules.models import ModuleChange
from platform_core.modules.registry import permission_codes
from platform_core.modules.state import read_state
from platform_core.roles import PLATFORM_ADMIN
from platform_core.tenancy.context import PlatformRef
from platform_core.tenancy.requests import SiteRequest

if TYPE_CHECKING:
    from platform_core.admin_site.sites import ConsoleSite

FRONTENDS = {
    FrontendType.VENDOR: gettext_lazy("Dashboard of the shops"),
    FrontendType.ADMIN: gettext_lazy("Admin of the platform"),
    FrontendType.SHOP: gettext_lazy("Shops"),
}
STALE = gettext_lazy(
    "The modules or menus of this platform were changed meanwhile. Nothing was changed by you, and what you have chosen"
    " is still here: look again, then save."
)
FAULTY = gettext_lazy("Nothing was changed: correct what is marked, then save again.")


class AdminMenuForm(MenuForm):
    """The form with the admin's widgets."""

    box = UnfoldBooleanWidget
    number = UnfoldAdminIntegerFieldWidget


def urls(site: ConsoleSite) -> list[URLPattern]:
    """The routes of a platform's site."""

    def menus(request: HttpRequest) -> HttpResponse:
        return menus_page(cast(SiteRequest, request), site)

    def own_menu(request: HttpRequest) -> HttpResponse:
        return own_menu_page(cast(SiteRequest, request), site)

    return [
        path("menus/", site.admin_view(menus), name="menus"),
        path("profile/menu/", site.admin_view(own_menu), name="own-menu"),
    ]


@never_cache
def menus_page(request: SiteRequest, site: ConsoleSite) -> HttpResponse:
    """The items of a menu, to be hidden and moved for everybody or for a role."""
    if request.principal is None or not request.principal.may(CHANGE_MENUS):
        raise PermissionDenied
    assert request.platform is not None
    menu = _asked_for(request, request.platform)
    form, refused = menu.form(), ""
    if request.method == "POST":
        refused = _save(request, menu)
        if not refused:
            messages.success(request, _("The menu is saved."))
            return HttpResponseRedirect(menu.address)
        form = menu.form(_sent_again(request, menu))
    context = {
        "title": _("Menus"),
        "form": form,
        "refused": refused,
        "frontends": [
            (label, Menu(menu.platform, frontend).address, frontend is menu.frontend)
            for frontend, label in FRONTENDS.items()
        ],
        "roles": _links_of_roles(menu),
    }
    return site.page(request, "admin/menus.html", context, status=422 if refused else 200)


@dataclass(frozen=True)
class Menu:
    """One menu of a platform, for everybody or for a role."""

    platform: PlatformRef
    frontend: FrontendType
    role: str = ""

    @property
    def address(self) -> str:
        query = {"menu": str(self.frontend), **({"role": self.role} if self.role else {})}
        return f"{reverse('admin:menus')}?{urlencode(query)}"

    @property
    def items(self) -> list[MenuItem]:
        """The items that there are to decide about: those that the role may open."""
        found = [owned.item for owned in offered_items(self.platform, self.frontend)]
        codes = permission_codes(self.role) if self.role and self.role != PLATFORM_ADMIN else None
        return found if codes is None else _held(found, codes)

    def form(self, data: QueryDict | None = None) -> AdminMenuForm:
        """The form on what is stored by now."""
        everybody = choices_of_platform(self.platform.id, self.frontend)
        items = self.items
        hidden = {
            item.id: _("Hidden for everybody")
            for item in with_children(items)
            if self.role and item.can_be_hidden and item.id in everybody.hidden
        }
        return AdminMenuForm(
            items,
            menu_settings(self.platform, self.frontend, role=self.role),
            closed=hidden,
            places=dict(everybody.orders) if self.role else {},
            version=read_state(self.platform.id).version,
            data=data,
        )


def _held(items: Iterable[MenuItem], codes: frozenset[str]) -> list[MenuItem]:
    return [
        replace(item, children=tuple(_held(item.children, codes)))
        for item in items
        if item.permission is None or item.permission in codes
    ]


def _asked_for(request: SiteRequest, platform: PlatformRef) -> Menu:
    """The menu that the address names. Raises Http404 for one that there is not."""
    frontend, role = request.GET.get("menu", FrontendType.VENDOR), request.GET.get("role", "")
    if frontend not in set(FrontendType) or (role and role not in roles_of(FrontendType(frontend))):
        raise Http404
    return Menu(platform, FrontendType(frontend), role)


def _links_of_roles(menu: Menu) -> list[tuple[str, str, bool]]:
    """(label, address, whether it is this page) of everybody and each role; none where there are no roles."""
    roles = ROLES[menu.frontend]
    if roles is None:
        return []
    found = [("", _("Everybody")), *((role.value, str(role.label)) for role in roles)]
    return [
        (label, Menu(menu.platform, menu.frontend, role).address, role == menu.role) for role, label in found
    ]


def _save(request: SiteRequest, menu: Menu) -> str:
    """Save what was sent; why it is not saved, or nothing."""
    form = menu.form(request.POST)
    is_reset = "reset" in request.POST
    if VERSION in form.errors:
        return _(
            "The form came without the version that it was made for. Nothing was changed: send it again."
        )
    version = form.cleaned_data[VERSION]
    if version != read_state(menu.platform.id).version:
        return str(STALE)
    if form.errors and not is_reset:
        return str(FAULTY)
    settings = dict.fromkeys(form.listed, AS_IT_COMES) if is_reset else form.settings
    try:
        set_menu(
            menu.platform,
            menu.frontend,
            settings,
            role=menu.role,
            user=cast(User, request.user),
            source=ModuleChange.Source.ADMIN,
            expected_version=version,
        )
    except StaleVersion:
        return str(STALE)
    except DomainError as refusal:
        return refusal.message
    return ""


def _sent_again(request: SiteRequest, menu: Menu) -> QueryDict:
    """What was sent, with the version that there is by now."""
    data = request.POST.copy()
    data[VERSION] = str(read_state(menu.platform.id).version)
    return data


@never_cache
def own_menu_page(request: SiteRequest, site: ConsoleSite) -> HttpResponse:
    """What a person shows themselves of this admin's menu."""
    user, platform = cast(User, request.user), request.platform
    assert platform is not None
    items = items_to_choose_from(items_of(site), FrontendType.ADMIN, request)
    stored = own_settings(platform, FrontendType.ADMIN, user)
    data = request.POST if request.method == "POST" else None
    form, refused = AdminMenuForm(items, stored, data=data), ""
    if data is not None and form.is_valid():
        settings = dict.fromkeys(form.listed, AS_IT_COMES) if "reset" in data else form.settings
        try:
            set_own_menu(platform, FrontendType.ADMIN, settings, user=user)
        except DomainError as refusal:
            refused = refusal.message
        else:
            messages.success(request, _("Your menu is saved."))
            return HttpResponseRedirect(reverse("admin:own-menu"))
    elif data is not None:
        refused = str(FAULTY)
    context = {"title": _("My menu"), "form": form, "refused": refused, "is_own": True}
    return site.page(request, "admin/menus.html", context, status=422 if refused else 200)
