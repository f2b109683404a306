"""The platform's own pages, written here; the shops' pages, to look at and to take off."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from modules.cms.models import DefaultPage, Page, PageTranslation
from modules.cms.services import PageWords, delete_page, publish_page, save_default_page, unpublish_page
from platform_core.admin_site.options import SiteModelAdmin, VersionedForm
from platform_core.admin_site.owned import OwnedAdmin, ShownInline, VendorFilter
from platform_core.admin_site.sites import platform_site
from platform_core.languages import LANGUAGE_CHOICES, LANGUAGE_CODES, fallback_chain
from platform_core.tenancy.requests import SiteRequest

CONTENT = gettext_lazy("Content")
OPTIONS = ("kind", "is_published", "show_in_footer", "position")


def title_of(page: Any) -> str:
    """The title in the reader's language, or the next one there is."""
    titles = {row.language: row.title for row in page.translations.all()}
    chain = fallback_chain(get_language() or "en", "en")
    return next((titles[code] for code in chain if titles.get(code)), page.slug)


def _title(code: str) -> forms.CharField:
    label = gettext_lazy("Title")
    return forms.CharField(
        label=label, max_length=160, required=False, widget=UnfoldAdminTextInputWidget(attrs={"lang": code})
    )


def _body(code: str) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"lang": code, "rows": 12}),
        help_text=gettext_lazy(
            "HTML with headings, paragraphs, lists, tables and links; anything else is taken out."
        ),
    )


class DefaultPageForm(VersionedForm):
    """A page in four languages."""

    title_en, title_fr, title_de, title_lb = (_title(code) for code in LANGUAGE_CODES)
    body_en, body_fr, body_de, body_lb = (_body(code) for code in LANGUAGE_CODES)

    class Meta:
        model = DefaultPage
        fields = ("slug", *OPTIONS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for row in self.instance.translations.all():
                self.initial[f"title_{row.language}"] = row.title
                self.initial[f"body_{row.language}"] = row.body_html

    @property
    def texts(self) -> dict[str, PageWords]:
        """What the service takes. A language without both words goes."""
        return {
            code: {
                "title": self.cleaned_data[f"title_{code}"],
                "body_html": self.cleaned_data[f"body_{code}"],
            }
            for code in LANGUAGE_CODES
        }


@admin.register(DefaultPage, site=platform_site)
class DefaultPageAdmin(SiteModelAdmin):
    """Pages that every shop shows which has none of its own at the address."""

    offers = frozenset({"view", "add", "change", "delete"})
    menu_section, menu_icon, menu_order = CONTENT, "files", 60
    form = DefaultPageForm
    list_display = ("title", "slug", "kind", "is_published", "position")
    list_filter = ("kind", "is_published")
    search_fields = ("slug", "translations__title")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DefaultPage]:
        return super().get_queryset(request).prefetch_related("translations")

    @display(description=gettext_lazy("page"))
    def title(self, page: DefaultPage) -> str:
        return title_of(page)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("slug",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        words = ((name, {"fields": (f"title_{code}", f"body_{code}")}) for code, name in LANGUAGE_CHOICES)
        return ((None, {"fields": ("slug", *OPTIONS, "seen_version")}), *words)

    def _save(self, slug: str, form: Any, expected_version: int | None) -> DefaultPage:
        saved = save_default_page(
            slug=slug,
            translations=form.texts,
            expected_version=expected_version,
            **{name: form.cleaned_data[name] for name in OPTIONS},
        )
        return saved.page

    def create(self, request: SiteRequest, form: Any) -> DefaultPage:
        return self._save(form.cleaned_data["slug"], form, 0)

    def update(self, request: SiteRequest, obj: DefaultPage, form: Any) -> DefaultPage:
        return self._save(obj.slug, form, form.expected_version)

    def remove(self, request: SiteRequest, obj: DefaultPage) -> None:
        delete_page(page=obj)


class PageTextInline(ShownInline):
    model = PageTranslation
    fields = ("language", "title", "body_html")
    verbose_name_plural = gettext_lazy("Texts")


@admin.register(Page, site=platform_site)
class PageAdmin(OwnedAdmin):
    """The shops' own pages. Their words are the shops'; staff may take one off, or put it back."""

    menu_section, menu_icon, menu_order = CONTENT, "file-text", 62
    list_display = ("title", "vendor", "kind", "is_published", "updated_at")
    list_filter = (VendorFilter, "kind", "is_published")
    search_fields = ("slug", "translations__title")
    fields = ("title", "vendor", "slug", "kind", "is_published", "show_in_footer", "updated_at")
    readonly_fields = fields
    inlines = (PageTextInline,)
    actions_detail: ClassVar[Any] = ("publish", "unpublish")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        return super().get_queryset(request).prefetch_related("translations")

    @display(description=gettext_lazy("page"))
    def title(self, page: Page) -> str:
        return title_of(page)

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("cms.change_page"))  # type: ignore[union-attr]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        page = self.get_object(request, str(object_id))
        wanted = "page_unpublish" if page and page.is_published else "page_publish"
        return [e for e in super().get_actions_detail(request, object_id) if e.action_name.endswith(wanted)]

    @action(
        description=gettext_lazy("Publish"), url_path="publish", permissions=["publish"], icon="visibility"
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(page: Page) -> None:
            with self.shop_of(request, page):
                publish_page(page=page)

        return self.confirm(
            request,
            object_id,
            title=_("Publish %(name)s?"),
            text=_("Shoppers see this page from now on."),
            verb=_("Publish the page"),
            act=act,
            done=_("%(name)s is published."),
            log=_("Published."),
        )

    @action(
        description=gettext_lazy("Take off"),
        url_path="unpublish",
        permissions=["publish"],
        icon="visibility_off",
    )
    def unpublish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(page: Page) -> None:
            with self.shop_of(request, page):
                unpublish_page(page=page)

        return self.confirm(
            request,
            object_id,
            title=_("Take %(name)s off?"),
            text=_("Shoppers see the platform's page of this address instead, where there is one."),
            verb=_("Take the page off"),
            act=act,
            done=_("%(name)s is no longer shown."),
            danger=True,
            log=_("Taken off."),
        )
