"""What every module owes its platform while it is off: each of its paths answers like an unknown address.

Any installed module can be looked at this way: `as_optional` lets a core one be switched for a while. Paths and
views come from the URL configurations, so a new module is held to it as soon as it is mounted.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from django.test import Client
from django.urls import URLPattern

from platform_core.identity.checks import routes_of
from platform_core.modules.definition import ModuleConfig
from platform_core.modules.gates import module_of_view
from platform_core.modules.graph import closure
from platform_core.modules.registry import isolated_registry, registry
from platform_core.modules.state import module_states
from platform_core.tenancy.middleware import URLCONFS

METHODS = ("get", "post", "put", "patch", "delete", "options", "head")
# What an address begins with, whosever it is, the longest first: the part after it is the module's own.
DOORS = ("/api/v1/storefront/", "/api/v1/vendor/", "/api/v1/admin/", "/vendor/", "/admin/", "/")
NOBODYS = "no-such-thing"
_PARAMETER = re.compile(r"<(?:(\w+):)?\w+>")
_VALUES = {"int": "1", "uuid": "6f0c1a52-7a0e-4a55-9d8a-1c4d1f0b2a11"}
# What differs from answer to answer: ids, tokens and hashes, and the address itself.
NOISE = re.compile(r"[0-9a-f]{32}|name=.csrfmiddlewaretoken.[^>]*>")


def as_optional(code: str) -> AbstractContextManager[None]:
    """Let a module be one that is on by default and may be switched off."""
    return as_one_with(code, is_core=False, default_enabled=True)


def as_internal(code: str) -> AbstractContextManager[None]:
    """Let a module be an internal one that is on."""
    return as_one_with(code, is_core=False, is_internal=True, default_enabled=True)


@contextmanager
def as_one_with(code: str, **facts: Any) -> Iterator[None]:
    """Let a module say something else of itself. One that is to be on has what it requires on as well."""
    for urlconf in URLCONFS.values():
        import_module(urlconf)
    needed = closure([code], registry().definitions) if facts.get("default_enabled") else frozenset()
    said = {other: {"default_enabled": True} for other in needed} | {code: facts}
    with isolated_registry(*(_twin(c, said.get(c.definition.code, {})) for c in registry().configs)):
        # What was remembered is what the definitions said before.
        module_states.forget()
        yield
    module_states.forget()


def _twin(config: ModuleConfig, facts: dict[str, Any]) -> ModuleConfig:
    twin = copy.copy(config)
    twin.definition = replace(config.definition, **facts)  # type: ignore[misc]
    return twin


def paths_of(code: str, site_kind: str) -> list[str]:
    """An address for each route of a module on a kind of site, with values that are nobody's for its parameters.

    Without those that answer while the module is off.
    """
    always_on = registry().definitions[code].always_on_urls
    found = {
        "/" + _PARAMETER.sub(lambda match: _VALUES.get(match[1] or "", "x"), route)
        for route, pattern in routes_of_module(code, site_kind)
        if pattern.name not in always_on
    }
    screens = f"/admin/{registry().definitions[code].label}/"
    if any(path.startswith(screens) for path in found):
        found.add(screens)
    return sorted(found)


def routes_of_module(code: str, site_kind: str) -> list[tuple[str, URLPattern]]:
    """(route, pattern) of each route of a module on a kind of site, without those that are regular expressions."""
    return [
        (route, pattern)
        for route, pattern in routes_of(import_module(URLCONFS[site_kind]).urlpatterns)
        if module_of_view(pattern.callback) == code and "(?P<" not in route
    ]


def screens_of(code: str) -> list[str]:
    """The addresses of the lists of a module's screens in the admin."""
    label = registry().definitions[code].label
    return [path for path in paths_of(code, "admin") if re.fullmatch(rf"/admin/{label}/[a-z0-9_]+/", path)]


def package_of(code: str) -> str:
    """The dotted name of a module's package."""
    return next(config.name for config in registry().configs if config.definition.code == code)


def sibling(path: str) -> str:
    """The address beside a module's that nobody has: `/vendor/products/1/` → `/vendor/no-such-thing/1/`."""
    door = _door(path)
    _own, slash, rest = path.removeprefix(door).partition("/")
    return f"{door}{NOBODYS}{slash}{rest}"


@dataclass(frozen=True)
class Asked:
    """One answer, without what differs from request to request."""

    status: int
    location: str
    allow: str
    body: str


def ask(client: Client, method: str, path: str) -> Asked:
    response = getattr(client, method)(path)
    body = b"".join(response) if response.streaming else response.content
    own = path.strip("/").rstrip("/")
    text = NOISE.sub("", body.decode("utf-8", "replace"))
    return Asked(
        response.status_code,
        response.headers.get("Location", "").replace(own, "ADDRESS").replace(_quoted(own), "ADDRESS"),
        response.headers.get("Allow", ""),
        text.replace(own, "ADDRESS").replace(_quoted(own), "ADDRESS"),
    )


def _quoted(path: str) -> str:
    return path.replace("/", "%2F")


# What unknown addresses answer, by browser, door, method and whether there is a last slash.
Unknown = dict[tuple[Client, str, str, bool], Asked]


def differences(
    client: Client, path: str, methods: tuple[str, ...] = METHODS, unknown: Unknown | None = None
) -> list[str]:
    """Where an address of a module that is off answers otherwise than an unknown one, with the last slash and without.

    Without the slash it is asked by GET and POST alone. `unknown` spares the walk of many addresses to ask anew for
    each what nobody's address answers; what differs is compared with the address beside it before it is told.
    """
    found, known = [], {} if unknown is None else unknown
    for address, asked in ((path, methods), (path.rstrip("/"), ("get", "post"))):
        for method in asked:
            off = ask(client, method, address)
            key = (client, _door(path), method, address.endswith("/"))
            if known.get(key) == off:
                continue
            known[key] = ask(client, method, sibling(address))
            if off != known[key]:
                found.append(f"{method.upper()} {address}: {_difference(off, known[key])}")
    return found


def _door(path: str) -> str:
    return next(door for door in DOORS if path.startswith(door))


def _difference(off: Asked, unknown: Asked) -> str:
    for name in ("status", "location", "allow"):
        if getattr(off, name) != getattr(unknown, name):
            return f"{name} {getattr(off, name)!r} instead of {getattr(unknown, name)!r}"
    for one, other in zip(off.body.splitlines(), unknown.body.splitlines(), strict=False):
        if one != other:
            return f"{one[:200]!r} instead of {other[:200]!r}"
    return "another length"


def tables_of(code: str) -> list[Any]:
    """The models of a module."""
    return [
        model
        for config in registry().configs
        if config.definition.code == code
        for model in config.get_models()
    ]
