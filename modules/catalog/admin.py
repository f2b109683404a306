"""Products, categories and VAT rates on a platform's admin. Products are their vendors' affair: to look at, archive, restore."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import action, display

from modules.catalog.models import (
    Category,
    CategoryTranslation,
    Product,
    ProductTranslation,
    Variant,
    VatRate,
)
from modules.catalog.selectors.search import found_by_team
from modules.catalog.services import archive_product, restore_product, set_vat_rate
from platform_core.admin_site.home import Panel, Tile, platform_home
from platform_core.admin_site.options import SiteModelAdmin
from platform_core.admin_site.owned import OwnedAdmin, ShownInline, VendorFilter
from platform_core.admin_site.sites import platform_site
from platform_core.languages import fallback_chain, locale_of
from platform_core.money import from_minor
from platform_core.tenancy.requests import SiteRequest
from platform_core.ui.numbers import format_money, format_number

CATALOG = gettext_lazy("Catalogue")
STATUS_TONES = {"active": "success", "draft": "info", "archived": "warning"}


def text_of(translations: Any, field: str, otherwise: str) -> str:
    """A text in the reader's language, or the next one there is."""
    by_language = {row.language: getattr(row, field) for row in translations.all()}
    chain = fallback_chain(get_language() or "en", "en")
    return next((by_language[code] for code in chain if code in by_language), otherwise)


class TextInline(ShownInline):
    model = ProductTranslation
    fields = ("language", "title", "description")
    verbose_name_plural = gettext_lazy("Texts")


class VariantInline(ShownInline):
    model = Variant
    fields = ("sku", "price", "weight", "is_active", "position")
    readonly_fields = ("price", "weight")
    verbose_name_plural = gettext_lazy("Variants")

    @display(description=gettext_lazy("price"))
    def price(self, variant: Variant) -> str:
        return shown(variant.price_minor, variant.currency)

    @display(description=gettext_lazy("weight"))
    def weight(self, variant: Variant) -> str:
        if variant.weight_grams is None:
            return "–"
        return f"{format_number(variant.weight_grams, locale_of(get_language()))}\u00a0g"


def shown(minor: int | None, currency: str) -> str:
    """An amount as the reader writes it."""
    return "–" if minor is None else format_money(from_minor(minor, currency), locale_of(get_language()))


@admin.register(Product, site=platform_site)
class ProductAdmin(OwnedAdmin):
    """Every vendor's products."""

    codes: ClassVar[Any] = {"archive": "catalog.archive_product"}
    menu_section, menu_icon, menu_order = CATALOG, "package", 50
    list_display = ("title", "vendor", "shown_status", "price", "updated_at")
    list_filter = (VendorFilter, "status", "tax_category")
    search_fields = ("slug", "translations__title", "variants__sku")
    ordering = ("-updated_at", "-pk")
    fields = (
        "title",
        "vendor",
        "slug",
        "status",
        "tax_category",
        "price",
        "published",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields
    inlines = (VariantInline, TextInline)
    actions_detail: ClassVar[Any] = ("archive", "restore")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("translations")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """By words, as the shops' teams search; `search_fields` only make the field appear."""
        return queryset.filter(found_by_team(search_term)), False

    @display(description=gettext_lazy("product"))
    def title(self, product: Product) -> str:
        return text_of(product.translations, "title", product.slug)

    @display(description=gettext_lazy("status"), label=STATUS_TONES, ordering="status")
    def shown_status(self, product: Product) -> tuple[str, str]:
        return product.status, product.get_status_display()

    @display(description=gettext_lazy("price"), ordering="min_price_minor")
    def price(self, product: Product) -> str:
        lowest = shown(product.min_price_minor, product.currency)
        if product.min_price_minor == product.max_price_minor:
            return lowest
        return _("from %(price)s") % {"price": lowest}

    @display(description=gettext_lazy("published at"))
    def published(self, product: Product) -> datetime | str | None:
        """In UTC where the calendar ends in the reader's time zone: of old, scripts could set such a moment."""
        moment = product.published_at
        try:
            return timezone.localtime(moment) if moment else None
        except OverflowError:
            return f"{moment:%Y-%m-%d %H:%M} UTC"

    def has_archive_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(self.codes["archive"]))  # type: ignore[union-attr]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        product = self.get_object(request, str(object_id))
        hidden = "archive" if product and product.status == Product.Status.ARCHIVED else "restore"
        return [
            e for e in super().get_actions_detail(request, object_id) if not e.action_name.endswith(hidden)
        ]

    @action(description=gettext_lazy("Archive"), url_path="archive", permissions=["archive"], icon="archive")
    def archive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(product: Product) -> None:
            with self.shop_of(request, product):
                archive_product(product=product)

        return self.confirm(
            request,
            object_id,
            title=_("Archive %(name)s?"),
            text=_(
                "It leaves the shop and the lists now. Nothing is deleted, and its vendor can restore it."
            ),
            verb=_("Archive the product"),
            act=act,
            done=_("%(name)s is archived."),
            danger=True,
            log=_("Archived."),
        )

    @action(
        description=gettext_lazy("Restore"), url_path="restore", permissions=["archive"], icon="unarchive"
    )
    def restore(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def act(product: Product) -> None:
            with self.shop_of(request, product):
                restore_product(product=product)

        return self.confirm(
            request,
            object_id,
            title=_("Restore %(name)s?"),
            text=_("It comes back as a draft, for its vendor to look over before shoppers see it."),
            verb=_("Restore the product"),
            act=act,
            done=_("%(name)s is a draft again."),
            log=_("Restored."),
        )


class CategoryTextInline(ShownInline):
    model = CategoryTranslation
    fields = ("language", "name", "description")
    verbose_name_plural = gettext_lazy("Texts")


@admin.register(Category, site=platform_site)
class CategoryAdmin(OwnedAdmin):
    """The shelves of every vendor's shop."""

    menu_section, menu_icon, menu_order = CATALOG, "folder-tree", 52
    list_display = ("name", "vendor", "is_visible", "position")
    list_filter = (VendorFilter, "is_visible")
    search_fields = ("slug", "translations__name")
    fields = ("name", "vendor", "slug", "parent", "position", "is_visible", "updated_at")
    readonly_fields = fields
    inlines = (CategoryTextInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).prefetch_related("translations")

    @display(description=gettext_lazy("category"))
    def name(self, category: Category) -> str:
        return text_of(category.translations, "name", category.slug)


@admin.register(VatRate, site=platform_site)
class VatRateAdmin(SiteModelAdmin):
    """The platform's VAT rates. A new one ends the one before it; none is changed afterwards."""

    offers = frozenset({"view", "add"})
    menu_section, menu_icon, menu_order = CATALOG, "percent", 54
    list_display = ("country", "tax_category", "percent", "valid_from", "valid_to")
    list_filter = ("country", "tax_category")
    ordering = ("country", "tax_category", "-valid_from")
    fields = ("country", "tax_category", "percent", "valid_from", "valid_to")

    def create(self, request: SiteRequest, form: Any) -> VatRate:
        return set_vat_rate(**form.cleaned_data)


@platform_home.register
def products_at_a_glance(request: SiteRequest) -> Sequence[Tile | Panel]:
    """How many products the platform's shops show."""
    counts = Product.objects.aggregate(
        active=Count("pk", filter=Q(status=Product.Status.ACTIVE)),
        draft=Count("pk", filter=Q(status=Product.Status.DRAFT)),
    )
    href = f"{platform_site.address(Product)}?status__exact=active"
    hint = _("on sale, %(draft)d drafts") % counts
    return [Tile(_("Products"), counts["active"], hint, href, icon="package", order=25)]
