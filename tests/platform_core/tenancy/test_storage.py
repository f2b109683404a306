"""Files of tenants stay below their own folder."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from platform_core.exceptions import TenancyError
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from platform_core.testing.walks import as_optional
from tests.sample_modules import beside_the_installed, module

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_file_is_kept_below_platform_and_vendor(lux, objektiv):
    with platform_context(lux, objektiv):
        name = default_storage.save("products/a.webp", ContentFile(b"photo"))
        assert name == f"lux/{objektiv.pk}/products/a.webp"
        assert default_storage.open(name).read() == b"photo"


def test_a_neighbours_file_is_refused(lux, objektiv, voltwerk):
    with platform_context(lux, objektiv):
        name = default_storage.save("a.webp", ContentFile(b"photo"))
    with platform_context(lux, voltwerk):
        for act in (default_storage.open, default_storage.delete, default_storage.size):
            with pytest.raises(SuspiciousFileOperation):
                act(name)
    with platform_context(lux, role="staff"):
        assert default_storage.open(name).read() == b"photo"


def test_without_a_vendor_nothing_is_stored(lux):
    with pytest.raises(TenancyError):
        default_storage.save("a.webp", ContentFile(b"photo"))
    with platform_context(lux), pytest.raises(TenancyError):
        default_storage.save("a.webp", ContentFile(b"photo"))


def test_media_answers_with_the_sites_own_files_only(lux, objektiv, voltwerk, client_for):
    with platform_context(lux, objektiv):
        name = default_storage.save("products/a.webp", ContentFile(b"photo"))
        page = default_storage.save("products/a.html", ContentFile(b"<script>"))
    own = client_for("objektiv.lux.localhost")
    answer = own.get(f"/media/{name}")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, b"photo")
    assert client_for("voltwerk.lux.localhost").get(f"/media/{name}").status_code == 404
    assert client_for("mosel.localhost").get(f"/media/{name}").status_code == 404
    assert own.get(f"/media/{page}").status_code == 404
    assert own.get(f"/media/lux/{objektiv.pk}/../{objektiv.pk}/products/a.webp").status_code == 404


def test_media_has_no_file_of_a_module_that_is_off_or_of_nobody(lux, objektiv, client_for):
    with platform_context(lux, objektiv):
        photo = default_storage.save("products/a.webp", ContentFile(b"photo"))
        voucher = default_storage.save("vouchers/a.webp", ContentFile(b"voucher"))
        nobodys = [default_storage.save(name, ContentFile(b"?")) for name in ("a.webp", "other/a.webp")]

    def statuses(*names: str) -> list[int]:
        return [client_for("objektiv.lux.localhost").get(f"/media/{name}").status_code for name in names]

    with beside_the_installed(module("vouchers", media_folders=("vouchers",))):
        assert statuses(photo, voucher, *nobodys) == [200, 404, 404, 404]
        with override_modules(lux, on=("vouchers",)):
            assert statuses(photo, voucher, *nobodys) == [200, 200, 404, 404]
    with as_optional("catalog"), override_modules(lux, off=("catalog",)):
        assert statuses(photo) == [404]
