"""What customers do by a link in a mail: a forgotten password set anew, an e-mail address confirmed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from modules.customers import links, services
from modules.customers.models import Customer
from platform_core.identity import throttle
from platform_core.identity.links import LinkEnded, MailLink
from platform_core.tenancy.context import platform_context
from tests.mails import host_in, link_in, made_earlier, sent, written_down

pytestmark = pytest.mark.django_db

HERE, THERE = "objektiv.lux.localhost", "voltwerk.lux.localhost"
PASSWORD, NEW = "correct-horse-battery", "another-horse-battery"
ANNA = {"email": "anna@example.test", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _fresh_counts():
    throttle.local_counter.clear()


@pytest.fixture
def anna(lux, objektiv):
    with platform_context(lux, objektiv):
        return services.register_customer(
            full_name="Anna Weber", language="fr", is_email_confirmed=True, **ANNA
        )


@pytest.fixture
def visitor(objektiv, client_for) -> Client:
    return client_for(HERE)


def ask(client: Client, email: str = ANNA["email"], path: str = "/account/forgotten/"):
    return client.post(path, {"email": email})


def forgotten_link(client: Client) -> str:
    ask(client)
    (message,) = sent()
    return link_in(message)


def test_a_forgotten_password_is_set_anew_by_a_mail(anna, visitor, client_for):
    elsewhere = client_for(HERE)
    assert elsewhere.post("/account/sign-in/", ANNA).status_code == 302
    page = visitor.get("/account/sign-in/").content.decode()
    assert 'href="/account/forgotten/"' in page
    assert "If there is an account for anna@example.test" in ask(visitor).content.decode()
    (message,) = sent()
    assert message.to == [ANNA["email"]]
    assert message.subject == "Un nouveau mot de passe pour Objektiv"
    link = link_in(message)
    assert host_in(message) == HERE
    # In her language, whichever the page had that was asked.
    assert link.startswith("/fr/account/forgotten/")
    page = visitor.get(link)
    assert page.status_code == 200
    assert ANNA["email"] in page.content.decode()
    answer = visitor.post(link, {"new_password": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/fr/account/")
    account = visitor.get(answer["Location"]).content.decode()
    assert "Votre nouveau mot de passe est enregistré" in account
    assert "Anna Weber" in account
    assert elsewhere.get("/account/").status_code == 302
    assert visitor.post("/account/sign-out/").status_code == 302
    assert visitor.post("/account/sign-in/", ANNA).status_code == 422
    assert visitor.post("/account/sign-in/", {**ANNA, "password": NEW}).status_code == 302


def test_nobody_learns_who_has_an_account(lux, objektiv, anna, visitor):
    with platform_context(lux, objektiv):
        closed = services.register_customer(
            full_name="Closed",
            language="fr",
            is_email_confirmed=True,
            **{**ANNA, "email": "closed@example.test"},
        )
        Customer.objects.filter(pk=closed.pk).update(is_active=False)
    pages = []
    for email in (ANNA["email"], "nobody@example.test", "closed@example.test"):
        answer = ask(visitor, email)
        assert answer.status_code == 200
        page = answer.content.decode().replace(email, "EMAIL")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))
    assert pages[0] == pages[1] == pages[2]
    assert [message.to for message in sent()] == [[ANNA["email"]]]


def test_asking_costs_the_same_whether_it_is_known_or_not(
    anna, visitor, django_assert_num_queries, django_assert_max_num_queries
):
    ask(visitor)
    with django_assert_max_num_queries(12) as known:
        ask(visitor)
    with django_assert_num_queries(len(known)):
        ask(visitor, "nobody@example.test")
    asked = [payload for payload in written_down() if payload["mail"] == "customers.password_reset"]
    assert [payload["to"] for payload in asked] == [*[ANNA["email"]] * 2, "nobody@example.test"]


def test_what_is_written_down_opens_nothing(anna, visitor):
    link = forgotten_link(visitor)
    token = resolve(link.removeprefix("/fr"), "config.urls.storefront").kwargs["token"]
    assert visitor.get(f"/account/forgotten/{token}/").status_code == 200
    assert token not in str(written_down())


def test_without_an_account_in_its_language_the_mail_is_in_the_pages(objektiv, anna, visitor):
    ask(visitor, "nobody@example.test", "/de/account/forgotten/")
    assert written_down()[-1]["language"] == "de"


def test_a_link_works_once(anna, visitor, client_for):
    link = forgotten_link(visitor)
    assert visitor.post(link, {"new_password": NEW}).status_code == 302
    second = client_for(HERE)
    for answer in (second.get(link), second.post(link, {"new_password": "third-horse-battery"})):
        assert answer.status_code == 410
        assert "/fr/account/forgotten/" in answer.content.decode()
    assert second.get("/account/").status_code == 302


def test_a_link_ends_with_the_password_it_was_made_for(lux, objektiv, anna, visitor):
    link = forgotten_link(visitor)
    with platform_context(lux, objektiv):
        services.change_password(customer=anna, current_password=PASSWORD, new_password=NEW)
    assert visitor.get(link).status_code == 410


def test_without_the_password_in_its_signature_a_link_would_work_for_ever(
    lux, objektiv, anna, visitor, monkeypatch
):
    """Control: it is the password's hash that ends it."""
    monkeypatch.setattr(links, "_password_of", lambda customer: (customer.vendor_id,))
    link = forgotten_link(visitor)
    with platform_context(lux, objektiv):
        services.change_password(customer=anna, current_password=PASSWORD, new_password=NEW)
    assert visitor.get(link).status_code == 200


def test_a_link_ends_after_two_hours(anna, visitor):
    with made_earlier(minutes=119):
        assert visitor.get(forgotten_link(visitor)).status_code == 200
    with made_earlier(minutes=121):
        link = forgotten_link(visitor)
    assert visitor.get(link).status_code == 410
    assert visitor.post(link, {"new_password": NEW}).status_code == 410


def test_a_link_of_one_shop_is_none_in_the_next(objektiv, voltwerk, anna, visitor, client_for):
    link = forgotten_link(visitor)
    assert visitor.get(link).status_code == 200
    assert client_for(THERE).get(link).status_code == 410
    # Not even where a customer has her number and her password's hash, as on another platform.
    token = links.reset_token(anna)
    double = Customer(pk=anna.pk, password=anna.password)
    double.vendor_id = voltwerk.pk
    assert not links.resets(token, double)
    double.vendor_id = objektiv.pk
    assert links.resets(token, double)


def test_of_two_who_use_a_link_at_once_the_second_is_refused(lux, objektiv, anna, monkeypatch):
    """Both have looked before one of them was first: what counts is read under the lock."""
    with platform_context(lux, objektiv):
        token = links.reset_token(anna)
        stale = Customer.objects.get(pk=anna.pk)
        services.reset_password(token=token, new_password=NEW)
        monkeypatch.setattr(services.selectors, "customer_of_reset", lambda _token: stale)
        with pytest.raises(LinkEnded):
            services.reset_password(token=token, new_password="third-horse-battery")
        assert Customer.objects.get(pk=anna.pk).check_password(NEW)


@pytest.mark.parametrize("token", ["x", "1", "1.2.3", "9" * 40 + ".a.b", "0.a.b", "%00", "1.abc.%E2%82%AC"])
def test_a_forged_link_gets_the_answer_of_an_old_one(anna, visitor, token):
    assert visitor.get(f"/account/forgotten/{token}/").status_code in (400, 410)


def test_a_link_for_one_purpose_serves_no_other(anna):
    other = MailLink("customers.other", timedelta(hours=2))
    state = links._password_of(anna)
    assert links.resets(links.reset_token(anna), anna)
    assert not links.resets(other.token(anna.pk, *state), anna)


def test_its_address_stays_a_secret(anna, visitor):
    link = forgotten_link(visitor)
    for page in (visitor.get(link), visitor.get("/account/forgotten/1.a.b/")):
        assert page["Referrer-Policy"] == "strict-origin"
        assert "no-store" in page["Cache-Control"]
        assert 'content="noindex"' in page.content.decode()
    assert visitor.get("/account/forgotten/")["Referrer-Policy"] != "strict-origin"


def test_a_password_that_is_too_weak_leaves_the_link_as_it_is(anna, visitor):
    link = forgotten_link(visitor)
    for weak in ("", "short", "anna@example.test"):
        assert visitor.post(link, {"new_password": weak}).status_code == 422
    assert visitor.post(link, {"new_password": NEW}).status_code == 302


def test_an_address_that_is_none_comes_back(objektiv, visitor):
    answer = ask(visitor, "anna@")
    assert answer.status_code == 422
    assert 'value="anna@"' in answer.content.decode()
    assert written_down() == []


def test_mails_in_bulk_are_stopped(anna, visitor, monkeypatch):
    monkeypatch.setattr(throttle, "ATTEMPTS", 2)
    for number in range(2):
        assert ask(visitor, f"a{number}@example.test").status_code == 200
    stopped = ask(visitor)
    assert stopped.status_code == 429
    assert int(stopped["Retry-After"]) > 0
    page = stopped.content.decode()
    assert "Many mails were asked for" in page
    assert f'value="{ANNA["email"]}"' in page
    # Asking for mails is no wrong password.
    assert visitor.post("/account/sign-in/", ANNA).status_code == 302


NINA = {"full_name": "Nina Hoffmann", "email": "nina@example.test", "password": PASSWORD}
HINT = "/account/confirm/"


@pytest.fixture
def nina(visitor) -> Client:
    """A browser in which somebody has just registered, in French."""
    assert visitor.post("/fr/account/register/", NINA).status_code == 302
    return visitor


def confirmed_at(lux, objektiv, email: str = NINA["email"]):
    with platform_context(lux, objektiv):
        return Customer.objects.get(email=email).email_confirmed_at


def asks_to_confirm(client: Client) -> bool:
    return f'action="{HINT}"' in client.get("/account/").content.decode()


def test_whoever_registers_confirms_the_address_by_a_mail(lux, objektiv, nina, client_for):
    assert "lien que nous vous avons envoyé" in nina.get("/fr/account/").content.decode()
    (message,) = sent()
    assert message.to == [NINA["email"]]
    assert message.subject == "Confirmez votre adresse e-mail pour Objektiv"
    link = link_in(message)
    assert host_in(message) == HERE
    assert link.startswith("/fr/account/confirm/")
    assert asks_to_confirm(nina)
    # Programs open links as well: it takes the button.
    reader = client_for(HERE)
    page = reader.get(link)
    assert page.status_code == 200
    assert NINA["email"] in page.content.decode()
    assert confirmed_at(lux, objektiv) is None
    answer = reader.post(link)
    assert (answer.status_code, answer["Location"]) == (302, "/fr/account/")
    assert confirmed_at(lux, objektiv) is not None
    # It signs nobody in.
    sign_in = reader.get(answer["Location"])
    assert sign_in.status_code == 302
    assert "Votre adresse e-mail est confirmée." in reader.get(sign_in["Location"]).content.decode()
    assert not asks_to_confirm(nina)


def test_a_confirmation_works_once(nina):
    link = link_in(sent()[0])
    assert nina.post(link).status_code == 302
    for answer in (nina.get(link), nina.post(link)):
        assert answer.status_code == 410
        assert 'href="/fr/account/"' in answer.content.decode()


def test_of_two_who_confirm_at_once_the_second_is_refused(lux, objektiv, nina, monkeypatch):
    with platform_context(lux, objektiv):
        stale = Customer.objects.get(email=NINA["email"])
        token = links.confirmation_token(stale)
        first = services.confirm_email(token=token)
        monkeypatch.setattr(services.selectors, "customer_of_confirmation", lambda _token: stale)
        with pytest.raises(LinkEnded):
            services.confirm_email(token=token)
    assert confirmed_at(lux, objektiv) == first.email_confirmed_at


def test_a_confirmation_ends_after_two_days(objektiv, visitor):
    with made_earlier(hours=47):
        visitor.post("/account/register/", NINA)
        assert visitor.get(link_in(sent()[0])).status_code == 200
    with made_earlier(hours=49):
        visitor.post(HINT)
        link = link_in(sent()[0])
    assert visitor.post(link).status_code == 410
    assert asks_to_confirm(visitor)


def test_a_confirmation_is_of_one_address_in_one_shop(lux, objektiv, voltwerk, nina, client_for):
    link = link_in(sent()[0])
    client_for(THERE).post("/account/register/", NINA)
    assert client_for(THERE).post(link).status_code == 410
    with platform_context(lux, objektiv):
        Customer.objects.filter(email=NINA["email"]).update(email="other@example.test")
    assert nina.post(link).status_code == 410
    assert confirmed_at(lux, objektiv, "other@example.test") is None


def test_without_the_address_in_its_signature_a_link_would_confirm_any(lux, objektiv, nina, monkeypatch):
    """Control: it is the address that ends it when it changes."""
    monkeypatch.setattr(links, "_address_of", lambda customer: (customer.vendor_id,))
    link = link_in(sent()[0])
    with platform_context(lux, objektiv):
        Customer.objects.filter(email=NINA["email"]).update(email="other@example.test")
    assert nina.post(link).status_code == 302


def test_the_mail_is_sent_again_when_it_is_asked_for(nina):
    sent()
    answer = nina.post(HINT)
    assert answer["Location"] == "/account/"
    assert f"A mail is on its way to {NINA['email']}" in nina.get("/account/").content.decode()
    (message,) = sent()
    assert nina.post(link_in(message)).status_code == 302
    # Nothing is left to be confirmed.
    nina.post(HINT)
    assert sent() == []


def test_a_mail_for_a_confirmed_address_is_not_sent(lux, objektiv, nina):
    with platform_context(lux, objektiv):
        Customer.objects.update(email_confirmed_at=timezone.now())
    assert sent() == []


def test_sending_again_is_for_the_customer_and_not_in_bulk(nina, client_for, monkeypatch):
    assert client_for(HERE).post(HINT).status_code == 302
    assert nina.get(HINT).status_code == 405
    monkeypatch.setattr(throttle, "ATTEMPTS", 1)
    for _time in range(2):
        nina.post(HINT)
    assert "Many mails were asked for" in nina.get("/account/").content.decode()
    assert len(sent()) == 2


def test_a_new_password_by_mail_confirms_the_address(lux, objektiv, nina, client_for):
    sent()
    visitor = client_for(HERE)
    ask(visitor, NINA["email"])
    assert visitor.post(link_in(sent()[0]), {"new_password": NEW}).status_code == 302
    first = confirmed_at(lux, objektiv)
    assert first is not None
    ask(visitor, NINA["email"])
    visitor.post(link_in(sent()[0]), {"new_password": "third-horse-battery"})
    assert confirmed_at(lux, objektiv) == first


def test_its_address_is_a_secret_too(nina):
    page = nina.get(link_in(sent()[0]))
    assert page["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page["Cache-Control"]
