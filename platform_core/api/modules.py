"""Modules by API: which ones a platform has on, and switching them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.http import parse_etags
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.api.errors import StaleVersion
from platform_core.api.module_serializers import (
    ChangeSettingsSerializer,
    ModuleChangeSerializer,
    ModuleListSerializer,
    ModuleSerializer,
    SettingsChangeSerializer,
    SettingsSerializer,
    SwitchOffSerializer,
    ToggleResultSerializer,
    ToggleSerializer,
)
from platform_core.api.preconditions import answer_with_etag
from platform_core.api.views import ApiView, ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.people import people_behind
from platform_core.identity.policy import Policy
from platform_core.identity.principals import Principal
from platform_core.modules.config import json_schema, shown_values
from platform_core.modules.exceptions import StaleVersion as StaleModules
from platform_core.modules.models import ModuleChange
from platform_core.modules.overview import module_changes, module_overview
from platform_core.modules.registry import registry
from platform_core.modules.service import (
    FORCE_MODULES,
    SEE_MODULES,
    SWITCH_MODULES,
    ToggleResult,
    module_service,
)
from platform_core.modules.state import UNKNOWN_VERSION, read_state
from platform_core.tenancy.context import PlatformRef
from platform_core.trouble import problem


def _etag(platform_id: int, version: int) -> str:
    """The names of modules are in the language of the answer, so the tag is of that language too."""
    return f'"modules-{platform_id}-{version}-{get_language()}"'


def _platform(request: Request) -> PlatformRef:
    return cast(PlatformRef, request._request.platform)  # type: ignore[attr-defined]


def _principal(request: Request) -> Principal:
    return cast(Principal, request._request.principal)  # type: ignore[attr-defined]


class ModuleList(ApiView):
    """The modules, and which of them are on here"""

    policy = Policy(Audience.STAFF, SEE_MODULES)

    @extend_schema(operation_id="modules_list", responses={200: ModuleListSerializer})
    def get(self, request: Request) -> Response:
        found = module_overview(_platform(request))
        data = {
            "data": found.modules,
            "version": found.version,
            "unusable": [{"code": unusable, "reason": reason} for unusable, reason in found.unusable],
            "missing": found.missing,
        }
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

    def switch(self, request: Request, toggle: Any, code: str) -> HttpResponseBase:
        """Do it, unless If-Match names another version of the platform's modules."""
        platform = _platform(request)
        wishes = self.read()
        if wishes.get("force") and not _principal(request).may(FORCE_MODULES):
            return problem(request._request, 403, "permission_denied", permission=FORCE_MODULES)
        with _version_named(request, platform.id) as expected:
            result: ToggleResult = toggle(
                platform,
                code,
                user=request.user,
                source=ModuleChange.Source.API,
                expected_version=expected,
                **wishes,
            )
        return answer_with_etag(
            request, ToggleResultSerializer(result).data, _etag(platform.id, result.version)
        )


@contextmanager
def _version_named(request: Request, platform_id: int) -> Iterator[int | None]:
    """The version to expect, for a change that raises where it is another one. Raises StaleVersion."""
    expected = _expected_version(request, platform_id)
    try:
        yield expected
    except StaleModules as error:
        if expected == UNKNOWN_VERSION:
            # There is no version to name.
            raise StaleVersion from error
        raise


def _expected_version(request: Request, platform_id: int) -> int | None:
    """The version that If-Match names, of several the present one if it is among them.

    UNKNOWN_VERSION for one that was never this platform's, or is none. The service refuses that one like any other
    that is not the present one, and leaves a row of it.
    """
    header = request.META.get("HTTP_IF_MATCH", "").strip()
    wanted = parse_etags(header)
    if not header or "*" in wanted:
        return None
    matches = (re.fullmatch(rf'"modules-{platform_id}-(\d{{1,18}})(?:-\w+)?"', etag) for etag in wanted)
    named = [int(match[1]) for match in matches if match]
    present = read_state(platform_id).version if len(named) > 1 else None
    return present if present in named else next(iter(named), UNKNOWN_VERSION)


class ModuleEnable(_Switch):
    """Switch a module on, with all that it requires"""

    @extend_schema(request=ToggleSerializer, responses={200: ToggleResultSerializer})
    def post(self, request: Request, code: str) -> HttpResponseBase:
        return self.switch(request, module_service.enable_module, code)


class ModuleDisable(_Switch):
    """Switch a module off, with all that requires it

    No data, settings or permissions are removed: switching it on again brings all back.
    """

    serializer_class = SwitchOffSerializer

    @extend_schema(request=SwitchOffSerializer, responses={200: ToggleResultSerializer})
    def post(self, request: Request, code: str) -> HttpResponseBase:
        return self.switch(request, module_service.disable_module, code)


class ModuleSettings(ResourceView):
    """A module's settings"""

    policy = Policy(Audience.STAFF, SEE_MODULES)
    serializer_class = SettingsSerializer

    @extend_schema(responses={200: SettingsSerializer})
    def get(self, request: Request, code: str) -> Response:
        platform = _platform(request)
        settings = module_service.get_module_settings(platform, code)
        definition = registry().definitions[code]
        config, secrets = shown_values(definition, settings)
        data = {
            "config": config,
            "secrets": secrets,
            "faults": settings.faults,
            "schema": json_schema(definition),
        }
        return answer_with_etag(
            request, SettingsSerializer(data).data, _etag(platform.id, read_state(platform.id).version)
        )

    @extend_schema(request=ChangeSettingsSerializer, responses={200: SettingsChangeSerializer})
    def patch(self, request: Request, code: str) -> HttpResponseBase:
        """Change some of a module's settings

        Whether it is on or not. All of them have to be valid afterwards.
        """
        if not _principal(request).may(SWITCH_MODULES):
            return problem(request._request, 403, "permission_denied", permission=SWITCH_MODULES)
        platform = _platform(request)
        wishes = self.read(ChangeSettingsSerializer)
        with _version_named(request, platform.id) as expected:
            change = module_service.set_module_config(
                platform,
                code,
                wishes["config"],
                reset=wishes["reset"],
                user=cast(User, request.user),
                reason=wishes["reason"],
                source=ModuleChange.Source.API,
                dry_run=wishes["dry_run"],
                expected_version=expected,
            )
        version = read_state(platform.id).version
        data = {
            "changed": change.names,
            "before": change.before,
            "after": change.after,
            "version": version,
            "is_dry_run": wishes["dry_run"],
        }
        return answer_with_etag(request, SettingsChangeSerializer(data).data, _etag(platform.id, version))


class ModuleAudit(ListView):
    """What was done and refused about a module here, latest first

    Also of one that is not installed any more.
    """

    policy = Policy(Audience.STAFF, SEE_MODULES)
    serializer_class = ModuleChangeSerializer
    queryset = ModuleChange.objects.none()

    def get_queryset(self) -> QuerySet[ModuleChange]:
        code = self.kwargs["code"]
        changes = module_changes(_platform(self.request), code)
        if code not in registry().definitions and not changes.exists():
            raise Http404
        return changes

    def write(self, instance: Any, *, many: bool = False) -> Any:
        people = people_behind(instance)
        for change in instance:
            change.by = people.get(change.user_id) or change.get_source_display()
        return super().write(instance, many=many)


urlpatterns = [
    path("", ModuleList.as_view(), name="list"),
    path("<slug:code>/", ModuleDetail.as_view(), name="detail"),
    path("<slug:code>/enable/", ModuleEnable.as_view(), name="enable"),
    path("<slug:code>/disable/", ModuleDisable.as_view(), name="disable"),
    path("<slug:code>/config/", ModuleSettings.as_view(), name="config"),
    path("<slug:code>/audit/", ModuleAudit.as_view(), name="audit"),
]
