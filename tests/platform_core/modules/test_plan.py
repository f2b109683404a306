"""Conflicts, glue modules and what waits: what a switch turns, and what it refuses."""

from __future__ import annotations

import pytest

from platform_core.modules.checks import check_definitions
from platform_core.modules.events import ModuleEvent, capture_module_events
from platform_core.modules.exceptions import Conflict
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.overview import module_overview
from platform_core.modules.plan import in_force
from platform_core.modules.registry import isolated_registry
from platform_core.modules.service import module_service
from platform_core.modules.state import override_modules, read_state
from platform_core.tenancy.context import platform_context
from tests.sample_modules import module

pytestmark = pytest.mark.django_db

# paypal and stripe fight; invoices needs stripe; bridge joins stock and shelves by itself.
SHOP = (
    module("core", is_core=True),
    module("paypal"),
    module("stripe", conflicts=("paypal",)),
    module("invoices", requires=("stripe",)),
    module("stock"),
    module("shelves"),
    module("bridge", requires=("stock", "shelves"), auto_enable_with=("stock", "shelves")),
)


@pytest.fixture
def staff(lux):
    with isolated_registry(*SHOP), platform_context(lux, role="staff"):
        yield lux


def on_now(platform) -> set[str]:
    return set(read_state(platform.pk).enabled) - {"core"}


def want(platform, code: str, **fields: object) -> None:
    """A row as a release may find it, whatever the definitions say by now."""
    PlatformModule.objects.create(platform=platform, module_code=code, is_enabled=True, **fields)


class TestConflicts:
    @pytest.mark.parametrize(("first", "second"), [("paypal", "stripe"), ("stripe", "paypal")])
    def test_the_second_of_two_is_refused_whichever_of_them_says_so(self, staff, first, second):
        module_service.enable_module(staff, first)
        with pytest.raises(Conflict) as caught:
            module_service.enable_module(staff, second)
        assert "paypal" in caught.value.message and "stripe" in caught.value.message
        assert on_now(staff) == {first}
        refused = ModuleChange.objects.get(action="refused")
        assert (refused.module_code, refused.details["code"]) == (second, "conflict")
        module_service.disable_module(staff, first)
        assert module_service.enable_module(staff, second).changed == (second,)

    def test_one_that_would_come_along_is_refused_too(self, staff):
        module_service.enable_module(staff, "paypal")
        with pytest.raises(Conflict):
            module_service.enable_module(staff, "invoices")
        assert on_now(staff) == {"paypal"}

    def test_a_release_that_makes_two_conflict_leaves_the_first_on_and_says_why(self, staff):
        for code in ("paypal", "stripe", "invoices"):
            want(staff, code)
        assert on_now(staff) == {"paypal"}
        causes = {status.code: status.cause for status in module_overview(staff).modules}
        assert causes["stripe"] == "conflict-with:paypal"
        assert causes["invoices"] == "waiting"

    def test_what_comes_on_once_the_other_is_off_is_told_and_done_like_any_other(
        self, staff, django_capture_on_commit_callbacks
    ):
        for code in ("paypal", "stripe", "invoices"):
            want(staff, code)
        preview = module_service.disable_module(staff, "paypal", dry_run=True)
        assert [(step.code, step.verb, step.cause) for step in preview.plan] == [
            ("paypal", "disable", "direct"),
            ("stripe", "enable", "waited-for:paypal"),
            ("invoices", "enable", "waited-for:paypal"),
        ]
        with capture_module_events() as events, django_capture_on_commit_callbacks(execute=True):
            module_service.disable_module(staff, "paypal")
        assert on_now(staff) == {"stripe", "invoices"}
        assert [(event, data.module_code) for event, data in events] == [
            (ModuleEvent.DISABLED, "paypal"),
            (ModuleEvent.ENABLED, "stripe"),
            (ModuleEvent.ENABLED, "invoices"),
        ]

    def test_switching_on_displaces_nothing_that_is_on(self, staff):
        """archive, which the registry has before zip, waits for tools; zip is on meanwhile."""
        with isolated_registry(
            *SHOP,
            module("tools"),
            module("archive", requires=("tools",)),
            module("zip", conflicts=("archive",)),
        ):
            want(staff, "archive")
            want(staff, "zip")
            assert on_now(staff) == {"zip"}
            with pytest.raises(Conflict):
                module_service.enable_module(staff, "tools")
            assert on_now(staff) == {"zip"}

    def test_tests_cannot_have_both_on(self, staff):
        with (
            pytest.raises(ValueError, match="cannot be on"),
            override_modules(staff, on=("paypal", "stripe")),
        ):
            pass


class TestGlue:
    def test_it_comes_on_with_the_last_of_those_that_it_joins(self, staff):
        assert module_service.enable_module(staff, "stock").changed == ("stock",)
        result = module_service.enable_module(staff, "shelves")
        assert [(step.code, step.cause) for step in result.plan] == [
            ("shelves", "direct"),
            ("bridge", "auto"),
        ]
        assert on_now(staff) == {"stock", "shelves", "bridge"}
        assert PlatformModule.objects.get(module_code="bridge").cause == "auto"

    def test_it_goes_and_comes_again_with_them(self, staff):
        for code in ("stock", "shelves"):
            module_service.enable_module(staff, code)
        assert set(module_service.disable_module(staff, "stock").changed) == {"bridge", "stock"}
        assert set(module_service.enable_module(staff, "stock").changed) == {"stock", "bridge"}

    def test_a_persons_off_beats_it_until_a_persons_on(self, staff):
        for code in ("stock", "shelves"):
            module_service.enable_module(staff, code)
        module_service.disable_module(staff, "bridge")
        module_service.disable_module(staff, "stock")
        assert module_service.enable_module(staff, "stock").changed == ("stock",)
        assert on_now(staff) == {"stock", "shelves"}
        module_service.enable_module(staff, "bridge")
        module_service.disable_module(staff, "stock")
        assert set(module_service.enable_module(staff, "stock").changed) == {"stock", "bridge"}

    def test_it_can_be_told_to_stay_off_before_it_ever_was_on(self, staff):
        assert module_service.disable_module(staff, "bridge").changed == ("bridge",)
        assert module_service.disable_module(staff, "bridge").changed == ()
        for code in ("stock", "shelves"):
            module_service.enable_module(staff, code)
        assert on_now(staff) == {"stock", "shelves"}

    def test_one_that_a_release_brings_is_on_where_all_are(self, staff):
        for code in ("stock", "shelves"):
            want(staff, code)
        assert on_now(staff) == {"stock", "shelves", "bridge"}
        bridge = module_overview(staff).module("bridge")
        assert bridge is not None and (bridge.cause, bridge.is_enabled) == ("auto", True)

    def test_it_yields_to_what_it_conflicts_with(self, staff):
        definitions = [found for found in SHOP if found.definition.code != "bridge"]
        glue = module(
            "bridge",
            requires=("stock", "shelves"),
            auto_enable_with=("stock", "shelves"),
            conflicts=("paypal",),
        )
        with isolated_registry(*definitions, glue):
            for code in ("paypal", "stock"):
                module_service.enable_module(staff, code)
            assert module_service.enable_module(staff, "shelves").changed == ("shelves",)
            assert module_service.disable_module(staff, "paypal").changed == ("paypal", "bridge")


def faults_of(*configs) -> set[tuple[str, str]]:
    with isolated_registry(*configs):
        return {
            (str(message.obj), str(message.id)) for message in check_definitions() if message.is_serious()
        }


def test_a_module_that_can_never_be_on_is_a_fault():
    core, other = module("core", is_core=True), module("other")
    assert faults_of(core, other, module("one", requires=("other",), conflicts=("other",))) == {
        ("one", "platform_core.E041")
    }
    assert faults_of(core, module("one", conflicts=("core",))) == {("one", "platform_core.E041")}
    assert faults_of(core, other, module("one", conflicts=("other", "not-installed"))) == set()


def test_glue_that_requires_too_little_or_is_on_anyway_is_a_fault():
    core, other = module("core", is_core=True), module("other")
    assert faults_of(core, other, module("glue", auto_enable_with=("other",))) == {
        ("glue", "platform_core.E042")
    }
    both = {"requires": ("other",), "auto_enable_with": ("other",)}
    assert faults_of(core, other, module("glue", default_enabled=True, **both)) == {
        ("glue", "platform_core.E042")
    }
    assert faults_of(core, other, module("glue", **both)) == set()


def test_no_state_that_is_read_breaks_a_promise():
    """Whatever is wished for: nothing is on without what it requires, or with what it conflicts with."""
    with isolated_registry(*SHOP):
        codes = ["paypal", "stripe", "invoices", "stock", "shelves", "bridge"]
        for number in range(3 ** len(codes)):
            wishes = {}
            for place, code in enumerate(codes):
                choice = number // 3**place % 3
                if choice < 2:
                    wishes[code] = bool(choice)
            on = in_force(wishes)
            assert not {"paypal", "stripe"} <= on
            assert "invoices" not in on or "stripe" in on
            assert "bridge" not in on or {"stock", "shelves"} <= on
