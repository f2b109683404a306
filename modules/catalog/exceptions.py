"""What can go wrong in the catalogue, by name."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError


class SlugTaken(DomainError):
    """Another product or category of the shop has this slug."""

    code = "slug_taken"
    default_message = _("The address “%(slug)s” is used already. Choose another one.")


class SkuTaken(DomainError):
    """A SKU is unique within its shop."""

    code = "sku_taken"
    default_message = _("The SKU “%(sku)s” is used by another variant. Choose another one.")


class VersionConflict(DomainError):
    """Somebody has saved the row since it was read. `params` hold both versions."""

    code = "version_conflict"
    status = 412
    default_message = _(
        "Somebody else has saved this product in the meantime: you began with version %(expected)s, it is now"
        " version %(current)s. Nothing was overwritten."
    )


class CategoryChanged(VersionConflict):
    """Somebody has saved the category since it was read."""

    default_message = _("Somebody else has saved this category in the meantime. Nothing was overwritten.")


class PlacesChanged(DomainError):
    """Somebody has moved categories since their places were read. `places` are the new ones by id."""

    code = "places_changed"
    default_message = _("Somebody else has moved categories in the meantime. Nothing was overwritten.")

    def __init__(self, places: Mapping[int, int]) -> None:
        super().__init__()
        self.places = places


class ProductIncomplete(DomainError):
    """An active product needs a title and a variant that can be bought."""

    code = "product_incomplete"
    status = 422
    default_message = _("An active product needs a title and at least one active variant with a price.")


class CurrencyChanged(DomainError):
    """The shop's first prices came in the currency that it had before."""

    code = "currency_changed"
    default_message = _(
        "The shop's currency has just changed to %(currency)s. Look the prices over, then save again."
    )


class InvalidCatalogData(DomainError):
    """A value is malformed. `params["field"]` names it."""

    code = "invalid"
    status = 422


class UnknownCategory(DomainError):
    """The shop has no category of this slug."""

    code = "unknown_category"
    status = 422
    default_message = _("There is no category “%(slug)s”. Choose one of the shop's categories.")


class CategoryTooDeep(DomainError):
    """Categories stand three levels deep at most, and never below themselves."""

    code = "category_too_deep"
    status = 422
    default_message = _("Categories can be three levels deep. Choose a parent further up.")


class ImageRefused(DomainError):
    """The file is no picture that a shop can show. The message says why and what to do."""

    code = "image_refused"
    status = 422


class RateOverlaps(DomainError):
    """Two VAT rates of one kind cannot be in force on the same day."""

    code = "vat_rate_overlaps"
    default_message = _(
        "There is a rate for %(country)s in this category that starts on %(valid_from)s or later. End it first."
    )
