"""Pictures: what comes out of an upload, what is refused, and which files stay."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image

from modules.catalog import services
from modules.catalog.exceptions import ImageRefused, InvalidCatalogData
from modules.catalog.images import MAX_FILE_BYTES, prepare_image
from modules.catalog.models import Product, ProductImage
from modules.catalog.services import add_image, remove_image, sweep_files, update_images
from modules.catalog.tasks import sweep_every_shop
from platform_core.modules.beat import fan_out
from platform_core.tenancy.context import platform_context

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 400"><path d="M0 0h300v400z"/></svg>'


def named(content: bytes, name: str = "photo.jpg") -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size; its pixels are missing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def widths(prepared):
    return [(item.width, item.height) for item in prepared.renditions]


def test_a_photo_becomes_three_webp_renditions(picture):
    prepared = prepare_image(picture(2000, 1000))
    assert widths(prepared) == [(320, 160), (640, 320), (1200, 600)]
    for item in prepared.renditions:
        image = Image.open(io.BytesIO(item.content))
        assert (image.format, image.size) == ("WEBP", (item.width, item.height))


@pytest.mark.parametrize(
    ("size", "expected"),
    [((100, 50), [100]), ((320, 320), [320]), ((500, 700), [320, 500]), ((1200, 10), [320, 640, 1200])],
)
def test_a_picture_is_never_enlarged(picture, size, expected):
    assert [width for width, _height in widths(prepare_image(picture(*size)))] == expected


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "LA"), ("JPEG", "CMYK"), ("WEBP", "RGBA")],
)
def test_every_kind_of_pixel_is_understood(picture, kind, mode):
    prepared = prepare_image(picture(400, 300, kind, mode=mode))
    image = Image.open(io.BytesIO(prepared.largest.content))
    assert image.size == (400, 300)


def test_rotation_is_applied_and_metadata_dropped():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "the photographer's street"
    buffer = io.BytesIO()
    Image.new("RGB", (600, 400), "red").save(buffer, "JPEG", exif=exif, comment=b"kept secret")
    prepared = prepare_image(named(buffer.getvalue()))
    assert widths(prepared)[-1] == (400, 600)
    for item in prepared.renditions:
        assert not Image.open(io.BytesIO(item.content)).getexif()
        assert b"street" not in item.content and b"secret" not in item.content


def test_what_is_hidden_behind_a_picture_does_not_survive(picture):
    hostile = picture(200, 200).getvalue() + b"<script>alert(1)</script>PK\x03\x04"
    prepared = prepare_image(named(hostile, "polyglot.html"))
    assert prepared.suffix == ".webp"
    assert b"<script>" not in prepared.largest.content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no JPEG, PNG or WebP"),
        (b"<!doctype html><script>alert(1)</script>", "no JPEG, PNG or WebP"),
        (b"GIF89a/*<script>*/=1", "no JPEG, PNG or WebP"),
        (b"%PDF-1.7", "no JPEG, PNG or WebP"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 64, "no JPEG, PNG or WebP"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 20, "no JPEG, PNG or WebP"),
        (DRAWING, "SVG drawing"),
        (b'<?xml version="1.0"?>\n<!-- x -->' + DRAWING, "SVG drawing"),
        (b"\xff\xfe<svg onload=alert(1)>", "SVG drawing"),
        (png_of(20_000, 20_000), "20 megapixels"),
        (png_of(60_000, 60_000), "20 megapixels"),
        (png_of(16_001, 1), "20 megapixels"),
        (png_of(500, 500), "damaged"),
    ],
)
def test_a_hostile_file_is_refused_with_its_reason(content, words):
    with pytest.raises(ImageRefused) as caught:
        prepare_image(named(content, "..\\..//evil\n.jpg"))
    assert words in caught.value.message
    assert "evil.jpg" in caught.value.message and "\n" not in caught.value.message


def test_a_truncated_photo_is_refused(picture):
    whole = picture(1600, 1200).getvalue()
    with pytest.raises(ImageRefused, match="damaged"):
        prepare_image(named(whole[: len(whole) // 2]))


def test_a_file_of_more_than_ten_megabytes_is_refused(picture):
    with pytest.raises(ImageRefused, match="10 MB"):
        prepare_image(named(picture(100, 100).getvalue() + b"\0" * MAX_FILE_BYTES))


def test_only_a_trusted_drawing_passes_and_only_without_programs():
    assert widths(prepare_image(named(DRAWING), trusted_svg=True)) == [(300, 400)]
    for evil in (
        DRAWING.replace(b"<path", b"<script>1</script><path"),
        DRAWING.replace(b"<path", b'<path onclick="1"'),
        DRAWING.replace(b"<path", b'<image href="https://evil.test/"/><path'),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + DRAWING,
    ):
        with pytest.raises(ImageRefused):
            prepare_image(named(evil), trusted_svg=True)


def files_below(root: Path) -> list[str]:
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())


@pytest.mark.django_db
def test_files_stand_below_the_vendors_prefix_by_random_names(in_objektiv, make_product, picture, media_root):
    image = add_image(product=make_product("mug"), file=picture(700, 500), alt={"en": "A mug"})
    assert files_below(media_root) == sorted(image.file_names)
    assert [item["width"] for item in image.renditions] == [320, 640, 700]
    for name in image.file_names:
        assert name.startswith(f"lux/{in_objektiv.pk}/products/")
        assert "photo" not in name and len(Path(name).stem) >= 24


@pytest.mark.django_db
def test_the_first_picture_is_the_cover_and_follows_the_order(in_objektiv, make_product, picture):
    product = make_product("mug")
    first, second = (add_image(product=product, file=picture(50, 50)) for _number in range(2))
    product.refresh_from_db()
    assert (product.cover, first.position, second.position, product.version) == (first, 0, 1, 3)
    changed = update_images(
        product=product,
        positions={first.pk: 5, 10**9: 0},
        alts={second.pk: {"fr": " Une tasse ", "en": ""}, 10**9: {"en": "x"}},
    )
    product.refresh_from_db()
    second.refresh_from_db()
    assert (changed, product.cover, second.alt) == (2, second, {"fr": "Une tasse"})
    assert update_images(product=product, positions={first.pk: 5}) == 0
    with pytest.raises(InvalidCatalogData):
        update_images(product=product, alts={second.pk: {"en": "x" * 301}})


@pytest.mark.django_db
def test_a_product_has_no_more_pictures_than_it_may(in_objektiv, make_product, picture, monkeypatch):
    monkeypatch.setattr(services.images, "MAX_IMAGES", 1)
    product = make_product("mug")
    add_image(product=product, file=picture(50, 50))
    with pytest.raises(InvalidCatalogData, match="at most"):
        add_image(product=product, file=picture(50, 50))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_rolled_back_upload_leaves_no_file_and_a_committed_one_stays(
    in_objektiv, make_product, picture, media_root
):
    product = make_product("mug")
    with pytest.raises(RuntimeError), transaction.atomic():
        add_image(product=product, file=picture(700, 500))
        assert files_below(media_root)
        raise RuntimeError
    assert files_below(media_root) == []
    with transaction.atomic():
        kept = add_image(product=product, file=picture(100, 100))
        with pytest.raises(RuntimeError), transaction.atomic():
            add_image(product=product, file=picture(700, 500))
            raise RuntimeError
    assert files_below(media_root) == kept.file_names


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_removing_a_picture_deletes_its_files_when_it_commits(in_objektiv, make_product, picture, media_root):
    product = make_product("mug")
    first = add_image(product=product, file=picture(400, 400))
    second = add_image(product=product, file=picture(100, 100))
    with pytest.raises(RuntimeError), transaction.atomic():
        remove_image(image=first)
        raise RuntimeError
    assert len(files_below(media_root)) == 3
    remove_image(image=ProductImage.objects.get(pk=first.pk))
    assert files_below(media_root) == second.file_names
    assert Product.objects.get(pk=product.pk).cover == second
    remove_image(image=second)
    assert files_below(media_root) == []
    assert Product.objects.get(pk=product.pk).cover is None


@pytest.mark.django_db
def test_the_sweep_takes_old_files_that_no_row_names(in_objektiv, make_product, picture, media_root):
    image = add_image(product=make_product("mug"), file=picture(400, 400))
    orphan = default_storage.save("products/ab/orphan.webp", io.BytesIO(b"x"))
    fresh = default_storage.save("products/ab/fresh.webp", io.BytesIO(b"x"))
    for name in (*image.file_names, orphan):
        os.utime(default_storage.path(name), (0, 0))
    assert sweep_files() == 1
    assert files_below(media_root) == sorted([*image.file_names, fresh])


@pytest.mark.django_db
def test_every_shop_is_swept_in_its_own_context(lux, mosel, objektiv, voltwerk, kellerei, media_root):
    for platform, vendor in ((lux, objektiv), (lux, voltwerk), (mosel, kellerei)):
        with platform_context(platform, vendor):
            name = default_storage.save("products/ab/orphan.webp", io.BytesIO(b"x"))
            os.utime(default_storage.path(name), (0, 0))
    assert len(files_below(media_root)) == 3
    with platform_context(lux, role="staff"):
        assert sweep_every_shop.delay().result == 2
    assert len(files_below(media_root)) == 1
    with platform_context(role="operator"):
        assert fan_out("catalog", "files-without-products") == ["lux", "mosel"]
    assert files_below(media_root) == []
