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
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.api.errors import StaleVersion
from platform_core.api.preconditions import answer_with_etag
from platform_core.api.serializers import MomentField, StrictSerializer
from platform_core.api.views import ApiView, ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.people import people_behind
from platform_core.identity.policy import Policy
from platform_core.identity.principals import Principal
from platform_core.modules.config import json_schema, shown_values
from platform_core.modules.exceptions import StaleVersion as StaleModules
from platform_core.modules.journal import MAX_REASON_LENGTH
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


class ModuleSerializer(StrictSerializer):
    """A module on this platform."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    version = serializers.CharField(help_text="Of the module, by semantic versioning.")
    tier = serializers.ChoiceField(("core", "optional", "internal"))
    is_enabled = serializers.BooleanField()
    cause = serializers.CharField(
        help_text="Why it stands so: core, default, direct, dependency-of:<code>, waited-for:<code>, auto, or of one "
        "that was asked for and is off: conflict-with:<code>, or waiting: it comes on with what it requires."
    )
    requires = serializers.ListField(child=serializers.CharField())
    required_by = serializers.ListField(
        child=serializers.CharField(), help_text="Modules that go off with it, however far."
    )
    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text="Modules that it cannot be on together with."
    )
    auto_enable_with = serializers.ListField(
        child=serializers.CharField(), help_text="It comes on by itself where all of these are on."
    )
    needs_attention = serializers.DictField(
        child=serializers.CharField(), help_text="What is wrong with its settings, by name, where it is on."
    )
    enabled_at = MomentField(allow_null=True)
    disabled_at = MomentField(allow_null=True)


class UnusableSerializer(StrictSerializer):
    """A module of the installation that cannot be used."""

    code = serializers.CharField()
    reason = serializers.CharField(help_text="For the operator, in English.")


class ModuleListSerializer(StrictSerializer):
    data = ModuleSerializer(many=True)  # type: ignore[assignment]
    version = serializers.IntegerField(help_text="Counts every change of the platform's modules.")
    unusable = UnusableSerializer(many=True, help_text="Broken, or made for another version: off everywhere.")
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
    force = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Whatever stands against it. Needs a reason, and the permission `core.force_module`.",
    )


class StepSerializer(StrictSerializer):
    code = serializers.CharField()
    verb = serializers.ChoiceField(("enable", "disable"))
    cause = serializers.CharField(
        help_text="direct; dependency-of:<code>; auto; or waited-for:<code>, of one that was asked for before."
    )


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
    objections = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="With `force`: what stood against it, by module.",
    )


class SettingsSerializer(StrictSerializer):
    """A module's settings on this platform."""

    config = serializers.DictField(help_text="All of them but the secrets.")
    secrets = serializers.DictField(
        child=serializers.BooleanField(), help_text="By name, whether it is set. No value is ever told."
    )
    faults = serializers.DictField(
        child=serializers.CharField(),
        help_text="What is stored and no longer valid, where the default counts; and what is missing.",
    )
    schema = serializers.DictField(help_text="JSON Schema, draft 2020-12.")


class ChangeSettingsSerializer(ToggleSerializer):
    """Which settings to change; the others stay."""

    config = serializers.DictField(required=False, default=dict, help_text="New values by name.")
    reset = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        default=list,
        help_text="Names to have their defaults again.",
    )


class SettingsChangeSerializer(StrictSerializer):
    """What was changed, or with `dry_run` would be."""

    changed = serializers.ListField(child=serializers.CharField())
    before = serializers.DictField(help_text="By name, without secrets.")
    after = serializers.DictField(help_text="By name, without secrets.")
    version = serializers.IntegerField()
    is_dry_run = serializers.BooleanField()


class ModuleChangeSerializer(StrictSerializer):
    """What was done, or refused."""

    at = MomentField()
    action = serializers.ChoiceField(ModuleChange.Action.choices)
    cause = serializers.CharField(help_text="As in a plan: direct, or whose switch took it along.")
    by = serializers.CharField(help_text="A person; Operator; or where it came from: Command, System.")
    source = serializers.ChoiceField(ModuleChange.Source.choices)  # type: ignore[assignment]
    reason = serializers.CharField(help_text="As the person gave it.")
    details = serializers.DictField(
        help_text="`objections` that were passed over; names of `changed` settings; of a refusal its `code` and `message`."
    )
    version = serializers.IntegerField(help_text="Of the platform's modules, afterwards.")
    request_id = serializers.CharField(help_text="As in the log.")


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
