"""Settings, for the portal vendor."""

from __future__ import annotations

from django.urls import path

from modules.core.api import vendor_views

vendor_urlpatterns = [
    path("settings/", vendor_views.AllSettings.as_view(), name="settings"),
    path("settings/<slug:code>/", vendor_views.OneModulesSettings.as_view(), name="settings-of-module"),
    path("settings/<slug:code>/changes/", vendor_views.SettingsChanges.as_view(), name="settings-changes"),
]
