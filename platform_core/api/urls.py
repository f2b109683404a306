"""The API's own addresses, beside those of the modules."""

from __future__ import annotations

from django.urls import URLPattern, path

from platform_core.api import reference
from platform_core.api.auth import CustomerTokenView, LogoutView, MeView, RefreshView, UserTokenView

# Below /api/, on every site.
reference_urls = [
    path("schema/", reference.schema, name="api-schema"),
    path("docs/", reference.docs, name="api-docs"),
    path("v1/", reference.RootView.as_view(), name="api-root"),
]


def _auth_urls(token_view: URLPattern) -> list[URLPattern]:
    return [
        token_view,
        path("token/refresh/", RefreshView.as_view(), name="refresh"),
        path("logout/", LogoutView.as_view(), name="logout"),
        path("me/", MeView.as_view(), name="me"),
    ]


user_auth_urls = _auth_urls(path("token/", UserTokenView.as_view(), name="token"))
customer_auth_urls = _auth_urls(path("token/", CustomerTokenView.as_view(), name="token"))
