"""Strict serializers: a field nobody declared is an error, not something to overlook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from platform_core.api.errors import InvalidBody
from platform_core.money import from_json, from_minor, to_json, to_minor
from platform_core.tenancy.context import current_context


class MomentField(serializers.DateTimeField):
    """A moment as RFC 3339 in UTC, whatever time zone its reader lives in."""

    timezone = UTC


class StrictMixin:
    """Refuses fields that the serializer does not have and fields that only the server writes."""

    def to_internal_value(self, data: Any) -> Any:
        faults: dict[str, list[ErrorDetail]] = {}
        if isinstance(data, Mapping):
            for name in data:
                field = self.fields.get(name)  # type: ignore[attr-defined]
                if field is None:
                    faults[str(name)] = [ErrorDetail(str(_("There is no such field.")), "unknown_field")]
                elif field.read_only:
                    faults[str(name)] = [ErrorDetail(str(_("This field cannot be written.")), "read_only")]
        try:
            value = super().to_internal_value(data)  # type: ignore[misc]
        except serializers.ValidationError as error:
            if faults and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **faults}) from error
            raise
        if faults:
            raise serializers.ValidationError(faults)
        return value

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        valid = bool(super().is_valid(raise_exception=False))  # type: ignore[misc]
        if not valid and raise_exception:
            raise InvalidBody(self)  # type: ignore[arg-type]
        return valid


class StrictSerializer(StrictMixin, serializers.Serializer[Any]):
    """A serializer of plain values."""


class StrictModelSerializer(StrictMixin, serializers.ModelSerializer[Any]):
    """A serializer of a model. Writes go through a service: `save` is not for them."""

    serializer_field_mapping: ClassVar[Any] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: MomentField,
    }


_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,4})?\Z")


@extend_schema_field(
    {
        "type": "object",
        "required": ["amount", "currency"],
        "properties": {
            "amount": {"type": "string", "pattern": r"^-?[0-9]{1,13}(\.[0-9]{1,4})?$", "example": "59.97"},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "example": "EUR"},
        },
        "additionalProperties": False,
    }
)
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """`{"amount": "59.97", "currency": "EUR"}`, stored as minor units beside a currency.

    The serializer's field reads the minor units of `source`; the currency stands in the attribute `currency`
    of the same row, else it is the shop's. Validated data holds the minor units: the currency must be the
    shop's own.
    """

    default_error_messages: ClassVar[Any] = {
        "invalid": _('Write an amount as {{"amount": "12.50", "currency": "EUR"}}.'),
        "wrong_currency": _("This shop's currency is {currency}."),
        "min_value": _("This must be at least {min_value}."),
    }

    def __init__(self, *, currency: str = "currency", min_minor: int | None = None, **kwargs: Any) -> None:
        self.currency_attribute = currency
        self.min_value = min_minor
        super().__init__(**kwargs)

    def get_attribute(self, instance: Any) -> Any:
        minor = super().get_attribute(instance)
        if minor is None:
            return None
        if isinstance(instance, Mapping):
            currency = instance.get(self.currency_attribute)
        else:
            currency = getattr(instance, self.currency_attribute, None)
        return from_minor(minor, currency or self._shop_currency())

    def to_representation(self, value: Any) -> Any:
        return to_json(value)

    def to_internal_value(self, data: Any) -> int:
        if (
            not isinstance(data, Mapping)
            or set(data) != {"amount", "currency"}
            or not all(isinstance(part, str) for part in data.values())
            or not _AMOUNT.match(data["amount"])
        ):
            self.fail("invalid")
        shop_currency = self._shop_currency()
        if data["currency"] != shop_currency:
            self.fail("wrong_currency", currency=shop_currency)
        try:
            minor = to_minor(from_json({"amount": data["amount"], "currency": shop_currency}))
        except ValueError:
            self.fail("invalid")
        if self.min_value is not None and minor < self.min_value:
            least = to_json(from_minor(self.min_value, shop_currency))["amount"]
            self.fail("min_value", min_value=least)
        return minor

    @staticmethod
    def _shop_currency() -> str:
        vendor = current_context().vendor
        return vendor.currency if vendor else "EUR"


class AmountField(MoneyField):
    """A `Money` that is only read: it carries its own currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        return serializers.Field.get_attribute(self, instance)
