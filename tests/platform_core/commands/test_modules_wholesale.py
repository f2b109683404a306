"""`manage.py modules sync|clone|purge|doctor`: many modules at once, their data, and what is wrong with them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pydantic import BaseModel, SecretStr

from platform_core.modules.models import ModuleChange, PlatformModule
from platform_core.modules.registry import isolated_registry
from platform_core.modules.service import module_service
from platform_core.modules.state import read_state
from platform_core.tenancy.context import platform_context
from tests.sample_modules import module

pytestmark = pytest.mark.django_db
SECRET = "sk_live_never_told"


class Gateway(BaseModel):
    account: str = ""
    api_key: SecretStr | None = None


deleted: list[int] = []


@pytest.fixture(autouse=True)
def _modules() -> Any:
    deleted.clear()
    with isolated_registry(
        module("core", is_core=True),
        module("payments", config_schema=Gateway),
        module(
            "orders",
            requires=("payments",),
            data_summary=lambda _id: [("orders", 12)],
            on_purge=deleted.append,
        ),
        module("paypal", conflicts=("stripe",)),
        module("stripe"),
    ):
        yield


@pytest.fixture
def file(tmp_path) -> Any:
    def write(text: str) -> str:
        path: Path = tmp_path / "platforms.yaml"
        path.write_text(text)
        return str(path)

    return write


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("modules", *words, stdout=out)
    return out.getvalue()


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        run(*words)
    return caught.value.returncode, str(caught.value)


def on_now(platform: Any) -> set[str]:
    with platform_context(role="operator"):
        return set(read_state(platform.pk).enabled) - {"core"}


def switch(platform: Any, *codes: str) -> None:
    with platform_context(role="operator"):
        for code in codes:
            module_service.enable_module(platform, code)


BOTH = """
platforms:
  lux:
    modules: {orders: on, stripe: off}
    settings:
      payments: {account: wizamart, api_key: {env: PAYMENTS_KEY}}
  mosel:
    modules: {payments: on}
"""


def test_a_file_is_what_platforms_have_and_again_changes_nothing(lux, mosel, file, monkeypatch):
    monkeypatch.setenv("PAYMENTS_KEY", SECRET)
    path = file(BOTH)
    dry = run("sync", "--file", path, "--dry-run")
    assert dry.startswith(
        "Dry run, nothing was changed: lux: payments, orders switched on; payments configured"
    )
    assert "Kept: orders 12 orders." in dry
    assert on_now(lux) == set()
    done = run("sync", "--file", path, "--reason", "As agreed")
    assert on_now(lux) == {"payments", "orders"}
    assert on_now(mosel) == {"payments"}
    with platform_context(role="operator"):
        config = module_service.get_module_config(lux, "payments")
        assert config["api_key"].get_secret_value() == SECRET
        assert set(ModuleChange.objects.values_list("reason", "source")) == {("As agreed", "cli")}
        rows = ModuleChange.objects.count()
    again = run("sync", "--file", path)
    assert again.splitlines() == ["lux: nothing was to be done.", "mosel: nothing was to be done."]
    assert SECRET not in dry + done + again
    with platform_context(role="operator"):
        assert ModuleChange.objects.count() == rows
    told = [
        json.loads(line) for line in run("sync", "--file", path, "--json", "--platform", "mosel").splitlines()
    ]
    assert [(one["platform"], one["changed"]) for one in told] == [("mosel", [])]


def test_what_would_go_off_is_asked_for_before_anything_is_done(lux, mosel, file):
    switch(mosel, "orders")
    path = file("platforms: {lux: {modules: {stripe: on}}, mosel: {modules: {payments: off}}}")
    code, message = refused("sync", "--file", path)
    assert (code, on_now(lux)) == (2, set())
    assert "On mosel orders, payments would go off. Kept: orders 12 orders. Nothing is deleted." in message
    run("sync", "--file", path, "--yes")
    assert (on_now(lux), on_now(mosel)) == ({"stripe"}, set())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("platforms: {lux: {modules: {orders: on, payments: off}}}", "orders and payments cannot both be"),
        ("platforms: {lux: {modules: {paypal: on, stripe: on}}}", "cannot be on together"),
        (
            "platforms:\n  lux:\n    modules:\n      stripe: on\n      stripe: off\n",
            "Line 5: “stripe” stands twice",
        ),
        ("platforms:\n  lux: {}\n  lux: {}\n", "Line 3: “lux” stands twice"),
        (
            "platforms: {lux: {modules: {stripe: maybe}}}",
            "platforms.lux.modules.stripe is neither on nor off.",
        ),
        ("platforms: {lux: {modules: [stripe]}}", "platforms.lux.modules is no mapping."),
        ("platforms: {lux: {module: {}}}", "platforms.lux.module is not known here"),
        ("lux: {}", "platforms is missing."),
        ("platforms: {lux: [", "Line 1: this is no YAML"),
        ("", "is no"),
        ("platforms: {lux: {modules: {nobody: on}}}", "There is no module “nobody”."),
        ("platforms: {nowhere: {}}", "There is no platform “nowhere”."),
        ("platforms: {lux: {modules: {core: off}}}", "core module"),
        ("platforms: {lux: {settings: {payments: {account: 3}}}}", "payments.account: Give a text."),
        (
            "platforms: {lux: {settings: {payments: {api_key: {env: NOT_SET_ANYWHERE}}}}}",
            "platforms.lux.settings.payments.api_key: the environment has no NOT_SET_ANYWHERE",
        ),
        (
            "platforms: {lux: {settings: {payments: {api_key: {env: [A]}}}}}",
            "platforms.lux.settings.payments.api_key: env names no variable.",
        ),
        (
            "platforms: {lux: {settings: {payments: {nothing: 3}}}}",
            "payments.nothing: There is no such setting",
        ),
        ("platforms: {lux: {modules: {stripe: !!python/object:os.system {}}}}", "this is no YAML"),
    ],
)
def test_a_file_that_cannot_be_followed_changes_nothing(lux, mosel, file, text: str, said: str):
    # What comes first is sound: nothing of it is done either.
    sound = "platforms: {mosel: {modules: {stripe: on}}, "
    code, message = refused("sync", "--file", file(text.replace("platforms: {", sound, 1)))
    assert code == 1
    assert said in message
    assert (on_now(lux), on_now(mosel)) == (set(), set())


def test_a_file_that_is_not_there_or_says_nothing_of_a_platform(lux, mosel, file):
    assert "cannot be read" in refused("sync", "--file", "/nowhere/platforms.yaml")[1]
    path = file("platforms: {lux: {}}")
    assert (
        "says nothing of “mosel”, but of: lux." in refused("sync", "--file", path, "--platform", "mosel")[1]
    )


def test_what_somebody_has_changed_since_the_preview_is_not_overrun(lux, file, monkeypatch):
    switch(lux, "orders")
    bring_to = module_service.bring_to

    def slow(platform: Any, wanted: Any, **how: Any) -> Any:
        found = bring_to(platform, wanted, **how)
        if how.get("dry_run"):
            module_service.enable_module(lux, "paypal")
        return found

    monkeypatch.setattr(module_service, "bring_to", slow)
    path = file("platforms: {lux: {modules: {payments: off}}}")
    assert "changed meanwhile" in refused("sync", "--file", path, "--yes")[1]
    assert on_now(lux) == {"orders", "payments", "paypal"}


def test_a_platform_takes_after_another(lux, mosel):
    switch(lux, "orders")
    switch(mosel, "stripe")
    with platform_context(role="operator"):
        module_service.set_module_config(lux, "payments", {"account": "wizamart", "api_key": SECRET})
    code, message = refused("clone", "lux", "--platform", "mosel")
    assert (code, on_now(mosel)) == (2, {"stripe"})
    assert "On mosel stripe would go off." in message
    told = run("clone", "lux", "--platform", "mosel", "--yes")
    assert on_now(mosel) == {"payments", "orders"}
    assert "Set anew, since secrets are not taken over: payments api_key." in told
    assert SECRET not in told
    assert refused("clone", "lux", "--platform", "lux")[0] == 1


def test_data_is_deleted_after_a_word(lux):
    switch(lux, "orders")
    assert (
        "orders is on here" in refused("purge", "orders", "--platform", "lux", "--yes", "--reason", "Over")[1]
    )
    run("disable", "orders", "--platform", "lux")
    code, message = refused("purge", "orders", "--platform", "lux")
    assert (code, deleted) == (2, [])
    assert "deletes for ever of orders: 12 orders" in message
    run("purge", "orders", "--platform", "lux", "--dry-run")
    assert "Say why" in refused("purge", "orders", "--platform", "lux", "--yes")[1]
    assert deleted == []
    told = json.loads(run("purge", "orders", "--platform", "lux", "--yes", "--reason", "Over", "--json"))
    assert (told["deleted"], deleted) == ({"orders": 12}, [lux.pk])
    assert "12 orders" in run("audit", "orders", "--platform", "lux")


def examined() -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("modules", "doctor", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_doctor_says_what_is_wrong_and_what_to_do(lux):
    assert examined()[0] == 0
    with platform_context(role="operator"):
        PlatformModule.objects.create(platform=lux, module_code="gone", is_enabled=True)
        PlatformModule.objects.create(platform=lux, module_code="orders", is_enabled=True)
        PlatformModule.objects.create(
            platform=lux, module_code="stripe", is_enabled=True, config={"nothing": "of this name"}
        )
        PlatformModule.objects.create(platform=lux, module_code="paypal", is_enabled=True)
    code, told = examined()
    assert code == 1
    assert "lux: gone is not installed, and there is a row of it." in told
    assert "manage.py modules purge gone --platform lux" in told
    assert "orders was asked for and is off: payments is off." in told
    assert "stripe was asked for and is off: paypal is on." in told
    run("purge", "gone", "--platform", "lux", "--yes", "--reason", "Removed")
    assert "gone" not in examined()[1]


def test_of_one_platform_alone(lux, mosel):
    with platform_context(role="operator"):
        PlatformModule.objects.create(platform=mosel, module_code="gone", is_enabled=True)
    call_command("modules", "doctor", "--platform", "lux", stdout=io.StringIO())
    assert examined()[0] == 1
    assert json.loads(run("show", "payments", "--platform", "lux", "--json"))["is_on"] is False
    switch(lux, "payments")
    shown = json.loads(run("show", "payments", "--platform", "lux", "--json"))
    assert (shown["is_on"], shown["cause"], shown["needs_attention"]) == (True, "direct", [])
    entry = json.loads(run("audit", "payments", "--platform", "lux", "--json"))[0]
    assert (entry["version"], "T" in entry["at"]) == (1, True)


def test_the_doctor_names_settings_that_are_not_valid_and_faults_of_definitions(lux):
    with platform_context(role="operator"):
        PlatformModule.objects.create(
            platform=lux, module_code="payments", is_enabled=True, config={"account": 3}
        )
    code, told = examined()
    assert (code, "The settings of payments are not valid: account." in told) == (1, True)
    with isolated_registry(module("core", is_core=True), module("odd", version="1")):
        code, told = examined()
    assert (code, "E017" in told) == (1, True)


def test_the_history_shows_before_and_after_but_no_secret(lux):
    run("config", "payments", "account=wizamart", f"api_key={SECRET}", "--platform", "lux")
    told = run("audit", "payments", "--platform", "lux")
    assert 'account: "" → "wizamart" api_key (secret)' in told.replace("api_key (secret) account", "account")
    assert SECRET not in told
