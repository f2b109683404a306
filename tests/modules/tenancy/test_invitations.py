"""Somebody is asked by mail to join a team or a platform's staff, and accepts by the link in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from modules.tenancy import invitations, selectors
from modules.tenancy.exceptions import AlreadyMember, InvitedSomebodyElse, TooManyInvitations
from modules.tenancy.invitations import (
    accept_as_new_user,
    accept_invitation,
    invite_staff,
    invite_team_member,
    withdraw_invitation,
)
from modules.tenancy.models import Invitation, PlatformMembership, VendorMembership
from platform_core.identity import throttle
from platform_core.identity.links import LinkEnded
from platform_core.identity.models import User
from platform_core.identity.principals import memberships
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.mails import host_in, link_in, made_earlier, sent, written_down

pytestmark = pytest.mark.django_db

NORA, NEW = "nora@example.test", "another-horse-battery"
BEGIN = {"full_name": "Nora Klein", "password": NEW}


@dataclass(frozen=True)
class Door:
    """Where an invitation leads."""

    host: str
    home: str
    sign_in: str


TEAM = Door("lux.localhost", "/vendor/", "/vendor/sign-in/")
STAFF = Door("admin.lux.localhost", "/admin/", "/admin/login/")


@pytest.fixture(autouse=True)
def _fresh_counts():
    throttle.local_counter.clear()


@pytest.fixture(params=[TEAM, STAFF], ids=["team", "staff"])
def door(request) -> Door:
    return request.param


@pytest.fixture
def invite(lux, objektiv, objektiv_owner, door):
    """`invite(email)`: an invitation through this door, and the mail's link."""

    def ask(email: str = NORA, **options: Any) -> str:
        if door is TEAM:
            with platform_context(lux, objektiv):
                invite_team_member(
                    vendor=objektiv, email=email, role=VendorRole.CLERK, invited_by=objektiv_owner, **options
                )
        else:
            with platform_context(lux, role="staff"):
                invite_staff(platform=lux, email=email, invited_by=objektiv_owner, **options)
        (message,) = sent()
        assert message.to == [email.lower()]
        assert host_in(message) == door.host
        return link_in(message)

    return ask


@pytest.fixture
def reader(client_for, door) -> Client:
    return client_for(door.host)


def user_of(email: str) -> User | None:
    with platform_context(role="gatekeeper"):
        return User.objects.filter(email=email).first()


def roles_of(user: User | None, platform: Any) -> list[str]:
    return [membership.role for membership in memberships(user, platform.ref)] if user else []


def waiting() -> int:
    with platform_context(role="operator"):
        return Invitation.objects.count()


def test_somebody_new_sets_name_and_password_and_is_in(lux, door, invite, reader):
    link = invite(language="fr")
    # Until then nobody has the address.
    assert user_of(NORA) is None
    page = reader.get(link)
    assert page.status_code == 200
    text = page.content.decode()
    assert NORA in text
    assert 'autocomplete="new-password"' in text
    assert "Accepter l'invitation" in text
    answer = reader.post(link, BEGIN)
    assert (answer.status_code, answer["Location"]) == (302, door.home)
    assert reader.get(door.home).status_code == 200
    user = user_of(NORA)
    assert user is not None
    assert (user.full_name, user.language) == ("Nora Klein", "fr")
    assert user.check_password(NEW)
    assert roles_of(user, lux) == ["vendor_clerk" if door is TEAM else "platform_admin"]
    assert waiting() == 0


def test_the_mail_says_who_asks_for_what_in_the_chosen_language(lux, objektiv, objektiv_owner):
    with platform_context(lux, objektiv):
        invite_team_member(
            vendor=objektiv, email=NORA, role=VendorRole.OWNER, language="fr", invited_by=objektiv_owner
        )
        invite_team_member(vendor=objektiv, email="other@example.test", role=VendorRole.OWNER)
    french, plain = sent()
    assert french.subject == "Invitation chez Objektiv"
    assert french.from_email.startswith("Objektiv <")
    assert "owner@objektiv.test vous invite dans l'équipe de Objektiv sur Lux." in french.body
    assert "Propriétaire" in french.body
    assert plain.subject == "Invitation to Objektiv"
    assert "You are invited to the team of Objektiv on Lux. Your role there: Owner." in plain.body


def test_an_invitation_opens_nothing_until_it_is_accepted(lux, door, invite, reader, make_user):
    nora = make_user(NORA)
    invite()
    assert roles_of(nora, lux) == []
    answer = reader.post(door.sign_in, {"email": NORA, "password": PASSWORD})
    assert answer.status_code in (403, 422)
    assert reader.get(door.home).status_code == 302
    with platform_context(lux, role="staff"):
        assert not User.objects.filter(email=NORA).exists()
        assert not VendorMembership.objects.filter(user_id=nora.pk).exists()
        assert not PlatformMembership.objects.filter(user_id=nora.pk).exists()


def test_somebody_with_a_sign_in_accepts_by_its_password(lux, door, invite, reader, make_user):
    nora = make_user(NORA, full_name="Nora")
    link = invite()
    page = reader.get(link).content.decode()
    assert 'autocomplete="current-password"' in page
    assert 'name="full_name"' not in page
    assert f'href="{door.home}forgotten/"' in page
    wrong = reader.post(link, BEGIN)
    assert wrong.status_code == 422
    assert "This is not the password." in wrong.content.decode()
    assert roles_of(nora, lux) == []
    answer = reader.post(link, {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, door.home)
    assert len(roles_of(nora, lux)) == 1
    with platform_context(role="gatekeeper"):
        nora.refresh_from_db()
    assert nora.full_name == "Nora"
    assert nora.check_password(PASSWORD)


def test_guessing_the_password_there_is_stopped(door, invite, reader, make_user, monkeypatch):
    make_user(NORA)
    link = invite()
    monkeypatch.setattr(throttle, "ATTEMPTS", 2)
    for _try in range(2):
        assert reader.post(link, {"password": "wrong"}).status_code == 422
    stopped = reader.post(link, {"password": PASSWORD})
    assert stopped.status_code == 429
    assert int(stopped["Retry-After"]) > 0


def test_who_is_signed_in_already_only_accepts(lux, voltwerk, objektiv_owner, client_for):
    browser = client_for(TEAM.host)
    browser.post(TEAM.sign_in, {"email": objektiv_owner.email, "password": PASSWORD})
    with platform_context(lux, voltwerk):
        invite_team_member(vendor=voltwerk, email=objektiv_owner.email, role=VendorRole.CLERK)
    link = link_in(sent()[0])
    page = browser.get(link).content.decode()
    assert 'type="password"' not in page
    assert browser.post(link)["Location"] == TEAM.home
    # The dashboard shows the shop that was joined.
    assert "Voltwerk" in browser.get(TEAM.home).content.decode()
    assert sorted(roles_of(objektiv_owner, lux)) == ["vendor_clerk", "vendor_owner"]


def test_somebody_else_who_is_signed_in_is_told_so(lux, door, invite, reader, objektiv_owner, lux_admin):
    who = objektiv_owner if door is TEAM else lux_admin
    assert reader.post(door.sign_in, {"email": who.email, "password": PASSWORD}).status_code == 302
    link = invite()
    for answer, status in ((reader.get(link), 200), (reader.post(link, BEGIN), 409)):
        assert answer.status_code == status
        text = answer.content.decode()
        assert f"You are signed in as {who.email}, and this invitation is for {NORA}." in text
        assert 'name="password"' not in text
    assert user_of(NORA) is None
    assert waiting() == 1


def test_an_invitation_is_accepted_by_the_address_it_was_sent_to_alone(lux, objektiv, make_user):
    """With its control: with that address the same person is let in."""
    stranger = make_user("stranger@example.test")
    with platform_context(lux, objektiv):
        invitation = invite_team_member(vendor=objektiv, email=NORA, role=VendorRole.OWNER)
    invitation = selectors.invitation_of(
        selectors.invitation_token(invitation), platform_id=lux.pk, is_staff=False
    )
    token = selectors.invitation_token(invitation)
    with pytest.raises(InvitedSomebodyElse):
        accept_invitation(invitation=invitation, token=token, user=stranger)
    stranger.email = NORA
    accept_invitation(invitation=invitation, token=token, user=stranger)
    assert roles_of(stranger, lux) == ["vendor_owner"]


def test_a_link_works_once_and_for_seven_days(lux, door, invite, reader, client_for):
    with made_earlier(days=8):
        old = invite()
    assert reader.get(old).status_code == 410
    assert reader.post(old, BEGIN).status_code == 410
    with made_earlier(days=6):
        link = invite()
    assert reader.post(link, BEGIN).status_code == 302
    second = client_for(door.host)
    for answer in (second.get(link), second.post(link, {"password": NEW})):
        assert answer.status_code == 410
        assert "Ask whoever invited you to send it again." in answer.content.decode()
    assert second.get(door.home).status_code == 302


def test_of_two_who_accept_at_once_the_second_is_refused(lux, objektiv, make_user):
    with platform_context(lux, objektiv):
        token = selectors.invitation_token(
            invite_team_member(vendor=objektiv, email=NORA, role=VendorRole.CLERK)
        )
    seen = selectors.invitation_of(token, platform_id=lux.pk, is_staff=False)
    assert seen is not None
    with platform_context(lux, role="staff"):
        withdraw_invitation(invitation=Invitation.objects.get())
    with pytest.raises(LinkEnded):
        accept_invitation(invitation=seen, token=token, user=make_user(NORA))
    assert roles_of(user_of(NORA), lux) == []
    # Nor is a user left behind of somebody who was to become one by it.
    seen.email = "new@example.test"
    with pytest.raises(LinkEnded):
        accept_as_new_user(invitation=seen, token=token, full_name="Nora", password=NEW)
    assert user_of("new@example.test") is None


def test_a_withdrawn_invitation_ends_its_link(lux, door, invite, reader):
    link = invite()
    with platform_context(lux, role="staff"):
        withdraw_invitation(invitation=Invitation.objects.get())
    assert reader.post(link, BEGIN).status_code == 410
    assert user_of(NORA) is None


def test_a_withdrawn_invitation_that_is_not_sent_yet_stays_unsent(lux, objektiv):
    with platform_context(lux, objektiv):
        withdraw_invitation(invitation=invite_team_member(vendor=objektiv, email=NORA, role=VendorRole.CLERK))
    assert sent() == []


def test_a_link_leads_into_the_place_it_was_made_for_alone(door, invite, client_for, mosel):
    link = invite()
    token = link.rstrip("/").rpartition("/")[2]
    other = STAFF if door is TEAM else TEAM
    assert client_for(door.host).get(link).status_code == 200
    assert client_for(other.host).get(f"{other.home}invitation/{token}/").status_code == 410
    assert client_for(door.host.replace("lux", "mosel")).get(link).status_code == 410


@pytest.mark.parametrize("token", ["x", "1", "1.a.b", "9" * 40 + ".a.b"])
def test_a_forged_link_gets_the_answer_of_an_old_one(lux, door, reader, token):
    page = reader.get(f"{door.home}invitation/{token}/")
    assert page.status_code == 410
    assert page["Referrer-Policy"] == "strict-origin"


def test_its_address_stays_a_secret(door, invite, reader):
    link = invite()
    page = reader.get(link)
    assert page["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page["Cache-Control"]
    assert link.rstrip("/").rpartition("/")[2] not in str(written_down())


def test_what_is_wrong_with_a_new_sign_in_comes_back(door, invite, reader):
    link = invite()
    for changes in ({"full_name": ""}, {"password": ""}, {"password": "short"}, {"password": NORA}):
        answer = reader.post(link, BEGIN | changes)
        assert answer.status_code == 422, changes
        assert "<title>Error:" in answer.content.decode()
    assert user_of(NORA) is None
    assert reader.post(link, BEGIN).status_code == 302


def test_two_invitations_of_one_person_make_one_user(lux, objektiv, voltwerk, client_for):
    for vendor in (objektiv, voltwerk):
        with platform_context(lux, vendor):
            invite_team_member(vendor=vendor, email=NORA, role=VendorRole.CLERK)
    first, second = (link_in(message) for message in sent())
    client_for(TEAM.host).post(first, BEGIN)
    elsewhere = client_for(TEAM.host)
    # The second one knows the user by now, and asks for the password.
    assert elsewhere.post(second, BEGIN | {"password": "stranger-horse-battery"}).status_code == 422
    assert elsewhere.post(second, {"password": NEW}).status_code == 302
    assert roles_of(user_of(NORA), lux) == ["vendor_clerk"] * 2


def test_a_closed_account_is_neither_written_to_nor_let_in(lux, objektiv, make_user, client_for):
    make_user(NORA)
    with platform_context(lux, objektiv):
        invite_team_member(vendor=objektiv, email=NORA, role=VendorRole.CLERK)
    link = link_in(sent()[0])
    with platform_context(role="gatekeeper"):
        User.objects.filter(email=NORA).update(is_active=False)
    with platform_context(lux, objektiv):
        invite_team_member(vendor=objektiv, email=NORA, role=VendorRole.CLERK)
    assert sent() == []
    assert client_for(TEAM.host).post(link, {"password": PASSWORD}).status_code == 410


def test_whoever_joined_meanwhile_keeps_the_role(lux, objektiv, objektiv_owner, make_user, client_for):
    with platform_context(lux, objektiv):
        invite_team_member(vendor=objektiv, email=NORA, role=VendorRole.CLERK)
    link = link_in(sent()[0])
    nora = make_user(NORA)
    with platform_context(role="operator"):
        VendorMembership.objects.create(vendor=objektiv, platform=lux, user=nora, role=VendorRole.OWNER)
    assert client_for(TEAM.host).post(link, {"password": PASSWORD}).status_code == 302
    assert roles_of(nora, lux) == ["vendor_owner"]
    assert waiting() == 0


def test_members_and_nonsense_are_not_invited(lux, objektiv, objektiv_clerk, lux_admin):
    with platform_context(lux, objektiv):
        for email in (objektiv_clerk.email, objektiv_clerk.email.upper()):
            with pytest.raises(AlreadyMember):
                invite_team_member(vendor=objektiv, email=email, role=VendorRole.OWNER)
        with pytest.raises(ValidationError):
            invite_team_member(vendor=objektiv, email="nora@", role=VendorRole.OWNER)
    with platform_context(lux, role="staff"), pytest.raises(AlreadyMember):
        invite_staff(platform=lux, email=lux_admin.email)
    assert (waiting(), written_down()) == (0, [])


def test_a_shop_has_a_bounded_number_of_invitations(lux, objektiv, voltwerk, monkeypatch):
    monkeypatch.setattr(invitations, "MAX_INVITATIONS", 1)
    with platform_context(lux, objektiv):
        for _time in range(2):
            invite_team_member(vendor=objektiv, email=NORA, role=VendorRole.CLERK)
        with pytest.raises(TooManyInvitations):
            invite_team_member(vendor=objektiv, email="more@example.test", role=VendorRole.CLERK)
    with platform_context(lux, voltwerk):
        invite_team_member(vendor=voltwerk, email=NORA, role=VendorRole.CLERK)


@pytest.mark.parametrize(
    ("of_vendor", "role"), [(True, "platform_admin"), (False, "vendor_owner"), (True, "superuser")]
)
def test_the_database_refuses_a_role_of_another_place(lux, objektiv, of_vendor, role):
    with (
        platform_context(role="operator"),
        pytest.raises(IntegrityError, match="tenancy_invitation_role_ck"),
        transaction.atomic(),
    ):
        Invitation.objects.create(platform=lux, vendor=objektiv if of_vendor else None, email=NORA, role=role)


def test_the_database_refuses_a_vendor_of_another_platform(mosel, objektiv):
    with (
        platform_context(role="operator"),
        pytest.raises(IntegrityError, match="tenancy_invitation_vendor_wall"),
        transaction.atomic(),
    ):
        Invitation.objects.create(platform=mosel, vendor=objektiv, email=NORA, role=VendorRole.CLERK)
