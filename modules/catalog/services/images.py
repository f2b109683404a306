"""Pictures of products."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from modules.catalog.images import (
    PreparedImage,
    StoredImage,
    delete_files_on_commit,
    discard_files,
    prepare_image,
    store_image,
)
from modules.catalog.models import Product, ProductImage
from modules.catalog.services.products import locked_product, touch_product
from modules.catalog.services.texts import clean_labels, invalid, line
from platform_core.tenancy.storage import tenant_prefix

logger = logging.getLogger(__name__)

MAX_IMAGES = 30
SWEEP_AFTER_SECONDS = 24 * 3600


def add_image(
    *,
    product: Product,
    file: IO[bytes] | PreparedImage | Any,
    alt: Mapping[str, str] | None = None,
    credit: str = "",
    trusted_svg: bool = False,
) -> ProductImage:
    """Add a picture to a product, behind those it has; the first one becomes the cover.

    The upload is decoded and encoded anew (see `prepare_image`) before the transaction begins. Raises
    ImageRefused, and InvalidCatalogData when the product has all the pictures it may have.
    """
    if not isinstance(file, PreparedImage):
        file = prepare_image(file, trusted_svg=trusted_svg)
    with transaction.atomic():
        return attach_image(product=product, stored=store_image(file), alt=alt, credit=credit)


@transaction.atomic
def attach_image(
    *, product: Product, stored: StoredImage, alt: Mapping[str, str] | None = None, credit: str = ""
) -> ProductImage:
    """Link a picture that is stored already to a product."""
    product = locked_product(product)
    images = ProductImage.objects.filter(product=product)
    if images.count() >= MAX_IMAGES:
        raise invalid("images", _("A product has at most %(limit)s images."), limit=MAX_IMAGES)
    last = images.aggregate(last=Max("position"))["last"]
    image = ProductImage.objects.create(
        product=product,
        file=stored.name,
        width=stored.width,
        height=stored.height,
        renditions=list(stored.renditions),
        alt=clean_labels(alt or {}, "alt", 300),
        credit=line(credit)[:200],
        position=0 if last is None else last + 1,
    )
    _choose_cover(product)
    touch_product(product)
    return image


@transaction.atomic
def update_images(
    *,
    product: Product,
    positions: Mapping[int, int] | None = None,
    alts: Mapping[int, Mapping[str, str]] | None = None,
) -> int:
    """Set positions and alternative texts of a product's pictures by their ids; returns how many changed.

    The picture that comes first is the cover. Ids of other products are passed over.
    """
    product = locked_product(product)
    changed = []
    for image in ProductImage.objects.filter(product=product):
        before = (image.position, image.alt)
        image.position = (positions or {}).get(image.pk, image.position)
        if alts is not None and image.pk in alts:
            image.alt = clean_labels(alts[image.pk], "alt", 300)
        if (image.position, image.alt) != before:
            changed.append(image)
    if changed:
        ProductImage.objects.bulk_update(changed, ["position", "alt"])
        _choose_cover(product)
        touch_product(product)
    return len(changed)


@transaction.atomic
def remove_image(*, image: ProductImage) -> None:
    """Take a picture off its product. Its files go when the transaction commits."""
    product = locked_product(image.product)
    delete_files_on_commit(image.file_names)
    product.cover = None
    Product.objects.filter(pk=product.pk, cover=image).update(cover=None)
    ProductImage.objects.filter(pk=image.pk).delete()
    _choose_cover(product)
    touch_product(product)


def _choose_cover(product: Product) -> None:
    first = ProductImage.objects.filter(product=product).order_by("position", "id").first()
    product.cover = first


def sweep_files() -> int:
    """Delete the context's vendor's picture files that no row names; returns how many went.

    Uploads that were never saved and writes cut off by a crash leave such files. Younger ones than a day
    are left alone: their form may still be open.
    """
    folder = Path(default_storage.path(f"{tenant_prefix()}products"))
    if not folder.is_dir():
        return 0
    root = Path(default_storage.path(""))
    oldest = time.time() - SWEEP_AFTER_SECONDS
    stale = {
        str(file.relative_to(root)): file
        for file in folder.rglob("*")
        if file.is_file() and file.stat().st_mtime < oldest
    }
    for image in ProductImage.objects.only("file", "renditions").iterator(chunk_size=2000):
        for name in image.file_names:
            stale.pop(name, None)
    discard_files(tuple(stale))
    if stale:
        logger.info("catalog_files_swept", extra={"count": len(stale)})
    return len(stale)
