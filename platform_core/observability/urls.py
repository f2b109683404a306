"""Routes of config/urls/operations.py."""

from django.urls import path

from platform_core.observability import views

urlpatterns = [
    path("health", views.health_view, name="health"),
    path("health/", views.health_view),
    path("health/live", views.live_view, name="health-live"),
    path("health/live/", views.live_view),
    path("health/ready", views.ready_view, name="health-ready"),
    path("health/ready/", views.ready_view),
    path("health/tools", views.tools_view, name="health-tools"),
    path("health/tools/", views.tools_view),
    path("metrics", views.metrics_view, name="metrics"),
    path("metrics/", views.metrics_view),
    path("internal/tls-ask", views.tls_ask_view, name="tls-ask"),
    path("internal/tls-ask/", views.tls_ask_view),
]
