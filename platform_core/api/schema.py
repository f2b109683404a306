"""The API's description of itself: OpenAPI, made from the views, their policies and the conventions they share."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from platform_core.api.serializers import StrictMixin
from platform_core.identity.audience import Audience
from platform_core.identity.policy import Policy, policy_of
from platform_core.modules.gates import is_view_hidden
from platform_core.modules.state import enabled_here

PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). `code` is stable, `title` and `detail` are translated.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "What happened, in a sentence."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened this time."},
        "instance": {"type": "string", "description": "The path of the request."},
        "code": {"type": "string", "description": "For programmes: never translated, never renamed."},
        "request_id": {"type": "string", "description": "Name it when asking for help."},
        "params": {"type": "object", "additionalProperties": True, "description": "The values in `detail`."},
        "permission": {"type": ["string", "null"], "description": "The permission that was missing."},
        "errors": {
            "type": "array",
            "description": "One entry for each fault of the request.",
            "items": {"$ref": "#/components/schemas/Fault"},
        },
    },
}
FAULT = {
    "type": "object",
    "required": ["pointer", "code", "message", "params"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer (RFC 6901) into the body; empty for the whole or for a parameter.",
        },
        "code": {"type": "string"},
        "message": {"type": "string"},
        "params": {
            "type": "object",
            "additionalProperties": True,
            "description": "The limit that was passed, or the name of the query `parameter`.",
        },
    },
}
ANSWERS = {
    400: "The request cannot be read, or values in it are missing or wrong.",
    401: "Nobody is signed in, or the token is not good here.",
    403: "The signed-in person may not do this.",
    404: "There is nothing at this address, or it is somebody else's.",
    405: "The address does not answer this method.",
    406: "The address answers in JSON only.",
    409: "The present state stands against it.",
    412: "What was to be changed has changed since it was read.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A rule stands against it.",
    428: "The change needs an If-Match header.",
    429: "Too many requests or wrong passwords; Retry-After says how long to wait.",
    500: "A fault on our side.",
    503: "Out of reach for the moment; Retry-After says how long to wait.",
}
ALWAYS = (400, 401, 404, 405, 406, 429, 500, 503)
WITH_BODY = (413, 415)
OF_A_CHANGE = (409, 412, 422, 428)
COMPONENTS: dict[str, Any] = {
    "schemas": {"Problem": PROBLEM, "Fault": FAULT},
    "responses": {
        f"Problem{status}": {
            "description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, text in ANSWERS.items()
    },
}


class PrincipalScheme(OpenApiAuthenticationExtension):
    """Tokens for scripts, the session of the browser for pages."""

    target_class = "platform_core.api.authentication.PrincipalAuthentication"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The access token of `/api/v1/auth/token/`, good for five minutes.",
            },
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "wz_vendor",
                "description": "The browser's session (wz_vendor, wz_admin or wz_shop by site). "
                "Changes need the CSRF token in the header X-CSRFToken.",
            },
        ]


class ApiSchema(AutoSchema):
    """Reads the policy, the docstring and the conventions of platform_core.api.views."""

    def _policy(self) -> Policy | None:
        return policy_of(type(self.view), self.method)

    def get_tags(self) -> list[str]:
        words = self._tokenize_path() or ["root"]
        return [" ".join(words[:2])] if words[0] in {"vendor", "storefront", "admin"} else words[:1]

    def get_description(self) -> str:  # type: ignore[override]
        return self._words()[1]

    def get_summary(self) -> str | None:
        return self._words()[0]

    def _words(self) -> tuple[str, str]:
        """(first sentence without its full stop, the rest) of what the view says of itself."""
        text = super().get_description() or ""
        first, _blank, rest = text.strip().partition("\n\n")
        return " ".join(first.split()).rstrip("."), rest.strip()

    def get_auth(self) -> list[dict[str, Any]]:
        super().get_auth()
        policy = self._policy()
        open_to_all = policy is not None and policy.audience is Audience.PUBLIC
        return [{}, {"token": []}] if open_to_all else [{"token": []}, {"session": []}]

    def get_extensions(self) -> dict[str, Any]:
        policy = self._policy()
        if policy is None:
            return {}
        return {"x-audience": str(policy.audience), "x-permission": policy.permission}

    def _is_list_view(self, serializer: Any = None) -> bool:
        if getattr(self.view, "is_list", False) and self.method == "GET":
            return True
        return super()._is_list_view(serializer)

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        if isinstance(serializer, StrictMixin) and schema.get("type") == "object":
            schema["additionalProperties"] = False
        return schema


def document_problems(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Postprocessing hook: the problems every operation may answer with."""
    components = result.setdefault("components", {})
    for kind, entries in COMPONENTS.items():
        components.setdefault(kind, {}).update(entries)
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            statuses = set(ALWAYS)
            if operation.get("x-permission") or method != "get":
                statuses.add(403)
            if method != "get":
                statuses |= set(OF_A_CHANGE)
            if "requestBody" in operation:
                statuses |= set(WITH_BODY)
            for status in sorted(statuses):
                reference = {"$ref": f"#/components/responses/Problem{status}"}
                operation["responses"].setdefault(str(status), reference)
    return result


def leave_out_what_is_off(endpoints: list[tuple[str, str, str, Any]], **_context: Any) -> Any:
    """Preprocessing hook: the addresses of modules that are off here are not told of."""
    return [endpoint for endpoint in endpoints if not is_view_hidden(endpoint[3])]


def schema_of(urlconf: str) -> dict[str, Any]:
    """The OpenAPI document of one site's addresses, of the modules that are on here, in English."""
    return _schema(urlconf, enabled_here())


@lru_cache(maxsize=32)
def _schema(urlconf: str, _enabled: frozenset[str]) -> dict[str, Any]:
    """Made once by each process for each set of modules, in about 0.3 s."""
    with translation.override("en"):
        document = SchemaGenerator(urlconf=urlconf).get_schema(request=None, public=True)
    return dict(document)
