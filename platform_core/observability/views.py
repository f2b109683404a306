"""The operators' routes: answered on every host, without tenant and session."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from platform_core.identity.middleware import has_operators_key
from platform_core.identity.policy import Audience, policy
from platform_core.observability import metrics
from platform_core.observability.health import UNHEALTHY, Report, health, readiness
from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import is_database_trouble

# This machine and the networks that no packet from outside can claim to come from.
NEIGHBOURS = tuple(
    ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


def _answer(request: SiteRequest, report: Report) -> HttpResponse:
    body = report.to_json(with_details=has_operators_key(request))
    return JsonResponse(body, status=503 if report.status == UNHEALTHY else 200)


@policy(Audience.PUBLIC)
@never_cache
@require_safe
def health_view(request: SiteRequest) -> HttpResponse:
    """Everything together: 200 while pages can be served, 503 otherwise."""
    return _answer(request, health())


@policy(Audience.PUBLIC)
@never_cache
@require_safe
def live_view(request: SiteRequest) -> HttpResponse:
    """200 as long as this process answers at all: asks nothing and nobody."""
    return JsonResponse({"status": "alive"})


@policy(Audience.PUBLIC)
@never_cache
@require_safe
def ready_view(request: SiteRequest) -> HttpResponse:
    """Whether to send requests here: 503 without PostgreSQL or with migrations missing."""
    return _answer(request, readiness())


@policy(Audience.KEY)
@never_cache
@require_safe
def tools_view(request: SiteRequest) -> HttpResponse:
    """The addresses of the tools around this installation, as the settings name them."""
    tools = [{"name": name, "url": url} for name, url in settings.OPERATOR_TOOLS.items() if url]
    return JsonResponse({"tools": tools})


@policy(Audience.KEY)
@never_cache
@require_safe
def metrics_view(request: SiteRequest) -> HttpResponse:
    """Prometheus' text format."""
    return HttpResponse(metrics.metrics_page(), content_type=metrics.CONTENT_TYPE)


def _is_neighbour(request: SiteRequest) -> bool:
    """Whether the caller sits on this machine or its private network and speaks for itself.

    A proxy that passes a visitor's request on says so in X-Forwarded-For; its own question carries none.
    """
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        # A unix socket has no address, and is on this machine.
        return not request.META.get("REMOTE_ADDR")
    return any(address in network for network in NEIGHBOURS)


@policy(Audience.PUBLIC)
@never_cache
@require_safe
def tls_ask_view(request: SiteRequest) -> HttpResponse:
    """The proxy's question before it fetches a certificate: 200 for a host that is served here, else 404."""
    domain = request.GET.get("domain", "")
    if not domain or len(domain) > 253 or "\0" in domain or not _is_neighbour(request):
        return HttpResponse(status=404)
    try:
        site = host_directory.find(domain)
    except Exception as error:
        if is_database_trouble(error):
            return HttpResponse(status=503)
        raise
    return HttpResponse(status=200 if site else 404)
