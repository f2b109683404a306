"""Content pages, for the portals vendor and storefront."""

from __future__ import annotations

from django.urls import path

from modules.cms.api import views

vendor_urlpatterns = [
    path("pages/", views.Pages.as_view(), name="pages"),
    path("pages/<int:pk>/", views.PageDetail.as_view(), name="page"),
]

storefront_urlpatterns = [
    path("pages/", views.PublishedPages.as_view(), name="pages"),
    path("pages/<slug:slug>/", views.PublishedPage.as_view(), name="page"),
]
