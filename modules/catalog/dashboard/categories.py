"""The team's pages of categories."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from modules.catalog.dashboard.forms import (
    Bundle,
    CategoryForm,
    CategoryTextForm,
    PlacesForm,
    category_choices,
    category_tree,
    ordered_languages,
    posted,
    require_one_heading,
    text_initial,
)
from modules.catalog.dashboard.merging import OPENED, Merge, Part, merge, snapshot, with_choices
from modules.catalog.exceptions import CategoryChanged, PlacesChanged
from modules.catalog.models import Category
from modules.catalog.selectors import counted_categories, vendor_categories
from modules.catalog.services import create_category, order_categories, update_category
from platform_core.exceptions import DomainError
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy, policies, policy
from platform_core.tenancy.requests import VendorRequest


class CategoryEditor:
    """A category's form with its texts in the languages of the shop."""

    def __init__(
        self, request: VendorRequest, category: Category | None = None, data: QueryDict | None = None
    ) -> None:
        self.category, self.data = category, data
        self.merge: Merge | None = None
        others = [
            c for c in vendor_categories(language=_language()) if category is None or c.pk != category.pk
        ]
        self.by_slug = {c.slug: c for c in others}
        initial: dict[str, Any] = {}
        texts: dict[str, dict[str, str]] = {}
        if category is not None:
            initial = {
                "parent": category.parent.slug if category.parent else "",
                "slug": category.slug,
                "position": category.position,
                "is_visible": category.is_visible,
                "version": category.version,
            }
            texts = text_initial(category.translations.all(), "name")
        self.main = CategoryForm(data, parents=category_choices(others), initial=initial)
        default = request.vendor.default_language
        self.texts = [
            CategoryTextForm(data, language=code, is_default=code == default, initial=texts.get(code, {}))
            for code in ordered_languages(request.vendor)
        ]
        require_one_heading(self.texts)

    @property
    def has_errors(self) -> bool:
        return any(form.is_bound and form.errors for form in (self.main, *self.texts))

    @property
    def formsets(self) -> list[Any]:
        return [Bundle(self.texts)]

    @property
    def parts(self) -> list[Part]:
        found = [Part("", self.main)]
        return found + [Part(f"text-{f.language}", f, f"{f.language_name}: ") for f in self.texts]

    @property
    def opened(self) -> str:
        """What the form was opened with, to be sent along."""
        if self.data is not None:
            return str(self.data.get(OPENED, ""))
        return snapshot(self.parts) if self.category is not None else ""

    def saved_fields(self) -> dict[str, Any]:
        """The fields of the stored category by the names they are posted under."""
        return {bound.html_name: bound for part in self.parts for _name, bound in part.fields}

    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in (self.main, *self.texts)]
        return all(valid)

    def save(self) -> Category:
        """Raises DomainError; `add_error` then tells where."""
        data = self.main.cleaned_data
        parent = self.by_slug.get(data["parent"])
        facts: dict[str, Any] = {
            "translations": {form.language: form.texts for form in self.texts},
            "position": data["position"],
            "is_visible": data["is_visible"],
            "parent": parent,
        }
        if self.category is None:
            return create_category(slug=data["slug"], **facts)
        return update_category(
            category=self.category,
            # A form that does not say its version is one that somebody may have overtaken.
            expected_version=data["version"] or 0,
            slug=data["slug"] or self.category.slug,
            moves_to_top=parent is None,
            **facts,
        )

    def add_error(self, error: DomainError) -> None:
        head, _dot, rest = str(error.params.get("field", "")).partition(".")
        if head in {"slug", "parent"}:
            self.main.add_error(head, error.message)
        elif head == "translations":
            language, _dot, name = rest.partition(".")
            form = next((f for f in self.texts if f.language == language), self.texts[0])
            form.add_error(name if name in form.fields else "name", error.message)
        else:
            self.main.add_error(None, error.message)


def _language() -> str:
    return get_language() or "en"


@policies(
    GET=Policy(Audience.VENDOR, "catalog.view_category"),
    POST=Policy(Audience.VENDOR, "catalog.change_category"),
)
@require_http_methods(["GET", "HEAD", "POST"])
def category_list(request: VendorRequest) -> HttpResponse:
    """All categories in tree order; posting places them."""
    categories = list(counted_categories(language=_language()))
    if request.method != "POST":
        return _list_page(request, categories, PlacesForm(categories=categories))
    form = PlacesForm(request.POST, categories=categories)
    if not form.is_valid():
        return _list_page(request, categories, form, status=422)
    try:
        moved = order_categories(positions=form.positions, seen=form.seen)
    except PlacesChanged as error:
        form.add_overtaken(error.places)
        return _list_page(request, list(counted_categories(language=_language())), form, status=409)
    messages.success(
        request,
        ngettext("%(count)d category has a new place.", "%(count)d categories have a new place.", moved)
        % {"count": moved},
    )
    return redirect("dashboard:catalog:categories")


def _list_page(
    request: VendorRequest, categories: list[Category], form: PlacesForm, *, status: int = 200
) -> HttpResponse:
    rows = [
        {
            "category": category,
            "depth": depth,
            "place": form[f"place-{category.pk}"] if category.pk in form.ids else None,
        }
        for category, depth in category_tree(categories)
    ]
    context = {"rows": rows, "form": form}
    return render(request, "catalog/dashboard/category_list.html", context, status=status)


@policy(Audience.VENDOR, "catalog.add_category")
@require_http_methods(["GET", "HEAD", "POST"])
def category_create(request: VendorRequest) -> HttpResponse:
    return _edit(request, None)


@policies(
    GET=Policy(Audience.VENDOR, "catalog.view_category"),
    POST=Policy(Audience.VENDOR, "catalog.change_category"),
)
@require_http_methods(["GET", "HEAD", "POST"])
def category_edit(request: VendorRequest, pk: int) -> HttpResponse:
    return _edit(request, _category(pk))


def _category(pk: int) -> Category:
    categories = Category.objects.select_related("parent").prefetch_related("translations")
    category = categories.filter(pk=pk).first()
    if category is None:
        raise Http404
    return category


def _edit(request: VendorRequest, category: Category | None) -> HttpResponse:
    stored = CategoryEditor(request, category)
    if request.method != "POST":
        return _page(request, stored)
    editor = CategoryEditor(request, category, with_choices(request.POST, stored.saved_fields()))
    if not editor.is_valid():
        return _page(request, editor, status=422)
    try:
        saved = editor.save()
    except CategoryChanged:
        assert category is not None
        return _page(request, _merged(request, editor, category.pk), status=409)
    except DomainError as error:
        editor.add_error(error)
        return _page(request, editor, status=422)
    name = next((form.texts["name"] for form in editor.texts if form.texts["name"]), saved.slug)
    messages.success(request, _("“%(title)s” is saved.") % {"title": name})
    return redirect("dashboard:catalog:categories")


def _merged(request: VendorRequest, editor: CategoryEditor, pk: int) -> CategoryEditor:
    """What was typed together with what somebody else has saved, to be looked over."""
    current = _category(pk)
    theirs = CategoryEditor(request, current)
    data = posted(request.POST, version=str(current.version))
    found = merge(data, editor.parts, theirs.parts)
    data[OPENED] = theirs.opened
    merged = CategoryEditor(request, current, data)
    merged.merge = found
    return merged


def _page(request: VendorRequest, editor: CategoryEditor, *, status: int = 200) -> HttpResponse:
    names = [form["name"].value() for form in editor.texts if form["name"].value()]
    context = {"editor": editor, "title": names[0] if editor.category and names else ""}
    return render(request, "catalog/dashboard/category_edit.html", context, status=status)
