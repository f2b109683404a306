"""The content security policy of each answer."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from platform_core.ui.context_processors import theme_of_request
from platform_core.ui.csp import ADMIN_POLICY, ADMIN_PREFIXES


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's header, with the hash of the shop's theme on storefronts and the admin's policy there.

    The hash depends on the shop alone, so a page from a cache gets the same header as a fresh one.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or _has_its_own_policy(request, response):
            return super().process_response(request, response)
        theme = theme_of_request(request)
        policy = _usual_policy(_is_admin(request), theme.style_hash if theme else None)
        response.headers.setdefault(HEADER, policy)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if report_only:
            return parts
        theme = theme_of_request(request)
        return _with_place(parts, _is_admin(request), theme.style_hash if theme else None)


def _has_its_own_policy(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the view has used one of django-csp's decorators or a nonce."""
    return "_csp_nonce" in vars(request) or any(name.startswith("_csp_") for name in vars(response))


def _is_admin(request: HttpRequest) -> bool:
    return request.path_info.startswith(ADMIN_PREFIXES)


def _with_place(parts: PolicyParts, is_admin: bool, style_hash: str | None) -> PolicyParts:
    if is_admin and parts.config is None:
        return replace(parts, config=ADMIN_POLICY)
    if style_hash is None:
        return parts
    update: dict[str, Any] = dict(parts.update or {})
    update["style-src"] = [*update.get("style-src", ()), style_hash]
    return replace(parts, update=update)


@lru_cache(maxsize=1_000)
def _usual_policy(is_admin: bool, style_hash: str | None) -> str:
    """Put together once for each theme: doing it for each answer costs as much as finding the tenant."""
    return build_policy(**asdict(_with_place(PolicyParts(), is_admin, style_hash)))
