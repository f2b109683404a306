"""Two people in one form: what the first one has saved is shown to the second one, never overwritten unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from modules.cms.models import DefaultPage
from modules.cms.services import save_default_page
from modules.tenancy import services
from modules.tenancy.models import Company, Vendor
from platform_core.exceptions import RowChanged
from platform_core.identity.models import User
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import update_platform
from tests.forms import fields_of
from tests.platform_core.admin_site.conftest import HUB, LUX

pytestmark = pytest.mark.django_db


@pytest.fixture
def returns(lux: Platform) -> DefaultPage:
    with platform_context(lux, role="staff"):
        words: Any = {"en": {"title": "Returns", "body_html": "<p>Send it back.</p>"}}
        return save_default_page(slug="returns", translations=words).page


SCREENS = [
    (LUX, "lux_admin", "tenancy/vendor", "objektiv", "name", "contact_email", "shop@objektiv.test"),
    (HUB, "superuser", "tenancy/vendor", "objektiv", "name", "contact_email", "shop@objektiv.test"),
    (LUX, "lux_admin", "tenancy/company", "company", "legal_name", "city", "Esch"),
    (HUB, "superuser", "platform_core/platform", "lux", "name", "default_language", "fr"),
    (LUX, "lux_admin", "cms/defaultpage", "returns", "title_en", "position", "7"),
]


@pytest.fixture
def company(objektiv: Vendor) -> Company:
    return objektiv.company


@pytest.mark.parametrize(("host", "who", "screen", "row", "mine", "theirs", "value"), SCREENS)
def test_the_second_one_sees_both_and_saves_knowingly(
    enter, lux, request, host, who, screen, row, mine, theirs, value
):
    obj = request.getfixturevalue(row)
    client = enter(host, request.getfixturevalue(who))
    address = f"/admin/{screen}/{obj.pk}/change/"
    opened = fields_of(client.get(address).content.decode())
    assert client.post(address, {**opened, theirs: value}).status_code == 302
    typed = {**opened, mine: "Typed name"}

    answer = client.post(address, typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("in the meantime.") == 1
    again = fields_of(page)
    assert (again[mine], again[theirs]) == ("Typed name", opened.get(theirs, ""))
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {mine, theirs, "__all__"}
    assert str(errors[theirs]).count("Saved now: ") == 1

    again[theirs] = value
    assert client.post(address, again).status_code == 302
    stored = fields_of(client.get(address).content.decode())
    assert (stored[mine], stored[theirs]) == ("Typed name", value)


@pytest.mark.parametrize(("host", "who", "screen", "row", "mine", "theirs", "value"), SCREENS)
def test_control_without_its_version_a_form_overwrites(
    enter, lux, request, host, who, screen, row, mine, theirs, value
):
    obj = request.getfixturevalue(row)
    client = enter(host, request.getfixturevalue(who))
    address = f"/admin/{screen}/{obj.pk}/change/"
    opened = fields_of(client.get(address).content.decode())
    assert client.post(address, {**opened, theirs: value}).status_code == 302
    assert client.post(address, {**opened, "seen_version": ""}).status_code == 302
    assert fields_of(client.get(address).content.decode()).get(theirs) == opened.get(theirs)


def test_what_is_saved_is_said_in_words(enter, lux, lux_admin, objektiv, voltwerk):
    client = enter(LUX, lux_admin)
    address = f"/admin/tenancy/vendor/{objektiv.pk}/change/"
    opened = fields_of(client.get(address).content.decode())
    with platform_context(lux, role="staff"):
        services.update_vendor(
            vendor=objektiv,
            company=voltwerk.company,
            languages=["en", "fr"],
            country="FR",
            taglines={"en": "Seeing well."},
        )
    errors = client.post(address, opened).context["adminform"].form.errors
    assert errors["company"] == ["Saved now: Voltwerk S.à r.l."]
    assert errors["languages"] == ["Saved now: English, Français"]
    assert errors["country"] == ["Saved now: France"]
    assert errors["tagline_en"] == ["Saved now: Seeing well."]


def test_the_version_is_no_change_in_the_history(enter, lux, lux_admin, objektiv):
    client = enter(LUX, lux_admin)
    address = f"/admin/tenancy/vendor/{objektiv.pk}/change/"
    opened = fields_of(client.get(address).content.decode())
    client.post(address, {**opened, "name": "New name", "seen_version": ""})
    with platform_context(lux, role="staff"):
        entry = LogEntry.objects.get(object_id=str(objektiv.pk))
    assert "ersion" not in entry.get_change_message()
    assert "Name" in entry.get_change_message()


def test_the_services_refuse_a_version_of_before(lux, objektiv):
    with platform_context(role="operator"):
        for change in (
            lambda: services.update_vendor(vendor=objektiv, name="New", expected_version=1),
            lambda: services.update_company(company=objektiv.company, city="Esch", expected_version=1),
            lambda: update_platform(platform=lux, name="New", default_language="en", expected_version=1),
        ):
            assert change().version == 2
            with pytest.raises(RowChanged):
                change()


@pytest.mark.parametrize("site", ["hub", "platform"])
def test_an_old_page_of_somebody_does_not_let_them_in_again(
    enter, lux_admin, superuser, objektiv_owner, site
):
    """Users have no version: what nobody touched on the page stays as another one has saved it."""
    client = enter(*((HUB, superuser) if site == "hub" else (LUX, lux_admin)))
    app = "platform_core/user"
    address = f"/admin/{app}/{objektiv_owner.pk}/change/"
    opened = fields_of(client.get(address).content.decode())
    with platform_context(role="gatekeeper"):
        User.objects.filter(pk=objektiv_owner.pk).update(is_active=False)
    assert client.post(address, {**opened, "full_name": "Ada"}).status_code == 302
    with platform_context(role="gatekeeper"):
        stored = User.objects.get(pk=objektiv_owner.pk)
    assert (stored.full_name, stored.is_active) == ("Ada", False)
    # Said on the page it counts, and so it does for a script that sends no page's values.
    opened = fields_of(client.get(address).content.decode())
    assert client.post(address, {**opened, "is_active": "on"}).status_code == 302
    with platform_context(role="gatekeeper"):
        assert User.objects.get(pk=objektiv_owner.pk).is_active
    plain = {name: value for name, value in opened.items() if not name.startswith("initial-")}
    assert client.post(address, plain).status_code == 302
    with platform_context(role="gatekeeper"):
        assert not User.objects.get(pk=objektiv_owner.pk).is_active
