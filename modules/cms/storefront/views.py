"""Content pages as shoppers read them."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from modules.cms import selectors
from platform_core.identity.policy import Audience, policy
from platform_core.storefront import page_meta
from platform_core.tenancy.pagecache import cached_page
from platform_core.tenancy.requests import VendorRequest


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def page(request: VendorRequest, slug: str) -> HttpResponse:
    found = selectors.page_for(slug, request.LANGUAGE_CODE, request.vendor.default_language)
    if found is None:
        raise Http404(_("The shop has no page at this address."))
    context = {
        "page": found,
        "meta": page_meta(request, found.title, selectors.plain_text(found.body_html)),
    }
    return render(request, "cms/storefront/page.html", context)
