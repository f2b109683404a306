"""Modules by API: which ones a platform has on, and switching them."""

from __future__ import annotations

import re
from typing import Any, cast

from django.http import Http404
from django.urls import path
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.api.errors import StaleVersion
from platform_core.api.preconditions import answer_with_etag
from platform_core.api.serializers import MomentField, StrictSerializer
from platform_core.api.views import ApiView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.modules.models import ModuleChange
from platform_core.modules.overview import module_overview
from platform_core.modules.service import (
    MAX_REASON_LENGTH,
    SEE_MODULES,
    SWITCH_MODULES,
    ToggleResult,
    module_service,
)
from platform_core.tenancy.context import PlatformRef


class ModuleSerializer(StrictSerializer):
    """A module on this platform."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    version = serializers.CharField(help_text="Of the module, by semantic versioning.")
    tier = serializers.ChoiceField(("core", "optional", "internal"))
    is_enabled = serializers.BooleanField()
    cause = serializers.CharField(
        help_text="Why it stands so: core, default, direct, or dependency-of:<code>."
    )
    requires = serializers.ListField(child=serializers.CharField())
    required_by = serializers.ListField(
        child=serializers.CharField(), help_text="Modules that go off with it, however far."
    )
    enabled_at = MomentField(allow_null=True)
    disabled_at = MomentField(allow_null=True)


class ModuleListSerializer(StrictSerializer):
    data = ModuleSerializer(many=True)  # type: ignore[assignment]
    version = serializers.IntegerField(help_text="Counts every change of the platform's modules.")
    missing = serializers.ListField(
        child=serializers.CharField(),
        help_text="Modules that were on here once, and are not installed any more.",
    )


class ToggleSerializer(StrictSerializer):
    """How to switch."""

    reason = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=MAX_REASON_LENGTH, help_text="Written down."
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Only say what would be done; nothing is changed."
    )


class SwitchOffSerializer(ToggleSerializer):
    cascade = serializers.BooleanField(
        required=False,
        default=True,
        help_text="Also switch off what requires it; false refuses where something does.",
    )


class StepSerializer(StrictSerializer):
    code = serializers.CharField()
    verb = serializers.ChoiceField(("enable", "disable"))
    cause = serializers.CharField()


class ToggleResultSerializer(StrictSerializer):
    """What was done, or with `dry_run` would be."""

    changed = serializers.ListField(child=serializers.CharField(), help_text="In the order of the doing.")
    unchanged = serializers.ListField(child=serializers.CharField(), help_text="Already as wanted.")
    plan = StepSerializer(many=True)
    no_longer_needed = serializers.ListField(
        child=serializers.CharField(), help_text="Came on for others, are required by none, and stay on."
    )
    version = serializers.IntegerField()
    is_dry_run = serializers.BooleanField()


def _etag(platform_id: int, version: int) -> str:
    return f'"modules-{platform_id}-{version}"'


def _platform(request: Request) -> PlatformRef:
    return cast(PlatformRef, request._request.platform)  # type: ignore[attr-defined]


class ModuleList(ApiView):
    """The modules, and which of them are on here"""

    policy = Policy(Audience.STAFF, SEE_MODULES)

    @extend_schema(operation_id="modules_list", responses={200: ModuleListSerializer})
    def get(self, request: Request) -> Response:
        found = module_overview(_platform(request))
        data = {"data": found.modules, "version": found.version, "missing": found.missing}
        etag = _etag(_platform(request).id, found.version)
        return answer_with_etag(request, ModuleListSerializer(data).data, etag)


class ModuleDetail(ApiView):
    """One module"""

    policy = Policy(Audience.STAFF, SEE_MODULES)

    @extend_schema(responses={200: ModuleSerializer})
    def get(self, request: Request, code: str) -> Response:
        found = module_overview(_platform(request))
        status = found.module(code)
        if status is None:
            raise Http404
        etag = _etag(_platform(request).id, found.version)
        return answer_with_etag(request, ModuleSerializer(status).data, etag)


class _Switch(ResourceView):
    policy = Policy(Audience.STAFF, SWITCH_MODULES)
    serializer_class = ToggleSerializer

    def switch(self, request: Request, toggle: Any, code: str) -> Response:
        """Do it, unless If-Match names another version of the platform's modules."""
        platform = _platform(request)
        wishes = self.read()
        result: ToggleResult = toggle(
            platform,
            code,
            user=request.user,
            source=ModuleChange.Source.API,
            expected_version=_expected_version(request, platform.id),
            **wishes,
        )
        return answer_with_etag(
            request, ToggleResultSerializer(result).data, _etag(platform.id, result.version)
        )


def _expected_version(request: Request, platform_id: int) -> int | None:
    """The version that If-Match names. Raises StaleVersion for one that was never this platform's, or is none."""
    header = request.META.get("HTTP_IF_MATCH", "").strip()
    wanted = parse_etags(header)
    if not header or "*" in wanted:
        return None
    for etag in wanted:
        match = re.fullmatch(rf'"modules-{platform_id}-(\d{{1,18}})"', etag)
        if match:
            return int(match[1])
    raise StaleVersion


class ModuleEnable(_Switch):
    """Switch a module on, with all that it requires"""

    @extend_schema(request=ToggleSerializer, responses={200: ToggleResultSerializer})
    def post(self, request: Request, code: str) -> Response:
        return self.switch(request, module_service.enable_module, code)


class ModuleDisable(_Switch):
    """Switch a module off, with all that requires it

    No data, settings or permissions are removed: switching it on again brings all back.
    """

    serializer_class = SwitchOffSerializer

    @extend_schema(request=SwitchOffSerializer, responses={200: ToggleResultSerializer})
    def post(self, request: Request, code: str) -> Response:
        return self.switch(request, module_service.disable_module, code)


urlpatterns = [
    path("", ModuleList.as_view(), name="list"),
    path("<slug:code>/", ModuleDetail.as_view(), name="detail"),
    path("<slug:code>/enable/", ModuleEnable.as_view(), name="enable"),
    path("<slug:code>/disable/", ModuleDisable.as_view(), name="disable"),
]
