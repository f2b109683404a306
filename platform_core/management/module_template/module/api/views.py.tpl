"""What scripts of teams and of shops may ask."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ${package} import selectors, services
from ${package}.api.serializers import ${model_class}Serializer, Published${model_class}Serializer
from ${package}.models import ${model_class}
from platform_core.api.views import ListView, ResourceView
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy

VIEW = Policy(Audience.VENDOR, "${label}.view_${model}")
CHANGE = Policy(Audience.VENDOR, "${label}.change_${model}")


class ${model_class}List(ListView):
    """Everything the shop has written, newest first"""

    policies: ClassVar[dict[str, Policy]] = {"GET": VIEW, "POST": CHANGE}
    serializer_class = ${model_class}Serializer

    def get_queryset(self) -> QuerySet[${model_class}]:
        return selectors.all_${models}()

    @extend_schema(responses={201: ${model_class}Serializer})
    def post(self, request: Request) -> Response:
        """Write an entry"""
        ${model} = services.write_${model}(**self.read())
        return Response(self.write(${model}), status=201)


class ${model_class}Detail(ResourceView):
    """One entry"""

    policies: ClassVar[dict[str, Policy]] = {"GET": VIEW, "DELETE": CHANGE}
    serializer_class = ${model_class}Serializer
    queryset = ${model_class}.objects.none()

    def get_queryset(self) -> QuerySet[${model_class}]:
        return selectors.all_${models}()

    def get(self, request: Request, pk: int) -> Response:
        return Response(self.write(self.get_object()))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take an entry away for ever"""
        services.delete_${model}(${model}=self.get_object())
        return Response(status=204)


class Published${model_class}List(ListView):
    """What is published, newest first"""

    policy = Policy(Audience.PUBLIC)
    serializer_class = Published${model_class}Serializer

    def get_queryset(self) -> QuerySet[${model_class}]:
        return selectors.published_${models}()
