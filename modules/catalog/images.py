"""Pictures: uploads are decoded and encoded anew, so that no byte of a stranger's file is ever served.

What is kept are WebP renditions without metadata. Shots of a camera are turned upright and brought to sRGB
first, since both facts stand in the metadata that is dropped.
"""

from __future__ import annotations

import io
import re
import secrets
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps

from modules.catalog.exceptions import ImageRefused

WIDTHS = (320, 640, 1200)
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_MEGAPIXELS = 20
# WebP ends at 16,383 pixels a side.
MAX_SIDE = 16_000
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 80
SPEED = 4

TOO_LARGE = _("The file “%(name)s” is larger than 10 MB. Save the picture in a smaller size and try again.")
NO_PICTURE = _("“%(name)s” is no JPEG, PNG or WebP picture. Choose a file of one of these kinds.")
DRAWING = _(
    "“%(name)s” is an SVG drawing, which may carry programs. Export it as PNG and upload that file instead."
)
DAMAGED = _("“%(name)s” is damaged or incomplete. Open it on your computer, save it anew and try again.")
GONE = _("A picture that was kept for this form is not there any more. Choose it again.")
TOO_MANY_PIXELS = _(
    "“%(name)s” has more than 20 megapixels. Reduce it, for example to 2,400 pixels in width, and try again."
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """One file to be: pixels and bytes."""

    width: int
    height: int
    content: bytes


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture ready to be stored. `renditions` go from the smallest to the largest."""

    renditions: tuple[Encoded, ...]
    suffix: str = ".webp"

    @property
    def largest(self) -> Encoded:
        return self.renditions[-1]


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture in the storage, not yet linked to a product."""

    name: str
    width: int
    height: int
    renditions: tuple[dict[str, Any], ...]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys([self.name, *(item["name"] for item in self.renditions)]))


def prepare_image(file: IO[bytes] | Any, *, trusted_svg: bool = False) -> PreparedImage:
    """Decode an upload and encode its renditions: 320, 640 and 1200 pixels wide, never enlarged.

    Takes about 0.3 s of CPU for a photo of 12 megapixels, so call it outside of a transaction. `trusted_svg`
    lets a drawing of our own pass as it is. Raises ImageRefused for anything that is no JPEG, PNG or WebP of
    at most 10 MB and 20 megapixels.
    """
    name = _shown_name(file)
    if hasattr(file, "seek"):
        file.seek(0)
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ImageRefused(TOO_LARGE, name=name)
    if _is_svg(content):
        if not trusted_svg:
            raise ImageRefused(DRAWING, name=name)
        return PreparedImage((_drawing(content, name),), suffix=".svg")
    return PreparedImage(tuple(_renditions(_decoded(content, name))))


def _shown_name(file: Any) -> str:
    name = str(getattr(file, "name", "") or "picture").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in name if letter.isprintable())[:80]


def _is_svg(content: bytes) -> bool:
    return re.search(rb"<(?:[a-z]+:)?svg[\s>]", content[:4096], re.IGNORECASE) is not None


def _decoded(content: bytes, name: str) -> Image.Image:
    """Upright pixels in sRGB, RGB or RGBA."""
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageRefused(TOO_MANY_PIXELS, name=name) from error
    # A decoder meets hostile bytes with whatever exception it happens upon; all of them mean the same.
    except Exception as error:
        raise ImageRefused(NO_PICTURE, name=name) from error
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000 or max(width, height) > MAX_SIDE:
        raise ImageRefused(TOO_MANY_PIXELS, name=name)
    try:
        # A JPEG is decoded straight to about the size that is needed.
        image.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
        image.load()
        return _as_srgb(ImageOps.exif_transpose(image))
    except Exception as error:
        raise ImageRefused(DAMAGED, name=name) from error


def _as_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    transparent = image.has_transparency_data
    alpha = image.convert("RGBA").getchannel("A") if transparent else None
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            pixels = image.convert("RGB") if image.mode == "RGBA" else image
            converted = ImageCms.profileToProfile(
                pixels, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            image = converted or image
        # A broken profile costs its colours and not the picture.
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    image = image.convert("RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def _renditions(image: Image.Image) -> list[Encoded]:
    found = []
    for width in sorted({*(width for width in WIDTHS if width < image.width), min(image.width, WIDTHS[-1])}):
        height = max(1, round(image.height * width / image.width))
        smaller = (
            image
            if width == image.width
            else image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        )
        buffer = io.BytesIO()
        smaller.save(buffer, "WEBP", quality=QUALITY, method=SPEED, exif=b"", icc_profile=b"", xmp=b"")
        found.append(Encoded(width, height, buffer.getvalue()))
    return found


def _drawing(content: bytes, name: str) -> Encoded:
    """An SVG of our own, with its size. Scripts and foreign addresses are refused all the same."""
    try:
        if b"<!" in content.replace(b"<!--", b""):
            raise ValueError("A drawing needs no document type and no entities.")
        root = ElementTree.fromstring(content)
        tags = {str(element.tag).rpartition("}")[2].lower() for element in root.iter()}
        attributes = [
            (key.rpartition("}")[2].lower(), value) for e in root.iter() for key, value in e.items()
        ]
        left, top, width, height = (float(part) for part in root.attrib["viewBox"].split())
    except Exception as error:
        raise ImageRefused(DAMAGED, name=name) from error
    active = tags & {"script", "foreignobject", "iframe", "animate", "set"} or any(
        key.startswith("on") or (key == "href" and not value.startswith("#")) for key, value in attributes
    )
    if active or (left, top) != (0, 0) or width <= 0 or height <= 0:
        raise ImageRefused(DRAWING, name=name)
    return Encoded(round(width), round(height), content)


def store_image(prepared: PreparedImage) -> StoredImage:
    """Write a picture's files below the vendor's prefix, by names nobody can guess.

    Inside a transaction the files go again when it is rolled back.
    """
    token = secrets.token_hex(12)
    stem = f"products/{token[:2]}/{token}"
    names: list[str] = []
    try:
        for item in prepared.renditions:
            part = f"-{item.width}" if prepared.suffix == ".webp" else ""
            names.append(default_storage.save(f"{stem}{part}{prepared.suffix}", ContentFile(item.content)))
    except BaseException:
        discard_files(names)
        raise
    if transaction.get_connection().in_atomic_block:
        _discard_on_rollback(names)
    largest = prepared.largest
    renditions = tuple(
        {"width": item.width, "height": item.height, "name": name}
        for item, name in zip(prepared.renditions, names, strict=True)
    )
    return StoredImage(
        names[-1], largest.width, largest.height, renditions if prepared.suffix == ".webp" else ()
    )


def prepared_again(stored: StoredImage) -> PreparedImage:
    """A picture of the storage ready to be stored once more, under names of its own.

    Raises ImageRefused when its files are gone.
    """
    sizes = stored.renditions or ({"width": stored.width, "height": stored.height, "name": stored.name},)
    try:
        return PreparedImage(tuple(_encoded(size) for size in sizes), suffix=Path(stored.name).suffix)
    except FileNotFoundError as error:
        raise ImageRefused(GONE) from error


def _encoded(size: Mapping[str, Any]) -> Encoded:
    with default_storage.open(size["name"]) as file:
        return Encoded(size["width"], size["height"], file.read())


class _Pending:
    """Files of a transaction that is not yet committed."""


def _discard_on_rollback(names: Sequence[str]) -> None:
    """Delete the files unless the transaction commits.

    Django has no hook for a rollback, but it drops the callbacks of what was rolled back: the last reference
    to `pending` then goes, and its finalizer deletes the files.
    """
    pending = _Pending()
    finalizer = weakref.finalize(pending, discard_files, tuple(names))
    transaction.on_commit(partial(_keep, pending, finalizer))


def _keep(_pending: _Pending, finalizer: weakref.finalize[Any, Any]) -> None:
    finalizer.detach()


def discard_files(names: Sequence[str]) -> None:
    """Delete files of the storage; those that are gone already are no fault."""
    for name in names:
        default_storage.discard(name)  # type: ignore[attr-defined]


def delete_files_on_commit(names: Sequence[str]) -> None:
    """Delete files once the transaction that dropped their rows has committed."""
    transaction.on_commit(partial(discard_files, tuple(names)), robust=True)
