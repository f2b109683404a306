"""Every screen of both admins, every page of it, for everybody who might come: who gets in, and to what."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from modules.tenancy.models import Vendor
from platform_core.admin_site.sites import hub_site, platform_site
from tests.platform_core.admin_site.conftest import HUB, LUX, MOSEL

pytestmark = pytest.mark.django_db
NO_PAGE = 404


def pages_of(model_admin: Any, row: Any) -> dict[str, tuple[str, int]]:
    """Page → (address, status expected of whoever may enter)."""
    base = f"/admin/{model_admin.opts.app_label}/{model_admin.opts.model_name}"
    offers = model_admin.offers
    return {
        "list": (f"{base}/", 200),
        "add": (f"{base}/add/", 200 if "add" in offers else 403),
        "change": (f"{base}/{row.pk}/change/", 200),
        "history": (f"{base}/{row.pk}/history/", 200),
        "delete": (f"{base}/{row.pk}/delete/", 200 if "delete" in offers else 403),
    }


def label(model_admin: Any) -> str:
    return f"{model_admin.opts.app_label}_{model_admin.opts.model_name}"


@pytest.fixture
def screens(rows_of_lux, log_in_lux):
    """(site) -> [(model_admin, row of lux)]."""

    def of(site: Any) -> list[tuple[Any, Any]]:
        found = []
        for model, model_admin in site.admins().items():
            row = (
                log_in_lux
                if model is LogEntry and site is platform_site
                else rows_of_lux.get(label(model_admin))
            )
            if row is not None:
                found.append((model_admin, row))
        return found

    return of


def test_the_superuser_reaches_every_page_of_the_hub(enter, superuser, screens):
    client = enter(HUB, superuser)
    assert client.get("/admin/").status_code == 200
    checked = 0
    for model_admin, row in screens(hub_site):
        for name, (address, status) in pages_of(model_admin, row).items():
            assert client.get(address).status_code == status, (label(model_admin), name)
            checked += 1
    assert checked >= 40


@pytest.mark.parametrize("who", ["superuser", "lux_admin"])
def test_staff_and_superusers_reach_every_page_of_their_platform(enter, screens, who, request):
    client = enter(LUX, request.getfixturevalue(who))
    assert client.get("/admin/").status_code == 200
    checked = 0
    for model_admin, row in screens(platform_site):
        for name, (address, status) in pages_of(model_admin, row).items():
            assert client.get(address).status_code == status, (label(model_admin), name)
            checked += 1
    assert checked >= 35


def test_staff_of_another_platform_meet_nothing_of_lux(enter, mosel_admin, screens):
    """A foreign row is as unknown as one that never was: the same status, for each page of each screen."""
    client = enter(MOSEL, mosel_admin)
    for model_admin, row in screens(platform_site):
        if model_admin.model is LogEntry:
            continue
        for name, (address, status) in pages_of(model_admin, row).items():
            if name in {"list", "add"}:
                continue
            found = client.get(address)
            assert found.status_code == (NO_PAGE if status == 200 else status), (label(model_admin), name)
            assert "Objektiv" not in found.content.decode()
        listing = client.get(pages_of(model_admin, row)["list"][0])
        assert listing.status_code == 200
        assert "objektiv" not in listing.content.decode().lower(), label(model_admin)


def test_nothing_of_lux_can_be_posted_away_from_mosel(enter, mosel_admin, rows_of_lux, objektiv: Vendor):
    client = enter(MOSEL, mosel_admin)
    for address in (
        f"/admin/tenancy/vendor/{objektiv.pk}/suspend/",
        f"/admin/tenancy/vendor/{objektiv.pk}/change/",
        f"/admin/tenancy/vendordomain/{rows_of_lux['tenancy_vendordomain'].pk}/delete/",
        f"/admin/tenancy/vendordomain/{rows_of_lux['tenancy_vendordomain'].pk}/verify/",
        f"/admin/tenancy/vendormembership/{rows_of_lux['tenancy_vendormembership'].pk}/delete/",
        f"/admin/tenancy/platformmembership/{rows_of_lux['tenancy_platformmembership'].pk}/delete/",
        f"/admin/platform_core/user/{rows_of_lux['platform_core_user'].pk}/password-mail/",
        f"/admin/tenancy/invitation/{rows_of_lux['tenancy_invitation'].pk}/delete/",
        f"/admin/tenancy/invitation/{rows_of_lux['tenancy_invitation'].pk}/send-again/",
    ):
        assert client.post(address, {"post": "yes", "name": "Taken"}).status_code == NO_PAGE, address


def test_a_company_of_lux_cannot_be_chosen_on_mosel(enter, mosel_admin, objektiv: Vendor):
    client = enter(MOSEL, mosel_admin)
    asked = {"app_label": "tenancy", "model_name": "vendor", "field_name": "company", "term": ""}
    answer = client.get("/admin/autocomplete/", asked)
    assert answer.status_code == 200
    assert answer.json()["results"] == []


def test_autocomplete_answers_where_the_row_is_at_home(enter, lux_admin, objektiv: Vendor):
    asked = {"app_label": "tenancy", "model_name": "vendor", "field_name": "company", "term": "objek"}
    found = enter(LUX, lux_admin).get("/admin/autocomplete/", asked).json()["results"]
    assert [entry["id"] for entry in found] == [str(objektiv.company_id)]


@pytest.mark.parametrize("who", ["objektiv_owner", "objektiv_clerk"])
@pytest.mark.parametrize("host", [HUB, LUX, MOSEL])
def test_a_vendors_team_is_refused_with_the_right_password(client_for, mosel, who, host, request):
    user = request.getfixturevalue(who)
    client = client_for(host)
    refused = client.post("/admin/login/", {"email": user.email, "password": "correct-horse-battery"})
    assert refused.status_code == 403
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(("host", "who"), [(HUB, "lux_admin"), (MOSEL, "lux_admin"), (HUB, "mosel_admin")])
def test_staff_are_refused_everywhere_but_at_home(client_for, mosel, host, who, request):
    user = request.getfixturevalue(who)
    client = client_for(host)
    assert (
        client.post("/admin/login/", {"email": user.email, "password": "correct-horse-battery"}).status_code
        == 403
    )
    assert client.get("/admin/tenancy/vendor/").status_code == 302


def test_nobody_gets_anywhere_without_signing_in(client_for, screens):
    for site, host in ((hub_site, HUB), (platform_site, LUX)):
        client = client_for(host)
        for model_admin, row in screens(site):
            for address, _status in pages_of(model_admin, row).values():
                response = client.get(address)
                assert response.status_code == 302
                assert response.headers["Location"].startswith("/admin/login/?next=")


def test_control_without_the_policy_and_the_second_lock_a_stranger_would_get_in(
    client_for, monkeypatch, lux, objektiv
):
    """What keeps strangers out is the gate: with it and the site's own question gone, the list answers."""
    client = client_for(LUX)
    assert client.get("/admin/jsi18n/").status_code == 302
    monkeypatch.setattr("platform_core.identity.middleware.check_policy", lambda *_args: None)
    assert client.get("/admin/jsi18n/").status_code == 302
    monkeypatch.setattr(platform_site, "has_permission", lambda _request: True)
    assert client.get("/admin/jsi18n/").status_code == 200


def test_control_without_row_level_security_the_neighbour_would_be_seen(
    enter, mosel_admin, objektiv, monkeypatch
):
    """The wall that the matrix relies on is the database role: as the operator, mosel's list names lux's vendor."""
    from platform_core.identity import middleware  # noqa: PLC0415
    from platform_core.tenancy.context import platform_context  # noqa: PLC0415

    client = enter(MOSEL, mosel_admin)
    assert "objektiv" not in client.get("/admin/tenancy/vendor/").content.decode().lower()

    def as_operator(platform=None, vendor=None, role="vendor"):
        return platform_context(platform, vendor, "operator" if role == "staff" else role)

    monkeypatch.setattr(middleware, "platform_context", as_operator)
    assert "objektiv" in client.get("/admin/tenancy/vendor/").content.decode().lower()


@pytest.mark.parametrize("host", ["lux.localhost", "objektiv.lux.localhost"])
@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/tenancy/vendor/"])
def test_elsewhere_there_is_no_admin(client_for, objektiv, host, path):
    response = client_for(host).get(path)
    assert response.status_code == 404


@pytest.mark.parametrize("object_id", ["0", "99999999", "9" * 30, "abc", "1'--", "-1", "_00", "%2500"])
@pytest.mark.parametrize("page", ["change", "history", "delete", "suspend"])
def test_odd_ids_are_unknown_and_never_an_error(enter, lux_admin, object_id, page):
    response = enter(LUX, lux_admin).get(f"/admin/tenancy/vendor/{object_id}/{page}/")
    assert response.status_code in {400, 403, 404}


@pytest.mark.parametrize(
    "query",
    ["?p=abc", "?o=x.y", "?q=%25%25%27", "?status__exact=nonsense", "?id__exact=abc", "?nothing=1", "?e=1"],
)
def test_odd_filters_are_answered(enter, lux_admin, query):
    assert enter(LUX, lux_admin).get(f"/admin/tenancy/vendor/{query}").status_code in {200, 302}


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        ("platform_core/user", "password__startswith=argon2"),
        ("tenancy/vendordomain", "token__startswith=wizamart"),
        ("tenancy/vendormembership", "user__password__startswith=argon2"),
    ],
)
def test_no_filter_guesses_at_secrets(enter, lux_admin, path, lookup):
    assert enter(LUX, lux_admin).get(f"/admin/{path}/?{lookup}").status_code == 400


def test_control_the_guessing_filter_would_answer_without_the_guard(enter, lux_admin, monkeypatch):
    monkeypatch.setattr("platform_core.admin_site.options.HIDDEN_FIELDS", frozenset())
    answer = enter(LUX, lux_admin).get("/admin/platform_core/user/?password__startswith=argon2")
    assert answer.status_code == 200
