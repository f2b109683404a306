"""Two admin sites: `hub_site` for the operator of the installation, `platform_site` for a platform's staff.

Which one a request meets follows from its host (config/urls). Each holds every one of its routes to its
policy; the database role that goes with it keeps other platforms' rows out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import EmptyPage
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from platform_core.admin_site import account, home, menu, menus, modules
from platform_core.admin_site.options import SiteModelAdmin
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy, policy
from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.gates import GatedLabelPattern, GatedResolver, is_label_hidden
from platform_core.modules.menu_service import screen_items
from platform_core.modules.registry import registry
from platform_core.tenancy.requests import SiteRequest

View = Callable[..., Any]
RESULTS_PER_MODEL = 10
LONGEST_SEARCH = 100


class ConsoleSite(UnfoldAdminSite):
    """An admin for one audience. Its name is `admin` wherever it stands, so `admin:index` is the site at hand."""

    enable_nav_sidebar = True
    site_url = "/"
    index_template = "admin/home.html"
    login_template = "admin/login.html"

    def __init__(self, audience: Audience, title: str | Promise) -> None:
        super().__init__(name="admin")
        self.audience = audience
        self.policy = Policy(audience)
        self.index_title = title

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register screens made for this site; those that libraries bring along know nothing of tenants."""
        if admin_class is not None and issubclass(admin_class, SiteModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the person was let in here. The policy gate has asked already; this is the second lock."""
        principal = cast(SiteRequest, request).principal
        return principal is not None and principal.audience is self.audience

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Carry the site on the view, where the policy gate looks for the policy."""
        inner = super().admin_view(view, cacheable)
        inner.admin_site = self  # type: ignore[attr-defined]
        return inner

    def get_urls(self) -> list[Any]:
        """Django's routes without the redirect to any object's public address, which knows no tenant."""
        # A module is on or off on a platform: the hub, which is none, has no such page.
        own = [] if self.audience is Audience.OPERATOR else [*modules.urls(self), *menus.urls(self)]
        inherited = (entry for entry in super().get_urls() if not _is_dropped(entry))
        return [*account.urls(self), *own, *map(_gated, inherited)]

    @policy(Audience.PUBLIC)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return account.sign_in_page(cast(SiteRequest, request), self)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return account.sign_out_page(cast(SiteRequest, request))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return account.password_page(cast(SiteRequest, request), self)

    def password_change_done(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise Http404

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The menu's sections are not the apps: a link to one leads home.
        return HttpResponseRedirect(reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().index(
            request, {**home.facts(self, cast(SiteRequest, request)), **(extra_context or {})}
        )

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        request = cast(SiteRequest, request)
        context = super().each_context(request)
        name = request.platform.name if request.platform else "Wizamart"
        return {
            **context,
            "site_header": name,
            "site_title": name,
            "environment": menu.environment(),
            "account_links": menu.account_links(request),
            "modes": menu.MODES,
        }

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        """A page of this site beside Django's own, with what stands around every page."""
        request.current_app = self.name  # type: ignore[attr-defined]
        return TemplateResponse(request, template, {**self.each_context(request), **context}, status=status)

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        return menu.sidebar(self, cast(SiteRequest, request))

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The palette's answers. A page that there is not is the first one; an endless text is cut."""
        query = request.GET.copy()
        page = query.get("page", "1")[:6]
        # Digits of other kinds, such as ², are none to int().
        if not (page.isascii() and page.isdigit() and page.strip("0")):
            page = "1"
        query["page"] = page
        query["s"] = query.get("s", "").replace("\0", "").strip()[:LONGEST_SEARCH]
        request.GET = query  # type: ignore[assignment]
        try:
            return super().search(request, extra_context)
        except EmptyPage:
            query["page"] = "1"
            return super().search(request, extra_context)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """The choices of a field. A row of a module that is off asks for none: it is an unknown one."""
        if is_label_hidden(request.GET.get("app_label", "")):
            raise PermissionDenied
        return super().autocomplete_view(request)

    def _search_models(
        self,
        request: HttpRequest,
        app_list: list[dict[str, Any]],
        search_term: str,
        allowed_models: list[str] | None = None,
    ) -> list[Any]:
        return menu.search(self, request, search_term, per_model=RESULTS_PER_MODEL)

    def address(self, model: type[Model], page: str = "changelist") -> str:
        """The address of a screen's page on this site."""
        return self.admins()[model].address(page)

    def address_of(self, row: Model) -> str:
        """The address of a row's own page on this site."""
        return self.admins()[type(row)].address("change", row.pk)

    def admins(self) -> dict[type[Model], SiteModelAdmin]:
        """Every screen of this site by its model."""
        return cast(dict[type[Model], SiteModelAdmin], self._registry)


def _gated(entry: URLPattern | URLResolver) -> URLPattern | URLResolver:
    """A screen's routes, or an app's page, behind the gate of the module that they belong to."""
    if isinstance(entry, URLResolver):
        label = str(entry.pattern).partition("/")[0]
        code = registry().code_of_label.get(label)
        if not code:
            return entry
        return GatedResolver(entry.url_patterns, code, pattern=entry.pattern, of_the_house=True)
    if entry.name == "app_list":
        return GatedLabelPattern(entry.pattern, entry.callback, entry.default_args, entry.name)
    return entry


def _is_dropped(entry: URLPattern | URLResolver) -> bool:
    return getattr(entry, "name", None) in {"view_on_site", "password_change_done"}


hub_site = ConsoleSite(Audience.OPERATOR, _("Installation"))
platform_site = ConsoleSite(Audience.STAFF, _("Platform"))


@screen_items.register
def screens_of_platforms(frontend: FrontendType) -> list[tuple[str, MenuItem]]:
    """The screens of a platform's admin, each with the label of its app, for whoever decides about its menu."""
    if frontend is not FrontendType.ADMIN:
        return []
    return [(item.id.partition(".")[0], item) for item in menu.screens(platform_site)]


def default_site() -> ConsoleSite:
    """What `django.contrib.admin.site` is."""
    return platform_site
