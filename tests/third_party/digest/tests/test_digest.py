"""Glue: on by itself with what it joins, told of payments, cleaned up by beat, and gone where it is off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from celery import current_app
from django.utils import timezone
from wizamart_digest.models import Day
from wizamart_digest.services import count_payment

from modules.payments.events import PaymentCaptured
from platform_core.modules import module_service
from platform_core.modules.beat import fan_out, schedule
from platform_core.modules.events import publish
from platform_core.modules.state import override_modules
from platform_core.modules.tasks import load_tasks
from platform_core.tenancy.context import platform_context
from platform_core.testing import ModuleContractTestCase, World

pytestmark = pytest.mark.django_db


class TestContract(ModuleContractTestCase):
    code = "digest"

    def make_rows(self, world: World) -> None:
        count_payment(day=date(2026, 3, 7))


def test_it_comes_on_by_itself_with_what_it_joins_and_a_persons_no_counts(lux):
    def is_on() -> bool:
        return module_service.is_module_enabled(lux, "digest")

    with platform_context(role="operator"):
        module_service.enable_module(lux, "payments")
        assert not is_on()
        module_service.enable_module(lux, "orders")
        assert is_on()
        module_service.disable_module(lux, "digest")
        module_service.disable_module(lux, "orders")
        module_service.enable_module(lux, "orders")
        assert not is_on()


CAPTURED = PaymentCaptured(
    payment_id="pay_1", reference="A-1", amount_minor=1000, currency="EUR", status="captured"
)


def test_it_counts_the_payments_that_it_is_told_of(lux, objektiv, django_capture_on_commit_callbacks):
    with platform_context(lux, objektiv):
        for on in (("orders", "payments", "digest"), ("orders", "payments")):
            with override_modules(lux, on=on), django_capture_on_commit_callbacks(execute=True):
                publish(CAPTURED)
        assert Day.objects.get().payment_count == 1


def test_beat_deletes_what_is_older_than_the_platform_keeps(lux, objektiv):
    load_tasks()
    assert schedule()["digest:old-days"]["schedule"] == 24 * 3600
    today = timezone.now().date()
    with platform_context(lux, objektiv):
        count_payment(day=today - timedelta(days=3))
        count_payment(day=today)
    with platform_context(role="operator"):
        for code in ("payments", "orders"):
            module_service.enable_module(lux, code)
        module_service.set_module_config(lux, "digest", {"days_kept": 2})
    assert fan_out("digest", "old-days") == ["lux"]
    with platform_context(lux, objektiv):
        assert [row.day for row in Day.objects.all()] == [today]


def test_where_it_is_off_beat_sends_nothing(lux):
    load_tasks()
    assert "digest.forget_old_days" in current_app.tasks
    assert fan_out("digest", "old-days") == []
