"""Addresses that somebody has typed or made up: a page, never an error of the programme."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from modules.tenancy.models import Vendor
from platform_core.admin_site import options
from platform_core.admin_site.sites import hub_site, platform_site
from platform_core.tenancy.context import platform_context
from tests.platform_core.admin_site.conftest import HUB, LUX

pytestmark = pytest.mark.django_db

ODD = ["abc", "²", "-1", "9" * 30, "9" * 4000, "1,2", ""]
SITES = [(LUX, "lux_admin", platform_site), (HUB, "superuser", hub_site)]


@pytest.mark.parametrize(("host", "who", "site"), SITES, ids=["platform", "hub"])
def test_a_new_rows_page_ignores_what_its_address_cannot_mean(enter, objektiv, host, who, site, request):
    client = enter(host, request.getfixturevalue(who))
    screens = [screen for screen in site.admins().values() if "add" in screen.offers]
    assert screens
    for screen in screens:
        address = f"/admin/{screen.opts.app_label}/{screen.opts.model_name}/add/"
        names = client.get(address).context["adminform"].form.fields
        for value in ODD:
            at, query = f"{address} {value[:9]}", dict.fromkeys(names, value)
            assert client.get(address, query).status_code == 200, at
            assert client.post(address, query_params=query).status_code == 200, at
        # No address of ours holds one: it is refused before any page.
        assert client.get(address, dict.fromkeys(names, "\0")).status_code == 400


@pytest.mark.parametrize("path", ["vendordomain", "invitation"])
def test_what_it_can_mean_is_filled_in(enter, lux_admin, objektiv, path):
    page = enter(LUX, lux_admin).get(f"/admin/tenancy/{path}/add/", {"vendor": objektiv.pk})
    assert f'<option value="{objektiv.pk}" selected' in page.content.decode()


def test_control_without_the_check_an_odd_id_is_an_error(enter, lux_admin, objektiv, monkeypatch):
    monkeypatch.setattr(options, "_may_begin", lambda _field, _value: True)
    client = enter(LUX, lux_admin)
    with pytest.raises(ValueError, match="expected a number"):
        client.get("/admin/tenancy/vendor/add/", {"company": "abc"})


@pytest.mark.parametrize(
    ("number", "shown"),
    [("1", 1), ("2", 2), ("3", 2), ("²", 1), ("abc", 1), ("0", 1), ("-1", 1), ("9" * 5000, 2)],
)
def test_the_history_shows_a_page_whatever_is_asked_for(enter, lux, lux_admin, objektiv, number, shown):
    with platform_context(lux, role="staff"):
        kind = ContentType.objects.get_for_model(Vendor)
        LogEntry.objects.bulk_create(
            LogEntry(
                user_id=lux_admin.pk,
                content_type=kind,
                object_id=str(objektiv.pk),
                object_repr="Objektiv",
                action_flag=CHANGE,
            )
            for _number in range(60)
        )
    page = enter(LUX, lux_admin).get(f"/admin/tenancy/vendor/{objektiv.pk}/history/", {"p": number})
    assert page.status_code == 200
    assert page.context["page"].number == shown


@pytest.mark.parametrize(
    ("host", "who", "path"),
    [
        (LUX, "lux_admin", "platform_core/user/?is_active=maybe"),
        (LUX, "lux_admin", "platform_core/user/?is_active__exact=maybe"),
        (LUX, "lux_admin", "customers/customer/?is_active=maybe"),
        (LUX, "lux_admin", "tenancy/vendor/?no_such_filter=1"),
        (LUX, "lux_admin", "tenancy/vendor/?created_at__gte=abc"),
        (HUB, "superuser", "tenancy/vendor/?platform__id__exact=abc"),
    ],
)
def test_a_filter_that_cannot_be_is_said_above_the_whole_list(enter, objektiv, request, host, who, path):
    client = enter(host, request.getfixturevalue(who))
    page = client.get(f"/admin/{path}", follow=True)
    assert page.status_code == 200
    assert "a value of one, that there is not" in page.content.decode()
    plain = client.get(f"/admin/{path.partition('?')[0]}")
    assert "a value of one, that there is not" not in plain.content.decode()


@pytest.mark.parametrize("number", ["²", "٣", "abc", "0", "-1", "999", "9" * 5000])
def test_the_palette_answers_whatever_page_is_asked_for(enter, lux_admin, objektiv, number):
    answer = enter(LUX, lux_admin).get("/admin/search/", {"extended": "1", "s": "obj", "page": number})
    assert answer.status_code == 200
