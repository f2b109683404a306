"""JSON of a shop's customers. Nothing of it is written: an account is its customer's affair."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from platform_core.api.serializers import MomentField
from platform_core.languages import LANGUAGE_CHOICES


class AddressSerializer(serializers.Serializer[Any]):
    """An address that a customer has saved."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField(help_text="Two letters, ISO 3166.")
    is_default = serializers.BooleanField(help_text="Whether it is used first.")


class CustomerSummarySerializer(serializers.Serializer[Any]):
    """A customer in a list."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    email_confirmed_at = MomentField(allow_null=True)
    full_name = serializers.CharField()
    language = serializers.ChoiceField(choices=LANGUAGE_CHOICES)
    is_active = serializers.BooleanField(help_text="False once the account is closed.")
    created_at = MomentField()


class CustomerSerializer(CustomerSummarySerializer):
    """A customer with the account's addresses, the one used first at the top."""

    last_login = MomentField(allow_null=True)
    addresses = AddressSerializer(source="addresses.all", many=True)
