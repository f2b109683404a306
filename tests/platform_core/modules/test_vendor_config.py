"""A vendor's settings over its platform's: pure functions of what both have stored."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field, model_validator

from platform_core.modules.config import Stored
from platform_core.modules.exceptions import InvalidConfig
from platform_core.modules.vendor_config import (
    NOTHING,
    Source,
    vendor_change_of,
    vendor_settings_in_force,
)
from tests.sample_modules import module


class Window(BaseModel):
    first_hour: int = Field(8, ge=0, le=23)
    last_hour: int = Field(18, ge=0, le=23)
    note: str | None = None
    region: str

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.last_hour < self.first_hour:
            raise ValueError("The last hour comes before the first.")
        return self


def renamed(values: dict[str, Any], _version: int) -> dict[str, Any]:
    return {"first_hour": values["opens"]}


def definition(**facts: Any) -> Any:
    facts.setdefault("default_config", {"region": "LU"})
    names = ("first_hour", "last_hour", "note")
    return module("window", config_schema=Window, vendor_settings=names, **facts).definition


def stored(**values: Any) -> Stored:
    return Stored(values, 1)


def test_each_value_tells_whose_it_is():
    found = vendor_settings_in_force(definition(), stored(first_hour=9), stored(last_hour=20))
    assert found.values == {"first_hour": 9, "last_hour": 20, "note": None}
    assert found.inherited == {"first_hour": 9, "last_hour": 18, "note": None}
    assert found.sources == {
        "first_hour": Source.PLATFORM,
        "last_hour": Source.VENDOR,
        "note": Source.MODULE,
    }
    assert found.faults == {}


def test_nothing_counts_as_a_value_where_the_schema_allows_it():
    found = vendor_settings_in_force(definition(), stored(note="Ring twice"), stored(note=None))
    assert (found.values["note"], found.sources["note"]) == (None, Source.VENDOR)


def test_what_together_makes_no_sense_any_more_is_inherited_altogether():
    """The platform has moved its first hour behind the vendor's last one."""
    found = vendor_settings_in_force(definition(), stored(first_hour=15), stored(last_hour=12, note="x"))
    assert found.values == {"first_hour": 15, "last_hour": 18, "note": None}
    assert set(found.sources.values()) == {Source.PLATFORM, Source.MODULE}
    assert any("before the first" in str(text) for text in found.faults.values())


def test_one_bad_value_takes_no_other_along():
    found = vendor_settings_in_force(definition(), NOTHING, stored(first_hour=77, note="Ring twice"))
    assert found.values == {"first_hour": 8, "last_hour": 18, "note": "Ring twice"}
    assert set(found.faults) == {"first_hour"}


def test_a_fault_of_the_platforms_is_none_of_the_vendors():
    found = vendor_settings_in_force(
        definition(default_config={}), stored(first_hour=77), stored(last_hour=20)
    )
    assert found.values == {"first_hour": 8, "last_hour": 20, "note": None}
    assert found.faults == {}
    change = vendor_change_of(
        definition(default_config={}), stored(first_hour=77), NOTHING, {"last_hour": 20}
    )
    assert change.stored == {"last_hour": 20}


def test_a_change_that_makes_no_sense_with_the_platforms_is_refused():
    with pytest.raises(InvalidConfig) as refused:
        vendor_change_of(definition(), stored(first_hour=15), NOTHING, {"last_hour": 12})
    assert any("before the first" in str(text) for text in refused.value.fields.values())
    # The control: with the module's own first hour it does.
    assert vendor_change_of(definition(), NOTHING, NOTHING, {"last_hour": 12}).names == ("last_hour",)


def test_what_stands_in_the_schema_and_is_not_offered_is_neither_read_nor_written():
    found = vendor_settings_in_force(definition(), NOTHING, stored(region="FR"))
    assert "region" not in found.values
    for wanted, reset in (({"region": "FR"}, ()), ({}, ("region",))):
        with pytest.raises(InvalidConfig) as refused:
            vendor_change_of(definition(), NOTHING, NOTHING, wanted, reset)
        assert set(refused.value.fields) == {"region"}


def test_values_of_an_older_schema_are_brought_to_this_one():
    newer = definition(config_version=2, migrate_config=renamed)
    found = vendor_settings_in_force(newer, NOTHING, stored(opens=10))
    assert (found.values["first_hour"], found.sources["first_hour"]) == (10, Source.VENDOR)
    change = vendor_change_of(newer, NOTHING, stored(opens=10), {"note": "x"})
    assert change.stored == {"first_hour": 10, "note": "x"}


def test_a_reset_forgets_the_own_value_and_no_other():
    change = vendor_change_of(
        definition(), stored(first_hour=9), stored(first_hour=10, last_hour=20), {}, ["first_hour"]
    )
    assert change.stored == {"last_hour": 20}
    assert change.before == {"first_hour": {"value": 10, "source": "vendor"}}
    assert change.after == {"first_hour": {"value": 9, "source": "platform"}}
