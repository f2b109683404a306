"""Makes a row of any vendor-owned model from what the model says of its fields, with a mark in every text.

Proofs that hold for every table need rows of every table, those of modules yet to come included. A model that
this cannot guess registers a maker in `tests/isolation/samples.py`.
"""

from __future__ import annotations

import datetime
import itertools
import secrets
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from platform_core.tenancy.checks import vendor_owned_models
from platform_core.tenancy.fields import VendorForeignKey, VendorIdField
from platform_core.tenancy.migrations import vendor_keys
from platform_core.tenancy.owned import VendorOwned

_numbers = itertools.count(1)
Maker = Callable[[str], VendorOwned]
# "app_label.Model" -> how to make one row in the vendor's context; the argument is the mark for its texts.
MAKERS: dict[str, Maker] = {}


def new_mark(owner: str) -> str:
    """A word that occurs nowhere else: letters and digits only, so that slugs and SKUs can carry it."""
    return f"zq{owner}{secrets.token_hex(5)}"


def linked_models() -> list[type[VendorOwned]]:
    """Every vendor-owned model, each after those it must link to."""
    ordered: list[type[VendorOwned]] = []

    def place(model: type[VendorOwned], above: tuple[Any, ...] = ()) -> None:
        if model in ordered or model in above:
            return
        for link in required_links(model):
            place(link.remote_field.model, (*above, model))
        ordered.append(model)

    for model in vendor_owned_models():
        place(model)
    return ordered


def required_links(model: type[models.Model]) -> list[models.ForeignKey]:
    return [field for field in vendor_keys(model) if not field.null]  # type: ignore[misc]


def make_row(model: type[VendorOwned], mark: str) -> VendorOwned:
    """A row of the context's vendor, every text of it with `mark`, and the rows it must link to."""
    maker = MAKERS.get(model._meta.label)
    if maker is not None:
        return maker(mark)
    row = model()
    for field in model._meta.concrete_fields:
        if field.primary_key or isinstance(field, VendorIdField):
            continue
        if isinstance(field, VendorForeignKey):
            if not field.null:
                setattr(row, field.attname, latest_or_new(field.remote_field.model, mark).pk)
        elif isinstance(field, models.ForeignKey):
            if not field.null:
                setattr(row, field.attname, _first_of(field.remote_field.model).pk)
        elif _is_text(field) or not (field.has_default() or field.null):
            setattr(row, field.attname, _value(field, mark))
    try:
        row.save(force_insert=True)
    except Exception as error:
        raise AssertionError(
            f"No row of {model._meta.label} can be guessed ({error}). Register a maker for it in MAKERS"
            " in tests/isolation/samples.py."
        ) from error
    return row


def make_rows(mark: str) -> dict[type[VendorOwned], VendorOwned]:
    """One row of every vendor-owned model for the context's vendor."""
    return {model: make_row(model, mark) for model in linked_models()}


def latest_or_new(model: type[VendorOwned], mark: str) -> models.Model:
    """A row to link to."""
    return model._base_manager.order_by("-pk").first() or make_row(model, mark)


def _first_of(model: type[models.Model]) -> models.Model:
    row = model._base_manager.order_by("pk").first()
    assert row is not None, f"There is no {model._meta.label} to link to."
    return row


def _is_text(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.CharField | models.TextField) and not field.choices


def _candidates(mark: str) -> Iterator[str]:
    number = next(_numbers)
    yield f"{mark}{number}"
    yield f"{mark}{number}@example.test"
    yield f"https://example.test/{mark}{number}"
    yield f"{number % 10_000:04}"
    yield from ("EUR", "LU", "en")


def _value(field: models.Field[Any, Any], mark: str) -> Any:
    """A value that the field's own validators accept."""
    if field.choices:
        return field.get_default() or field.flatchoices[0][0]
    match field:
        case models.FileField():
            return f"{mark}.webp"
        case models.CharField() | models.TextField():
            for text in _candidates(mark):
                if field.max_length is None or len(text) <= field.max_length:
                    try:
                        field.run_validators(text)
                    except ValidationError:
                        continue
                    return text
            raise AssertionError(f"{field} takes no word that can be guessed.")
        case models.BooleanField():
            return False
        case models.JSONField():
            return {"en": mark}
        case ArrayField():
            return []
        case models.DateTimeField():
            return datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
        case models.DateField():
            return datetime.date(2026, 1, 2)
        case models.DecimalField():
            return Decimal(next(_numbers))
        case models.UUIDField():
            return field.get_default()
        case _:
            return next(_numbers)
