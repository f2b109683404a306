"""Commands of the catalogue: every write, in one transaction. All run inside a vendor's context."""

from modules.catalog.services.categories import create_category, order_categories, update_category
from modules.catalog.services.images import (
    add_image,
    attach_image,
    remove_image,
    sweep_files,
    update_images,
)
from modules.catalog.services.products import (
    archive_product,
    create_product,
    restore_product,
    update_product,
)
from modules.catalog.services.variants import add_variant, update_variant
from modules.catalog.services.vat import set_vat_rate

__all__ = [
    "add_image",
    "add_variant",
    "archive_product",
    "attach_image",
    "create_category",
    "create_product",
    "order_categories",
    "remove_image",
    "restore_product",
    "set_vat_rate",
    "sweep_files",
    "update_category",
    "update_images",
    "update_product",
    "update_variant",
]
