"""Customers, for the portal vendor."""

from __future__ import annotations

from django.urls import path

from modules.customers.api import vendor_views

vendor_urlpatterns = [
    path("customers/", vendor_views.Customers.as_view(), name="customers"),
    path("customers/<int:pk>/", vendor_views.CustomerDetail.as_view(), name="customer"),
]
