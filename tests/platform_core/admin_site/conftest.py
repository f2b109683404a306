"""People signed in to the admins, and a row for every screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django_celery_results.models import TaskResult

from modules.tenancy.invitations import invite_staff
from modules.tenancy.models import Vendor
from modules.tenancy.services import add_domain
from platform_core.identity.models import User
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform

PASSWORD = "correct-horse-battery"
HUB, LUX, MOSEL = "localhost", "admin.lux.localhost", "admin.mosel.localhost"


@pytest.fixture
def enter(client_for: Callable[..., Client]) -> Callable[..., Client]:
    """`enter(host, user)`: a browser in which `user` has signed in to the admin of that host."""

    def signing_in(host: str, user: User) -> Client:
        client = client_for(host)
        response = client.post("/admin/login/", {"email": user.email, "password": PASSWORD})
        assert response.status_code == 302, response.content[:500]
        return client

    return signing_in


@pytest.fixture
def mosel_admin(mosel: Platform, make_user: Callable[..., User]) -> User:
    from modules.tenancy.services import add_staff  # noqa: PLC0415

    user = make_user("admin@mosel.test")
    with platform_context(role="operator"):
        add_staff(platform=mosel, user=user)
    return user


@pytest.fixture
def rows_of_lux(lux: Platform, objektiv: Vendor, objektiv_owner: User, lux_admin: User) -> dict[str, Any]:
    """(app_model) -> a row of lux for each screen of both sites."""
    with platform_context(role="operator"):
        domain = add_domain(vendor=objektiv, host="objektiv.example.test")
        task = TaskResult.objects.create(task_id="t-1", task_name="sample", status="SUCCESS", meta="{}")
        return {
            "platform_core_platform": lux,
            "platform_core_domain": lux.domains.first(),
            "platform_core_user": objektiv_owner,
            "tenancy_company": objektiv.company,
            "tenancy_vendor": objektiv,
            "tenancy_vendordomain": domain,
            "tenancy_vendormembership": objektiv.memberships.first(),
            "tenancy_platformmembership": lux_admin.platform_memberships.first(),
            "tenancy_invitation": invite_staff(platform=lux, email="new@lux.test"),
            "django_celery_results_taskresult": task,
        }


@pytest.fixture
def log_in_lux(lux: Platform, objektiv: Vendor, lux_admin: User) -> LogEntry:
    """One line of lux's own admin log."""
    with platform_context(lux, role="staff"):
        return LogEntry.objects.create(
            user_id=lux_admin.pk,
            content_type=ContentType.objects.get_for_model(Vendor),
            object_id=str(objektiv.pk),
            object_repr="Objektiv",
            action_flag=CHANGE,
            change_message="Suspended.",
        )
