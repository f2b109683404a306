"""What stands on the admin's pages."""

from __future__ import annotations

import pytest

from tests.platform_core.admin_site.conftest import HUB, LUX

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("host", "port"), [(LUX, ":8500"), (LUX, ""), (HUB, ":8500")])
def test_a_vendors_page_leads_to_its_shop(enter, lux_admin, superuser, objektiv, host, port):
    client = enter(f"{host}{port}", superuser if host == HUB else lux_admin)
    page = client.get(f"/admin/tenancy/vendor/{objektiv.pk}/change/").content.decode()
    assert f'<a href="http://objektiv.lux.localhost{port}/">objektiv.lux.localhost</a>' in page
