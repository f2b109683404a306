"""JSON of what shops write."""

from __future__ import annotations

from ${package}.models import ${model_class}
from platform_core.api.serializers import StrictModelSerializer


class ${model_class}Serializer(StrictModelSerializer):
    """An entry, as it is read and as it is written."""

    class Meta:
        model = ${model_class}
        fields = ("id", "title", "body", "is_published", "created_at")


class Published${model_class}Serializer(StrictModelSerializer):
    """An entry as shoppers see it."""

    class Meta:
        model = ${model_class}
        fields = ("id", "title", "body", "created_at")
