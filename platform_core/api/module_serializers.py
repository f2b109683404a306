"""What the API tells of modules, and what it takes."""

from __future__ import annotations

from rest_framework import serializers

from platform_core.api.serializers import MomentField, StrictSerializer
from platform_core.modules.journal import MAX_REASON_LENGTH
from platform_core.modules.models import ModuleChange
from platform_core.modules.service import ToggleResult


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
    is_experimental = serializers.BooleanField(help_text="It works, and may still change.")
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
    data = serializers.SerializerMethodField()  # type: ignore[assignment]

    def get_data(self, result: ToggleResult) -> dict[str, dict[str, int]]:
        """With `dry_run`: what the modules keep on the platform, by module and in words. Nothing of it is deleted."""
        return {code: {str(what): count for what, count in counts} for code, counts in result.data.items()}


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
