"""The last of the gates: what the plan of a shop lacks is refused, with the way to get it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platform_core.identity.policy import Policy
from platform_core.modules.definition import FeatureSpec
from platform_core.modules.features import Decision, FeatureNotInPlan, feature_gate
from platform_core.modules.registry import registry
from platform_core.tenancy.requests import SiteRequest
from platform_core.trouble import problem, wants_problem


def check_plan(request: SiteRequest, policy: Policy) -> HttpResponse | None:
    """None to go on, or the refusal where the plan lacks the route's feature. Staff go on, and are told."""
    if policy.feature is None:
        return None
    decision = feature_gate.check_here(policy.feature)
    if decision.allowed:
        return None
    if request.site_kind == "storefront" or policy.feature not in registry().features:
        raise Http404
    _module, spec = registry().features[policy.feature]
    refusal = FeatureNotInPlan(spec, decision)
    if request.principal is not None and request.principal.is_of_the_house:
        if not wants_problem(request):
            messages.warning(request, _("“%(name)s” is not in the plan.") % {"name": spec.name})
        return None
    if wants_problem(request):
        return problem(request, refusal.status, refusal.code, refusal.message, **refusal.members)
    return upgrade_page(request, spec, decision)


def upgrade_page(
    request: SiteRequest, spec: FeatureSpec, decision: Decision, *, status: int = 403
) -> HttpResponse:
    """What the plan of a shop lacks, and how to get it."""
    context = {"feature": spec, "decision": decision}
    return render(request, "dashboard/upgrade.html", context, status=status)
