"""Every error of the API as problem details, whoever raised it.

The codes are published in docs/api.md; they are stable, the texts are translated.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core import exceptions as django_errors
from django.core.signals import got_request_exception
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import LockNotAvailable, UniqueViolation
from rest_framework import exceptions, serializers
from rest_framework.settings import api_settings

from platform_core.exceptions import DomainError
from platform_core.trouble import is_database_trouble, problem, unavailable

logger = logging.getLogger(__name__)

LIMITS = {
    "max_length": "max_length",
    "min_length": "min_length",
    "max_value": "max_value",
    "min_value": "min_value",
    "max_digits": "max_digits",
    "max_decimal_places": "decimal_places",
}


class InvalidBody(exceptions.ValidationError):
    """The request's body does not fit its serializer, which knows the limits that were passed."""

    def __init__(self, serializer: serializers.BaseSerializer[Any]) -> None:
        super().__init__(dict(serializer.errors))
        self.serializer = serializer


class InvalidParameters(exceptions.ValidationError):
    """Query parameters that the address does not take, or with values it does not understand."""


class BodyTooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = gettext_lazy("The request's body is too large.")


class StaleVersion(DomainError):
    """What the client wants to change has changed since it was read."""

    code = "stale_version"
    status = 412
    default_message = gettext_lazy("This was changed in the meantime. Read it again, then repeat the change.")


class PreconditionRequired(DomainError):
    """The change needs an If-Match header."""

    code = "precondition_required"
    status = 428
    default_message = gettext_lazy("Send the ETag that you read as “If-Match”.")


def _params(field: Any, code: str) -> dict[str, Any]:
    """The limit that was passed, where the field knows it."""
    if code in LIMITS:
        limit = getattr(field, LIMITS[code], None)
        return {} if limit is None else {"limit": limit}
    if code == "invalid_choice" and getattr(field, "choices", None):
        return {"choices": list(field.choices)}
    return {}


def _child(field: Any, key: str) -> Any:
    if isinstance(field, serializers.BaseSerializer) and hasattr(field, "fields"):
        return field.fields.get(key)
    return getattr(field, "child", None)


def error_items(detail: Any, pointer: str = "", field: Any = None) -> Iterator[dict[str, Any]]:
    """One item for each fault; `pointer` is a JSON pointer (RFC 6901) into the request's body."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            name = str(key)
            if name in {api_settings.NON_FIELD_ERRORS_KEY, django_errors.NON_FIELD_ERRORS}:
                yield from error_items(value, pointer, field)
            else:
                step = name.replace("~", "~0").replace("/", "~1")
                yield from error_items(value, f"{pointer}/{step}", _child(field, name))
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            if isinstance(value, Mapping | list | tuple):
                yield from error_items(value, f"{pointer}/{index}", _child(field, str(index)))
            else:
                yield from error_items(value, pointer, field)
    else:
        code = str(getattr(detail, "code", "invalid"))
        yield {"pointer": pointer, "code": code, "message": str(detail), "params": _params(field, code)}


def _django_items(error: django_errors.ValidationError, pointer: str = "") -> Iterator[dict[str, Any]]:
    if hasattr(error, "error_dict"):
        for name, faults in error.error_dict.items():
            step = "" if name == django_errors.NON_FIELD_ERRORS else f"/{name}"
            for fault in faults:
                yield from _django_items(fault, pointer + step)
        return
    for fault in error.error_list:
        params = {key: _plain(value) for key, value in (fault.params or {}).items() if key != "value"}
        yield {
            "pointer": pointer,
            "code": fault.code or "invalid",
            "message": " ".join(fault.messages),
            "params": params,
        }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _parameter_items(error: InvalidParameters) -> list[dict[str, Any]]:
    """Faults of query parameters point at no place in the body: the parameter's name stands in `params`."""
    return [
        {**item, "pointer": "", "params": {**item["params"], "parameter": item["pointer"].strip("/")}}
        for item in error_items(error.detail)
    ]


def invalid(request: HttpRequest, code: str, errors: list[dict[str, Any]]) -> HttpResponse:
    """400 with one entry for each fault."""
    detail = errors[0]["message"] if len(errors) == 1 else _("Some values are missing or wrong.")
    return problem(request, 400, code, detail, errors=errors)


def _of_api_exception(request: HttpRequest, error: exceptions.APIException) -> HttpResponse:
    if isinstance(error, InvalidParameters):
        return invalid(request, "invalid_parameters", _parameter_items(error))
    if isinstance(error, exceptions.ValidationError):
        field = error.serializer if isinstance(error, InvalidBody) else None
        return invalid(request, "validation_failed", list(error_items(error.detail, field=field)))
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else error.default_code
    response = problem(request, error.status_code, code, str(error.detail))
    header = getattr(error, "auth_header", None)
    if header:
        response["WWW-Authenticate"] = header
    wait = getattr(error, "wait", None)
    if wait:
        response["Retry-After"] = str(int(wait) + 1)
    return response


def problem_of(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer to an error that is foreseen, or None for one that is a fault of the programme."""
    if isinstance(error, exceptions.APIException):
        return _of_api_exception(request, error)
    if isinstance(error, DomainError):
        members = error.members
        params = {key: _plain(value) for key, value in error.params.items() if key not in members}
        response = problem(request, error.status, error.code, error.message, params=params, **members)
        if error.status == 401:
            response["WWW-Authenticate"] = "Bearer"
        if "retry_after" in params:
            response["Retry-After"] = str(params["retry_after"])
        return response
    if isinstance(error, django_errors.ValidationError):
        return invalid(request, "validation_failed", list(_django_items(error)))
    if isinstance(error, Http404):
        return problem(request, 404, "not_found")
    if isinstance(error, django_errors.PermissionDenied):
        return problem(request, 403, "permission_denied")
    if isinstance(error, django_errors.RequestDataTooBig):
        return problem(request, 413, "too_large")
    if isinstance(error, django_errors.SuspiciousOperation | UnreadablePostError):
        return problem(request, 400, "bad_request")
    if isinstance(error, IntegrityError) and isinstance(error.__cause__, UniqueViolation):
        # Two requests passed the service's own check at the same moment: the second one lost.
        return problem(request, 409, "conflict", _("Something with these values exists already."))
    if isinstance(error, OperationalError) and isinstance(error.__cause__, LockNotAvailable):
        return _in_flight(request)
    if is_database_trouble(error):
        return unavailable(request)
    return None


def _in_flight(request: HttpRequest) -> HttpResponse:
    """Somebody else held the row for longer than the database lets one wait; this request has changed nothing."""
    message = _(
        "Another request is changing the same thing just now. Nothing was changed by yours: repeat it."
    )
    response = problem(request, 409, "in_flight", message)
    response["Retry-After"] = "1"
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """REST framework's EXCEPTION_HANDLER. An unforeseen error is logged and answered with 500."""
    request = context["request"]._request
    response = problem_of(request, error)
    if response is not None:
        return response
    logger.exception("api_error", extra={"error": type(error).__name__})
    # What Django sends for an uncaught exception: error reports and the tests' client listen to it.
    got_request_exception.send(sender=exception_handler, request=request)
    return problem(request, 500, "error")
