"""The editor of menus and a person's own menu in a platform's admin."""

from __future__ import annotations

import re
from typing import Any

import pytest

from platform_core.modules.definition import FrontendType
from platform_core.modules.menu_service import MenuSetting, menu_settings, own_settings, set_menu
from platform_core.modules.models import ModuleChange
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.platform_core.admin_site.conftest import HUB, LUX
from tests.platform_core.admin_site.test_modules import text_of, version_on

pytestmark = pytest.mark.django_db
EDITOR, OWN = "/admin/menus/", "/admin/profile/menu/"
VENDOR, ADMIN = FrontendType.VENDOR, FrontendType.ADMIN
SALES = ("payments", "orders")
HIDDEN = MenuSetting(is_visible=False)


@pytest.fixture
def client(enter: Any, lux_admin: Any) -> Any:
    return enter(LUX, lux_admin)


def form_on(response: Any) -> dict[str, Any]:
    """What a browser would send of the page's form, as it stands."""
    form = response.context["form"]
    sent: dict[str, Any] = {"item": form.listed}
    if "version" in form.fields:
        sent["version"] = version_on(response)
    for name, field in form.fields.items():
        if name.startswith("shown-") and form[name].value() and not field.disabled:
            sent[name] = "on"
        if name.startswith("order-"):
            sent[name] = form[name].value() if form[name].value() is not None else ""
    return sent


def without(sent: dict[str, Any], item: str) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name != f"shown-{item}"}


def stored(lux: Any, frontend: FrontendType = VENDOR, role: str = "") -> dict[str, MenuSetting]:
    with platform_context(lux, role="staff"):
        return menu_settings(lux, frontend, role=role)


def decide(
    lux: Any, settings: dict[str, MenuSetting], frontend: FrontendType = VENDOR, role: str = ""
) -> None:
    with platform_context(lux, role="staff"):
        set_menu(lux, frontend, settings, role=role)


def state_of(response: Any, item: str) -> set[str]:
    """Whether the item's box is checked, and disabled."""
    box = re.search(rf'<input[^>]*name="shown-{re.escape(item)}"[^>]*>', response.content.decode())
    assert box is not None
    return set(re.findall(r" (checked|disabled)(?=[ >])", box[0]))


def test_an_item_is_hidden_and_moved_for_everybody(client, lux, lux_admin):
    page = client.get(EDITOR)
    sent = without(form_on(page), "products") | {"order-categories": "3"}
    answer = client.post(EDITOR, sent, follow=True)
    assert "The menu is saved." in text_of(answer)
    assert stored(lux) == {"products": HIDDEN, "categories": MenuSetting(order=3)}
    assert state_of(answer, "products") == set()
    with platform_context(lux, role="staff"):
        (change,) = ModuleChange.objects.filter(action="configured")
    assert (change.module_code, change.user_id, change.source) == ("catalog", lux_admin.pk, "admin")
    assert "menu.vendor.everybody.products" in text_of(client.get("/admin/modules/catalog/"))


def test_sending_the_form_as_it_is_changes_nothing(client, lux):
    decide(lux, {"products": HIDDEN, "team": MenuSetting(order=7)})
    before = stored(lux)
    client.post(EDITOR, form_on(client.get(EDITOR)))
    assert stored(lux) == before
    for frontend in (VENDOR, ADMIN):
        client.post(f"{EDITOR}?menu={frontend}", form_on(client.get(f"{EDITOR}?menu={frontend}")))
        assert stored(lux, frontend) == (before if frontend is VENDOR else {})


def test_for_a_role_only_what_it_may_open_is_asked_and_what_is_hidden_for_everybody_is_told(client, lux):
    address = f"{EDITOR}?menu=vendor&role=vendor_clerk"
    decide(lux, {"products": HIDDEN})
    page = client.get(address)
    # The team is the owner's to manage.
    assert 'value="team"' not in page.content.decode()
    assert 'value="team"' in client.get(EDITOR).content.decode()
    assert "Products Hidden for everybody" in text_of(page)
    assert state_of(page, "products") == {"disabled"}
    client.post(address, without(form_on(page), "categories") | {"shown-products": "on"})
    assert stored(lux, role="vendor_clerk") == {"categories": HIDDEN}
    assert stored(lux) == {"products": HIDDEN}


def test_what_is_mandatory_is_told_and_stays(client, lux):
    address = f"{EDITOR}?menu=admin"
    page = client.get(address)
    assert "Menus Always shown" in text_of(page)
    assert state_of(page, "menus") == {"checked", "disabled"}
    client.post(address, without(form_on(page), "menus"))
    assert stored(lux, ADMIN) == {}


def test_a_screen_of_the_admin_is_hidden_from_its_sidebar_and_still_answers(client, lux):
    address = f"{EDITOR}?menu=admin"
    link = 'href="/admin/tenancy/vendor/"'
    assert f"{link} " in client.get("/admin/").content.decode() or link in sidebar(client)
    client.post(address, without(form_on(client.get(address)), "tenancy.vendor"))
    assert stored(lux, ADMIN) == {"tenancy.vendor": HIDDEN}
    assert link not in sidebar(client)
    assert client.get("/admin/tenancy/vendor/").status_code == 200


def sidebar(client: Any) -> str:
    page: str = client.get("/admin/profile/").content.decode()
    return page.split('id="nav-sidebar-apps"')[1].split("</div>")[0]


def test_who_saves_on_an_old_picture_is_told_and_keeps_what_they_chose(client, lux):
    sent = without(form_on(client.get(EDITOR)), "products") | {"order-categories": "4"}
    decide(lux, {"customers": HIDDEN})
    answer = client.post(EDITOR, sent)
    assert answer.status_code == 422
    assert "were changed meanwhile" in text_of(answer)
    assert stored(lux) == {"customers": HIDDEN}
    assert state_of(answer, "products") == set()
    assert 'value="4"' in answer.content.decode()
    assert client.post(EDITOR, without(form_on(answer), "products")).status_code == 302
    assert stored(lux)["products"] == HIDDEN
    assert stored(lux)["categories"] == MenuSetting(order=4)


def test_an_item_that_came_meanwhile_is_not_taken_for_hidden(client, lux):
    sent = form_on(client.get(EDITOR))
    with override_modules(lux, on=SALES):
        assert client.post(EDITOR, without(sent, "products")).status_code == 302
        assert stored(lux) == {"products": HIDDEN}
        assert state_of(client.get(EDITOR), "orders") == {"checked"}
        client.post(EDITOR, without(form_on(client.get(EDITOR)), "orders"))
        assert stored(lux) == {"products": HIDDEN, "orders": HIDDEN}


@pytest.mark.parametrize(("place", "fault"), [("-1", "Give 0 or more."), ("x", "Give a whole number.")])
def test_a_place_that_is_none_is_told_beside_it(client, lux, place, fault):
    answer = client.post(EDITOR, form_on(client.get(EDITOR)) | {"order-products": place})
    assert answer.status_code == 422
    assert fault in text_of(answer)
    assert stored(lux) == {}


def test_a_form_without_its_version_is_not_saved(client, lux):
    sent = without(form_on(client.get(EDITOR)), "products")
    for version in ({}, {"version": "x"}):
        answer = client.post(EDITOR, {name: v for name, v in sent.items() if name != "version"} | version)
        assert answer.status_code == 422
        assert "without the version" in text_of(answer)
    assert stored(lux) == {}


def test_back_to_how_the_modules_have_it(client, lux):
    decide(lux, {"products": HIDDEN, "team": MenuSetting(order=7)})
    decide(lux, {"products": HIDDEN}, role="vendor_clerk")
    client.post(EDITOR, form_on(client.get(EDITOR)) | {"reset": "1"})
    assert stored(lux) == {}
    assert stored(lux, role="vendor_clerk") == {"products": HIDDEN}


def test_a_module_that_is_off_is_not_listed(client, lux):
    assert 'value="orders"' not in client.get(EDITOR).content.decode()
    with override_modules(lux, on=SALES):
        assert 'value="orders"' in client.get(EDITOR).content.decode()


def test_a_menu_without_items_says_so(client):
    assert "No module that is on has an item in this menu." in text_of(client.get(f"{EDITOR}?menu=shop"))


@pytest.mark.parametrize(
    "query", ["menu=hub", "role=root", "menu=shop&role=vendor_owner", "menu=admin&role=vendor_owner"]
)
def test_a_menu_that_there_is_not_is_an_unknown_address(client, query):
    assert client.get(f"{EDITOR}?{query}").status_code == 404
    assert client.get(f"{EDITOR}?menu=admin&role=platform_admin").status_code == 200


def test_only_who_holds_the_permission_decides(client, lux, monkeypatch):
    sent = without(form_on(client.get(EDITOR)), "products")
    may = "platform_core.identity.principals.Principal.may"
    monkeypatch.setattr(may, lambda _self, code: code != "core.change_menu")
    assert client.get(EDITOR).status_code == 403
    assert client.post(EDITOR, sent).status_code == 403
    assert stored(lux) == {}
    monkeypatch.undo()
    assert client.post(EDITOR, sent).status_code == 302
    assert stored(lux) == {"products": HIDDEN}


def test_the_hub_has_neither_page(enter, superuser):
    hub = enter(HUB, superuser)
    for address in (EDITOR, OWN):
        assert hub.get(address).status_code == 404
    assert OWN not in hub.get("/admin/").content.decode()


# A person's own menu.


def own(lux: Any, user: Any) -> dict[str, MenuSetting]:
    with platform_context(lux, role="staff"):
        return own_settings(lux, ADMIN, user)


def test_a_person_hides_for_themselves_alone(client, lux, lux_admin, superuser, enter):
    link = 'href="/admin/tenancy/vendor/"'
    assert OWN in client.get("/admin/").content.decode()
    answer = client.post(OWN, without(form_on(client.get(OWN)), "tenancy.vendor"), follow=True)
    assert "Your menu is saved." in text_of(answer)
    assert own(lux, lux_admin) == {"tenancy.vendor": HIDDEN}
    assert link not in sidebar(client)
    assert link in sidebar(enter(LUX, superuser))
    assert stored(lux, ADMIN) == {}
    client.post(OWN, form_on(client.get(OWN)) | {"reset": "1"})
    assert own(lux, lux_admin) == {}
    assert link in sidebar(client)


def test_what_the_platform_hides_is_not_offered(client, lux, lux_admin):
    sent = form_on(client.get(OWN))
    assert "tenancy.vendor" in sent["item"]
    decide(lux, {"tenancy.vendor": HIDDEN}, ADMIN)
    assert "tenancy.vendor" not in form_on(client.get(OWN))["item"]
    client.post(OWN, sent | {"order-tenancy.vendor": "1"})
    assert own(lux, lux_admin) == {}
    assert 'href="/admin/tenancy/vendor/"' not in sidebar(client)


def test_ones_own_place_that_is_none_is_told(client, lux, lux_admin):
    answer = client.post(OWN, form_on(client.get(OWN)) | {"order-modules": "10000"})
    assert answer.status_code == 422
    assert "Give 9999 or less." in text_of(answer)
    assert own(lux, lux_admin) == {}
