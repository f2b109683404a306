"""A shop's settings for its team's scripts."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from modules.core import selectors, services
from modules.core.api.serializers import (
    ChangeVendorSettingsSerializer,
    VendorSettingsChangeSerializer,
    VendorSettingsListSerializer,
    VendorSettingsSerializer,
    json_of,
)
from modules.core.models import SettingsChange
from platform_core.api.preconditions import answer_with_etag, etag_of_data, require_match
from platform_core.api.views import ApiView, ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.models import User
from platform_core.identity.policy import Policy

CHANGE = Policy(Audience.VENDOR, "core.change_settings")


class AllSettings(ApiView):
    """The settings of every module, with whose value counts"""

    policy = CHANGE

    @extend_schema(operation_id="vendor_settings_list", responses={200: VendorSettingsListSerializer})
    def get(self, request: Request) -> Response:
        return Response({"data": [json_of(module) for module in selectors.all_settings()]})


class OneModulesSettings(ResourceView):
    """The settings of one module, with whose value counts"""

    policy = CHANGE
    serializer_class = VendorSettingsSerializer

    @extend_schema(responses={200: VendorSettingsSerializer})
    def get(self, request: Request, code: str) -> Response:
        return self._answer(request, code)

    @extend_schema(request=ChangeVendorSettingsSerializer, responses={200: VendorSettingsSerializer})
    def patch(self, request: Request, code: str) -> Response:
        """Take values of the shop's own, and inherit others again

        What is the shop's own has to be valid afterwards. Needs `If-Match`.
        """
        before = selectors.settings_of(code)
        require_match(request, etag_of_data(json_of(before)))
        wishes = self.read(ChangeVendorSettingsSerializer)
        services.change_vendor_settings(
            code=code,
            wanted=wishes["settings"],
            reset=wishes["reset"],
            # Nobody else has saved between this look and the change.
            expected_version=before.version,
            user=cast(User, request.user),
            source=SettingsChange.Source.API,
        )
        return self._answer(request, code)

    @staticmethod
    def _answer(request: Request, code: str) -> Response:
        data = json_of(selectors.settings_of(code))
        return answer_with_etag(request, data, etag_of_data(data))


class SettingsChanges(ListView):
    """What was changed of the settings of one module, latest first"""

    policy = CHANGE
    serializer_class = VendorSettingsChangeSerializer
    queryset = SettingsChange.objects.none()

    def get_queryset(self) -> QuerySet[SettingsChange]:
        module = selectors.settable_module(self.kwargs["code"])
        return selectors.settings_changes(code=module.code)
