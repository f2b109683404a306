"""The team's content pages: the shop's own, and the platform's behind them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modules.cms import selectors, services
from modules.cms.dashboard.forms import PageForm, TextForm
from modules.cms.exceptions import PageChanged, PageExists
from modules.cms.models import Page
from modules.cms.placeholders import PLACEHOLDERS
from modules.cms.services import PageWords
from platform_core.exceptions import DomainError
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy, policies, policy
from platform_core.languages import best_text
from platform_core.tenancy.links import origin_of
from platform_core.tenancy.requests import VendorRequest

MAX_VERSION_DIGITS = 9


@policy(Audience.VENDOR, "cms.view_page")
@require_safe
def page_list(request: VendorRequest) -> HttpResponse:
    """Every address the shop has a page at."""
    rows = selectors.page_rows(request.LANGUAGE_CODE, request.vendor.default_language)
    return render(request, "cms/dashboard/page_list.html", {"rows": rows})


def _own_page(slug: str) -> Page:
    return get_object_or_404(selectors.vendor_pages(), slug=slug.replace("\0", ""))


def _words_of(page: Any) -> dict[str, PageWords]:
    return {
        text.language: PageWords(title=text.title, body_html=text.body_html)
        for text in page.translations.all()
    }


def _languages(request: VendorRequest) -> list[str]:
    """The shop's languages, its own first."""
    default = request.vendor.default_language
    return [default, *(code for code in request.vendor.languages if code != default)]


def _text_forms(request: VendorRequest, words: dict[str, PageWords], data: Any) -> list[TextForm]:
    return [TextForm(data, language=code, words=words.get(code)) for code in _languages(request)]


@policy(Audience.VENDOR, "cms.add_page")
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: VendorRequest) -> HttpResponse:
    """A page of the shop's own, unpublished at first."""
    return _editor(request, None)


@policies(GET=Policy(Audience.VENDOR, "cms.view_page"), POST=Policy(Audience.VENDOR, "cms.change_page"))
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: VendorRequest, slug: str) -> HttpResponse:
    """A page of the shop: its words in every language, as typed and as shown."""
    return _editor(request, _own_page(slug))


def _editor(request: VendorRequest, page: Page | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    words = _words_of(page) if page else {}
    form, texts = PageForm(data, page=page), _text_forms(request, words, data)
    status = 200
    wants_preview = data is not None and "preview" in data
    if data is not None and not wants_preview:
        status = 422
        valid = [each.is_valid() for each in (form, *texts)]
        if all(valid):
            try:
                return _save(request, page, form, texts)
            except PageChanged as error:
                # The next save goes on from the version that was found, with both texts in view.
                form.add_error(None, error.message)
            except DomainError as error:
                form.add_error(None, error.message)
    return _editor_page(
        request, page, form, texts, status, has_conflict=bool(form.errors) and _is_stale(data, page)
    )


def _is_stale(data: Any, page: Page | None) -> bool:
    return page is not None and data is not None and _version(data) != page.version


def _version(data: Any) -> int | None:
    text = data.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_VERSION_DIGITS else None


def _save(request: VendorRequest, page: Page | None, form: PageForm, texts: list[TextForm]) -> HttpResponse:
    facts = dict(form.cleaned_data)
    slug = page.slug if page else facts.pop("slug")
    if page is None and selectors.vendor_pages().filter(slug=slug).exists():
        raise PageExists(slug=slug)
    saved = services.save_page(
        slug=slug,
        translations={text.language: text.words for text in texts},
        expected_version=_version(request.POST) if page else 0,
        **facts,
    )
    messages.success(request, _("The page is saved."))
    if saved.unknown_placeholders:
        names = ", ".join(f"{{{name}}}" for name in saved.unknown_placeholders)
        messages.warning(
            request,
            ngettext(
                "Nothing fills in %(names)s: it will stand in the page as it is.",
                "Nothing fills in %(names)s: they will stand in the page as they are.",
                len(saved.unknown_placeholders),
            )
            % {"names": names},
        )
    return redirect("dashboard:cms:edit", slug=slug)


def _editor_page(
    request: VendorRequest,
    page: Page | None,
    form: PageForm,
    texts: list[TextForm],
    status: int,
    *,
    has_conflict: bool,
) -> HttpResponse:
    values = selectors.placeholder_values(request.LANGUAGE_CODE)
    titles = {text.language: text["title"].value() or "" for text in texts}
    found = best_text(titles, request.LANGUAGE_CODE, request.vendor.default_language)
    context = {
        "page": page,
        "form": form,
        "texts": [{"form": text, "preview": text.preview(values)} for text in texts],
        "formsets": [TextForms(texts)],
        "title": found[1] if found else (page.slug if page else _("New page")),
        "placeholders": [(f"{{{name}}}", values.get(name, "")) for name in PLACEHOLDERS],
        "has_conflict": has_conflict,
        "has_errors": status == 422,
        "public_url": _public_url(request, page.slug) if page and page.is_published else "",
        "has_default": bool(page) and selectors.default_pages().filter(slug=page.slug).exists()
        if page
        else False,
    }
    return render(request, "cms/dashboard/page_edit.html", context, status=status)


class TextForms:
    """The forms of all languages as the error summary reads a formset."""

    is_bound = True

    def __init__(self, forms: list[TextForm]) -> None:
        self.forms = forms

    def non_form_errors(self) -> list[str]:
        return []


def _public_url(request: VendorRequest, slug: str) -> str:
    return f"{origin_of(request, request.vendor.canonical_host)}/pages/{slug}/"


@policies(GET=Policy(Audience.VENDOR, "cms.view_page"), POST=Policy(Audience.VENDOR, "cms.add_page"))
@require_http_methods(["GET", "HEAD", "POST"])
def default(request: VendorRequest, slug: str) -> HttpResponse:
    """The platform's page, to read; posting copies it into a page of the shop's own, to be changed."""
    found = selectors.default_pages().filter(slug=slug.replace("\0", "")).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            services.override_default_page(slug=found.slug)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(
                request, _("This is your own copy. Shoppers see the platform's page until you publish yours.")
            )
        return redirect("dashboard:cms:edit", slug=found.slug)
    words = _words_of(found)
    values = selectors.placeholder_values(request.LANGUAGE_CODE)
    texts = [
        {
            "form": TextForm(language=code, words=words[code]),
            "title": words[code]["title"],
            "preview": selectors.shown_html(words[code]["body_html"], values),
        }
        for code in _languages(request)
        if code in words
    ]
    titles = {code: text["title"] for code, text in words.items()}
    best = best_text(titles, request.LANGUAGE_CODE, request.vendor.default_language)
    context = {
        "page": found,
        "title": best[1] if best else found.slug,
        "texts": texts,
        "has_own": selectors.vendor_pages().filter(slug=found.slug).exists(),
        "public_url": _public_url(request, found.slug),
    }
    return render(request, "cms/dashboard/page_default.html", context)


@policy(Audience.VENDOR, "cms.change_page")
@require_POST
def publish(request: VendorRequest, slug: str) -> HttpResponse:
    try:
        services.publish_page(page=_own_page(slug))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The page is published: shoppers see it now."))
    return redirect("dashboard:cms:edit", slug=slug)


@policy(Audience.VENDOR, "cms.change_page")
@require_POST
def unpublish(request: VendorRequest, slug: str) -> HttpResponse:
    services.unpublish_page(page=_own_page(slug))
    messages.success(request, _("The page is a draft again: shoppers do not see it."))
    return redirect("dashboard:cms:edit", slug=slug)


@policy(Audience.VENDOR, "cms.delete_page")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: VendorRequest, slug: str) -> HttpResponse:
    """GET asks, POST removes."""
    page = _own_page(slug)
    if request.method == "POST":
        services.delete_page(page=page)
        messages.success(request, _("The page is removed."))
        return redirect("dashboard:cms:list")
    has_default = selectors.default_pages().filter(slug=page.slug).exists()
    return render(request, "cms/dashboard/page_delete.html", {"page": page, "has_default": has_default})
