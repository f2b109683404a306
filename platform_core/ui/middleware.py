"""The content security policy of each answer."""

from __future__ import annotations

from dataclasses import replace

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

from platform_core.ui.context_processors import theme_of_request
from platform_core.ui.csp import ADMIN_POLICY, ADMIN_PREFIXES


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's header, with the hash of the shop's theme on storefronts and the admin's policy there.

    The hash depends on the shop alone, so a page from a cache gets the same header as a fresh one.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if report_only:
            return parts
        if parts.config is None and request.path_info.startswith(ADMIN_PREFIXES):
            return replace(parts, config=ADMIN_POLICY)
        theme = theme_of_request(request)
        if theme is None:
            return parts
        update = dict(parts.update or {})
        update["style-src"] = [*update.get("style-src", ()), theme.style_hash]
        return replace(parts, update=update)
