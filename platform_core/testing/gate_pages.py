"""Gates that are seen from outside: what a module's addresses answer, and what pages and documents tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.test import Client

from platform_core.admin_site.sites import platform_site
from platform_core.modules.definition import FrontendType
from platform_core.modules.menus import menu_items
from platform_core.modules.registry import registry
from platform_core.tenancy.context import platform_context
from platform_core.testing.walks import METHODS, NOISE, Unknown, differences, paths_of, screens_of, tables_of
from platform_core.testing.world import SITES, World, is_told

# Pages answer other methods like one of these, or not at all.
PAGE_METHODS = ("get", "post", "options")
API = "/api/v1/"
# Where a person sees the menus: (site, who, address).
MENUS = {
    FrontendType.SHOP: ("storefront", "anonymous", "/"),
    FrontendType.VENDOR: ("platform", "owner", "/vendor/"),
    FrontendType.ADMIN: ("admin", "admin", "/admin/"),
}
DOCUMENTS = ("/api/schema/", "/api/v1/", "/api/docs/")


def unlike_unknown(
    code: str, world: World, belongs: Callable[[str], bool], methods: tuple[str, ...] = PAGE_METHODS
) -> list[str]:
    """Where those of a module's addresses that belong somewhere answer otherwise than unknown ones."""
    unknown: Unknown = {}
    return [
        f"{who}: {text}"
        for site in SITES
        for path in paths_of(code, site)
        if belongs(path)
        for who, client in world.people[site].items()
        if not is_told(who, path)
        for text in differences(client, path, methods, unknown)
    ]


def storefront_pages(code: str, world: World) -> list[str]:
    """Pages of shops, and whatever stands at no door of its own."""
    return unlike_unknown(code, world, lambda path: not path.startswith(("/vendor/", "/admin/", "/api/")))


def dashboard_pages(code: str, world: World) -> list[str]:
    return unlike_unknown(code, world, lambda path: path.startswith("/vendor/"))


def admin_pages(code: str, world: World) -> list[str]:
    """Screens and pages of the admin: to strangers unknown addresses, to staff a page that says so."""
    off = unlike_unknown(code, world, lambda path: path.startswith("/admin/"))
    return off + untold(code, world, lambda path: path.startswith("/admin/"))


def storefront_api(code: str, world: World) -> list[str]:
    return unlike_unknown(code, world, lambda path: path.startswith(f"{API}storefront/"), METHODS)


def vendor_api(code: str, world: World) -> list[str]:
    return unlike_unknown(code, world, lambda path: path.startswith(f"{API}vendor/"), METHODS)


def admin_api(code: str, world: World) -> list[str]:
    """The API of staff, who are told by name what is off; to everybody else its addresses are unknown ones."""
    mine = f"{API}admin/"
    off = unlike_unknown(code, world, lambda path: path.startswith(mine), METHODS)
    return off + untold(code, world, lambda path: path.startswith(mine))


def untold(code: str, world: World, belongs: Callable[[str], bool]) -> list[str]:
    """Where somebody who is to be told that a module is off gets another answer than that."""
    return [
        f"{who}: {method.upper()} {path}: {text}"
        for site in ("platform", "admin")
        for path in paths_of(code, site)
        if belongs(path)
        for who, client in world.people[site].items()
        if is_told(who, path)
        for method in ("get", "post", "delete", "options")
        for text in _untold(code, client, method, path)
    ]


def _untold(code: str, client: Client, method: str, path: str) -> Iterator[str]:
    answer, without_slash = (getattr(client, method)(at) for at in (path, path.rstrip("/")))
    statuses = answer.status_code, without_slash.status_code
    if statuses != (404, 404):
        yield f"{statuses} instead of 404"
    elif path.startswith("/api/"):
        body = answer.json()
        if (body["code"], body.get("module")) != ("module_disabled", code):
            yield f"says {body['code']}"
    elif f'href="/admin/modules/{code}/"' not in answer.content.decode():
        yield "has no way to the module's switch"


def admin_screens(code: str, world: World) -> list[str]:
    """Links to a module's screens on the admin's home, in its sidebar and in its palette."""
    links = [f'href="{screen}"' for screen in screens_of(code)]
    pages = {
        who: world.people["admin"][who].get("/admin/").content.decode() for who in ("admin", "superuser")
    }
    return [f"{who}: {link}" for who, page in pages.items() for link in links if link in page]


def admin_choosers(code: str, world: World) -> list[str]:
    """What the admin's choosers say of a module's rows, beside what they say of an app that there is not."""
    admin = world.people["admin"]["admin"]

    def said(label: str, model: str, field: str) -> tuple[int, str]:
        address = f"/admin/autocomplete/?app_label={label}&model_name={model}&field_name={field}&term=a"
        answer = admin.get(address)
        return answer.status_code, NOISE.sub("", answer.content.decode())

    links = [
        (model._meta.app_label, str(model._meta.model_name), field.name)
        for model in tables_of(code)
        if model in platform_site.admins()
        for field in model._meta.local_fields
        if field.many_to_one
    ]
    return [
        f"{label}.{model}.{field}: {said(label, model, field)[0]}"
        for label, model, field in links
        if said(label, model, field) != said("nothing", model, field)
    ]


def menu(frontend: FrontendType) -> Callable[[str, World], list[str]]:
    """The gate of one frontend's menu: neither its items nor links to the module's pages."""

    def find(code: str, world: World) -> list[str]:
        site, who, address = MENUS[frontend]
        page = world.people[site][who].get(address)
        found = [] if page.status_code == 200 else [f"{address}: {page.status_code}"]
        text = page.content.decode()
        found += [f"{address} links to {path}" for path in paths_of(code, site) if f'href="{path}"' in text]
        with platform_context(world.platform, world.vendor):
            shown = {item.id for item in menu_items(frontend)}
        own = {item.id for item in registry().definitions[code].menu_items.get(frontend, ())}
        return found + [f"item {item_id}" for item_id in sorted(own & shown)]

    return find


def documents(code: str, world: World) -> list[str]:
    """OpenAPI documents, API roots and the pages that people read them on."""
    found = []
    for site in SITES:
        text = documents_of(world, site)
        found += [f"{site}: {path}" for path in api_paths(code, site) if path in text]
    return found


def documents_of(world: World, site: str) -> str:
    return "\n".join(world.people[site]["anonymous"].get(path).content.decode() for path in DOCUMENTS)


def api_paths(code: str, site: str) -> list[str]:
    """What documents would name of a module: its lists, without parameters."""
    return [path for path in paths_of(code, site) if path.startswith(API) and path.count("/") == 5]


def sitemap(code: str, world: World) -> list[str]:
    answer = world.people["storefront"]["anonymous"].get("/sitemap.xml")
    text = answer.content.decode()
    found = [] if answer.status_code == 200 else [f"/sitemap.xml: {answer.status_code}"]
    pages = [path for path in paths_of(code, "storefront") if not path.startswith("/api/")]
    return found + [path for path in pages if f"{path}<" in text]
