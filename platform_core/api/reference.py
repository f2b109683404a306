"""What the API shows of itself: its root, its OpenAPI document, and a page made from that for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, get_script_prefix
from django.utils.cache import get_conditional_response
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.api.preconditions import etag_of_data
from platform_core.api.schema import ANSWERS, schema_of
from platform_core.api.views import ApiView
from platform_core.identity.policy import Audience, Policy, policy
from platform_core.modules.gates import is_view_hidden
from platform_core.modules.state import enabled_here
from platform_core.tenancy.requests import SiteRequest

PORTALS = ("auth", "vendor", "storefront", "admin", "modules")


def _origin(request: HttpRequest) -> str:
    """Where the API's paths start: the host, and in path mode the shop's part of the path."""
    return request.build_absolute_uri(get_script_prefix()).rstrip("/")


def entry_points(urlconf: str) -> list[tuple[str, str]]:
    """("vendor", "products") of every address below /api/v1/ that needs no value in its path, of modules that are on."""
    found = _entry_points(urlconf)
    return sorted({(portal, name) for portal, name, view in found if not is_view_hidden(view)})


@cache
def _entry_points(urlconf: str) -> tuple[tuple[str, str, Any], ...]:
    return tuple(_addresses(import_module(urlconf).urlpatterns))


def _addresses(urlpatterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    for entry in urlpatterns:
        route = prefix + str(entry.pattern)
        if "<" in route:
            continue
        if isinstance(entry, URLResolver):
            yield from _addresses(entry.url_patterns, route)
        elif isinstance(entry, URLPattern) and route.startswith("api/v1/"):
            portal, _slash, name = route.removeprefix("api/v1/").strip("/").partition("/")
            if portal in PORTALS:
                yield portal, name, entry.callback


class RootView(ApiView):
    """The addresses of this site's API"""

    policy = Policy(Audience.PUBLIC)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        origin = _origin(request._request)
        body: dict[str, Any] = {
            "version": "v1",
            "schema": f"{origin}/api/schema/",
            "docs": f"{origin}/api/docs/",
        }
        for portal, name in entry_points(request._request.urlconf or ""):
            if name:
                body.setdefault(portal, {})[name] = f"{origin}/api/v1/{portal}/{name}/"
            else:
                body[portal] = f"{origin}/api/v1/{portal}/"
        return Response(body)


@policy(Audience.PUBLIC)
@require_safe
def schema(request: SiteRequest) -> HttpResponse:
    """The OpenAPI document of this site."""
    document = {**schema_of(request.urlconf), "servers": [{"url": _origin(request)}]}
    response = JsonResponse(document)
    # Asked anew each time, so that a module which was switched is seen at once.
    response["Cache-Control"] = "public, no-cache"
    response["ETag"] = etag_of_data(document)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


@dataclass(frozen=True)
class Value:
    """A parameter, or a field of a body; `name` of an inner field is its path, as in `lines[].sku`."""

    name: str
    kind: str
    is_required: bool
    text: str
    place: str = ""


@dataclass(frozen=True)
class Operation:
    """One method of one address, as the page shows it."""

    anchor: str
    method: str
    path: str
    title: str
    text: str
    audience: str | Promise
    permission: str
    parameters: list[Value]
    request: list[Value]
    answer_status: str
    answer: list[Value]
    problems: list[str]


@dataclass
class Section:
    """The operations of one tag."""

    name: str
    operations: list[Operation] = field(default_factory=list)


AUDIENCES: dict[str, str | Promise] = {
    Audience.PUBLIC: _("Everybody"),
    Audience.CUSTOMER: _("Customers of the shop"),
    Audience.VENDOR: _("Members of the shop's team"),
    Audience.STAFF: _("Staff of the platform"),
    Audience.SIGNED_IN: _("Whoever is signed in"),
}
METHODS = ("get", "post", "put", "patch", "delete")
MAX_DEPTH = 4


class _Reader:
    """Resolves the document's references."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        if len(node.get("allOf", ())) == 1:
            return {**self.resolve(node["allOf"][0]), **{k: v for k, v in node.items() if k != "allOf"}}
        return node

    def kind(self, node: dict[str, Any]) -> str:
        node = self.resolve(node)
        if "enum" in node:
            return " | ".join(str(choice) for choice in node["enum"] if choice not in {None, ""})
        for several in ("oneOf", "anyOf"):
            if several in node:
                kinds = [self.kind(one) for one in node[several]]
                return " | ".join(dict.fromkeys(kind for kind in kinds if kind))
        kind = node.get("type", "any")
        if isinstance(kind, list):
            kind = " | ".join(kind)
        if kind == "array":
            inner = self.kind(node.get("items", {}))
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        return f"{kind} ({node['format']})" if "format" in node else str(kind)

    def values(self, node: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Value]:
        node = self.resolve(node)
        for several in ("oneOf", "anyOf"):
            for one in node.get(several, ()):
                yield from self.values(one, prefix, depth)
        if node.get("type") == "array":
            yield from self.values(node.get("items", {}), f"{prefix}[]", depth)
            return
        required = node.get("required", ())
        for name, inner in node.get("properties", {}).items():
            path = f"{prefix}.{name}" if prefix else name
            shown = self.resolve(inner)
            yield Value(path, self.kind(inner), name in required, shown.get("description", ""))
            if depth < MAX_DEPTH:
                yield from self.values(inner, path, depth + 1)

    def body(self, content: dict[str, Any]) -> list[Value]:
        for media in content.get("content", {}).values():
            return list(self.values(media.get("schema", {})))
        return []

    def operation(self, path: str, method: str, raw: dict[str, Any]) -> Operation:
        statuses = sorted(raw["responses"])
        good = next((status for status in statuses if status.startswith("2")), "")
        return Operation(
            anchor=raw["operationId"],
            method=method.upper(),
            path=path,
            title=raw.get("summary", ""),
            text=raw.get("description", ""),
            audience=AUDIENCES.get(raw.get("x-audience", ""), ""),
            permission=raw.get("x-permission") or "",
            parameters=[
                Value(
                    entry["name"],
                    self.kind(entry.get("schema", {})),
                    entry.get("required", False),
                    entry.get("description", ""),
                    entry["in"],
                )
                for entry in raw.get("parameters", ())
            ],
            request=self.body(raw.get("requestBody", {})),
            answer_status=good,
            answer=self.body(raw["responses"][good]) if good else [],
            problems=[status for status in statuses if not status.startswith("2")],
        )


def sections_of(urlconf: str) -> tuple[Section, ...]:
    """The page's sections, one for each tag: sign-in first, then portal by portal."""
    return _sections(urlconf, enabled_here())


@lru_cache(maxsize=32)
def _sections(urlconf: str, _enabled: frozenset[str]) -> tuple[Section, ...]:
    document = schema_of(urlconf)
    reader = _Reader(document)
    sections: dict[str, Section] = {}
    for path, operations in document.get("paths", {}).items():
        for method in METHODS:
            if method in operations:
                raw = operations[method]
                tag = raw.get("tags", ["api"])[0]
                sections.setdefault(tag, Section(tag)).operations.append(reader.operation(path, method, raw))

    def place(section: Section) -> tuple[int, str]:
        portal = section.name.partition(" ")[0]
        return (PORTALS.index(portal) if portal in PORTALS else len(PORTALS), section.name)

    return tuple(sorted(sections.values(), key=place))


@policy(Audience.PUBLIC)
@require_safe
def docs(request: SiteRequest) -> HttpResponse:
    """The reference for people: no scripts, nothing from elsewhere."""
    sections = sections_of(request.urlconf)
    # The API's addresses carry no language, so there are no links to others.
    context = {
        "sections": sections,
        "origin": _origin(request),
        "problems": ANSWERS.items(),
        "language_links": [],
        "canonical_url": "",
    }
    return render(request, "api/reference.html", context)
