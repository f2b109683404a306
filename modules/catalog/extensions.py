"""Questions of the catalogue that other modules may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from platform_core.extensions import ExtensionPoint

if TYPE_CHECKING:
    from modules.catalog.selectors import VariantDetail


@dataclass(frozen=True, slots=True)
class ProductAction:
    """What a visitor may do with a variant on its product's page: a template that is given `action`.

    The page is kept for everybody, so it may hold nothing of the visitor: no CSRF token either.
    """

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


# inventory answers: (variant ids) -> which of them can be bought now. Without an answer all of them can.
variants_in_stock: ExtensionPoint[[Sequence[int]], dict[int, bool]] = ExtensionPoint("variants_in_stock")
# orders answers: what stands below the price on a product's page, for the variant that is shown there.
product_actions: ExtensionPoint[[VariantDetail], ProductAction] = ExtensionPoint("product_actions")
