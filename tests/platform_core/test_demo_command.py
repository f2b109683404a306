"""`manage.py demo`: complete, repeatable, safe to run again and refused where it would be dangerous."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from modules.catalog import images
from modules.catalog.models import Product, ProductImage
from modules.customers.models import Customer
from modules.customers.services import authenticate
from modules.orders.demo.facts import TODAYS_COUNTS
from modules.orders.demo.steps import stories_of
from modules.orders.machine import State
from modules.orders.models import Order, OrderCounter, ShippingMethod
from modules.orders.pricing import Item, price
from modules.payments.models import Payment, PaymentMethod
from modules.payments.selectors import differing_payments, figures_of, ledger_of, open_payments
from modules.tenancy.models import Vendor, VendorDomain
from modules.tenancy.selectors import memberships_of, vendor_of_code
from platform_core.demo import PASSWORD, DemoRun
from platform_core.demo.platforms import demo_platforms
from platform_core.identity.models import User
from platform_core.modules.service import module_service
from platform_core.modules.state import is_module_enabled
from platform_core.outbox.models import OutboxMessage
from platform_core.tenancy.context import platform_context
from tests.databases import cloned_database, use_database
from tests.platform_core.demo_dump import dump, files

pytestmark = pytest.mark.database

# The same on whatever day the tests run.
DAY = "2025-11-03"
RUN = DemoRun(day=date.fromisoformat(DAY))
SCHEMAS = ("lux", "mosel")
SHOPS = {
    "lux": {"objektiv", "voltwerk", "gaardenhaus", "stull", "stadion"},
    "mosel": {"kellerei"},
}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the pictures, which are small here: the demo is built several times."""
    root = tmp_path_factory.mktemp("media")
    with override_settings(MEDIA_ROOT=root), pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "WIDTHS", (160,))
        patch.setattr(images, "SPEED", 0)
        yield root


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: Any, media: Path) -> Iterator[None]:
    """A database of this file's own: the demo commits, and a reset drops whole schemas."""
    kept = {alias: dict(connections[alias].settings_dict) for alias in ("default", "owner")}
    with django_db_blocker.unblock(), cloned_database("demo") as urls:
        use_database(*urls)
        yield
    for alias, values in kept.items():
        connections[alias].settings_dict.update(values)


@pytest.fixture(scope="module")
def built(database: None) -> dict[str, Any]:
    """What a run answers that begins with nothing: the template's platforms go first."""
    return demo("--reset", "--yes", "--day", DAY)


def demo(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("demo", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def made(answer: dict[str, Any]) -> int:
    return sum(sum(step["made"].values()) for step in answer["steps"])


def test_the_demo_is_refused_without_demo_and_debug(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(CommandError, match="password that everybody knows") as refusal:
        call_command("demo")
    assert refusal.value.returncode == 1


def test_both_platforms_have_their_shops(built: dict[str, Any]) -> None:
    platforms = demo_platforms()
    assert [platform.code for platform in platforms] == ["lux", "mosel"]
    for platform in platforms:
        with platform_context(platform, role="staff"):
            assert set(Vendor.objects.values_list("code", flat=True)) == SHOPS[platform.code]


def test_there_are_at_least_sixty_products_with_their_pictures(built: dict[str, Any]) -> None:
    products = pictures = 0
    for platform in demo_platforms():
        with platform_context(platform, role="staff"):
            products += Product.objects.filter(status=Product.Status.ACTIVE).count()
            pictures += ProductImage.objects.count()
            assert not Product.objects.filter(published_at__gt=RUN.midnight).exists()
    assert products >= 60
    assert pictures == 54 + 13 + 4


def test_each_shop_answers_on_a_host_of_its_own(built: dict[str, Any]) -> None:
    with platform_context(role="operator"):
        active = VendorDomain.objects.filter(state=VendorDomain.State.ACTIVE)
        assert set(active.values_list("host", flat=True)) == {
            f"{code}.localhost" for codes in SHOPS.values() for code in codes
        }


@pytest.mark.parametrize(
    ("email", "platform", "roles"),
    [
        ("admin@lux.test", "lux", [("platform_admin", None)]),
        ("admin@mosel.test", "mosel", [("platform_admin", None)]),
        ("owner@objektiv.test", "lux", [("vendor_owner", "objektiv")]),
        ("staff@stadion.test", "lux", [("vendor_clerk", "stadion")]),
        ("owner@kellerei.test", "mosel", [("vendor_owner", "kellerei")]),
    ],
)
def test_people_have_their_password_and_role(
    built: dict[str, Any], email: str, platform: str, roles: list[tuple[str, str | None]]
) -> None:
    with platform_context(role="gatekeeper"):
        user = User.objects.get(email=email)
        assert user.check_password(PASSWORD)
        assert not user.is_superuser
        for there in demo_platforms():
            found = [
                (str(membership.role), membership.vendor.code if membership.vendor else None)
                for membership in memberships_of(user.pk, there.pk)
            ]
            assert found == (roles if there.code == platform else [])


def test_root_may_do_everything(built: dict[str, Any]) -> None:
    with platform_context(role="gatekeeper"):
        root = User.objects.get(email="root@wizamart.test")
    assert root.is_superuser
    assert root.check_password(PASSWORD)


def test_anna_is_another_customer_in_every_shop(built: dict[str, Any]) -> None:
    hashes = set()
    for platform in demo_platforms():
        for code in SHOPS[platform.code]:
            with platform_context(role="operator"):
                vendor = vendor_of_code(platform.pk, code)
            with platform_context(platform, vendor):
                anna = authenticate(email="anna@example.test", password=PASSWORD)
                assert anna.addresses.count() == 2
                hashes.add(Customer.objects.get(email="anna@example.test").password)
    assert len(hashes) == 6


def test_shops_take_payments_and_only_on_lux_is_money_still_awaited(built: dict[str, Any]) -> None:
    for platform in demo_platforms():
        assert module_service.is_module_enabled(platform, "payments")
        with platform_context(platform, role="staff"):
            methods = PaymentMethod.objects.values_list("vendor_id", "gateway")
            assert len(set(methods)) == 2 * len(SHOPS[platform.code])
            assert open_payments().exists() is (platform.code == "lux")
            assert differing_payments(latest=1_000) == []


def in_every_shop() -> Iterator[str]:
    """The code of each shop of both platforms, with its context in force."""
    for platform in demo_platforms():
        for code in sorted(SHOPS[platform.code]):
            with platform_context(role="operator"):
                vendor = vendor_of_code(platform.pk, code)
            with platform_context(platform, vendor):
                yield code


def test_there_are_three_hundred_past_orders_numbered_without_gaps(built: dict[str, Any]) -> None:
    total, states = 0, set()
    for _code in in_every_shop():
        orders = list(Order.objects.order_by("placed_at", "pk"))
        total += len(orders)
        states |= {order.state for order in orders}
        assert [order.number for order in orders] == list(range(1001, 1001 + len(orders)))
        assert OrderCounter.objects.get().next_number == 1001 + len(orders)
        assert RUN.midnight - timedelta(days=120) <= orders[0].placed_at
        assert max(order.updated_at for order in orders) <= RUN.now
        # What has happened to their payments happened then, not when the demo was built.
        begun = {order.pk: order.payment.created_at for order in orders if order.payment is not None}
        assert begun == {order.pk: order.placed_at for order in orders if order.pk in begun}
        latest = {
            order.pk: max(event.at for event in order.payment.events.all())
            for order in orders
            if order.state == State.COMPLETED and order.payment is not None
        }
        assert all(latest[order.pk] <= order.updated_at for order in orders if order.pk in latest)
        assert ShippingMethod.objects.count() == 4 and PaymentMethod.objects.exists()
    assert total == 300
    assert states == {state.value for state in State}


def test_the_day_itself_has_orders_and_work_waits_on_lux_alone(built: dict[str, Any]) -> None:
    for code in in_every_shop():
        todays = Order.objects.filter(placed_at__gte=RUN.midnight)
        assert todays.count() == TODAYS_COUNTS[code]
        assert todays.exclude(state="cancelled").exists()
        to_send = Order.objects.filter(state__in=("confirmed", "partially_fulfilled"))
        waiting = Order.objects.filter(state="placed")
        assert (to_send.exists(), waiting.exists()) == ((code != "kellerei",) * 2), code


@pytest.mark.parametrize("clock", ["00:00:00", "00:00:01", "09:30:00", "23:59:59"])
def test_whatever_the_hour_of_the_build_no_order_lies_in_the_future(
    built: dict[str, Any], clock: str
) -> None:
    moment = timezone.make_aware(datetime.fromisoformat(f"2025-11-03T{clock}"))
    run = DemoRun(started_at=moment)
    assert (run.today, run.now) == (RUN.today, moment)
    for platform in demo_platforms():
        for code in sorted(SHOPS[platform.code]):
            with platform_context(role="operator"):
                vendor = vendor_of_code(platform.pk, code)
            with platform_context(platform, vendor):
                stories = stories_of(run, code, vendor)
                usual = stories_of(RUN, code, vendor)
            placed = [story.order.placed_at for story in stories]
            assert placed == sorted(placed)
            assert [story.order.number for story in stories] == [story.order.number for story in usual]
            assert sum(at >= run.midnight for at in placed) == TODAYS_COUNTS[code]
            assert max(event.at for story in stories for event in story.events) <= moment
            assert max(event.at for story in stories for event in story.ledger) <= moment
            # The hour moves the orders of the day, and nothing else.
            assert [(story.order.gross_minor, story.order.state) for story in stories] == [
                (story.order.gross_minor, story.order.state) for story in usual
            ]
            past = [
                (s.order.public_id, s.order.updated_at) for s in stories if s.order.placed_at < run.midnight
            ]
            assert past == [(s.order.public_id, s.order.updated_at) for s in usual[: len(past)]]


def test_a_day_to_come_is_refused() -> None:
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    for day in (tomorrow, "1999-12-31"):
        with pytest.raises(CommandError, match="no order of the demo lies in the future") as refusal:
            call_command("demo", "--dry-run", "--day", day)
        assert refusal.value.returncode == 2


def test_the_orders_are_as_the_services_would_have_left_them(built: dict[str, Any]) -> None:
    with_customer = 0
    for code in in_every_shop():
        for order in Order.objects.select_related("payment").prefetch_related("lines", "events"):
            lines, payment = list(order.lines.all()), order.payment
            worked_out = price(
                [Item(line.unit_price_minor, line.quantity, line.tax_category) for line in lines],
                order.shipping_minor,
                {line.tax_category: line.tax_percent for line in lines},
            )
            assert (order.gross_minor, order.tax_minor) == (
                worked_out.total.gross_minor,
                worked_out.total.tax_minor,
            )
            assert [line.tax_minor for line in lines] == [share.tax_minor for share in worked_out.lines]
            assert payment.amount_minor == order.gross_minor
            figures = figures_of(ledger_of(payment=payment))
            assert {name: getattr(payment, name) for name in figures} == figures
            is_open = any(line.open_quantity for line in lines)
            assert is_open == (order.state in {"placed", "confirmed", "partially_fulfilled"})
            assert (order.state == "cancelled") == all(line.cancelled_quantity for line in lines)
            moments = [event.at for event in order.events.all()]
            assert moments == sorted(moments) and moments[-1] <= RUN.now
            assert order.state != "completed" or payment.captured_minor >= order.gross_minor
            with_customer += order.customer_id is not None
        if code == "kellerei":
            assert not Order.objects.exclude(state__in=("completed", "cancelled")).exists()
            assert not Payment.objects.filter(expected_minor__gt=0).exists()
            assert not Payment.objects.filter(refund_pending_minor__gt=0).exists()
    assert with_customer > 10


def test_orders_are_on_and_can_be_switched_off_on_mosel(built: dict[str, Any]) -> None:
    lux, mosel = demo_platforms()
    assert all(is_module_enabled(platform.pk, "orders") for platform in (lux, mosel))
    with platform_context(role="operator"):
        result = module_service.disable_module(mosel, "payments", dry_run=True)
    assert {"orders", "payments"} <= {step.code for step in result.plan}
    assert is_module_enabled(mosel.pk, "orders")


def test_no_mail_of_a_past_order_waits_to_be_sent(built: dict[str, Any]) -> None:
    with platform_context(role="operator"):
        assert not OutboxMessage.objects.filter(payload__mail__startswith="orders.").exists()


def test_a_second_run_says_what_is_there_and_changes_nothing(built: dict[str, Any], media: Path) -> None:
    before, pictures = dump(SCHEMAS), files(media)
    answer = demo("--seed", "99")
    assert made(answer) == 0
    assert sum(sum(step["kept"].values()) for step in answer["steps"]) >= made(built)
    assert (dump(SCHEMAS), files(media)) == (before, pictures)


def test_a_run_makes_only_what_is_missing(built: dict[str, Any]) -> None:
    platform = demo_platforms()[1]
    with platform_context(role="operator"):
        vendor = vendor_of_code(platform.pk, "kellerei")
    with platform_context(platform, vendor):
        ShippingMethod.objects.get(code="collection").delete()
    answer = demo()
    assert [step["made"] for step in answer["steps"] if step["made"]] == [{"shipping methods": 1}]


def test_piped_output_is_plain(built: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo")
    said = capsys.readouterr().out
    assert "nothing was changed" in said
    assert not {"\033", "\r"} & set(said)


def test_a_reset_asks_first(built: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    before = dump(SCHEMAS)
    with pytest.raises(CommandError, match="--yes") as refusal:
        call_command("demo", "--reset")
    assert refusal.value.returncode == 2
    assert dump(SCHEMAS) == before


def test_the_same_seed_makes_the_same_data_and_another_seed_does_not(
    built: dict[str, Any], media: Path
) -> None:
    def rebuilt(seed: int) -> tuple[Any, list[str]]:
        demo("--reset", "--yes", "--seed", str(seed), "--day", DAY)
        return dump(SCHEMAS), files(media)

    first, second, third = (dump(SCHEMAS), files(media)), rebuilt(1), rebuilt(8)
    assert [table for table, rows in second[0].items() if rows != first[0][table]] == []
    assert first == second
    assert first[1] == third[1]
    differing = {table for table, rows in third[0].items() if rows != first[0][table]}
    assert "lux.catalog_product" in differing
    assert "lux.catalog_producttranslation" not in differing
    assert "lux.orders_order" in differing and "lux.orders_shippingmethod" not in differing


def test_a_dry_run_counts_and_writes_nothing(built: dict[str, Any]) -> None:
    before = dump(SCHEMAS)
    assert made(demo("--dry-run")) == 0
    assert demo("--dry-run", "--reset")["steps"] == []
    assert dump(SCHEMAS) == before


def test_chance_depends_on_the_seed_and_the_key_alone() -> None:
    run = DemoRun(seed=3)
    run.chance("a").random()
    assert run.chance("b").random() == DemoRun(seed=3).chance("b").random()
    assert run.chance("b").random() != DemoRun(seed=4).chance("b").random()
