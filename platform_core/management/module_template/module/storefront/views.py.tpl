"""What shoppers see."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ${package} import selectors
from platform_core.identity.policy import Audience, policy
from platform_core.tenancy.pagecache import cached_page
from platform_core.tenancy.requests import VendorRequest


@policy(Audience.PUBLIC)
@require_safe
@cached_page
def ${model}_list(request: VendorRequest) -> HttpResponse:
    """What is published, newest first."""
    pages = Paginator(selectors.published_${models}(), selectors.page_size(request.platform))
    return render(request, "${label}/storefront/list.html", {"page": pages.get_page(request.GET.get("page"))})
