"""Sessions: one table for each place, that only the gatekeeper opens, and that is swept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from platform_core.sessions.models import Session
from platform_core.sessions.store import SessionStore
from platform_core.tasks import clear_expired_sessions
from platform_core.tenancy.context import platform_context

pytestmark = pytest.mark.django_db


def new_session(**data: object) -> SessionStore:
    session = SessionStore()
    session.update(data)
    session.save()
    return session


def rows(platform) -> list[Session]:
    with platform_context(platform, role="gatekeeper"):
        return list(Session.objects.all())


def test_a_session_is_written_and_read_whoever_asks(lux, objektiv):
    with platform_context(lux, objektiv):
        session = new_session(audience="customer", account_id=7, site_vendor_id=objektiv.pk)
        caches["sessions"].clear()
        assert SessionStore(session.session_key)["account_id"] == 7
    (row,) = rows(lux)
    assert (row.audience, row.account_id, row.vendor_id) == ("customer", 7, objektiv.pk)


def test_a_platforms_session_is_none_on_another_platform_or_at_the_hub(lux, mosel):
    with platform_context(lux):
        session = new_session(account_id=7)
    for place in (mosel, None):
        with platform_context(place):
            assert "account_id" not in SessionStore(session.session_key)


def test_a_session_ends(lux):
    with platform_context(lux):
        session = new_session(account_id=7)
        session.flush()
    assert rows(lux) == []


def test_expired_sessions_are_dropped_everywhere_and_no_others(lux, mosel):
    for place in (lux, mosel, None):
        with platform_context(place):
            new_session(account_id=1)
            old = new_session(account_id=2)
        with platform_context(place, role="gatekeeper"):
            Session.objects.filter(pk=old.session_key).update(expire_date=timezone.now() - timedelta(1))
    assert clear_expired_sessions() == 3
    assert [len(rows(place)) for place in (lux, mosel, None)] == [1, 1, 1]
