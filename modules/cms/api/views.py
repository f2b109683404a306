"""Content pages for scripts: a team's own, and what shoppers read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.cms import selectors, services
from modules.cms.api.serializers import (
    PageChanges,
    PageFields,
    PageLinksSerializer,
    PageSerializer,
    ShownPageSerializer,
)
from modules.cms.models import Page
from platform_core.api.preconditions import answer_with_etag, etag_of, etag_of_data, require_match
from platform_core.api.views import ApiView, ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.tenancy.context import current_context


def _team(permission: str) -> Policy:
    return Policy(Audience.VENDOR, permission)


class Pages(ListView):
    """The shop's own content pages

    Where it has none at an address, shoppers read the platform's.
    """

    policies: ClassVar[dict[str, Policy]] = {"GET": _team("cms.view_page"), "POST": _team("cms.add_page")}
    serializer_class = PageSerializer
    sort_fields: ClassVar[dict[str, str]] = {"position": "position", "slug": "slug"}

    def get_queryset(self) -> QuerySet[Page]:
        return selectors.vendor_pages().order_by("position", "id")

    @extend_schema(request=PageFields, responses={201: PageSerializer})
    def post(self, request: Request) -> Response:
        """Write a page. It is unpublished unless `is_published` says otherwise

        A published page needs a title and a text in some language.
        """
        saved = services.save_page(**self.read(PageFields), expected_version=0)
        response = _page_response(request, saved.page.pk, status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}{saved.page.pk}/")
        return response


def _page_response(request: Request, pk: int, *, status: int = 200) -> Response:
    page = selectors.vendor_pages().get(pk=pk)
    return answer_with_etag(request, PageSerializer(page).data, etag_of(page), status=status)


class PageDetail(ResourceView):
    """One page of the shop with its texts in all languages"""

    policies: ClassVar[dict[str, Policy]] = {
        "GET": _team("cms.view_page"),
        "PATCH": _team("cms.change_page"),
        "DELETE": _team("cms.delete_page"),
    }
    serializer_class = PageSerializer
    queryset = Page.objects.none()

    def get_queryset(self) -> QuerySet[Page]:
        return selectors.vendor_pages()

    def get(self, request: Request, pk: int) -> Response:
        return _page_response(request, self.get_object().pk)

    @extend_schema(request=PageChanges(partial=True), responses={200: PageSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given and leave the rest

        `translations` replaces the languages it names; an empty title takes a language away. With If-Match the
        change is refused when somebody else has changed the page since.
        """
        page = self.get_object()
        given: dict[str, Any] = {"translations": {}} | self.read(PageChanges, partial=True)
        require_match(request, etag_of(page), required=False)
        expected = page.version if request.headers.get("If-Match") else None
        services.save_page(slug=page.slug, expected_version=expected, **given)
        return _page_response(request, page.pk)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a page with its texts in all languages"""
        services.delete_page(page=self.get_object())
        return Response(status=204)


def _languages() -> dict[str, str]:
    vendor = current_context().vendor
    default = vendor.default_language if vendor else "en"
    return {"language": get_language() or default, "default_language": default}


class PublishedPages(ApiView):
    """The pages that shoppers can open, the shop's own and the platform's behind them"""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(operation_id="storefront_pages_list", responses={200: PageLinksSerializer})
    def get(self, request: Request) -> Response:
        links = selectors.published_pages(**_languages())
        return Response(PageLinksSerializer({"data": links}).data)


class PublishedPage(ApiView):
    """One page as shoppers read it"""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(responses={200: ShownPageSerializer})
    def get(self, request: Request, slug: str) -> Response:
        page = selectors.page_for(slug, **_languages())
        if page is None:
            raise Http404
        data = ShownPageSerializer(page).data
        return answer_with_etag(request, data, etag_of_data(data))
