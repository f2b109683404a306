"""Every route of every site declares its policy."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver

from platform_core.identity.policy import Policy, declared
from platform_core.modules.registry import permission_codes, registry

URLCONFS = (
    "config.urls.public",
    "config.urls.platform",
    "config.urls.admin",
    "config.urls.storefront",
    "config.urls.operations",
)


def routes_of(urlpatterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(path, pattern) of every route below `urlpatterns`."""
    for entry in urlpatterns:
        if isinstance(entry, URLResolver):
            yield from routes_of(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry


@register(Tags.urls)
def check_routes_declare_policies(**_kwargs: Any) -> list[CheckMessage]:
    """platform_core.E001: a route without a policy. E002: a policy names a permission that no module declares.

    E046: a policy names a feature that no module has."""
    found: list[CheckMessage] = []
    known = permission_codes()
    for urlconf in URLCONFS:
        for route, pattern in routes_of(import_module(urlconf).urlpatterns):
            stated = declared(pattern.callback)
            if stated is None:
                found.append(
                    Error(
                        f"{urlconf}: /{route} declares no policy.",
                        hint="Say whom it is for: @policy(Audience.…) or a class attribute `policy`.",
                        obj=pattern.callback,
                        id="platform_core.E001",
                    )
                )
                continue
            for entry in [stated] if isinstance(stated, Policy) else stated.values():
                if entry.permission is not None and entry.permission not in known:
                    found.append(
                        Error(
                            f"{urlconf}: /{route} asks for {entry.permission}, which no module declares.",
                            hint="Add it to the `permissions` of a ModuleDefinition.",
                            obj=pattern.callback,
                            id="platform_core.E002",
                        )
                    )
                if entry.feature is not None and entry.feature not in registry().features:
                    found.append(
                        Error(
                            f"{urlconf}: /{route} asks for the feature {entry.feature}, which no module has.",
                            hint="Add it to the `features` of a ModuleDefinition.",
                            obj=pattern.callback,
                            id="platform_core.E046",
                        )
                    )
    return found
