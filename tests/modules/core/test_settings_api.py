"""A shop's settings for its team's scripts."""

from __future__ import annotations

from typing import Any

import pytest

from modules.core.services import change_vendor_settings
from platform_core.tenancy.context import platform_context
from tests.api_client import Api

pytestmark = pytest.mark.django_db
CATALOG = "vendor/settings/catalog/"


@pytest.fixture
def owner(lux: Any, objektiv_owner: Any) -> Api:
    script = Api("lux.localhost")
    assert script.sign_in(objektiv_owner.email).status_code == 200
    return script


def patch(script: Api, body: Any, etag: str | None, path: str = CATALOG) -> Any:
    headers = {"authorization": f"Bearer {script.access}"} | ({"if-match": etag} if etag else {})
    return script.client.patch(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_a_script_reads_changes_and_resets(owner, objektiv):
    found = owner.get(CATALOG)
    assert found.json() == {
        "module": "catalog",
        "settings": {
            "products_per_page": {
                "value": 24,
                "source": "module",
                "inherited": 24,
                "inherited_from": "module",
            }
        },
        "faults": {},
        "version": 0,
    }
    changed = patch(owner, {"settings": {"products_per_page": 12}}, found["ETag"])
    assert changed.status_code == 200
    assert changed.json()["settings"]["products_per_page"] == {
        "value": 12,
        "source": "vendor",
        "inherited": 24,
        "inherited_from": "module",
    }
    back = patch(owner, {"reset": ["products_per_page"]}, changed["ETag"])
    assert back.json()["settings"]["products_per_page"]["source"] == "module"
    changes = owner.get(f"{CATALOG}changes/").json()["data"]
    assert [change["after"]["products_per_page"]["value"] for change in changes] == [24, 12]
    assert {change["source"] for change in changes} == {"api"}


def test_the_list_holds_every_module_that_has_some(owner):
    modules = [entry["module"] for entry in owner.get("vendor/settings/").json()["data"]]
    assert sorted(modules) == ["catalog", "core"]


def test_a_change_names_the_state_it_goes_on_from(owner, lux, objektiv):
    etag = owner.get(CATALOG)["ETag"]
    missing = patch(owner, {"settings": {"products_per_page": 12}}, None)
    assert missing.status_code == 428
    with platform_context(lux, objektiv):
        change_vendor_settings(code="catalog", wanted={"products_per_page": 48})
    stale = patch(owner, {"settings": {"products_per_page": 12}}, etag)
    assert (stale.status_code, stale["Content-Type"]) == (412, "application/problem+json")
    assert owner.get(CATALOG).json()["settings"]["products_per_page"]["value"] == 48
    # The control: the present state goes through.
    assert (
        patch(owner, {"settings": {"products_per_page": 12}}, owner.get(CATALOG)["ETag"]).status_code == 200
    )


@pytest.mark.parametrize("settings", [{"products_per_page": 5}, {"colour": "red"}])
def test_what_is_refused_is_named(owner, settings):
    answer = patch(owner, {"settings": settings}, owner.get(CATALOG)["ETag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_config")
    assert next(iter(settings)) in answer.content.decode()
    assert owner.get(CATALOG).json()["version"] == 0


def test_a_module_without_settings_for_shops_is_not_there(owner):
    for path in ("vendor/settings/cms/", "vendor/settings/nothing/", "vendor/settings/cms/changes/"):
        answer = owner.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_vendor_settings")


def test_a_clerk_may_not(lux, objektiv_clerk, owner):
    clerk = Api("lux.localhost")
    clerk.sign_in(objektiv_clerk.email)
    for path in ("vendor/settings/", CATALOG, f"{CATALOG}changes/"):
        assert clerk.get(path).status_code == 403
        assert owner.get(path).status_code == 200
    assert patch(clerk, {"settings": {}}, "*").status_code == 403
