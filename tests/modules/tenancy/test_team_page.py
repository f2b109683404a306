"""Owners see their team and change it; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from modules.tenancy import services
from modules.tenancy.dashboard import team
from modules.tenancy.invitations import invite_team_member
from modules.tenancy.models import Invitation, VendorMembership
from platform_core.identity.policy import Policy, declared
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.forms import TeamBrowser, fields_of
from tests.mails import sent

pytestmark = pytest.mark.django_db
HOST, TEAM = "lux.localhost", "/vendor/team/"


def enter(email: str) -> Client:
    client = TeamBrowser(HOST, "objektiv")
    client.post("/vendor/sign-in/", {"email": email, "password": PASSWORD})
    return client


@pytest.fixture
def owner(objektiv_owner) -> Client:
    return enter(objektiv_owner.email)


@pytest.fixture
def clerk(objektiv_clerk) -> Client:
    return enter(objektiv_clerk.email)


def text_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def send(client: Client, url: str, status: int = 302, html: str | None = None, **changes: Any) -> Any:
    data = {**fields_of(html if html is not None else client.get(url).content.decode()), **changes}
    response = client.post(url, data)
    assert response.status_code == status, response.content.decode()[-3000:]
    return response


def roles(lux: Any, vendor: Any) -> dict[str, str]:
    with platform_context(lux, role="staff"):
        rows = VendorMembership.objects.filter(vendor=vendor).values_list("user__email", "role")
        return dict(rows)


def test_the_page_names_members_and_open_invitations(owner, clerk, lux, objektiv, voltwerk):
    with platform_context(lux, objektiv):
        invite_team_member(vendor=objektiv, email="nora@example.test", role=VendorRole.CLERK)
    with platform_context(lux, voltwerk):
        invite_team_member(vendor=voltwerk, email="neighbour@example.test", role=VendorRole.CLERK)
    html = text_of(owner.get(TEAM))
    for words in ("owner@objektiv.test", "staff@objektiv.test", "nora@example.test", "Owner", "Clerk"):
        assert words in html, words
    assert "neighbour@example.test" not in html
    assert f'href="{TEAM}"' in text_of(owner.get("/vendor/"))


def test_somebody_is_invited_by_mail_with_a_role(owner, lux, objektiv):
    send(owner, TEAM, email="Nora@Example.test", role="vendor_owner", language="lb")
    with platform_context(lux, objektiv):
        invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.language) == (
        "nora@example.test",
        "vendor_owner",
        "lb",
    )
    (message,) = sent()
    assert message.to == ["nora@example.test"]
    assert "owner@objektiv.test" in message.body
    send(owner, f"{TEAM}invitations/{invitation.pk}/send/", html="")
    assert len(sent()) == 1
    assert "Withdraw the invitation" in text_of(owner.get(f"{TEAM}invitations/{invitation.pk}/withdraw/"))
    send(owner, f"{TEAM}invitations/{invitation.pk}/withdraw/")
    assert "No invitation is open" in text_of(owner.get(TEAM))
    for pk in (invitation.pk, 2**63):
        assert owner.get(f"{TEAM}invitations/{pk}/withdraw/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"email": "nobody", "role": "vendor_clerk"}, "Enter an e-mail address like name@example.com."),
        ({"email": "a@example.test", "role": "platform_admin"}, "Choose a role."),
        ({"email": "owner@objektiv.test", "role": "vendor_clerk"}, "is among the people here already"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said_and_stays_typed(owner, lux, objektiv, typed, words):
    html = text_of(send(owner, TEAM, 422, language="en", **typed), 422)
    assert words in html and "Error:" in html and f'value="{typed["email"]}"' in html
    with platform_context(lux, objektiv):
        assert not Invitation.objects.exists()


def test_a_role_is_changed_and_access_follows_at_once(owner, clerk, lux, objektiv, objektiv_clerk):
    page = f"{TEAM}{objektiv_clerk.pk}/"
    assert clerk.get(TEAM).status_code == 403
    send(owner, page, role="vendor_owner")
    assert roles(lux, objektiv)["staff@objektiv.test"] == "vendor_owner"
    assert clerk.get(TEAM).status_code == 200
    send(owner, f"{page}remove/")
    assert "staff@objektiv.test" not in roles(lux, objektiv)
    # The session is still there, and opens nothing any more.
    assert clerk.get("/vendor/orders/").status_code in {302, 403, 404}
    assert clerk.get(TEAM).status_code in {302, 403}
    assert owner.get(page).status_code == 404


def test_the_last_owner_stays(owner, lux, objektiv, objektiv_owner):
    page = f"{TEAM}{objektiv_owner.pk}/"
    for url, changes in ((page, {"role": "vendor_clerk"}), (f"{page}remove/", {})):
        html = text_of(send(owner, url, 409, **changes), 409)
        assert "A shop keeps at least one owner." in html
    assert roles(lux, objektiv) == {"owner@objektiv.test": "vendor_owner"}


def test_an_owner_who_steps_down_goes_home(owner, clerk, lux, objektiv, objektiv_owner, objektiv_clerk):
    send(owner, f"{TEAM}{objektiv_clerk.pk}/", role="vendor_owner")
    response = send(owner, f"{TEAM}{objektiv_owner.pk}/", role="vendor_clerk")
    assert response["Location"] == "/vendor/"
    assert owner.get("/vendor/").status_code == 200
    assert owner.get(TEAM).status_code == 403


def test_two_owners_at_once_do_not_overwrite_each_other(owner, lux, objektiv, objektiv_clerk):
    page = f"{TEAM}{objektiv_clerk.pk}/"
    role_form, removal = (text_of(owner.get(url)) for url in (page, f"{page}remove/"))
    with platform_context(lux, role="staff"):
        services.add_team_member(vendor=objektiv, user=objektiv_clerk, role=VendorRole.OWNER)
    for url, html in ((page, role_form), (f"{page}remove/", removal)):
        shown = text_of(send(owner, url, 409, html, role="vendor_clerk"), 409)
        assert "Somebody else has changed this member" in shown
        assert roles(lux, objektiv)["staff@objektiv.test"] == "vendor_owner"
        # The page that comes back knows the role as it is.
        assert fields_of(shown)["seen"] == "vendor_owner"


def test_without_the_role_that_was_seen_the_second_owner_would_win(
    owner, lux, objektiv, objektiv_clerk, monkeypatch
):
    page = f"{TEAM}{objektiv_clerk.pk}/remove/"
    html = text_of(owner.get(page))
    with platform_context(lux, role="staff"):
        services.add_team_member(vendor=objektiv, user=objektiv_clerk, role=VendorRole.OWNER)
    monkeypatch.setattr(services, "_expect_role", lambda *_arguments: None)
    send(owner, page, html=html)
    assert "staff@objektiv.test" not in roles(lux, objektiv)


def test_nobody_but_owners_may(clerk, owner, lux, voltwerk, objektiv_owner, make_user):
    stranger = make_user("stranger@voltwerk.test")
    with platform_context(lux, role="staff"):
        services.add_team_member(vendor=voltwerk, user=stranger, role=VendorRole.OWNER)
    pages = (TEAM, f"{TEAM}{objektiv_owner.pk}/", f"{TEAM}{objektiv_owner.pk}/remove/")
    for page in pages:
        assert clerk.get(page).status_code == clerk.post(page, {}).status_code == 403
    for pk in (stranger.pk, 0, 2**63):
        assert owner.get(f"{TEAM}{pk}/").status_code == 404
    # Control: what holds the clerk off is each page's own policy.
    for view in (team.member_list, team.member_role, team.member_remove):
        stated = declared(view)
        assert isinstance(stated, Policy) and stated.permission == team.PERMISSION
