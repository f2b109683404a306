"""Settings of modules: validated by their schema, secrets never told, and what is stored is never a dead end."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, HttpUrl, SecretStr, create_model, field_validator, model_validator
from pydantic_core.core_schema import ErrorType

from platform_core.modules.checks import check_definitions
from platform_core.modules.config import TEXTS
from platform_core.modules.events import ModuleEvent, capture_module_events
from platform_core.modules.exceptions import InvalidConfig, StaleVersion
from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.overview import module_overview
from platform_core.modules.registry import isolated_registry
from platform_core.modules.service import module_service
from platform_core.modules.state import read_state
from platform_core.tenancy.context import platform_context
from tests.sample_modules import module

pytestmark = pytest.mark.django_db
SECRET = "sk_live_never_shown"


class Billing(BaseModel):
    trial_days: int = Field(14, ge=0, le=90)
    fee: Decimal = Decimal("0.50")
    mode: Literal["test", "live"] = "test"
    tags: list[str] = []
    api_key: SecretStr | None = None

    @field_validator("tags")
    @classmethod
    def no_blank(cls, value: list[str]) -> list[str]:
        if "" in value:
            raise ValueError("A tag is blank.")
        return value


class Gateway(BaseModel):
    api_key: SecretStr
    account: str = Field(min_length=3)

    @model_validator(mode="after")
    def fits(self) -> Gateway:
        if self.account == "live" and self.api_key.get_secret_value().startswith("test"):
            raise ValueError("A test key is for no live account.")
        return self


@pytest.fixture
def staff(lux):
    modules = (
        module("core", is_core=True),
        module("billing", config_schema=Billing, default_config={"trial_days": 30}),
        module("gateway", config_schema=Gateway, requires_config=True),
        module("on-top", requires=("gateway",)),
    )
    with isolated_registry(*modules), platform_context(lux, role="staff"):
        yield lux


def set_config(platform: Any, code: str, config: dict[str, Any], **more: Any) -> Any:
    return module_service.set_module_config(platform, code, config, **more)


def store(platform: Any, code: str, config: dict[str, Any], **fields: Any) -> None:
    """Settings as an older release has left them."""
    PlatformModule.objects.update_or_create(
        platform=platform, module_code=code, defaults={"config": config, **fields}
    )


class TestReading:
    def test_values_are_pythons_and_lie_over_the_defaults_of_both(self, staff):
        assert module_service.get_module_config(staff, "billing") == {
            "trial_days": 30,
            "fee": Decimal("0.50"),
            "mode": "test",
            "tags": [],
            "api_key": None,
        }
        set_config(staff, "billing", {"fee": "1.25", "api_key": SECRET})
        found = module_service.get_module_config(staff, "billing")
        assert (found["fee"], found["trial_days"]) == (Decimal("1.25"), 30)
        assert found["api_key"].get_secret_value() == SECRET
        assert SECRET not in repr(found)

    def test_what_is_stored_and_no_longer_validates_has_its_default_and_needs_attention(self, staff):
        store(staff, "billing", {"trial_days": 400, "fee": "2", "gone": 1}, is_enabled=True)
        found = module_service.get_module_settings(staff, "billing")
        assert (found.values["trial_days"], found.values["fee"]) == (30, Decimal(2))
        assert {name: str(text) for name, text in found.faults.items()} == {"trial_days": "Give 90 or less."}
        status = module_overview(staff).module("billing")
        assert status is not None and list(status.needs_attention) == ["trial_days"]
        assert PlatformModule.objects.get().config["trial_days"] == 400

    def test_what_was_never_set_is_none_and_the_rest_is_as_it_is(self, staff):
        store(staff, "gateway", {"account": "main"}, is_enabled=True)
        found = module_service.get_module_settings(staff, "gateway")
        assert (found.values, list(found.faults)) == ({"api_key": None, "account": "main"}, ["api_key"])

    def test_a_fault_of_all_together_leaves_what_it_can(self, staff):
        store(staff, "gateway", {"account": "live", "api_key": "test_1"}, is_enabled=True)
        found = module_service.get_module_settings(staff, "gateway")
        assert str(found.faults[""]) == "A test key is for no live account."
        assert set(found.values) == {"api_key", "account"}
        assert "test_1" not in str(found)

    def test_a_shops_pages_read_them_too(self, staff, objektiv):
        set_config(staff, "billing", {"trial_days": 7})
        with platform_context(staff, objektiv):
            assert module_service.get_module_config(staff, "billing")["trial_days"] == 7


class TestWriting:
    @pytest.mark.parametrize(
        ("config", "name", "text"),
        [
            ({"trial_days": 91}, "trial_days", "Give 90 or less."),
            ({"trial_days": -1}, "trial_days", "Give 0 or more."),
            ({"trial_days": "soon"}, "trial_days", "Give a whole number."),
            ({"fee": "dear"}, "fee", "Give a number."),
            ({"mode": "production"}, "mode", "Choose one of 'test' or 'live'."),
            ({"tags": "one"}, "tags", "Give a list."),
            ({"tags": ["a", ""]}, "tags", "A tag is blank."),
            (
                {"trial_day": 1},
                "trial_day",
                "There is no such setting; there are: trial_days, fee, mode, tags, api_key.",
            ),
        ],
    )
    def test_what_is_wrong_is_said_by_name_and_nothing_is_stored(self, staff, config, name, text):
        with pytest.raises(InvalidConfig) as caught:
            set_config(staff, "billing", {"fee": 3, **config})
        assert caught.value.fields == {name: text}
        assert not PlatformModule.objects.exists()
        assert ModuleChange.objects.get().action == "refused"

    def test_a_secret_is_told_to_nobody(self, staff, caplog, django_capture_on_commit_callbacks):
        with capture_module_events() as events, django_capture_on_commit_callbacks(execute=True):
            change = set_config(staff, "billing", {"api_key": SECRET, "mode": "live"})
            with pytest.raises(InvalidConfig) as caught:
                set_config(staff, "gateway", {"api_key": SECRET, "account": "x"})
        assert change.names == ("api_key", "mode")
        [(event, data)] = events
        assert (event, data.changed_keys, data.config) == (
            ModuleEvent.CONFIG_CHANGED,
            ("api_key", "mode"),
            {"mode": "live"},
        )
        rows = list(ModuleChange.objects.order_by("pk").values())
        assert rows[0]["details"] == {
            "changed": ["api_key", "mode"],
            "before": {"mode": "test"},
            "after": {"mode": "live"},
        }
        assert (
            SECRET not in f"{rows} {data} {caught.value.message} {caplog.text} {change.before} {change.after}"
        )

    def test_only_what_is_set_is_stored_and_a_reset_takes_it_away(self, staff):
        set_config(staff, "billing", {"trial_days": 7, "mode": "live"})
        assert PlatformModule.objects.get().config == {"trial_days": 7, "mode": "live"}
        change = set_config(staff, "billing", {}, reset=["trial_days"])
        assert (change.before, change.after) == ({"trial_days": 7}, {"trial_days": 30})
        assert PlatformModule.objects.get().config == {"mode": "live"}
        assert not PlatformModule.objects.get().is_enabled

    def test_nothing_new_is_no_change_and_a_dry_run_writes_nothing(self, staff):
        set_config(staff, "billing", {"trial_days": 7})
        assert set_config(staff, "billing", {"trial_days": "7"}).names == ()
        assert set_config(staff, "billing", {"trial_days": 8}, dry_run=True).after == {"trial_days": 8}
        assert read_state(staff.pk).version == 1
        assert ModuleChange.objects.count() == 1
        with pytest.raises(StaleVersion):
            set_config(staff, "billing", {"trial_days": 8}, expected_version=0)

    def test_what_is_saved_is_valid_as_a_whole(self, staff):
        store(staff, "billing", {"trial_days": 400})
        with pytest.raises(InvalidConfig) as caught:
            set_config(staff, "billing", {"mode": "live"})
        assert list(caught.value.fields) == ["trial_days"]
        set_config(staff, "billing", {"mode": "live"}, reset=["trial_days"])
        assert PlatformModule.objects.get().config == {"mode": "live"}


class TestBeforeItComesOn:
    @pytest.mark.parametrize("code", ["gateway", "on-top"])
    def test_it_is_configured_first(self, staff, code):
        with pytest.raises(InvalidConfig) as caught:
            module_service.enable_module(staff, code)
        assert caught.value.message.startswith("Give gateway its settings first. ")
        assert set(caught.value.fields) == {"api_key", "account"}
        set_config(staff, "gateway", {"api_key": SECRET, "account": "main"})
        assert code in module_service.enable_module(staff, code).changed

    def test_it_goes_off_whatever_its_settings(self, staff):
        store(staff, "gateway", {}, is_enabled=True)
        assert module_service.disable_module(staff, "gateway").changed == ("gateway",)


def renamed(values: dict[str, Any], version: int) -> dict[str, Any]:
    assert version == 1
    return {("trial_days" if name == "days" else name): value for name, value in values.items()}


def fails(values: dict[str, Any], version: int) -> dict[str, Any]:
    raise LookupError(SECRET)


class TestMigrating:
    def test_settings_of_an_older_schema_are_brought_to_this_one_once_they_are_saved(self, staff):
        store(staff, "billing", {"days": 7}, config_version=1)
        newer = module("billing", config_schema=Billing, config_version=2, migrate_config=renamed)
        with isolated_registry(newer):
            assert module_service.get_module_config(staff, "billing")["trial_days"] == 7
            assert set_config(staff, "billing", {"mode": "live"}).names == ("mode",)
            row = PlatformModule.objects.get()
            assert (row.config, row.config_version) == ({"trial_days": 7, "mode": "live"}, 2)
            assert module_service.get_module_config(staff, "billing")["trial_days"] == 7

    def test_a_migration_that_raises_needs_attention_and_loses_nothing(self, staff):
        store(staff, "billing", {"days": 7, "mode": "live"}, config_version=1, is_enabled=True)
        newer = module("billing", config_schema=Billing, config_version=2, migrate_config=fails)
        with isolated_registry(newer):
            found = module_service.get_module_settings(staff, "billing")
            assert (found.values["mode"], found.values["trial_days"]) == ("live", 14)
            assert "could not be brought to this version" in str(found.faults[""])
        assert PlatformModule.objects.get().config == {"days": 7, "mode": "live"}


class Nested(BaseModel):
    keys: list[SecretStr] = []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"config_schema": "nothing.of.this.name"}, "config_schema cannot be used"),
        ({"config_schema": "platform_core.modules.registry.registry"}, "which is no pydantic model"),
        ({"config_schema": Billing, "default_config": {"trial_days": 91}}, "trial_days: Give 90 or less."),
        ({"config_schema": Billing, "default_config": {"days": 1}}, "default_config has days"),
        ({"config_schema": Gateway}, "api_key: Give a value."),
        ({"config_schema": Gateway, "requires_config": True, "default_enabled": True}, "it is on by itself"),
        ({"config_schema": Nested}, "stands inside of something else"),
        ({"config_schema": Billing, "vendor_settings": ("days",)}, "which the schema does not have"),
        ({"config_schema": Billing, "vendor_settings": ("api_key",)}, "which is a secret"),
    ],
)
def test_a_schema_that_cannot_be_used_is_a_fault(fields, said):
    with isolated_registry(module("gifts", **fields)):
        faults = [message for message in check_definitions() if message.id == "platform_core.E045"]
    assert any(said in str(message.msg) for message in faults), faults


def test_sound_schemas_are_none():
    modules = (
        module("billing", config_schema=f"{__name__}.Billing", vendor_settings=("trial_days",)),
        module("gateway", config_schema=Gateway, requires_config=True),
        module("plain", default_config={"days": 3, "note": None}),
    )
    with isolated_registry(*modules):
        assert [message.msg for message in check_definitions() if message.is_serious()] == []


def test_every_text_is_one_of_an_error_that_pydantic_knows():
    assert set(TEXTS) <= set(get_args(ErrorType))


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (date, "soon", "Give a day such as 2026-03-07."),
        (HttpUrl, "example", "Give a whole address such as https://example.com."),
        (Annotated[str, Field(pattern="^[A-Z]{2}$")], "lu", "Give a text of the form ^[A-Z]{2}$."),
        (
            Annotated[Decimal, Field(decimal_places=2)],
            "1.234",
            "Give a number with 2 decimal places at most.",
        ),
        (timedelta, "long", "Give a duration such as 01:30:00."),
        (UUID, "1", "Give an identifier (UUID)."),
    ],
)
def test_what_will_not_do_is_said_with_an_example(lux, kind: Any, value: str, said: str):
    schema = create_model("Odd", thing=(kind, None))
    with (
        isolated_registry(module("odd", config_schema=schema)),
        platform_context(lux, role="staff"),
        pytest.raises(InvalidConfig) as caught,
    ):
        module_service.set_module_config(lux, "odd", {"thing": value})
    assert caught.value.fields == {"thing": said}


class TestOddThings:
    @pytest.fixture
    def odd(self, lux):
        class Odd(BaseModel):
            zone: str = "UTC"
            ratio: float = 1.0
            note: str = ""

            @field_validator("zone")
            @classmethod
            def known(cls, value: str) -> str:
                return {"UTC": "UTC", "CET": "CET"}[value]

        modules = (module("core", is_core=True), module("odd", config_schema=Odd))
        with isolated_registry(*modules), platform_context(lux, role="staff"):
            module_service.enable_module(lux, "odd")
            yield lux

    @pytest.mark.parametrize("stored", [{"zone": "Mars"}, [1], "x", 5])
    def test_what_is_stored_and_cannot_be_read_needs_attention_and_stops_nothing(self, odd, stored):
        PlatformModule.objects.filter(module_code="odd").update(config=stored)
        status = module_overview(odd).module("odd")
        assert status.needs_attention
        assert module_service.get_module_config(odd, "odd")["zone"] == "UTC"
        assert module_service.set_module_config(odd, "odd", {"zone": "CET"}).after["zone"] == "CET"

    @pytest.mark.parametrize(
        "wanted",
        [
            {"ratio": float("inf")},
            {"ratio": float("nan")},
            {"note": "a\x00b"},
            {"note": "\ud800"},
            {"note": "x" * 20_001},
            {"zone": "Mars"},
        ],
    )
    def test_what_cannot_be_stored_is_refused_in_words(self, odd, wanted):
        with pytest.raises(InvalidConfig) as caught:
            module_service.set_module_config(odd, "odd", wanted)
        assert caught.value.message
        assert module_service.get_module_config(odd, "odd")["note"] == ""

    def test_putting_right_what_did_not_count_is_a_change(self, odd):
        PlatformModule.objects.filter(module_code="odd").update(config={"ratio": "many"})
        before = read_state(odd.pk).version
        # The default is the same: what is stored is another thing.
        assert module_service.set_module_config(odd, "odd", {"ratio": 1.0}).names == ("ratio",)
        assert read_state(odd.pk).version == before + 1
        assert not module_overview(odd).module("odd").needs_attention
