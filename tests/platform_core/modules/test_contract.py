"""The contract: a module that is off looks as if it had never existed, on every path, and comes back whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern
from unfold.admin import ModelAdmin

from modules.catalog.models import Product
from modules.catalog.services import create_product
from modules.customers.services import register_customer
from platform_core.admin_site.sites import platform_site
from platform_core.modules import gates
from platform_core.modules.definition import FrontendType
from platform_core.modules.gates import GatedLabelPattern, GatedResolver
from platform_core.modules.menus import menu_items
from platform_core.modules.registry import registry
from platform_core.modules.service import module_service
from platform_core.modules.state import override_modules
from platform_core.tenancy.context import platform_context
from tests.api_client import Api
from tests.conftest import PASSWORD
from tests.platform_core.modules.contract import (
    NOISE,
    as_internal,
    as_optional,
    ask,
    differences,
    paths_of,
    tables_of,
)
from tests.sample_modules import point_answered_in

pytestmark = pytest.mark.django_db

# Every module but these, without which there is no site at all to be off on.
MODULES = tuple(code for code in registry().definitions if code not in {"core", "tenancy"})
SHOP, PLATFORM, ADMIN = "objektiv.lux.localhost", "lux.localhost", "admin.lux.localhost"
SITES = {"storefront": SHOP, "platform": PLATFORM, "admin": ADMIN}
# The admin's pages answer other methods like GET, or not at all.
ADMIN_METHODS = ("get", "post", "options")


@pytest.fixture
def people(
    lux: Any,
    objektiv: Any,
    objektiv_owner: Any,
    lux_admin: Any,
    superuser: Any,
    client_for: Callable[..., Client],
) -> dict[str, dict[str, Client]]:
    """Site → who → a browser or a script in which they have signed in, while everything was on."""
    with platform_context(lux, objektiv):
        register_customer(email="anna@example.test", password=PASSWORD, full_name="Anna", language="en")

    def browser(host: str, door: str, email: str) -> Client:
        client = client_for(host)
        assert client.post(door, {"email": email, "password": PASSWORD}).status_code == 302
        return client

    def script(email: str) -> Client:
        api = Api(PLATFORM)
        assert api.sign_in(email).status_code == 200
        return Client(headers={"host": PLATFORM, "authorization": f"Bearer {api.access}"})

    return {
        "storefront": {
            "anonymous": client_for(SHOP),
            "customer": browser(SHOP, "/account/sign-in/", "anna@example.test"),
        },
        "platform": {
            "anonymous": client_for(PLATFORM),
            "owner": browser(PLATFORM, "/vendor/sign-in/", objektiv_owner.email),
            "owner's script": script(objektiv_owner.email),
            "admin's script": script(lux_admin.email),
        },
        "admin": {
            "anonymous": client_for(ADMIN),
            "admin": browser(ADMIN, "/admin/login/", lux_admin.email),
            "superuser": browser(ADMIN, "/admin/login/", superuser.email),
        },
    }


@pytest.fixture(params=MODULES)
def code(request: pytest.FixtureRequest) -> Iterator[str]:
    """A module that may be switched."""
    with as_optional(request.param):
        yield request.param


def is_told(who: str, path: str) -> bool:
    """Whether somebody is told that a module is off: platform staff, where they are known as such."""
    return who in {"admin", "superuser"} or (who == "admin's script" and path.startswith("/api/v1/admin/"))


def walk(code: str, site: str, people: dict[str, dict[str, Client]]) -> list[str]:
    """All that gives a module away which is off."""
    found = []
    methods = (
        ADMIN_METHODS if site == "admin" else ("get", "post", "put", "patch", "delete", "options", "head")
    )
    for path in paths_of(code, site):
        for who, client in people[site].items():
            if not is_told(who, path):
                found += [f"{who}: {text}" for text in differences(client, path, methods)]
    return found


@pytest.mark.parametrize("site", SITES)
def test_off_equals_unknown(code, site, lux, people):
    with override_modules(lux, off=(code,)):
        assert walk(code, site, people) == []


def walk_internal(code: str, site: str, people: dict[str, dict[str, Client]]) -> list[str]:
    """All that gives an internal module away which is on, at doors that are not of the house."""
    return [
        f"{who}: {text}"
        for path in paths_of(code, site)
        if not path.startswith(("/api/v1/admin/", "/admin/"))
        for who, client in people[site].items()
        for text in differences(client, path, ("get", "post", "delete", "options"))
    ]


@pytest.mark.parametrize("site", SITES)
def test_internal_equals_unknown_outside_of_the_admin(site, lux, people):
    """Also to staff who knock at the teams' API: they would be told to sign in where there is something."""
    with as_internal("catalog"):
        assert walk_internal("catalog", site, people) == []
        assert people["admin"]["admin"].get("/admin/catalog/product/").status_code == 200


def test_control_the_walk_finds_an_internal_module_at_the_teams_door(lux, people, monkeypatch):
    resolve = GatedResolver.resolve

    def resolve_as_of_the_house(self: GatedResolver, path: str) -> Any:
        monkeypatch.setattr(self, "of_the_house", True)
        return resolve(self, path)

    monkeypatch.setattr(GatedResolver, "resolve", resolve_as_of_the_house)
    with as_internal("catalog"):
        found = walk_internal("catalog", "admin", people)
    assert any(text.startswith("admin: GET /api/v1/vendor/products/: status 401") for text in found)


def answered(
    code: str, site: str, people: dict[str, dict[str, Client]], methods: tuple[str, ...]
) -> list[str]:
    """Where somebody who is told that a module is off gets another answer than that."""
    found = []
    for path in paths_of(code, site):
        for who, client in people[site].items():
            if not is_told(who, path):
                continue
            for method in methods:
                answer, without_slash = (getattr(client, method)(at) for at in (path, path.rstrip("/")))
                statuses = answer.status_code, without_slash.status_code
                if statuses != (404, 404) or not tells_of(code, path, answer):
                    found.append(f"{who}: {method.upper()} {path}: {statuses}")
    return found


def tells_of(code: str, path: str, answer: Any) -> bool:
    """Whether an answer says that the module is off: to scripts by name, to people with the way to its switch."""
    if path.startswith("/api/"):
        body = answer.json()
        return (body["code"], body["module"]) == ("module_disabled", code)
    return f'href="/admin/modules/{code}/"' in answer.content.decode()


@pytest.mark.parametrize("site", ["platform", "admin"])
def test_staff_are_told_what_is_off_whatever_they_ask_for(code, site, lux, people):
    with override_modules(lux, off=(code,)):
        assert answered(code, site, people, ("get", "post", "put", "delete", "options")) == []


def test_control_without_the_gates_staff_are_answered(lux, people, monkeypatch):
    no_gate_of_routes(monkeypatch)
    monkeypatch.setattr("platform_core.identity.middleware.refuse_where_off", lambda *_args: None)
    with as_optional("catalog"), override_modules(lux, off=("catalog",)):
        for method in ("get", "post", "delete", "options"):
            assert answered("catalog", "admin", people, (method,)) != [], method


def test_there_is_something_to_walk():
    counts = {code: sum(len(paths_of(code, site)) for site in SITES) for code in MODULES}
    assert sum(counts.values()) >= 90, counts
    assert all(counts.values()), counts


@pytest.mark.parametrize("site", SITES)
def test_on_again_everything_is_back(code, site, lux, people):
    def statuses() -> dict[str, int]:
        return {
            f"{who} {path}": client.get(path).status_code
            for path in paths_of(code, site)
            for who, client in people[site].items()
        }

    before = statuses()
    with override_modules(lux, off=(code,)):
        statuses()
    assert statuses() == before


def test_a_toggle_leaves_every_row_as_it_was(code, lux, objektiv, people):
    def rows() -> dict[str, list[Any]]:
        with platform_context(lux, objektiv):
            return {
                model._meta.label: list(model._default_manager.order_by("pk").values())
                for model in tables_of(code)
            }

    with platform_context(lux, objektiv):
        create_product(
            slug="camera",
            translations={"en": {"title": "Camera"}},
            variants=[{"sku": "C-1", "price_minor": 1000}],
        )
    before = rows()
    assert any(before.values()) or code != "catalog"
    with platform_context(role="operator"):
        module_service.disable_module(lux, code)
        assert rows() == before
        module_service.enable_module(lux, code)
    assert rows() == before


def test_another_platform_is_untouched(code, lux, mosel, kellerei, client_for):
    client = client_for("kellerei.mosel.localhost")
    paths = paths_of(code, "storefront")
    before = [ask(client, "get", path) for path in paths]
    with override_modules(lux, off=(code,)):
        assert [ask(client, "get", path) for path in paths] == before


def documents(people: dict[str, dict[str, Client]]) -> str:
    """OpenAPI documents, API roots and their pages for people, of all sites."""
    return "\n".join(
        people[site]["anonymous"].get(path).content.decode()
        for site in SITES
        for path in ("/api/schema/", "/api/v1/", "/api/docs/")
    )


def api_paths(code: str) -> set[str]:
    return {
        path.removesuffix("x/").removesuffix("1/")
        for site in SITES
        for path in paths_of(code, site)
        if path.startswith("/api/v1/") and path.count("/") == 5
    }


def test_documents_list_only_what_is_on(code, lux, people):
    with override_modules(lux, off=(code,)):
        off = documents(people)
    on = documents(people)
    assert all(path in on for path in api_paths(code))
    assert not any(path in off for path in api_paths(code))


def test_menus_list_only_what_is_on(code, lux, objektiv, people):
    def shown() -> str:
        pages = [
            people["platform"]["owner"].get("/vendor/"),
            people["admin"]["admin"].get("/admin/"),
            people["storefront"]["anonymous"].get("/"),
            people["storefront"]["anonymous"].get("/sitemap.xml"),
        ]
        assert [page.status_code for page in pages] == [200] * len(pages)
        return "\n".join(page.content.decode() for page in pages)

    with override_modules(lux, off=(code,)):
        links = {f'href="{path}"' for site in SITES for path in paths_of(code, site)}
        assert [link for link in links if link in shown()] == []
        with platform_context(lux, objektiv):
            assert not {item.id for frontend in FrontendType for item in menu_items(frontend)} & own_items(
                code
            )
    with platform_context(lux, objektiv):
        assert own_items(code) <= {item.id for frontend in FrontendType for item in menu_items(frontend)}


def own_items(code: str) -> set[str]:
    return {item.id for items in registry().definitions[code].menu_items.values() for item in items}


def test_recent_actions_forget_it(lux, objektiv, lux_admin, people):
    with as_optional("catalog"):
        with platform_context(lux, objektiv):
            product = create_product(
                slug="camera",
                translations={"en": {"title": "Hasselblad"}},
                variants=[{"sku": "C-1", "price_minor": 1000}],
            )
        with platform_context(lux, role="staff"):
            LogEntry.objects.create(
                user=lux_admin,
                content_type=ContentType.objects.get_for_model(product),
                object_id=str(product.pk),
                object_repr="Hasselblad",
                action_flag=CHANGE,
                change_message="[]",
            )
        admin = people["admin"]["admin"]
        addresses = ("/admin/", "/admin/admin/logentry/")

        def naming_it() -> list[str]:
            return [address for address in addresses if "Hasselblad" in admin.get(address).content.decode()]

        assert naming_it() == list(addresses)
        with override_modules(lux, off=("catalog",)):
            assert naming_it() == []


def chooser(people: dict[str, dict[str, Client]], app_label: str) -> tuple[int, str]:
    """What the admin's chooser of categories says to staff, by the label of the app that asks for it."""
    address = f"/admin/autocomplete/?app_label={app_label}&model_name=category&field_name=parent&term=a"
    answer = people["admin"]["admin"].get(address)
    return answer.status_code, NOISE.sub("", answer.content.decode())


def test_choosers_of_the_admin_know_it_as_little_as_an_unknown_one(lux, people):
    with as_optional("catalog"):
        assert chooser(people, "catalog")[0] == 200
        with override_modules(lux, off=("catalog",)):
            assert chooser(people, "catalog") == chooser(people, "nothing")


def test_control_choosers_without_their_gate(lux, people, monkeypatch):
    monkeypatch.setattr("platform_core.admin_site.options.is_label_hidden", lambda _label: False)
    with as_optional("catalog"), override_modules(lux, off=("catalog",)):
        assert chooser(people, "catalog") != chooser(people, "nothing")


def test_inlines_of_a_module_that_is_off_are_left_out(lux, monkeypatch):
    inlines = [SimpleNamespace(opts=SimpleNamespace(app_label=label)) for label in ("catalog", "cms", "auth")]
    monkeypatch.setattr(ModelAdmin, "get_inline_instances", lambda *_args: inlines)
    screen = platform_site.admins()[Product]
    with as_optional("catalog"), platform_context(lux, role="staff"):
        assert screen.get_inline_instances(HttpRequest()) == inlines
        with override_modules(lux, off=("catalog",)):
            assert screen.get_inline_instances(HttpRequest()) == inlines[1:]


# The controls: without a gate the walk finds what it hid.


def no_gate_of_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GatedResolver, "resolve", lambda self, path: super(GatedResolver, self).resolve(path))


@pytest.mark.parametrize(
    ("remove", "site"),
    [
        (no_gate_of_routes, "storefront"),
        (no_gate_of_routes, "platform"),
        (no_gate_of_routes, "admin"),
    ],
)
def test_control_the_walk_finds_a_gate_that_is_gone(remove, site, lux, people, monkeypatch):
    remove(monkeypatch)
    with as_optional("catalog"), override_modules(lux, off=("catalog",)):
        assert walk("catalog", site, people) != []


def test_control_the_page_of_an_apps_screens_without_its_gate(lux, people, monkeypatch):
    monkeypatch.setattr(GatedLabelPattern, "resolve", URLPattern.resolve)
    with as_optional("catalog"), override_modules(lux, off=("catalog",)):
        assert people["admin"]["admin"].get("/admin/catalog").status_code == 301


def test_control_documents_without_their_gate(lux, people, monkeypatch):
    monkeypatch.setattr("platform_core.api.reference.is_view_hidden", lambda _view: False)
    with as_optional("catalog"), override_modules(lux, off=("catalog",)):
        assert any(
            path in people["platform"]["anonymous"].get("/api/v1/").content.decode()
            for path in api_paths("catalog")
        )


def test_control_screens_without_their_gate(lux, people, monkeypatch):
    monkeypatch.setattr("platform_core.admin_site.options.is_label_hidden", lambda _label: False)
    with as_optional("catalog"), override_modules(lux, off=("catalog",)):
        assert 'href="/admin/catalog/product/"' in people["admin"]["admin"].get("/admin/").content.decode()


def test_control_extension_points_without_their_gate(lux, objektiv, monkeypatch):
    point = point_answered_in("modules.catalog.extensions")
    with as_optional("catalog"), override_modules(lux, off=("catalog",)), platform_context(lux, objektiv):
        assert point.all() == ()
        monkeypatch.setattr("platform_core.extensions._may_speak", [])
        assert point.first() == "said"
    assert gates.may_speak("modules.catalog.extensions")
