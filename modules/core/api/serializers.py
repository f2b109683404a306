"""JSON of a shop's settings."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from modules.core.models import SettingsChange
from modules.core.selectors import ModuleSettings
from platform_core.api.serializers import MomentField, StrictModelSerializer, StrictSerializer
from platform_core.modules.vendor_config import Source

SOURCES = [str(source) for source in Source]


class SettingSerializer(StrictSerializer):
    """One setting."""

    value = serializers.JSONField(help_text="In force for the shop.")
    source = serializers.ChoiceField(SOURCES, help_text="Whose value it is.")  # type: ignore[assignment]
    inherited = serializers.JSONField(help_text="What counts without a value of the shop's own.")
    inherited_from = serializers.ChoiceField(SOURCES[1:], help_text="Whose that is.")


class VendorSettingsSerializer(StrictSerializer):
    """A module's settings that the shop may have of its own."""

    module = serializers.CharField()
    settings = serializers.DictField(child=SettingSerializer(), help_text="By name.")
    faults = serializers.DictField(
        child=serializers.CharField(),
        help_text="What is stored for the shop, no longer valid and therefore inherited.",
    )
    version = serializers.IntegerField(help_text="Counts the changes of the shop's own.")


class VendorSettingsListSerializer(StrictSerializer):
    data = VendorSettingsSerializer(many=True)  # type: ignore[assignment]


class ChangeVendorSettingsSerializer(StrictSerializer):
    """Which settings to change; the others stay."""

    settings = serializers.DictField(required=False, default=dict, help_text="Own values by name.")
    reset = serializers.ListField(
        child=serializers.CharField(), required=False, default=list, help_text="Names to inherit again."
    )


class VendorSettingsChangeSerializer(StrictModelSerializer):
    """A change, with the values before and after it and whose they were."""

    at = MomentField()

    class Meta:
        model = SettingsChange
        fields = ("at", "before", "after", "source", "version", "request_id")
        read_only_fields = fields


def json_of(module: ModuleSettings) -> Any:
    """The settings of one module as they are told."""
    facts = {
        "module": module.definition.code,
        "settings": module.in_force.shown(),
        "faults": module.in_force.faults,
        "version": module.version,
    }
    return VendorSettingsSerializer(facts).data
