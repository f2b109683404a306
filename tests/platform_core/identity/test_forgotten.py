"""A user's forgotten password, at the dashboard and at both admins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from modules.tenancy.services import add_team_member
from platform_core.identity import resets, throttle
from platform_core.identity.links import LinkEnded, MailLink
from platform_core.identity.models import User
from platform_core.identity.services import set_password, update_user
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from tests.conftest import PASSWORD
from tests.mails import host_in, link_in, made_earlier, sent, written_down

pytestmark = pytest.mark.django_db

NEW = "another-horse-battery"


@dataclass(frozen=True)
class Door:
    host: str
    home: str
    sign_in: str
    email: str

    @property
    def forgotten(self) -> str:
        return f"{self.home}forgotten/"


DASHBOARD = Door("lux.localhost", "/vendor/", "/vendor/sign-in/", "owner@objektiv.test")
PLATFORM = Door("admin.lux.localhost", "/admin/", "/admin/login/", "admin@lux.test")
HUB = Door("localhost", "/admin/", "/admin/login/", "root@wizamart.test")


@pytest.fixture(autouse=True)
def _fresh_counts():
    throttle.local_counter.clear()


@pytest.fixture(autouse=True)
def people(objektiv_owner, lux_admin, superuser) -> None:
    """Somebody at each door."""


@pytest.fixture(params=[DASHBOARD, PLATFORM, HUB], ids=["dashboard", "platform", "hub"])
def door(request) -> Door:
    return request.param


@pytest.fixture
def visitor(door, client_for) -> Client:
    return client_for(door.host)


def ask(visitor: Client, door: Door, email: str = "", **query: Any) -> Any:
    return visitor.post(door.forgotten, {"email": email or door.email}, query_params=query)


def link_of(visitor: Client, door: Door) -> str:
    ask(visitor, door)
    (message,) = sent()
    return link_in(message)


def user_of(door: Door) -> User:
    with platform_context(role="gatekeeper"):
        return User.objects.get(email=door.email)


def signs_in(client: Client, door: Door, password: str) -> bool:
    return client.post(door.sign_in, {"email": door.email, "password": password}).status_code == 302


def test_it_is_set_anew_by_a_mail(door, visitor, client_for):
    elsewhere = client_for(door.host)
    assert signs_in(elsewhere, door, PASSWORD)
    assert f'href="{door.forgotten}"' in visitor.get(door.sign_in).content.decode()
    assert visitor.get(door.forgotten).status_code == 200
    assert f"If somebody signs in with {door.email}" in ask(visitor, door).content.decode()
    (message,) = sent()
    assert message.to == [door.email]
    link = link_in(message)
    # It leads to where it was asked.
    assert host_in(message) == door.host
    assert link.startswith(door.forgotten)
    page = visitor.get(link)
    assert page.status_code == 200
    assert door.email in page.content.decode()
    answer = visitor.post(link, {"new_password": NEW})
    assert (answer.status_code, answer["Location"]) == (302, door.home)
    home = visitor.get(door.home)
    assert home.status_code == 200
    assert "Your new password is set. You are signed in." in home.content.decode()
    assert elsewhere.get(door.home).status_code == 302
    assert not signs_in(client_for(door.host), door, PASSWORD)
    assert signs_in(client_for(door.host), door, NEW)


def test_nobody_learns_who_has_a_sign_in(door, visitor, make_user):
    closed = make_user("closed@lux.test", is_active=False)
    pages = []
    for email in (door.email, "nobody@lux.test", closed.email):
        answer = ask(visitor, door, email)
        assert answer.status_code == 200
        page = answer.content.decode().replace(email, "EMAIL")
        pages.append(re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page))
    assert pages[0] == pages[1] == pages[2]
    assert [message.to for message in sent()] == [[door.email]]


def test_asking_costs_the_same_whether_it_is_known_or_not(
    door, visitor, django_assert_num_queries, django_assert_max_num_queries
):
    ask(visitor, door)
    with django_assert_max_num_queries(15) as known:
        ask(visitor, door)
    with django_assert_num_queries(len(known)):
        ask(visitor, door, "nobody@lux.test")
    assert [payload["to"] for payload in written_down()] == [door.email, door.email, "nobody@lux.test"]


def test_the_mail_is_in_the_persons_language_else_in_the_pages(door, visitor):
    update_user(user=user_of(door), language="fr")
    ask(visitor, door)
    assert sent()[0].subject == "Un nouveau mot de passe pour votre connexion"
    visitor.post(door.forgotten, {"email": "nobody@lux.test"}, headers={"accept-language": "de"})
    assert written_down()[-1]["language"] == "de"


def test_what_is_written_down_opens_nothing(door, visitor):
    token = link_of(visitor, door).rstrip("/").rpartition("/")[2]
    assert visitor.get(f"{door.forgotten}{token}/").status_code == 200
    assert token not in str(written_down())


def test_a_link_works_once(door, visitor, client_for):
    link = link_of(visitor, door)
    assert visitor.post(link, {"new_password": NEW}).status_code == 302
    second = client_for(door.host)
    for answer in (second.get(link), second.post(link, {"new_password": "third-horse-battery"})):
        assert answer.status_code == 410
        assert f'href="{door.forgotten}"' in answer.content.decode()
    assert second.get(door.home).status_code == 302


def test_of_two_who_use_a_link_at_once_the_second_is_refused(objektiv_owner, monkeypatch):
    """Both have looked before one of them was first: what counts is read under the lock."""
    token = resets.PASSWORD_RESET.token(objektiv_owner.pk, objektiv_owner.password)
    resets.reset_password(token=token, new_password=NEW)
    monkeypatch.setattr(resets, "user_of_reset", lambda _token: objektiv_owner)
    with pytest.raises(LinkEnded):
        resets.reset_password(token=token, new_password="third-horse-battery")
    assert user_of(DASHBOARD).check_password(NEW)


def test_a_link_ends_with_the_password_it_was_made_for(door, visitor):
    link = link_of(visitor, door)
    set_password(user=user_of(door))
    assert visitor.get(link).status_code == 410


def test_without_the_password_in_its_signature_a_link_would_work_for_ever(door, visitor, monkeypatch):
    """Control: it is the password's hash that ends it."""

    class Forgetful(MailLink):
        def _signer(self, state):
            return MailLink._signer(self, ())

    monkeypatch.setattr(resets, "PASSWORD_RESET", Forgetful("sample", timedelta(hours=2)))
    link = link_of(visitor, door)
    set_password(user=user_of(door))
    assert visitor.get(link).status_code == 200


def test_a_link_ends_after_two_hours_and_with_the_account(door, visitor):
    with made_earlier(minutes=119):
        link = link_of(visitor, door)
    assert visitor.get(link).status_code == 200
    with made_earlier(minutes=121):
        old = link_of(visitor, door)
    assert visitor.post(old, {"new_password": NEW}).status_code == 410
    with platform_context(role="gatekeeper"):
        User.objects.filter(email=door.email).update(is_active=False)
    assert visitor.get(link).status_code == 410


@pytest.mark.parametrize("token", ["x", "1", "1.a.b", "9" * 40 + ".a.b", "%E2%82%AC.a.b"])
def test_a_forged_link_gets_the_answer_of_an_old_one(door, visitor, token):
    assert visitor.get(f"{door.forgotten}{token}/").status_code == 410


def test_its_address_stays_a_secret(door, visitor):
    link = link_of(visitor, door)
    for page in (visitor.get(link), visitor.get(f"{door.forgotten}1.a.b/")):
        assert page["Referrer-Policy"] == "strict-origin"
        assert "no-store" in page["Cache-Control"]
    assert visitor.get(door.forgotten)["Referrer-Policy"] != "strict-origin"


def test_a_password_that_is_too_weak_leaves_the_link_as_it_is(door, visitor):
    link = link_of(visitor, door)
    for weak in ("", "short", "password123"):
        assert visitor.post(link, {"new_password": weak}).status_code == 422
    assert visitor.post(link, {"new_password": NEW}).status_code == 302


def test_who_does_not_work_here_gets_a_password_and_no_entry(client_for, make_user):
    make_user("else@mosel.test")
    for door in (DASHBOARD, PLATFORM, HUB):
        visitor = client_for(door.host)
        ask(visitor, door, "else@mosel.test")
        (message,) = sent()
        answer = visitor.post(link_in(message), {"new_password": f"{NEW}-{door.host}"})
        assert answer["Location"] == door.sign_in
        assert "You can sign in with it now." in visitor.get(door.sign_in).content.decode()
        assert visitor.get(door.home).status_code == 302


def test_somebody_of_two_shops_is_asked_which(voltwerk, objektiv_owner, client_for):
    with platform_context(role="operator"):
        add_team_member(vendor=voltwerk, user=objektiv_owner, role=VendorRole.CLERK)
    visitor = client_for(DASHBOARD.host)
    answer = visitor.post(link_of(visitor, DASHBOARD), {"new_password": NEW})
    assert answer["Location"] == "/vendor/shops/"
    assert visitor.get(answer["Location"]).status_code == 200


def test_an_address_that_is_none_comes_back(door, visitor):
    answer = ask(visitor, door, "owner@")
    assert answer.status_code == 422
    assert 'value="owner@"' in answer.content.decode()
    assert written_down() == []


def test_mails_in_bulk_are_stopped(door, visitor, monkeypatch):
    monkeypatch.setattr(throttle, "ATTEMPTS", 2)
    for number in range(2):
        assert ask(visitor, door, f"a{number}@lux.test").status_code == 200
    stopped = ask(visitor, door)
    assert stopped.status_code == 429
    assert int(stopped["Retry-After"]) > 0
    assert "Many mails were asked for" in stopped.content.decode()
    assert signs_in(visitor, door, PASSWORD)
