"""A customer's account in one shop, from the browser's side."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError
from django.test import Client

from modules.customers import extensions, selectors, services
from modules.customers.models import Address, Customer
from modules.customers.storefront import views
from platform_core import trouble
from platform_core.identity import throttle
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy
from platform_core.sessions.models import Session
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db

HERE, THERE, PATHS = "objektiv.lux.localhost", "voltwerk.lux.localhost", "lux.localhost"
PASSWORD = "correct-horse-battery"
ANNA = {"email": "anna@example.test", "password": PASSWORD}
HOME = {
    "name": "Anna Weber",
    "line1": "12, rue de la Gare",
    "line2": "",
    "postal_code": "L-1611",
    "city": "Luxembourg",
    "country": "LU",
}
ACCOUNT_PAGES = (
    "/account/",
    "/account/addresses/",
    "/account/addresses/new/",
    "/account/profile/",
    "/account/password/",
)


@pytest.fixture(autouse=True)
def _fresh_counts():
    throttle.local_counter.clear()


@pytest.fixture
def anna(lux, objektiv):
    with platform_context(lux, objektiv):
        return services.register_customer(full_name="Anna Weber", language="fr", **ANNA)


@pytest.fixture
def signed_in(anna, client_for) -> Client:
    client = client_for(HERE)
    assert client.post("/account/sign-in/", ANNA).status_code == 302
    return client


def text_of(response) -> str:
    return response.content.decode()


def test_a_customer_signs_in_reaches_her_account_and_signs_out(signed_in):
    page = signed_in.get("/account/")
    assert "Anna Weber" in text_of(page)
    assert "no-store" in page["Cache-Control"]
    answer = signed_in.post("/account/sign-out/")
    assert answer["Location"] == "/account/sign-in/?signed-out"
    assert "You are signed out." in text_of(signed_in.get(answer["Location"]))
    assert signed_in.get("/account/").status_code == 302


def test_signing_out_takes_a_post(signed_in):
    assert signed_in.get("/account/sign-out/").status_code == 405
    assert signed_in.get("/account/").status_code == 200


@pytest.mark.parametrize("path", ACCOUNT_PAGES)
def test_account_pages_ask_strangers_to_sign_in_and_bring_them_back(anna, client_for, path):
    client = client_for(HERE)
    answer = client.get(f"/fr{path}")
    assert answer.status_code == 302
    target = answer["Location"]
    assert target.startswith("/fr/account/sign-in/?next=")
    form = text_of(client.get(target))
    after = client.post(
        "/fr/account/sign-in/", {**ANNA, "next": re.search(r'name="next" value="([^"]+)"', form)[1]}
    )
    assert after["Location"] == f"/fr{path}"


def test_without_its_policy_a_page_would_let_strangers_in(anna, client_for, monkeypatch):
    """Control: it is the policy that keeps them out."""
    monkeypatch.setattr(views.profile, "policy", Policy(Audience.PUBLIC))
    client = client_for(HERE, raise_request_exception=False)
    assert client.get("/account/profile/").status_code != 302


@pytest.mark.parametrize(
    "next_address", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:x"]
)
def test_sign_in_never_leads_to_another_site(anna, client_for, next_address):
    answer = client_for(HERE).post("/account/sign-in/", {**ANNA, "next": next_address})
    assert answer["Location"] == "/account/"


def test_unknown_and_wrong_look_the_same(anna, client_for):
    pages = []
    for email, password in ((ANNA["email"], "wrong"), ("nobody@example.test", PASSWORD)):
        answer = client_for(HERE).post("/account/sign-in/", {"email": email, "password": password})
        assert answer.status_code == 422
        assert "<title>Error: Sign in" in text_of(answer)
        page = text_of(answer).replace(email, "EMAIL")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))
    assert pages[0] == pages[1]
    assert "E-mail address and password do not match." in pages[0]


def test_guessing_is_stopped(anna, client_for, monkeypatch):
    monkeypatch.setattr(throttle, "ATTEMPTS", 2)
    client = client_for(HERE)
    for _try in range(2):
        assert client.post("/account/sign-in/", {**ANNA, "password": "no"}).status_code == 422
    stopped = client.post("/account/sign-in/", ANNA)
    assert stopped.status_code == 429
    assert 0 < int(stopped["Retry-After"]) <= throttle.QUIET_SECONDS
    assert "Too many wrong passwords." in text_of(stopped)


def test_what_the_database_could_not_answer_is_no_wrong_password(anna, client_for, monkeypatch):
    def away(**_given):
        raise OperationalError("gone")

    client = client_for(HERE)
    with monkeypatch.context() as broken:
        broken.setattr(views.services, "authenticate", away)
        for _number in range(2 * throttle.ATTEMPTS):
            assert client.post("/account/sign-in/", ANNA).status_code == 503
    assert client.post("/account/sign-in/", ANNA).status_code == 302


def test_a_session_that_the_database_could_not_take_is_503(anna, client_for, monkeypatch):
    def away(*_args, **_given):
        raise OperationalError("gone")

    client = client_for(HERE, raise_request_exception=False)
    monkeypatch.setattr(Session, "save", away)
    answer = client.post("/account/sign-in/", ANNA)
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_a_customer_of_one_shop_is_unknown_in_the_next(signed_in, voltwerk, client_for):
    neighbour = client_for(THERE)
    for name, morsel in signed_in.cookies.items():
        neighbour.cookies[name] = morsel.value
    assert neighbour.get("/account/").status_code == 302
    assert neighbour.post("/account/sign-in/", ANNA).status_code == 422


def test_shops_that_share_a_host_keep_their_customers_apart(lux, anna, voltwerk, client_for):
    client = client_for(PATHS)
    signed = client.post("/vendors/objektiv/shop/account/sign-in/", ANNA)
    assert signed["Location"] == "/vendors/objektiv/shop/account/"
    assert client.get("/vendors/objektiv/shop/account/").status_code == 200
    assert client.get("/vendors/voltwerk/shop/account/").status_code == 302
    # Even with the other shop's cookie under this shop's name.
    client.cookies["wz_shop_voltwerk"] = client.cookies["wz_shop_objektiv"].value
    assert client.get("/vendors/voltwerk/shop/account/").status_code == 302


def test_the_same_address_registers_in_each_shop(lux, anna, voltwerk, client_for):
    facts = {**ANNA, "full_name": "Anna <b>W</b>"}
    taken = client_for(HERE).post("/account/register/", facts)
    assert taken.status_code == 422
    assert "There is an account with this e-mail address." in text_of(taken)
    client = client_for(THERE)
    answer = client.post("/de/account/register/", facts)
    assert answer["Location"] == "/de/account/"
    page = text_of(client.get("/de/account/"))
    assert "Anna &lt;b&gt;W&lt;/b&gt;" in page
    with platform_context(lux, voltwerk):
        assert Customer.objects.get().language == "de"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "anna-weber@example.test"),
        ("email", "no-address"),
        ("email", "a\0@example.test"),
        ("full_name", ""),
        ("full_name", "x" * 200),
        ("password", "x" * 5000),
    ],
)
def test_a_bad_registration_comes_back_with_what_was_typed(lux, objektiv, client_for, field, value):
    facts = {
        "email": "anna-weber@example.test",
        "full_name": "Anna Weber",
        "password": PASSWORD,
        field: value,
    }
    answer = client_for(HERE).post("/account/register/", facts)
    assert answer.status_code == 422
    html = text_of(answer)
    assert "<title>Error: " in html
    assert "aria-describedby" in html
    assert PASSWORD not in html
    if field != "full_name":
        assert 'value="Anna Weber"' in html
    with platform_context(lux, objektiv):
        assert not Customer.objects.exists()


def test_registering_in_bulk_is_stopped(lux, objektiv, client_for, monkeypatch):
    monkeypatch.setattr(throttle, "ATTEMPTS", 2)
    answers = [
        client_for(HERE).post(
            "/account/register/", {"email": f"p{n}@example.test", "full_name": "P", "password": PASSWORD}
        )
        for n in range(3)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= throttle.QUIET_SECONDS


def test_guessing_the_present_password_is_stopped(anna, signed_in, monkeypatch):
    monkeypatch.setattr(throttle, "ATTEMPTS", 1)
    wrong = {"current_password": "no", "new_password": "another-password-9"}
    signed_in.post("/account/password/", wrong)
    stopped = signed_in.post("/account/password/", wrong)
    assert stopped.status_code == 429
    assert int(stopped["Retry-After"]) > 0


def test_a_new_password_ends_the_other_session(anna, signed_in, client_for):
    elsewhere = client_for(HERE)
    elsewhere.post("/account/sign-in/", ANNA)
    wrong = signed_in.post(
        "/account/password/", {"current_password": "no", "new_password": "another-password-9"}
    )
    assert wrong.status_code == 422
    done = signed_in.post(
        "/account/password/", {"current_password": PASSWORD, "new_password": "another-password-9"}
    )
    assert done["Location"] == "/account/"
    assert signed_in.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert (
        client_for(HERE).post("/account/sign-in/", {**ANNA, "password": "another-password-9"}).status_code
        == 302
    )


def test_the_profile_is_changed(lux, objektiv, anna, signed_in):
    assert signed_in.post("/account/profile/", {"full_name": "Anna M.", "language": "lb"}).status_code == 302
    assert signed_in.post("/account/profile/", {"full_name": "", "language": "xx"}).status_code == 422
    with platform_context(lux, objektiv):
        anna.refresh_from_db()
    assert (anna.full_name, anna.language) == ("Anna M.", "lb")


def test_addresses_are_added_changed_and_removed(lux, objektiv, anna, signed_in):
    assert "No address yet" in text_of(signed_in.get("/account/addresses/"))
    assert signed_in.post("/account/addresses/new/", HOME).status_code == 302
    assert (
        signed_in.post(
            "/account/addresses/new/", {**HOME, "city": "Esch <x>", "is_default": "on"}
        ).status_code
        == 302
    )
    page = text_of(signed_in.get("/account/addresses/"))
    assert page.index("Esch &lt;x&gt;") < page.index("12, rue de la Gare<br>L-1611 Luxembourg")
    with platform_context(lux, objektiv):
        first, second = selectors.addresses_of(customer=anna)
    assert signed_in.get(f"/account/addresses/{second.pk}/").status_code == 200
    assert signed_in.post(f"/account/addresses/{second.pk}/", {**HOME, "city": ""}).status_code == 422
    assert signed_in.post(f"/account/addresses/{second.pk}/", {**HOME, "city": "Mersch"}).status_code == 302
    assert "Remove this address?" in text_of(signed_in.get(f"/account/addresses/{first.pk}/delete/"))
    assert signed_in.post(f"/account/addresses/{first.pk}/delete/").status_code == 302
    with platform_context(lux, objektiv):
        left = selectors.addresses_of(customer=anna).get()
    assert (left.city, left.is_default) == ("Mersch", True)


def test_somebody_elses_address_is_not_there(lux, objektiv, voltwerk, signed_in):
    with platform_context(lux, objektiv):
        ben = services.register_customer(email="ben@example.test", password=PASSWORD, full_name="Ben")
        theirs = services.save_address(customer=ben, **HOME)
    with platform_context(lux, voltwerk):
        carl = services.register_customer(email="carl@example.test", password=PASSWORD, full_name="Carl")
        foreign = services.save_address(customer=carl, **HOME)
    for pk in (theirs.pk, foreign.pk, 0, 2**63, 10**30):
        for path in (f"/account/addresses/{pk}/", f"/account/addresses/{pk}/delete/"):
            assert signed_in.get(path).status_code == 404
            assert signed_in.post(path, HOME).status_code == 404
    with platform_context(lux, objektiv):
        assert Address.objects.filter(pk=theirs.pk, city="Luxembourg").exists()


def test_without_its_owner_in_the_question_the_neighbours_address_would_answer(
    lux, objektiv, signed_in, monkeypatch
):
    """Control: it is the selector that starts at the customer which hides it."""
    with platform_context(lux, objektiv):
        ben = services.register_customer(email="ben@example.test", password=PASSWORD, full_name="Ben")
        theirs = services.save_address(customer=ben, **HOME)
    monkeypatch.setattr(selectors, "addresses_of", lambda *, customer: Address.objects.all())
    assert signed_in.get(f"/account/addresses/{theirs.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/account/sign-in/", "/account/register/", "/account/sign-out/"])
def test_a_forged_form_is_refused_in_the_shops_look(anna, client_for, path):
    answer = client_for(HERE, enforce_csrf_checks=True).post(path, ANNA)
    assert answer.status_code == 403
    assert "data-theme=" in text_of(answer)


def test_a_closed_account_is_signed_out(lux, objektiv, anna, signed_in):
    with platform_context(lux, objektiv):
        Customer.objects.filter(pk=anna.pk).update(is_active=False)
    assert signed_in.get("/account/").status_code == 302


def test_pages_of_the_account_stay_within_their_queries(signed_in, django_assert_max_num_queries):
    for path in ACCOUNT_PAGES:
        signed_in.get(path)
        # Two of them for the shop's time zone, which is kept once it is committed; the test's own rows never are.
        with django_assert_max_num_queries(8):
            assert signed_in.get(path).status_code == 200


def test_what_the_browser_had_is_offered_to_other_modules_at_sign_in(anna, client_for, monkeypatch):
    seen = []
    monkeypatch.setattr(
        extensions.signed_in,
        "_answers",
        [
            lambda request, customer, kept: seen.append(
                (bool(request.session["account_id"]), customer.pk, kept)
            )
        ],
    )
    client = client_for(HERE)
    client.post("/account/sign-in/", {**ANNA, "password": "wrong"})
    assert seen == []
    client.post("/account/sign-in/", ANNA)
    client.post("/account/sign-out/")
    client.post("/account/register/", {**ANNA, "email": "ben@example.test", "full_name": "Ben"})
    assert [(is_in, kept) for is_in, _pk, kept in seen] == [(True, {}), (True, {})]
    assert len({pk for _is_in, pk, _kept in seen}) == 2


def test_other_modules_add_pages_to_the_account(signed_in, monkeypatch):
    def links() -> list[extensions.AccountLink]:
        return [extensions.AccountLink("Vouchers & co", "/account/", "package")]

    monkeypatch.setattr(extensions.account_links, "_answers", [links])
    assert re.search(
        r'<a href="/account/" aria-current="page"><svg.*?</svg>Vouchers &amp; co</a>',
        text_of(signed_in.get("/account/")),
    )
    monkeypatch.setattr(extensions.account_links, "_answers", [])
    assert "Vouchers" not in text_of(signed_in.get("/account/"))


def test_an_expired_form_can_be_sent_again_with_all_but_the_password(anna, client_for):
    here = {"origin": f"http://{HERE}"}
    client = client_for(HERE, enforce_csrf_checks=True)
    answer = client.post("/account/sign-in/", ANNA, headers=here)
    assert answer.status_code == 403
    assert "This page was open too long" in text_of(answer)
    assert f'name="email" value="{ANNA["email"]}"' in text_of(answer)
    assert PASSWORD not in text_of(answer)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text_of(answer))[1]
    form = {"email": ANNA["email"], "csrfmiddlewaretoken": token}
    again = client.post("/account/sign-in/", form, headers=here)
    assert again.status_code == 422
    assert f'value="{ANNA["email"]}"' in text_of(again)


@pytest.mark.parametrize("sender", [{"origin": "https://evil.example"}, {}])
def test_a_form_of_another_site_is_not_offered_to_be_sent_on(anna, client_for, sender):
    client = client_for(HERE, enforce_csrf_checks=True)
    answer = client.post("/account/sign-in/", {**ANNA, "email": "evil@example.test"}, headers=sender)
    assert answer.status_code == 403
    assert "evil@example.test" not in text_of(answer)


def test_without_asking_where_a_form_comes_from_it_would_be_offered(anna, client_for, monkeypatch):
    """Control."""
    monkeypatch.setattr(trouble, "FOREIGN_ORIGIN", "never")
    client = client_for(HERE, enforce_csrf_checks=True)
    sent = {**ANNA, "email": "evil@example.test"}
    answer = client.post("/account/sign-in/", sent, headers={"origin": "https://evil.example"})
    assert "evil@example.test" in text_of(answer)
