"""The team's pages of products."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modules.catalog.dashboard.editor import ProductEditor
from modules.catalog.dashboard.forms import LANGUAGE_NAMES, whole_number
from modules.catalog.dashboard.lists import SIZES, CappedPaginator, ListState
from modules.catalog.dashboard.merging import with_choices
from modules.catalog.exceptions import VersionConflict
from modules.catalog.images import StoredImage
from modules.catalog.models import Product, ProductImage
from modules.catalog.selectors import product_for_editing, vendor_products
from modules.catalog.selectors.cards import picture_of
from modules.catalog.services import archive_product, restore_product
from platform_core.exceptions import DomainError
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy, policies, policy
from platform_core.languages import best_text
from platform_core.tenancy.links import origin_of
from platform_core.tenancy.requests import VendorRequest

SORTS = {"title": "title", "price": "min_price_minor", "updated": "updated_at"}
STATUSES = ("draft", "active", "archived", "all")
ADD_ROW = "add_variant"


def _language() -> str:
    return get_language() or "en"


@policy(Audience.VENDOR, "catalog.view_product")
@require_safe
def product_list(request: VendorRequest) -> HttpResponse:
    """Products by status and search, in pages; all of it in the address."""
    state = ListState.of(
        request,
        statuses=STATUSES,
        lacks=("picture", "weight", *request.vendor.languages),
        sorts=tuple(SORTS),
        sort="-updated",
    )
    rows = vendor_products(query=state.query, status=state.status, lacks=state.lacks, language=_language())
    page = state.page(_sorted(rows, state))
    items = [
        {"product": product, "picture": picture_of_row(product.cover, request.vendor.default_language)}
        for product in page.object_list
    ]
    is_filtered = bool(state.query or state.status or state.lacks)
    context = {
        "state": state,
        "page": page,
        "items": items,
        "sizes": SIZES,
        "tabs": _status_tabs(request, state),
        "lacks_name": LANGUAGE_NAMES.get(state.lacks, ""),
        "is_first_use": not items and not is_filtered and not Product.objects.exists(),
    }
    return render(request, "catalog/dashboard/product_list.html", context)


def _sorted(rows: QuerySet[Product], state: ListState) -> QuerySet[Product]:
    """The rows in the order that is asked for; where plain columns do, an index gives it."""
    key, is_down = state.sort.removeprefix("-"), state.sort.startswith("-")
    sign = "-" if is_down else ""
    if key == "title" and CappedPaginator(rows, state.size).is_capped:
        # Titles follow the reader's language and are in no index: of so many products, addresses must do.
        key = "slug"
    if key in {"updated", "slug"}:
        return rows.order_by(f"{sign}{SORTS.get(key, key)}", f"{sign}id")
    column = F(SORTS[key])
    order = column.desc(nulls_last=True) if is_down else column.asc(nulls_last=True)
    return rows.order_by(order, f"{sign}id")


def _status_tabs(request: VendorRequest, state: ListState) -> list[dict[str, Any]]:
    def address(status: str) -> str:
        query = request.GET.copy()
        for name in ("page", "status"):
            query.pop(name, None)
        if status:
            query["status"] = status
        return f"?{query.urlencode()}" if query else "?"

    labels = {
        "": _("Draft and active"),
        "active": _("Active"),
        "draft": _("Drafts"),
        "archived": _("Archived"),
        "all": _("All"),
    }
    return [
        {"label": label, "url": address(status), "is_current": status == state.status}
        for status, label in labels.items()
    ]


def picture_of_row(image: ProductImage | StoredImage | None, default_language: str) -> Any:
    """A stored picture as pages show it, or None."""
    if image is None:
        return None
    return picture_of(
        name=image.file.name if isinstance(image, ProductImage) else image.name,
        width=image.width,
        height=image.height,
        renditions=image.renditions,
        alt=image.alt if isinstance(image, ProductImage) else {},
        language=_language(),
        default_language=default_language,
    )


def _product(pk: int) -> Product:
    product = product_for_editing(pk=pk)
    if product is None:
        raise Http404
    return product


def title_of(product: Product, default_language: str) -> str:
    """The product's title for the person, or its address while it has none."""
    titles = {text.language: text.title for text in product.translations.all()}
    found = best_text(titles, _language(), default_language)
    return found[1] if found else product.slug


@policy(Audience.VENDOR, "catalog.add_product")
@require_http_methods(["GET", "HEAD", "POST"])
def product_create(request: VendorRequest) -> HttpResponse:
    """A new product with texts, variants, categories and pictures."""
    if request.method != "POST":
        return _page(request, ProductEditor(vendor=request.vendor, language=_language()))
    editor = ProductEditor(
        vendor=request.vendor, language=_language(), data=request.POST, files=request.FILES
    )
    return _submit(request, editor)


@policies(
    GET=Policy(Audience.VENDOR, "catalog.view_product"),
    POST=Policy(Audience.VENDOR, "catalog.change_product"),
)
@require_http_methods(["GET", "HEAD", "POST"])
def product_edit(request: VendorRequest, pk: int) -> HttpResponse:
    """A product's page. Where two people have changed the same, both values are shown to choose from."""
    product = _product(pk)
    stored = ProductEditor(vendor=request.vendor, language=_language(), product=product)
    if request.method != "POST":
        return _page(request, stored)
    editor = ProductEditor(
        vendor=request.vendor,
        language=_language(),
        product=product,
        data=with_choices(request.POST, stored.saved_fields(request.POST)),
        files=request.FILES,
    )
    return _submit(request, editor)


def _submit(request: VendorRequest, editor: ProductEditor) -> HttpResponse:
    # A form whose rows cannot be counted is refused like any other that is malformed.
    if ADD_ROW in request.POST and whole_number(request.POST.get("variant-TOTAL_FORMS", "")) is not None:
        editor.add_variant_row(request.POST, request.FILES)
        return _page(request, editor)
    if not editor.is_valid():
        editor.keep_pictures()
        return _page(request, editor, status=422)
    try:
        product = editor.save()
    except VersionConflict:
        assert editor.product is not None
        editor.keep_pictures()
        editor.merge_with(_product(editor.product.pk))
        return _page(request, editor, status=409)
    except DomainError as error:
        editor.add_error(error)
        editor.keep_pictures()
        return _page(request, editor, status=422)
    title = title_of(product, request.vendor.default_language)
    messages.success(request, _("“%(title)s” is saved.") % {"title": title})
    return redirect("dashboard:catalog:edit", pk=product.pk)


def _page(request: VendorRequest, editor: ProductEditor, *, status: int = 200) -> HttpResponse:
    product = editor.product
    default = request.vendor.default_language
    kept = [picture_of_row(image, default) for image in editor.kept]
    context: dict[str, Any] = {"editor": editor, "product": product, "kept": kept}
    if product is not None:
        context["title"] = title_of(product, default)
        context["pictures"] = [(form, picture_of_row(image, default)) for form, image in editor.image_rows]
        if product.is_published:
            origin = origin_of(request, request.vendor.canonical_host)
            context["product_url"] = f"{origin}/products/{product.slug}/"
    return render(request, "catalog/dashboard/product_edit.html", context, status=status)


@policy(Audience.VENDOR, "catalog.archive_product")
@require_http_methods(["GET", "HEAD", "POST"])
def product_archive(request: VendorRequest, pk: int) -> HttpResponse:
    """Ask, then take a product out of the shop."""
    product = _product(pk)
    title = title_of(product, request.vendor.default_language)
    if request.method != "POST":
        return render(request, "catalog/dashboard/product_archive.html", {"product": product, "title": title})
    archive_product(product=product)
    messages.success(
        request, _("“%(title)s” is archived. You can restore it at any time.") % {"title": title}
    )
    return redirect("dashboard:catalog:list")


@policy(Audience.VENDOR, "catalog.archive_product")
@require_http_methods(["GET", "HEAD", "POST"])
def product_restore(request: VendorRequest, pk: int) -> HttpResponse:
    """Ask, then bring an archived product back as a draft."""
    product = _product(pk)
    title = title_of(product, request.vendor.default_language)
    if request.method != "POST":
        return render(request, "catalog/dashboard/product_restore.html", {"product": product, "title": title})
    restore_product(product=product)
    messages.success(request, _("“%(title)s” is restored as a draft.") % {"title": title})
    return redirect("dashboard:catalog:edit", pk=product.pk)
