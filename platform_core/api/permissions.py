"""Permissions of Django REST framework for what a view's policy cannot say."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from platform_core.modules.features import feature_gate


def needs_feature(code: str) -> type[BasePermission]:
    """A permission for a view's `get_permissions`: the plan has the feature, or platform staff ask.

    Raises FeatureNotInPlan. Where all of a route's requests need the feature, name it in the policy.
    """

    class NeedsFeature(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            principal = getattr(request._request, "principal", None)
            if principal is None or not principal.is_of_the_house:
                feature_gate.require_here(code)
            return True

    return NeedsFeature
