"""What the admins' forms and actions do: through services, logged, and with refusals shown in place."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from modules.tenancy import services
from modules.tenancy.models import (
    Company,
    Invitation,
    PlatformMembership,
    Vendor,
    VendorDomain,
    VendorMembership,
)
from platform_core.identity.models import User
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Domain, Platform
from tests.mails import link_in, sent
from tests.platform_core.admin_site.conftest import HUB, LUX, PASSWORD

pytestmark = pytest.mark.django_db

VENDOR = {
    "code": "linse",
    "name": "Linse",
    "default_language": "en",
    "languages": ["en", "fr"],
    "currency": "EUR",
    "country": "LU",
    "theme": "atelier",
    "contact_email": "",
    "tagline_en": "Seeing well.",
}


def stored(model, **query):
    with platform_context(role="operator"):
        return model.objects.get(**query)


def messages_of(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_a_vendor_is_created_changed_and_logged(enter, lux, lux_admin, objektiv):
    client = enter(LUX, lux_admin)
    form = {**VENDOR, "company": objektiv.company_id}
    assert client.post("/admin/tenancy/vendor/add/", form).status_code == 302
    vendor = stored(Vendor, code="linse")
    assert (vendor.platform_id, vendor.languages, vendor.taglines) == (
        lux.pk,
        ["en", "fr"],
        {"en": "Seeing well."},
    )
    change = {**form, "name": "Linse Neu", "tagline_en": ""}
    assert client.post(f"/admin/tenancy/vendor/{vendor.pk}/change/", change).status_code == 302
    vendor = stored(Vendor, code="linse")
    assert (vendor.name, vendor.taglines) == ("Linse Neu", {})
    with platform_context(lux, role="staff"):
        assert LogEntry.objects.filter(object_id=str(vendor.pk)).count() == 2
    history = client.get(f"/admin/tenancy/vendor/{vendor.pk}/history/").content.decode()
    assert "admin@lux.test" in history
    assert "(optional)" not in history


def test_what_a_service_refuses_is_said_in_the_form_and_nothing_typed_is_lost(enter, lux_admin, objektiv):
    client = enter(LUX, lux_admin)
    form = {**VENDOR, "code": "objektiv", "name": "Typed name", "company": objektiv.company_id}
    response = client.post("/admin/tenancy/vendor/add/", form)
    page = response.content.decode()
    assert response.status_code == 200
    assert "There is a vendor “objektiv” on this platform already" in page
    assert 'value="Typed name"' in page


@pytest.mark.parametrize(
    ("field", "value"), [("code", "admin"), ("code", "No Code"), ("languages", ["fr"]), ("theme", "x")]
)
def test_a_vendors_form_refuses_what_cannot_be(enter, lux_admin, objektiv, field, value):
    form = {**VENDOR, "company": objektiv.company_id, field: value}
    response = enter(LUX, lux_admin).post("/admin/tenancy/vendor/add/", form)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors
    with platform_context(role="operator"):
        assert not Vendor.objects.filter(name="Linse").exists()


def test_a_company_of_another_platform_cannot_be_given_at_the_hub(enter, superuser, lux, mosel, objektiv):
    form = {**VENDOR, "platform": mosel.pk, "company": objektiv.company_id}
    response = enter(HUB, superuser).post("/admin/tenancy/vendor/add/", form)
    assert "stands on another platform" in response.content.decode()


def test_a_stored_vendor_cannot_be_given_a_company_of_another_platform(enter, superuser, objektiv, kellerei):
    form = {**VENDOR, "company": kellerei.company_id}
    response = enter(HUB, superuser).post(f"/admin/tenancy/vendor/{objektiv.pk}/change/", form)
    assert response.status_code == 200
    assert "stands on another platform" in response.content.decode()


def test_a_vendor_is_suspended_and_opened_again_after_a_question(enter, lux_admin, objektiv):
    client = enter(LUX, lux_admin)
    address = f"/admin/tenancy/vendor/{objektiv.pk}"
    assert "Suspend Objektiv?" in client.get(f"{address}/suspend/").content.decode()
    assert stored(Vendor, pk=objektiv.pk).status == "active"
    client.post(f"{address}/suspend/")
    assert stored(Vendor, pk=objektiv.pk).status == "suspended"
    client.post(f"{address}/reactivate/")
    assert stored(Vendor, pk=objektiv.pk).status == "active"


def test_a_domain_is_verified_by_its_txt_record(enter, lux_admin, objektiv, monkeypatch):
    client = enter(LUX, lux_admin)
    client.post("/admin/tenancy/vendordomain/add/", {"vendor": objektiv.pk, "host": "objektiv.example.test"})
    domain = stored(VendorDomain, host="objektiv.example.test")
    address = f"/admin/tenancy/vendordomain/{domain.pk}"
    assert domain.token in client.get(f"{address}/change/").content.decode()
    monkeypatch.setattr("modules.tenancy.admin.domains.txt_records", lambda name: ["something else"])
    assert "No TXT record" in messages_of(client.post(f"{address}/verify/", follow=True))
    assert stored(VendorDomain, pk=domain.pk).state == "pending"
    monkeypatch.setattr("modules.tenancy.admin.domains.txt_records", lambda name: [domain.token])
    client.post(f"{address}/verify/")
    assert stored(VendorDomain, pk=domain.pk).state == "active"
    assert client.post(f"{address}/delete/", {"post": "yes"}).status_code == 302
    with platform_context(role="operator"):
        assert not VendorDomain.objects.filter(pk=domain.pk).exists()


@pytest.mark.parametrize(("debug", "state"), [(True, "active"), (False, "pending")])
def test_localhost_needs_no_proof_on_a_developers_machine_alone(
    enter, lux_admin, objektiv, monkeypatch, debug, state
):
    monkeypatch.setattr("modules.tenancy.admin.domains.txt_records", lambda name: [])
    with platform_context(role="operator"):
        domain = services.add_domain(vendor=objektiv, host="objektiv.localhost")
    client = enter(LUX, lux_admin)
    with override_settings(DEBUG=debug):
        client.post(f"/admin/tenancy/vendordomain/{domain.pk}/verify/")
    assert stored(VendorDomain, pk=domain.pk).state == state


def test_the_operators_team_member_comes_with_a_password_shown_once(enter, superuser, objektiv):
    client = enter(HUB, superuser)
    form = {
        "email": "new@objektiv.test",
        "full_name": "Neu",
        "vendor": objektiv.pk,
        "role": "vendor_owner",
        "password": "",
    }
    shown = client.post("/admin/tenancy/vendormembership/add/", form, follow=True).content.decode()
    password = re.search(r'handed-over">([a-z0-9-]{19})<', shown)[1]
    assert stored(User, email="new@objektiv.test").check_password(password)
    assert password not in client.get("/admin/tenancy/vendormembership/").content.decode()
    member = stored(VendorMembership, user__email="new@objektiv.test")
    refused = client.post(
        f"/admin/tenancy/vendormembership/{member.pk}/delete/", {"post": "yes"}, follow=True
    )
    assert "keeps at least one owner" in messages_of(refused)
    assert stored(VendorMembership, pk=member.pk)


def test_the_operator_names_staff_and_the_platform_removes_them(enter, lux, lux_admin, superuser):
    enter(HUB, superuser).post(
        "/admin/tenancy/platformmembership/add/",
        {"platform": lux.pk, "email": "second@lux.test", "full_name": "", "password": "a-long-password"},
    )
    member = stored(PlatformMembership, user__email="second@lux.test")
    assert member.platform_id == lux.pk
    client = enter(LUX, lux_admin)
    for screen in ("vendormembership", "platformmembership"):
        assert client.get(f"/admin/tenancy/{screen}/add/").status_code == 403
    client.post(f"/admin/tenancy/platformmembership/{member.pk}/delete/", {"post": "yes"})
    with platform_context(role="operator"):
        assert not PlatformMembership.objects.filter(pk=member.pk).exists()


def test_staff_invite_and_learn_nothing_of_whom(enter, lux_admin, objektiv, objektiv_owner, make_user):
    make_user("known@elsewhere.test", full_name="Nora")
    client = enter(LUX, lux_admin)
    for email in ("known@elsewhere.test", "nobody@elsewhere.test"):
        form = {"email": email, "vendor": objektiv.pk, "role": "vendor_clerk", "language": ""}
        answer = client.post("/admin/tenancy/invitation/add/", form, follow=True)
        assert answer.status_code == 200
        invitation = stored(Invitation, email=email)
        page = client.get(f"/admin/tenancy/invitation/{invitation.pk}/change/").content.decode()
        assert "Nora" not in answer.content.decode() + page
    assert "Nora" not in client.get("/admin/tenancy/invitation/").content.decode()
    assert "elsewhere.test" not in client.get("/admin/platform_core/user/").content.decode()
    assert [message.to[0] for message in sent()] == ["known@elsewhere.test", "nobody@elsewhere.test"]
    again = client.post(f"/admin/tenancy/invitation/{invitation.pk}/send-again/", follow=True)
    assert "A mail is on its way to nobody@elsewhere.test" in messages_of(again)
    assert [message.to[0] for message in sent()] == ["nobody@elsewhere.test"]
    client.post(f"/admin/tenancy/invitation/{invitation.pk}/delete/", {"post": "yes"})
    with platform_context(role="operator"):
        assert not Invitation.objects.filter(pk=invitation.pk).exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "owner@objektiv.test"}, "is among the people here already"),
        ({"email": "nobody"}, "Enter a valid email address"),
        ({"vendor": ""}, "Choose the shop whose team it is."),
        ({"role": "platform_admin"}, "Platform staff belong to no shop."),
    ],
)
def test_an_invitation_that_makes_no_sense_comes_back(
    enter, lux_admin, objektiv, objektiv_owner, changes, said
):
    form = {"email": "new@objektiv.test", "vendor": objektiv.pk, "role": "vendor_clerk", "language": "fr"}
    answer = enter(LUX, lux_admin).post("/admin/tenancy/invitation/add/", form | changes)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert said in text
    assert f'value="{(form | changes)["email"]}"' in text
    assert sent() == []


def test_staff_have_a_new_password_mailed_to_their_people_and_learn_none(
    enter, lux_admin, objektiv_owner, kellerei, make_user
):
    stranger = make_user("else@kellerei.test")
    client = enter(LUX, lux_admin)
    address = f"/admin/platform_core/user/{objektiv_owner.pk}/password-mail/"
    assert (
        f'href="{address}"'
        in client.get(f"/admin/platform_core/user/{objektiv_owner.pk}/change/").content.decode()
    )
    assert "Until it is used" in client.get(address).content.decode()
    assert sent() == []
    answer = client.post(address, follow=True)
    assert "A mail is on its way" in messages_of(answer)
    (message,) = sent()
    assert message.to == [objektiv_owner.email]
    assert link_in(message) not in answer.content.decode()
    assert stored(User, pk=objektiv_owner.pk).check_password(PASSWORD)
    # Handing a password over is the operator's alone.
    for path in (f"{objektiv_owner.pk}/password/", f"{stranger.pk}/password-mail/"):
        refused = client.post(f"/admin/platform_core/user/{path}", {"password": "x" * 20}, follow=True)
        assert refused.status_code == 404
    assert stored(User, pk=objektiv_owner.pk).check_password(PASSWORD)
    assert sent() == []


def test_the_operator_hands_a_password_over(enter, superuser, objektiv_owner):
    client = enter(HUB, superuser)
    address = f"/admin/platform_core/user/{objektiv_owner.pk}/password/"
    assert client.post(address, {"password": "short"}).status_code == 422
    client.post(address, {"password": "another-long-password"})
    assert stored(User, pk=objektiv_owner.pk).check_password("another-long-password")


def test_no_page_shows_a_password_hash(enter, superuser, lux_admin, objektiv_owner):
    hashes = [user.password for user in (superuser, lux_admin, objektiv_owner)]
    for host, who in ((HUB, superuser), (LUX, lux_admin)):
        client = enter(host, who)
        for path in ("", f"{objektiv_owner.pk}/change/", f"{objektiv_owner.pk}/history/"):
            page = client.get(f"/admin/platform_core/user/{path}").content.decode()
            assert not any(value in page for value in hashes)


def test_a_platform_is_set_up_in_the_background_and_never_deleted(
    enter, superuser, monkeypatch, django_capture_on_commit_callbacks
):
    asked: list[int] = []
    monkeypatch.setattr("platform_core.tenancy.services._ask_the_operator", asked.append)
    client = enter(HUB, superuser)
    form = {"code": "saar", "name": "Saar", "host": "saar.localhost", "default_language": "de"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/admin/platform_core/platform/add/", form).status_code == 302
    platform = stored(Platform, code="saar")
    assert (platform.status, asked) == ("provisioning", [platform.pk])
    assert "Being set up" in client.get("/admin/platform_core/platform/").content.decode()
    assert (
        client.post(f"/admin/platform_core/platform/{platform.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )
    again = client.post("/admin/platform_core/platform/add/", {**form, "code": "other"})
    assert "belongs to somebody already" in again.content.decode()


def test_hosts_of_a_platform_come_and_go_but_one_stays(enter, superuser, lux):
    client = enter(HUB, superuser)
    only = stored(Domain, domain="lux.localhost")
    refused = client.post(f"/admin/platform_core/domain/{only.pk}/delete/", {"post": "yes"}, follow=True)
    assert "answer on no host" in messages_of(refused)
    client.post("/admin/platform_core/domain/add/", {"tenant": lux.pk, "domain": "lux.example.test"})
    second = stored(Domain, domain="lux.example.test")
    client.post(f"/admin/platform_core/domain/{second.pk}/primary/")
    assert stored(Domain, pk=second.pk).is_primary


def test_the_last_superuser_cannot_lock_everybody_out(enter, superuser):
    client = enter(HUB, superuser)
    form = {"email": superuser.email, "full_name": "", "language": "en", "time_zone": "Europe/Luxembourg"}
    response = client.post(f"/admin/platform_core/user/{superuser.pk}/change/", form)
    assert "keeps at least one active superuser" in response.content.decode()
    assert stored(User, pk=superuser.pk).is_superuser


def test_signing_out_needs_a_post(enter, lux_admin):
    client = enter(LUX, lux_admin)
    assert client.get("/admin/logout/").status_code == 405
    assert client.get("/admin/").status_code == 200
    assert client.post("/admin/logout/").status_code == 302
    assert client.get("/admin/").status_code == 302


def test_ones_own_password_changes_and_the_session_goes_on(enter, lux_admin):
    here, there = enter(LUX, lux_admin), enter(LUX, lux_admin)
    words = {"current_password": "wrong", "new_password": "another-long-password"}
    assert here.post("/admin/password_change/", words).status_code == 422
    assert here.post("/admin/password_change/", {**words, "current_password": PASSWORD}).status_code == 302
    assert here.get("/admin/").status_code == 200
    assert there.get("/admin/").status_code == 302


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
def test_the_admin_speaks_the_language_of_the_profile(enter, lux_admin, language):
    client = enter(LUX, lux_admin)
    form = {"full_name": "Léa", "language": language, "time_zone": "Europe/Berlin"}
    assert client.post("/admin/profile/", form).status_code == 302
    page = client.get("/admin/").content.decode()
    assert f'<html lang="{language}"' in page


def test_guessing_is_stopped(client_for, lux_admin):
    client = client_for(LUX)
    wrong = {"email": lux_admin.email, "password": "wrong-password"}
    statuses = [client.post("/admin/login/", wrong).status_code for _ in range(12)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    stopped = client.post("/admin/login/", {**wrong, "password": PASSWORD})
    assert stopped.status_code == 429
    assert int(stopped["Retry-After"]) > 0


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test", "javascript:alert(1)", "/\\evil.test"]
)
def test_signing_in_never_leads_elsewhere(client_for, lux_admin, target):
    form = {"email": lux_admin.email, "password": PASSWORD, "next": target}
    assert client_for(LUX).post("/admin/login/", form).headers["Location"] == "/admin/"


LISTS = (
    "tenancy/vendor",
    "tenancy/company",
    "tenancy/vendordomain",
    "tenancy/vendormembership",
    "platform_core/user",
    "admin/logentry",
)


@pytest.mark.parametrize(("host", "who"), [(LUX, "lux_admin"), (HUB, "superuser")])
@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_few_questions_however_long_it_is(
    enter, lux, make_vendor, make_user, host, who, path, request
):
    """At most 15 queries, and no more for twelve rows than for two."""
    client = enter(host, request.getfixturevalue(who))

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            vendor = make_vendor(lux, f"shop-{number}")
            user = make_user(f"owner-{number}@example.test")
            with platform_context(role="operator"):
                services.add_domain(vendor=vendor, host=f"shop-{number}.example.test")
                services.add_team_member(vendor=vendor, user=user, role="vendor_owner")
            with platform_context(lux if host == LUX else None, role="staff" if host == LUX else "operator"):
                LogEntry.objects.create(user_id=user.pk, object_id="1", object_repr="x", action_flag=2)

    def count() -> int:
        client.get(f"/admin/{path}/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/admin/{path}/").status_code == 200
        return len(queries)

    fill(0, 2)
    few = count()
    fill(2, 12)
    assert count() <= few
    assert few <= 15


def test_companies_are_made_with_their_facts(enter, lux, lux_admin):
    client = enter(LUX, lux_admin)
    form = {"legal_name": "Prisma S.A.", "country": "FR", "city": "Metz", "email": "not an address"}
    assert client.post("/admin/tenancy/company/add/", form).status_code == 200
    assert client.post("/admin/tenancy/company/add/", {**form, "email": ""}).status_code == 302
    company = stored(Company, legal_name="Prisma S.A.")
    assert (company.platform_id, company.country, company.city) == (lux.pk, "FR", "Metz")


def test_what_a_superuser_does_on_a_platform_stays_in_its_history(enter, superuser, lux_admin, objektiv):
    enter(LUX, superuser).post(f"/admin/tenancy/vendor/{objektiv.pk}/suspend/")
    page = enter(LUX, lux_admin).get(f"/admin/tenancy/vendor/{objektiv.pk}/history/").content.decode()
    assert "Operator" in page
    assert superuser.email not in page
