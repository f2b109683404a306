"""Companies, vendors, teams and staff: what a service changes, and what it refuses."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.utils import ProgrammingError

from modules.tenancy.exceptions import CompanyExists, DomainTaken, LastOwner, UserWorksElsewhere
from modules.tenancy.models import Company, PlatformMembership, Vendor, VendorDomain, VendorMembership
from modules.tenancy.services import (
    activate_domain,
    add_domain,
    add_team_member,
    appoint_staff,
    appoint_team_member,
    create_company,
    create_vendor,
    make_primary,
    remove_staff,
    remove_team_member,
    send_password_mail,
    update_company,
    update_member,
    update_vendor,
)
from platform_core.identity.models import User
from platform_core.roles import VendorRole
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory
from tests.mails import host_in, link_in, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_staff(lux):
    with platform_context(lux, role="staff"):
        yield lux


def test_a_company_is_made_and_changed_and_its_name_is_taken_once(as_staff):
    company = create_company(platform=as_staff, legal_name=" Linse S.à r.l. ", city="Luxembourg")
    assert (company.legal_name, company.city) == ("Linse S.à r.l.", "Luxembourg")
    other = create_company(platform=as_staff, legal_name="Prisma S.A.")
    with pytest.raises(CompanyExists):
        create_company(platform=as_staff, legal_name="LINSE S.à r.l.")
    with pytest.raises(CompanyExists):
        update_company(company=other, legal_name="linse s.à r.l.")
    with pytest.raises(ValidationError):
        update_company(company=other, email="no address")
    assert update_company(company=other, city="Esch").city == "Esch"


def test_staff_cannot_make_a_company_on_another_platform(as_staff, mosel):
    with pytest.raises(ValidationError):
        create_company(platform=mosel, legal_name="Fremd S.A.")
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Company.objects.create(platform=mosel, legal_name="Fremd S.A.")


def test_a_vendor_changes_and_its_pages_know_at_once(client_for, lux, objektiv):
    assert host_directory.find("objektiv.lux.localhost").vendor.name == "Objektiv"
    with platform_context(lux, role="staff"):
        update_vendor(
            vendor=objektiv, name="Objektiv Neu", languages=["en", "de"], taglines={"en": "Seeing."}
        )
        with pytest.raises(ValidationError):
            update_vendor(vendor=objektiv, default_language="fr")
        with pytest.raises(TypeError):
            update_vendor(vendor=objektiv, code="other")
    host_directory.forget()
    found = host_directory.find("objektiv.lux.localhost").vendor
    assert (found.name, found.languages) == ("Objektiv Neu", ("en", "de"))


@pytest.mark.parametrize("code", ["a-", "xn--a", "ab--cd"])
def test_a_code_that_no_host_could_carry_is_refused(lux, objektiv, code):
    with platform_context(lux, role="staff"):
        with pytest.raises(ValidationError):
            create_vendor(platform=lux, company=objektiv.company, code=code, name="Linse")
        # One of before stays, and stands in the way of no other change.
        Vendor.objects.filter(pk=objektiv.pk).update(code=code)
        assert update_vendor(vendor=objektiv, name="Objektiv Neu").code == code


# Of both platforms: the hosts themselves, their admins, and their vendors' subdomains.
OTHERS = [
    f"{below}{host}" for host in ("lux.localhost", "mosel.localhost") for below in ("", "admin.", "voltwerk.")
]


@pytest.mark.parametrize("host", [*OTHERS, "objektiv.lux.localhost", "a.b.mosel.localhost", "hub.test"])
def test_a_domain_of_the_house_or_of_a_neighbour_is_taken(lux, mosel, objektiv, settings, host):
    settings.HUB_HOSTS = ["hub.test"]
    with platform_context(lux, role="staff"):
        with pytest.raises(DomainTaken):
            add_domain(vendor=objektiv, host=host)
        # A claim of before is not served either.
        claim = VendorDomain.objects.create(vendor=objektiv, platform=lux, host=host)
        with pytest.raises(DomainTaken):
            activate_domain(domain=claim)


def test_control_without_the_look_around_a_neighbours_subdomain_could_be_claimed(lux, objektiv, monkeypatch):
    monkeypatch.setattr("modules.tenancy.services._require_free", lambda host, *, vendor_id: None)
    with platform_context(lux, role="staff"):
        assert add_domain(vendor=objektiv, host="voltwerk.lux.localhost").pk


@pytest.mark.parametrize(
    "host", ["objektiv.localhost", "luxlocalhost.test", "notlux.localhost", "shop.hub.test"]
)
def test_a_domain_beside_them_is_free(lux, mosel, objektiv, settings, host):
    settings.HUB_HOSTS = ["hub.test"]
    with platform_context(lux, role="staff"):
        assert add_domain(vendor=objektiv, host=host).host == host


def test_one_domain_is_primary(lux, objektiv):
    with platform_context(lux, role="staff"):
        hosts = [add_domain(vendor=objektiv, host=f"{name}.example.test") for name in ("a1", "b1")]
        for domain in hosts:
            activate_domain(domain=domain)
        make_primary(domain=hosts[0])
        make_primary(domain=hosts[1])
        primary = VendorDomain.objects.filter(vendor=objektiv, is_primary=True)
        assert [domain.host for domain in primary] == ["b1.example.test"]
        assert Vendor.objects.get(pk=objektiv.pk).canonical_host == "b1.example.test"


def test_an_appointment_creates_a_user_once_and_shows_the_password_once(lux, objektiv):
    with platform_context(lux, role="staff"):
        first = appoint_team_member(vendor=objektiv, email="new@objektiv.test", role=VendorRole.OWNER)
        assert len(first.password) == 19
        assert first.membership.user.email == "new@objektiv.test"
        again = appoint_team_member(vendor=objektiv, email="NEW@objektiv.test", role=VendorRole.OWNER)
        assert again.password == ""
        assert again.membership.pk == first.membership.pk
        # Now a member, the user is seen by the platform's staff.
        assert User.objects.get(email="new@objektiv.test").check_password is not None


def test_appointing_somebody_who_has_a_sign_in_changes_nothing_of_theirs(lux, make_user):
    user = make_user("paul@elsewhere.test", full_name="Paul")
    with platform_context(lux, role="staff"):
        made = appoint_staff(
            platform=lux, email="paul@elsewhere.test", full_name="Other", password="a-long-one"
        )
    assert made.password == ""
    with platform_context(role="gatekeeper"):
        user.refresh_from_db()
    assert user.full_name == "Paul"
    assert user.check_password("correct-horse-battery")


def test_an_owner_who_cannot_sign_in_is_none_to_rely_on(lux, objektiv, objektiv_owner, make_user):
    second = make_user("second@objektiv.test")
    with platform_context(lux, role="staff"):
        add_team_member(vendor=objektiv, user=second, role=VendorRole.OWNER)
    with platform_context(role="gatekeeper"):
        User.objects.filter(pk=second.pk).update(is_active=False)
    with platform_context(lux, role="staff"), pytest.raises(LastOwner):
        remove_team_member(vendor=objektiv, user=objektiv_owner)
    with platform_context(role="gatekeeper"):
        User.objects.filter(pk=second.pk).update(is_active=True)
    with platform_context(lux, role="staff"):
        remove_team_member(vendor=objektiv, user=objektiv_owner)


def test_the_last_owner_cannot_be_made_a_clerk(lux, objektiv, objektiv_owner):
    with platform_context(lux, role="staff"), pytest.raises(LastOwner):
        appoint_team_member(vendor=objektiv, email=objektiv_owner.email, role=VendorRole.CLERK)


def test_staff_membership_ends(lux, lux_admin):
    with platform_context(lux, role="staff"):
        remove_staff(membership=PlatformMembership.objects.get(user=lux_admin))
        assert not PlatformMembership.objects.exists()


@pytest.fixture
def shared(objektiv, kellerei, make_user) -> User:
    """Somebody in the teams of two platforms."""
    user = make_user("shared@example.test", full_name="Sacha")
    with platform_context(role="operator"):
        for vendor in (objektiv, kellerei):
            VendorMembership.objects.create(vendor=vendor, platform_id=vendor.platform_id, user=user)
    return user


def test_staff_change_people_only_where_nobody_else_depends_on_them(
    lux, objektiv_clerk, shared, make_user, superuser
):
    with platform_context(lux, role="staff"):
        assert update_member(platform=lux, user=objektiv_clerk, full_name="Kim").full_name == "Kim"
        for user in (shared, superuser, make_user("nobody@example.test")):
            with pytest.raises(UserWorksElsewhere):
                update_member(platform=lux, user=user, is_active=False)


def test_control_without_the_guard_the_name_of_a_shared_user_would_change(lux, shared, monkeypatch):
    monkeypatch.setattr("modules.tenancy.services.require_works_here_alone", lambda **_options: None)
    with platform_context(lux, role="staff"):
        assert update_member(platform=lux, user=shared, full_name="Other").full_name == "Other"


def test_a_new_password_is_the_persons_own_to_set(lux, lux_admin, shared):
    """By a mail that leads to where each of them signs in; nothing changes until its link is used."""
    for user, host, path in (
        (lux_admin, "admin.lux.localhost", "/admin/forgotten/"),
        (shared, "lux.localhost", "/vendor/forgotten/"),
    ):
        with platform_context(lux, role="staff"):
            send_password_mail(platform=lux, user=user)
        (message,) = sent()
        assert message.to == [user.email]
        assert message.from_email.startswith("Lux <")
        assert host_in(message) == host
        assert link_in(message).startswith(path)
        with platform_context(role="gatekeeper"):
            user.refresh_from_db()
        assert user.check_password("correct-horse-battery")


def test_companies_of_two_platforms_may_share_a_name(lux, mosel):
    with platform_context(role="operator"):
        create_company(platform=lux, legal_name="Linse S.A.")
        create_company(platform=mosel, legal_name="Linse S.A.")
        assert Company.objects.filter(legal_name="Linse S.A.").count() == 2
