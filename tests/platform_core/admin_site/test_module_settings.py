"""The settings of a module in the admin: a form of its schema, secrets never shown, nothing typed lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.service import module_service
from platform_core.tenancy.context import platform_context
from tests.platform_core.admin_site.conftest import LUX
from tests.platform_core.admin_site.test_modules import text_of
from tests.sample_modules import beside_the_installed, module

pytestmark = pytest.mark.django_db
PAGE = "/admin/modules/billing/settings/"


class Mode(StrEnum):
    TEST = "test"
    LIVE = "live"


class Billing(BaseModel):
    trial_days: int = Field(14, ge=0, le=90, title="Days of trial", description="Before the first invoice.")
    fee: Decimal = Field(Decimal("0.50"), ge=0)
    limit: int | None = None
    mode: Mode = Mode.TEST
    currency: Literal["EUR", "CHF"] = "EUR"
    is_live: bool = False
    sender: str = ""
    reply_to: str | None = None
    tags: list[str] = []
    rates: dict[str, int] = {"LU": 17}
    api_key: SecretStr | None = None


@pytest.fixture(autouse=True)
def billing() -> Iterator[None]:
    with beside_the_installed(
        module("billing", config_schema=Billing, default_config={"trial_days": 30}), module("bare")
    ):
        yield


@pytest.fixture
def client(enter: Any, lux_admin: Any) -> Any:
    return enter(LUX, lux_admin)


def filled(page: Any, **typed: str) -> dict[str, str]:
    """What a browser sends of the form as it stands, with some fields typed anew."""
    form = page.context["form"]
    data: dict[str, str] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if isinstance(value, bool):
            data |= {name: "on"} if value else {}
        elif name not in form.secrets:
            shown = field.prepare_value(value)
            data[name] = "" if shown is None else str(shown)
    return {name: value for name, value in {**data, **typed}.items() if value is not None}


def in_force(platform: Any) -> dict[str, Any]:
    with platform_context(platform, role="staff"):
        return module_service.get_module_config(platform, "billing")


def test_a_field_for_each_setting_and_only_what_changed_is_stored(client, lux, lux_admin):
    page = client.get(PAGE)
    text = text_of(page)
    assert "Days of trial" in text and "Before the first invoice." in text
    typed = {
        "trial_days": "7",
        "fee": "1.25",
        "mode": "live",
        "currency": "CHF",
        "is_live": "on",
        "tags": "new\n\n old ",
        "rates": '{"DE": 19}',
        "api_key": "sk_live_1",
        "-reason": "New year",
    }
    answer = client.post(PAGE, filled(page, **typed), follow=True)
    assert "The settings are saved." in text_of(answer)
    found = in_force(lux)
    assert found["api_key"].get_secret_value() == "sk_live_1"
    assert {name: found[name] for name in found if name != "api_key"} == {
        "trial_days": 7,
        "fee": Decimal("1.25"),
        "limit": None,
        "mode": Mode.LIVE,
        "currency": "CHF",
        "is_live": True,
        "sender": "",
        "reply_to": None,
        "tags": ["new", "old"],
        "rates": {"DE": 19},
    }
    with platform_context(lux, role="staff"):
        stored = PlatformModule.objects.get().config
        change = ModuleChange.objects.get()
    assert "sender" not in stored and "limit" not in stored
    assert (change.reason, change.source, change.user_id) == ("New year", "admin", lux_admin.pk)


def test_a_secret_is_never_shown_kept_when_left_empty_and_removed_when_asked(client, lux):
    client.post(PAGE, filled(client.get(PAGE), api_key="sk_live_1"))
    page = client.get(PAGE)
    assert "sk_live_1" not in page.content.decode()
    assert "It is set, and shown to nobody" in text_of(page)
    client.post(PAGE, filled(page, trial_days="7"))
    assert in_force(lux)["api_key"].get_secret_value() == "sk_live_1"
    refused = client.post(PAGE, filled(client.get(PAGE), trial_days="91", api_key="sk_live_2"))
    assert refused.status_code == 422
    assert "sk_live" not in refused.content.decode()
    removed = client.post(PAGE, filled(client.get(PAGE), **{"-clear-api_key": "on"}), follow=True)
    assert "The settings are saved." in text_of(removed)
    assert in_force(lux)["api_key"] is None
    assert "sk_live" not in text_of(client.get("/admin/modules/billing/"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"trial_days": "91"}, "less than or equal to 90"),
        ({"trial_days": "soon"}, "Enter a whole number."),
        ({"trial_days": ""}, "This field is required."),
        ({"mode": "production"}, "Select a valid choice."),
        ({"rates": "{"}, "Enter a valid JSON."),
        ({"rates": '{"LU": "much"}'}, "Give a whole number."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(client, lux, typed, said):
    answer = client.post(PAGE, filled(client.get(PAGE), sender="Billing of Lux", **typed))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert 'value="Billing of Lux"' in answer.content.decode()
    assert in_force(lux)["sender"] == ""


def test_who_has_seen_another_version_looks_again_and_keeps_what_was_typed(client, lux):
    page = client.get(PAGE)
    with platform_context(lux, role="operator"):
        module_service.set_module_config(lux, "billing", {"trial_days": 3})
    stale = client.post(PAGE, filled(page, sender="Billing of Lux"))
    assert stale.status_code == 422
    assert "changed meanwhile" in text_of(stale)
    assert 'value="Billing of Lux"' in stale.content.decode()
    again = re.search(r'name="-version" value="(\d+)"', stale.content.decode())
    assert again is not None
    client.post(PAGE, filled(page, sender="Billing of Lux", trial_days="3", **{"-version": again[1]}))
    assert (in_force(lux)["sender"], in_force(lux)["trial_days"]) == ("Billing of Lux", 3)


@pytest.mark.parametrize("version", ["", "soon", None])
def test_a_form_without_its_version_changes_nothing_and_says_so(client, lux, version):
    sent = filled(client.get(PAGE), trial_days="7")
    sent.pop("-version")
    answer = client.post(PAGE, sent | ({} if version is None else {"-version": version}))
    assert answer.status_code == 422
    assert "The form came without the version that it was made for." in text_of(answer)
    assert in_force(lux)["trial_days"] != 7
    assert "The settings are saved." in text_of(client.post(PAGE, filled(answer), follow=True))
    assert in_force(lux)["trial_days"] == 7


def test_what_needs_attention_is_said_and_can_be_mended(client, lux):
    with platform_context(lux, role="operator"):
        PlatformModule.objects.create(
            platform=lux, module_code="billing", is_enabled=True, config={"trial_days": 400}
        )
    assert "Its settings need attention." in text_of(client.get("/admin/modules/"))
    assert "Settings See and change · Its settings need attention." in text_of(
        client.get("/admin/modules/billing/")
    )
    page = client.get(PAGE)
    assert "Days of trial : Give 90 or less." in text_of(page)
    client.post(PAGE, filled(page, trial_days="60"))
    assert in_force(lux)["trial_days"] == 60
    assert "need attention" not in text_of(client.get("/admin/modules/"))


def test_who_may_only_look_is_not_offered_to_save(client, lux, monkeypatch):
    may = "platform_core.identity.principals.Principal.may"
    monkeypatch.setattr(may, lambda _self, code: code != "core.change_module")
    page = client.get(PAGE)
    assert "You may look at this, and not change it." in text_of(page)
    assert client.post(PAGE, filled(page, trial_days="7")).status_code == 403
    assert in_force(lux)["trial_days"] == 30


def test_a_module_without_settings_says_so_and_an_unknown_one_is_not_found(client):
    assert "This module has nothing to set." in text_of(client.get("/admin/modules/bare/settings/"))
    assert client.get("/admin/modules/nothing-of-this-name/settings/").status_code == 404
