"""The context, and what the database makes of it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from modules.tenancy.models import Vendor
from platform_core.exceptions import TenancyError
from platform_core.identity.models import User
from platform_core.tenancy.context import current_context, platform_context
from platform_core.tenancy.models import Platform

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def settings_in_force() -> tuple[str, str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user::text, current_setting('search_path'),"
            " current_setting('app.platform_id', true), current_setting('app.vendor_id', true)"
        )
        return cursor.fetchone()


def test_without_a_context_the_role_is_vendor_with_no_vendor():
    assert settings_in_force() == ("vendor", "public, extensions", "", "")


def test_a_context_is_told_to_the_database_and_taken_back(lux: Platform, objektiv: Vendor):
    with platform_context(lux, objektiv):
        assert settings_in_force() == ("vendor", '"lux", public, extensions', str(lux.pk), str(objektiv.pk))
        with platform_context(lux, role="staff"):
            assert settings_in_force()[0] == "staff"
        assert settings_in_force()[3] == str(objektiv.pk)
    assert settings_in_force() == ("vendor", "public, extensions", "", "")


def test_a_rollback_inside_a_context_never_leaves_the_wrong_vendor(lux, objektiv, voltwerk):
    with platform_context(lux, objektiv):
        assert settings_in_force()[3] == str(objektiv.pk)
        with pytest.raises(RuntimeError), transaction.atomic():
            with platform_context(lux, voltwerk):
                assert settings_in_force()[3] == str(voltwerk.pk)
            raise RuntimeError
        assert settings_in_force()[3] == str(objektiv.pk)


def test_a_savepoint_rollback_inside_another_vendors_context_is_noticed(lux, objektiv, voltwerk):
    with platform_context(lux, voltwerk), transaction.atomic():
        with pytest.raises(RuntimeError), transaction.atomic():
            with platform_context(lux, objektiv):
                settings_in_force()
            with platform_context(lux, voltwerk):
                settings_in_force()
                raise RuntimeError
        assert settings_in_force()[3] == str(voltwerk.pk)


def test_a_vendor_of_another_platform_is_refused(lux, kellerei):
    with pytest.raises(TenancyError), platform_context(lux, kellerei):
        pass
    assert current_context().platform is None


def test_a_shop_cannot_read_users(lux, objektiv, objektiv_owner):
    with platform_context(lux, objektiv), pytest.raises(ProgrammingError, match="permission denied"):
        list(User.objects.all())


def test_platform_staff_see_only_their_platforms_vendors_and_people(
    lux, objektiv, kellerei, objektiv_owner, make_user
):
    make_user("stranger@elsewhere.test")
    with platform_context(lux, role="staff"):
        assert list(Vendor.objects.values_list("code", flat=True)) == ["objektiv"]
        assert list(User.objects.values_list("email", flat=True)) == ["owner@objektiv.test"]
        assert list(Platform.objects.values_list("code", flat=True)) == ["lux"]


def test_the_role_that_serves_requests_has_no_right_of_its_own(lux):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("RESET ROLE")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT * FROM public.platform_core_platform")
