"""What stands on the admin's pages."""

from __future__ import annotations

import re

import pytest

from tests.platform_core.admin_site.conftest import HUB, LUX

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("host", "port"), [(LUX, ":8500"), (LUX, ""), (HUB, ":8500")])
def test_a_vendors_page_leads_to_its_shop(enter, lux_admin, superuser, objektiv, host, port):
    client = enter(f"{host}{port}", superuser if host == HUB else lux_admin)
    page = client.get(f"/admin/tenancy/vendor/{objektiv.pk}/change/").content.decode()
    assert f'<a href="http://objektiv.lux.localhost{port}/">objektiv.lux.localhost</a>' in page


def test_the_help_of_a_platforms_host_is_plain_text(enter, superuser):
    page = enter(HUB, superuser).get("/admin/platform_core/platform/add/").content.decode()
    help_text = re.search(r"<div[^>]*>([^<]*Where the platform answers.*?)</div>", page, re.S)
    assert help_text is not None
    assert "<" not in help_text[1]
    assert "point a wildcard there too." in help_text[1]


def test_the_palette_finds_what_its_platform_has(enter, lux_admin, objektiv, kellerei):
    client = enter(LUX, lux_admin)
    found = client.get("/admin/search/?extended=1&s=OBJ")
    assert found.status_code == 200
    assert f"/admin/tenancy/vendor/{objektiv.pk}/change/" in found.content.decode()
    assert "no-cache" in found["Cache-Control"]
    assert "Kellerei" not in client.get("/admin/search/?extended=1&s=kell&page=x").content.decode()
