"""The API describes itself: completely, validly, and for the site that is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from platform_core.api.schema import schema_of
from platform_core.identity.checks import routes_of
from platform_core.modules.registry import registry
from platform_core.testing.walks import as_one_with
from tests.api_client import Api

URLCONFS = ("config.urls.platform", "config.urls.storefront", "config.urls.public")


@pytest.fixture(autouse=True)
def every_module_is_on() -> Iterator[None]:
    """What is off is told of by no document: these tests look at all there is."""
    with ExitStack() as stack:
        for code in tuple(registry().definitions):
            stack.enter_context(as_one_with(code, is_core=True))
        yield


@pytest.mark.parametrize("urlconf", URLCONFS)
def test_the_document_is_valid_and_nothing_in_it_was_guessed(urlconf):
    call_command(
        "spectacular",
        urlconf=urlconf,
        validate=True,
        fail_on_warn=True,
        format="openapi-json",
        stdout=StringIO(),
    )


def test_the_shared_part_of_the_conventions_is_documented_too(db):
    call_command(
        "spectacular",
        urlconf="tests.platform_core.api.urls",
        validate=True,
        fail_on_warn=True,
        format="openapi-json",
        stdout=StringIO(),
    )
    document = schema_of("tests.platform_core.api.urls")
    listing = document["paths"]["/api/v1/admin/companies/"]["get"]
    assert {entry["name"] for entry in listing["parameters"]} == {
        "cursor",
        "limit",
        "sort",
        "city",
        "id__gte",
    }
    page = listing["responses"]["200"]["content"]["application/json"]["schema"]
    body = document["components"]["schemas"][page["$ref"].rsplit("/", 1)[-1]]
    assert body["required"] == ["data", "page"]
    assert listing["operationId"] == "admin_companies_list" and listing["tags"] == ["admin companies"]
    assert (listing["x-audience"], listing["security"]) == ("staff", [{"token": []}, {"session": []}])


@pytest.mark.parametrize("urlconf", URLCONFS[:2])
def test_every_address_of_the_api_is_in_the_document(urlconf):
    mounted = {
        # The document calls a primary key by its field's name.
        "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).replace("{pk}", "{id}")
        for route, _pattern in routes_of(import_module(urlconf).urlpatterns)
        if route.startswith("api/v1/")
    }
    assert set(schema_of(urlconf)["paths"]) == mounted


@pytest.mark.parametrize("urlconf", URLCONFS[:2])
def test_every_operation_has_a_name_a_summary_a_tag_and_its_problems(urlconf):
    names = []
    for path, operations in schema_of(urlconf)["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            names.append(operation["operationId"])
            assert operation.get("summary"), where
            assert operation["tags"], where
            assert {"400", "401", "404", "429", "500"} <= set(operation["responses"]), where
            if method != "get":
                assert {"403", "409"} <= set(operation["responses"]), where
    assert len(names) == len(set(names))


@pytest.mark.django_db
class TestOnAHost:
    def test_each_site_lists_what_it_has(self, lux, objektiv, client_for):
        platform = client_for("lux.localhost").get("/api/schema/").json()
        shop = client_for("objektiv.lux.localhost").get("/api/schema/").json()
        hub = client_for("localhost").get("/api/schema/").json()
        assert all(not path.startswith("/api/v1/storefront/") for path in platform["paths"])
        assert all(not path.startswith(("/api/v1/vendor/", "/api/v1/admin/")) for path in shop["paths"])
        assert "/api/v1/auth/token/" in platform["paths"] and "/api/v1/auth/token/" in shop["paths"]
        assert list(hub["paths"]) == ["/api/v1/"]

    def test_the_server_is_the_one_that_was_asked(self, lux, objektiv, client_for):
        def server(host: str, path: str) -> str:
            return str(client_for(host).get(f"{path}/api/schema/").json()["servers"][0]["url"])

        assert server("lux.localhost:8000", "") == "http://lux.localhost:8000"
        assert (
            server("lux.localhost", "/vendors/objektiv/shop") == "http://lux.localhost/vendors/objektiv/shop"
        )

    def test_the_root_leads_to_everything(self, lux, client_for):
        client = client_for("lux.localhost")
        root = client.get("/api/v1/").json()
        assert root["schema"] == "http://lux.localhost/api/schema/"
        assert root["auth"]["token/refresh"] == "http://lux.localhost/api/v1/auth/token/refresh/"
        for address in (root["schema"], root["docs"], root["auth"]["me"]):
            assert client.get(address).status_code in {200, 401}

    @pytest.mark.parametrize("host", ["localhost", "lux.localhost", "objektiv.lux.localhost"])
    def test_the_page_for_people_needs_no_script_and_nothing_from_elsewhere(
        self, lux, objektiv, client_for, host
    ):
        response = client_for(host).get("/api/docs/")
        html = response.content.decode()
        assert response.status_code == 200
        assert "<script" not in html and "style=" not in html
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)
        if host != "localhost":
            assert "/api/v1/auth/token/refresh/" in html and "Sign in" in html

    def test_nothing_here_asks_the_database(
        self, lux, objektiv, client_for, django_assert_max_num_queries: Any
    ):
        client = client_for("objektiv.lux.localhost")
        client.get("/api/schema/")
        with django_assert_max_num_queries(0):
            client.get("/api/schema/")
            client.get("/api/v1/")


PUBLIC = ("/api/v1/", "/api/schema/", "/api/docs/")


@pytest.fixture
def tokens(lux: Any, lux_admin: Any, objektiv_owner: Any) -> dict[str, str]:
    """A staff's and a team member's token of one platform."""
    scripts = {"staff": Api("lux.localhost"), "team": Api("lux.localhost")}
    scripts["staff"].sign_in(lux_admin.email)
    scripts["team"].sign_in(objektiv_owner.email)
    return {who: script.access for who, script in scripts.items()}


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("who", ["staff", "team"])
def test_it_describes_itself_to_the_tokens_of_every_portal(client_for, tokens, who, path):
    headers = {"authorization": f"Bearer {tokens[who]}"}
    assert client_for("lux.localhost").get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("path", PUBLIC)
def test_a_token_of_another_platform_or_a_spoilt_one_is_refused_there_too(client_for, mosel, tokens, path):
    for host, token in (("mosel.localhost", tokens["staff"]), ("lux.localhost", f"{tokens['staff']}x")):
        answer = client_for(host).get(path, headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_below_them_a_token_is_good_at_its_own_portal_alone(client_for, tokens):
    """The root's address begins like every other one's: it alone is meant."""
    for path in ("/api/v1/vendor/domains/", "/api/v1/no-such-thing/", "/api/v1"):
        headers = {"authorization": f"Bearer {tokens['staff']}"}
        assert client_for("lux.localhost").get(path, headers=headers).status_code == 401


def test_the_admins_host_is_the_staffs_alone(client_for, tokens):
    for path in PUBLIC:
        statuses = {
            portal: client_for("admin.lux.localhost")
            .get(path, headers={"authorization": f"Bearer {token}"})
            .status_code
            for portal, token in tokens.items()
        }
        assert statuses == {portal: 200 if portal == "staff" else 401 for portal in tokens}, path


def test_control_with_one_portal_alone_the_staffs_token_is_refused(client_for, tokens, monkeypatch):
    monkeypatch.setattr("platform_core.identity.tokens.REFERENCE_PATHS", ())
    monkeypatch.setattr("platform_core.identity.tokens.ROOT_PATH", "")
    for path in PUBLIC:
        headers = {"authorization": f"Bearer {tokens['staff']}"}
        assert client_for("lux.localhost").get(path, headers=headers).status_code == 401
