"""Switching modules on and off: what comes along, what stands against it, what is written, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from platform_core.modules.definition import FrontendType, MenuItem
from platform_core.modules.events import ModuleEvent, capture_module_events, module_event_bus
from platform_core.modules.exceptions import (
    Blocked,
    CoreModule,
    HookFailed,
    InvalidConfig,
    ReasonNeeded,
    StaleVersion,
    UnknownModule,
)
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.overview import module_overview
from platform_core.modules.registry import isolated_registry
from platform_core.modules.service import module_service
from platform_core.modules.state import is_module_enabled, module_states, override_modules, read_state
from platform_core.tenancy.context import current_context, platform_context
from tests.sample_modules import graph_of_the_seeds, module

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(lux):
    """Work as the staff of lux, with the modules of the seeds."""
    with isolated_registry(*graph_of_the_seeds()), platform_context(lux, role="staff"):
        yield lux


def on_now(platform) -> set[str]:
    """The optional modules that PostgreSQL has on."""
    return set(read_state(platform.pk).enabled) - {"core"}


def changes() -> list[tuple[str, str, str]]:
    return [(row.module_code, row.action, row.cause) for row in ModuleChange.objects.order_by("pk")]


def test_a_module_comes_on_with_what_it_requires_first(staff, lux_admin):
    result = module_service.enable_module(staff, "billing", user=lux_admin, reason="Invoices", source="admin")
    assert result.changed == ("payments", "billing")
    assert result.unchanged == ()
    assert result.version == 1
    assert on_now(staff) == {"payments", "billing"}
    assert changes() == [("payments", "enabled", "dependency-of:billing"), ("billing", "enabled", "direct")]
    row = PlatformModule.objects.get(module_code="billing")
    assert (row.enabled_by, row.cause, row.disabled_at) == (lux_admin, "direct", None)
    written = ModuleChange.objects.get(module_code="billing")
    assert (written.user, written.reason, written.source, written.version) == (
        lux_admin,
        "Invoices",
        "admin",
        1,
    )


def test_a_row_says_when_and_by_whom(staff, lux_admin, superuser):
    module_service.enable_module(staff, "inventory", user=lux_admin)
    module_service.disable_module(staff, "inventory", user=superuser)
    row = PlatformModule.objects.get(module_code="inventory")
    assert (row.platform, row.is_enabled, row.config) == (staff, False, {})
    assert (row.enabled_by_id, row.disabled_by_id) == (lux_admin.pk, superuser.pk)
    assert row.enabled_at < row.disabled_at
    columns = {field.column for field in PlatformModule._meta.concrete_fields}
    assert PlatformModule._meta.db_table == "platform_modules"
    assert columns >= {"platform_id", "module_code", "is_enabled", "enabled_at", "enabled_by_id", "config"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PlatformModule.objects.create(platform=staff, module_code="inventory")


def test_what_is_on_is_listed_with_its_menu_items(lux):
    items = [
        MenuItem(code, code, url_name="dashboard:core:home", order=order)
        for code, order in (("b", 1), ("a", 2))
    ]
    parts = (
        module("orders", requires=("payments",), menu_items={FrontendType.VENDOR: items}),
        module("payments"),
        module("reviews"),
    )

    def listed() -> tuple[list[str], list[str], bool]:
        return (
            [found.code for found in module_service.get_platform_modules(lux)],
            [item.id for item in module_service.get_module_menu_items(lux, FrontendType.VENDOR)],
            module_service.is_menu_item_module_enabled(lux, "a", FrontendType.VENDOR),
        )

    with isolated_registry(*parts), platform_context(lux, role="staff"):
        assert listed() == ([], [], False)
        with override_modules(lux, on=("payments", "orders")):
            assert listed() == (["payments", "orders"], ["b", "a"], True)
            assert not module_service.is_menu_item_module_enabled(lux, "a", FrontendType.ADMIN)
            assert not module_service.is_menu_item_module_enabled(lux, "c", FrontendType.VENDOR)


def test_doing_it_again_changes_nothing(staff):
    module_service.enable_module(staff, "billing")
    before = changes()
    again = module_service.enable_module(staff, "billing")
    assert (again.changed, again.unchanged, again.version) == ((), ("payments", "billing"), 1)
    off = module_service.disable_module(staff, "inventory")
    assert (off.changed, off.unchanged, off.version) == ((), ("marketplace", "inventory"), 1)
    assert changes() == before


def test_a_module_goes_off_after_all_that_require_it(staff):
    module_service.enable_module(staff, "billing")
    module_service.enable_module(staff, "orders")
    result = module_service.disable_module(staff, "payments")
    assert result.changed == ("orders", "billing", "payments")
    assert on_now(staff) == set()
    assert PlatformModule.objects.count() == 3
    assert module_service.enable_module(staff, "orders").changed == ("payments", "orders")


def test_without_cascade_the_dependents_stand_against_it(staff):
    module_service.enable_module(staff, "billing")
    with pytest.raises(Blocked) as caught:
        module_service.disable_module(staff, "payments", cascade=False)
    assert caught.value.reasons == {"billing": ["requires payments"]}
    assert on_now(staff) == {"payments", "billing"}


def test_what_came_along_and_is_needed_no_more_is_named_and_stays(staff):
    module_service.enable_module(staff, "billing")
    result = module_service.disable_module(staff, "billing")
    assert result.changed == ("billing",)
    assert result.no_longer_needed == ("payments",)
    assert on_now(staff) == {"payments"}


def test_what_a_switch_has_nothing_to_do_with_is_not_named(staff):
    module_service.enable_module(staff, "marketplace")
    module_service.disable_module(staff, "marketplace")
    module_service.enable_module(staff, "billing")
    result = module_service.disable_module(staff, "billing")
    assert "inventory" in on_now(staff)
    assert result.no_longer_needed == ("payments",)
    module_service.enable_module(staff, "billing")
    module_service.enable_module(staff, "orders")
    assert module_service.disable_module(staff, "orders").no_longer_needed == ()


def test_a_dry_run_tells_and_writes_nothing(staff):
    result = module_service.enable_module(staff, "billing", dry_run=True)
    assert (result.changed, result.version, result.is_dry_run) == (("payments", "billing"), 0, True)
    assert (on_now(staff), changes()) == (set(), [])
    with pytest.raises(UnknownModule):
        module_service.enable_module(staff, "nobody", dry_run=True)
    assert changes() == []


def test_only_what_is_done_takes_the_lock(staff):
    """Whoever looks at a module's page keeps nobody from switching."""
    with CaptureQueriesContext(connection) as looked:
        module_service.enable_module(staff, "billing", dry_run=True)
    with CaptureQueriesContext(connection) as done:
        module_service.enable_module(staff, "billing")
    locks = [
        any("FOR NO KEY UPDATE" in query["sql"] for query in seen.captured_queries) for seen in (looked, done)
    ]
    assert locks == [False, True]


def test_a_core_module_stays_on(staff):
    with pytest.raises(CoreModule):
        module_service.disable_module(staff, "core")
    assert module_service.enable_module(staff, "core").changed == ()


@pytest.mark.parametrize("code", ["nobody", "", "Billing", "x" * 300, "bill\ning"])
def test_an_unknown_module_is_refused_and_the_refusal_is_written(staff, code):
    with pytest.raises(UnknownModule):
        module_service.enable_module(staff, code)
    assert changes() == [(code[:64], "refused", "")]
    assert ModuleChange.objects.get().details["code"] == "unknown_module"


def test_an_old_version_is_refused(staff):
    module_service.enable_module(staff, "billing", expected_version=0)
    with pytest.raises(StaleVersion, match=r"version 1, not 0"):
        module_service.disable_module(staff, "billing", expected_version=0)
    assert on_now(staff) == {"payments", "billing"}
    module_service.disable_module(staff, "billing", expected_version=1)


class TestForce:
    """Switching off whatever stands against it."""

    @pytest.fixture
    def against(self, lux) -> Iterator[Any]:
        def open_payments(_platform_id: int) -> list[Any]:
            return [format_lazy("{} payments are open.", 3)]

        def broken(_platform_id: int) -> list[str]:
            raise RuntimeError("bug")

        with (
            isolated_registry(
                module("payments", can_disable=open_payments),
                module("orders", requires=("payments",), can_disable=broken),
            ),
            platform_context(lux, role="staff"),
        ):
            module_service.enable_module(lux, "orders")
            yield lux

    def test_it_goes_off_with_a_reason_and_the_rows_tell_what_stood_against_it(self, against):
        result = module_service.disable_module(against, "payments", force=True, reason="Bank is closed")
        assert result.changed == ("orders", "payments")
        told = {
            "orders": ["It could not be asked: the log says why."],
            "payments": ["3 payments are open."],
        }
        assert {code: [str(text) for text in texts] for code, texts in result.objections.items()} == told
        assert on_now(against) == set()
        rows = ModuleChange.objects.filter(action="disabled")
        assert {row.module_code: (row.details["objections"], row.reason) for row in rows} == {
            code: (texts, "Bank is closed") for code, texts in told.items()
        }

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_without_a_reason_it_is_refused(self, against, reason):
        with pytest.raises(ReasonNeeded):
            module_service.disable_module(against, "payments", force=True, reason=reason)
        assert on_now(against) == {"payments", "orders"}
        assert ModuleChange.objects.get(action="refused").details["code"] == "reason_needed"

    def test_a_preview_tells_and_changes_nothing(self, against):
        before = ModuleChange.objects.count()
        result = module_service.disable_module(against, "payments", force=True, dry_run=True)
        assert set(result.objections) == {"payments", "orders"}
        assert (on_now(against), ModuleChange.objects.count()) == ({"payments", "orders"}, before)

    def test_control_without_force_it_stays_on(self, against):
        with pytest.raises(HookFailed):
            module_service.disable_module(against, "payments", reason="Bank is closed")
        assert on_now(against) == {"payments", "orders"}

    def test_force_takes_nothing_along_that_was_not_to_go(self, against):
        with pytest.raises(Blocked, match="orders: requires payments"):
            module_service.disable_module(against, "payments", force=True, reason="x", cascade=False)


def test_force_does_not_take_a_core_module_off(staff):
    with pytest.raises(CoreModule):
        module_service.disable_module(staff, "core", force=True, reason="x")


def test_reasons_against_it_block_the_whole_toggle(lux):
    def open_payments(platform_id: int) -> list[str]:
        assert current_context().role == "staff"
        return [f"3 payments of platform {platform_id} are open."]

    with (
        isolated_registry(
            module("payments", can_disable=open_payments), module("orders", requires=("payments",))
        ),
        platform_context(lux, role="staff"),
    ):
        module_service.enable_module(lux, "orders")
        with pytest.raises(Blocked) as caught:
            module_service.disable_module(lux, "payments")
        assert caught.value.reasons == {"payments": [f"3 payments of platform {lux.pk} are open."]}
        assert on_now(lux) == {"payments", "orders"}
        assert module_service.disable_module(lux, "orders").changed == ("orders",)


def test_a_refusal_is_read_in_the_persons_language_and_kept_in_english(lux):
    parts = (
        module("payments", can_disable=lambda _id: [gettext_lazy("Nothing")]),
        module("core", is_core=True),
    )
    with isolated_registry(*parts), platform_context(lux, role="staff"), translation.override("fr"):
        module_service.enable_module(lux, "payments")
        with pytest.raises(Blocked) as caught:
            module_service.disable_module(lux, "payments")
        assert caught.value.reasons == {"payments": ["Rien"]}
        assert caught.value.members == {"reasons": {"payments": ["Rien"]}}
        with pytest.raises(CoreModule) as refused:
            module_service.disable_module(lux, "core")
        assert "module de base" in refused.value.message
        kept = ModuleChange.objects.filter(action="refused").order_by("pk")
        assert [change.details["message"] for change in kept] == [
            "Something stands against it. payments: Nothing",
            "core is a core module: it is on everywhere and always.",
        ]


def test_a_hook_that_raises_takes_everything_back(lux, caplog):
    done: list[str] = []

    def fails(platform_id: int) -> None:
        PlatformModule.objects.update(is_enabled=False)
        raise RuntimeError("no room")

    parts = (
        module("payments", on_enable=lambda _id: done.append("payments")),
        module("orders", requires=("payments",), on_enable=fails),
    )
    with isolated_registry(*parts), platform_context(lux, role="staff"):
        with pytest.raises(HookFailed, match="orders could not do"):
            module_service.enable_module(lux, "orders")
        assert done == ["payments"]
        assert on_now(lux) == set()
        assert read_state(lux.pk).version == 0
        assert [row.action for row in ModuleChange.objects.all()] == ["refused"]
    assert "no room" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_hook_that_hangs_loses_its_transaction_and_holds_up_nobody_else(lux):
    others: list[tuple[str, ...]] = []

    def switch_another() -> None:
        with platform_context(lux, role="staff"):
            others.append(module_service.enable_module(lux, "inventory").changed)
        connection.close()

    def hang(_platform_id: int) -> None:
        with connection.cursor() as cursor:
            # Ten seconds in earnest, as the role of the application has it.
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            assert cursor.fetchone() == ("10s",)
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '100ms'")
        thread = threading.Thread(target=switch_another)
        thread.start()
        thread.join(30)

    parts = [module("core", is_core=True), module("inventory"), module("orders", on_enable=hang)]
    with isolated_registry(*parts), platform_context(lux, role="staff"):
        with pytest.raises(HookFailed):
            module_service.enable_module(lux, "orders")
        assert others == [("inventory",)]
        assert on_now(lux) == {"inventory"}
        assert sorted(changes()) == [("inventory", "enabled", "direct"), ("orders", "refused", "")]


def test_hooks_run_in_the_order_of_the_toggle(lux):
    done: list[str] = []
    parts = [
        module(
            code,
            requires=requires,
            on_enable=lambda _id, code=code: done.append(f"+{code}"),
            on_disable=lambda _id, code=code: done.append(f"-{code}"),
        )
        for code, requires in (("payments", ()), ("orders", ("payments",)), ("returns", ("orders",)))
    ]
    with isolated_registry(*parts), platform_context(lux, role="staff"):
        module_service.enable_module(lux, "returns")
        module_service.disable_module(lux, "payments")
    assert done == ["+payments", "+orders", "+returns", "-returns", "-orders", "-payments"]


def test_events_follow_the_commit_and_a_handler_that_raises_stops_no_other(
    staff, django_capture_on_commit_callbacks, caplog
):
    told: list[tuple[str, str, str]] = []

    @module_event_bus.subscribe(ModuleEvent.ENABLED)
    def raises(data: Any) -> None:
        raise RuntimeError("deaf")

    @module_event_bus.subscribe(ModuleEvent.ENABLED)
    @module_event_bus.subscribe(ModuleEvent.DISABLED)
    def listens(data: Any) -> None:
        told.append((data.module_code, data.cause, data.source))

    try:
        with django_capture_on_commit_callbacks(execute=True):
            module_service.enable_module(staff, "billing", source="api")
            assert told == []
        assert told == [("payments", "dependency-of:billing", "api"), ("billing", "direct", "api")]
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            module_service.enable_module(staff, "billing")
        assert told == []
        with django_capture_on_commit_callbacks(execute=True):
            module_service.disable_module(staff, "billing")
        assert told == [("billing", "direct", "system")]
    finally:
        module_event_bus.unsubscribe(ModuleEvent.ENABLED, raises)
        module_event_bus.unsubscribe(ModuleEvent.ENABLED, listens)
        module_event_bus.unsubscribe(ModuleEvent.DISABLED, listens)
    assert "event_handler_failed" in caplog.text


def test_a_toggle_that_rolls_back_tells_nobody_and_changes_nothing(staff, django_capture_on_commit_callbacks):
    with (
        django_capture_on_commit_callbacks(execute=True) as callbacks,
        pytest.raises(RuntimeError),
        transaction.atomic(),
    ):
        module_service.enable_module(staff, "billing")
        raise RuntimeError
    assert callbacks == []
    assert not is_module_enabled(staff, "billing")
    assert on_now(staff) == set()


def test_the_answer_follows_the_commit_and_costs_no_query_when_warm(
    staff, django_capture_on_commit_callbacks, django_assert_num_queries
):
    assert not is_module_enabled(staff, "billing")
    with django_capture_on_commit_callbacks(execute=True):
        module_service.enable_module(staff, "billing")
    assert is_module_enabled(staff, "billing")
    with django_assert_num_queries(0):
        assert is_module_enabled(staff, "payments")
        assert not is_module_enabled(staff, "orders")
        assert not is_module_enabled(staff, "nobody")
        assert is_module_enabled(staff, "core")


@pytest.mark.parametrize("scope", ["the whole", "a savepoint"])
def test_a_toggle_that_is_taken_back_is_remembered_by_nobody(staff, scope):
    """Asked meanwhile, the platform's memory being empty, the answer is that of the transaction alone."""
    with pytest.raises(RuntimeError), transaction.atomic():
        if scope == "a savepoint":
            with pytest.raises(RuntimeError), transaction.atomic():
                module_service.enable_module(staff, "billing")
                module_states.forget()
                assert is_module_enabled(staff, "billing")
                raise RuntimeError
            assert not is_module_enabled(staff, "billing")
        else:
            module_service.enable_module(staff, "billing")
            module_states.forget()
            assert is_module_enabled(staff, "billing")
        raise RuntimeError
    assert not is_module_enabled(staff, "billing")


def test_another_platform_is_untouched(staff, mosel, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        module_service.enable_module(staff, "billing")
    assert not is_module_enabled(mosel, "billing")
    with platform_context(role="operator"):
        assert read_state(mosel.pk).version == 0


def test_staff_cannot_toggle_another_platforms_modules(staff, mosel):
    with pytest.raises(type(mosel).DoesNotExist):
        module_service.enable_module(mosel, "billing")
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        PlatformModule.objects.create(platform_id=mosel.pk, module_code="billing", is_enabled=True)


def test_what_was_done_stays_written(staff):
    module_service.enable_module(staff, "billing")
    for statement in (
        "UPDATE platform_module_changes SET reason = ''",
        "DELETE FROM platform_module_changes",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_row_whose_requirement_is_off_counts_as_off(staff):
    PlatformModule.objects.create(platform=staff, module_code="billing", is_enabled=True)
    PlatformModule.objects.create(platform=staff, module_code="gone", is_enabled=True)
    assert on_now(staff) == set()
    assert module_service.enable_module(staff, "billing").changed == ("payments", "billing")


def test_what_waited_for_a_module_comes_on_in_the_open(staff):
    """A release may make a module require one that is off: the module waits, and its return is told of."""
    PlatformModule.objects.create(platform=staff, module_code="billing", is_enabled=True)
    assert module_overview(staff).module("billing").cause == "waiting"
    seen = module_service.enable_module(staff, "payments", dry_run=True)
    assert [(step.code, step.cause) for step in seen.plan] == [
        ("payments", "direct"),
        ("billing", "waited-for:payments"),
    ]
    with capture_module_events() as events:
        assert module_service.enable_module(staff, "payments").changed == ("payments", "billing")
    assert on_now(staff) == {"payments", "billing"}
    assert changes() == [("payments", "enabled", "direct"), ("billing", "enabled", "waited-for:payments")]
    assert events == []  # Not before the commit.


def test_what_waits_and_comes_on_by_default_is_told_of_too(lux):
    needed, waits = module("needed"), module("waits", requires=("needed",), default_enabled=True)
    with isolated_registry(needed, waits), platform_context(lux, role="staff"):
        assert on_now(lux) == set()
        assert module_service.enable_module(lux, "needed").changed == ("needed", "waits")


def test_whoever_switches_off_what_waits_is_heard(staff):
    PlatformModule.objects.create(platform=staff, module_code="billing", is_enabled=True)
    assert module_service.disable_module(staff, "billing").changed == ("billing",)
    assert module_service.enable_module(staff, "payments").changed == ("payments",)
    assert on_now(staff) == {"payments"}


def test_a_module_that_is_on_by_default_can_be_switched_off(lux):
    with isolated_registry(module("hints", default_enabled=True)), platform_context(lux, role="staff"):
        assert on_now(lux) == {"hints"}
        assert module_service.disable_module(lux, "hints").changed == ("hints",)
        assert on_now(lux) == set()


def test_settings_lie_over_the_defaults_and_only_known_ones_of_their_kind_are_taken(
    lux, django_capture_on_commit_callbacks
):
    told: list[Any] = []
    subscribed = module_event_bus.subscribe(ModuleEvent.CONFIG_CHANGED)(told.append)
    defaults = {"trial_days": 14, "note": ""}
    try:
        with (
            isolated_registry(module("billing", default_config=defaults)),
            platform_context(lux, role="staff"),
        ):
            assert module_service.get_module_config(lux, "billing") == defaults
            with django_capture_on_commit_callbacks(execute=True):
                change = module_service.set_module_config(lux, "billing", {"trial_days": 30})
            assert (change.names, change.before, change.after) == (
                ("trial_days",),
                {"trial_days": 14},
                {"trial_days": 30},
            )
            assert module_service.get_module_config(lux, "billing") == {"trial_days": 30, "note": ""}
            assert [(data.module_code, data.changed_keys, data.config) for data in told] == [
                ("billing", ("trial_days",), {"trial_days": 30})
            ]
            assert not is_module_enabled(lux, "billing")
            for wrong in ({"trial_day": 1}, {"trial_days": "30"}, {"trial_days": True}):
                with pytest.raises(InvalidConfig):
                    module_service.set_module_config(lux, "billing", wrong)
            assert read_state(lux.pk).version == 1
            module_service.set_module_config(lux, "billing", {"trial_days": 30})
            assert read_state(lux.pk).version == 1
    finally:
        module_event_bus.unsubscribe(ModuleEvent.CONFIG_CHANGED, subscribed)


def test_tests_may_say_what_is_on(staff):
    with override_modules(staff, on=("payments", "billing")):
        assert is_module_enabled(staff, "billing")
        with override_modules(staff, off=("billing",)):
            assert not is_module_enabled(staff, "billing")
            assert is_module_enabled(staff, "payments")
    assert not is_module_enabled(staff, "billing")
    with pytest.raises(ValueError, match="billing"), override_modules(staff, on=("billing",)):
        pass
    assert module_states.of(staff).enabled == {"core"}


def test_events_are_captured_in_their_order_once_committed(staff, django_capture_on_commit_callbacks):
    with capture_module_events() as caught:
        with django_capture_on_commit_callbacks(execute=True):
            module_service.enable_module(staff, "billing", dry_run=True)
            module_service.enable_module(staff, "billing", reason="To bill")
            module_service.enable_module(staff, "billing")
            assert caught == []
        with django_capture_on_commit_callbacks(execute=True):
            module_service.disable_module(staff, "payments")
    assert [(event.value, data.module_code, data.cause) for event, data in caught] == [
        ("enabled", "payments", "dependency-of:billing"),
        ("enabled", "billing", "direct"),
        ("disabled", "billing", "dependency-of:payments"),
        ("disabled", "payments", "direct"),
    ]
    module_event_bus.emit_enabled("payments", staff.pk)
    assert len(caught) == 4
