"""Addresses of the API, for the portals vendor and storefront."""

from __future__ import annotations

from django.urls import path

from ${package}.api import views

vendor_urlpatterns = [
    path("${code}/", views.${model_class}List.as_view(), name="list"),
    path("${code}/<int:pk>/", views.${model_class}Detail.as_view(), name="detail"),
]

storefront_urlpatterns = [path("${code}/", views.Published${model_class}List.as_view(), name="list")]
