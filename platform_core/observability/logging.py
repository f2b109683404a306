"""Structured logs: one JSON object a line, with the tenant and the request it belongs to, and no secrets."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.apps import apps

from platform_core.observability.scrub import scrub
from platform_core.request_id import current_request_id

EventDict = MutableMapping[str, Any]

FORMATS = ("auto", "json", "console")
REQUEST_LOGGER = "wizamart.request"

# What `logging` itself puts on every record; anything else came in by `extra`.
_OF_LOGGING = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Live objects that libraries attach to their records.
_OBJECTS = frozenset({"request", "data", "sinfo"})


def add_place(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The request, platform, vendor and person the line belongs to, unless it says so itself."""
    request_id = current_request_id.get()
    if request_id:
        event.setdefault("request_id", request_id)
    if not apps.models_ready:
        return event
    # The settings read this module before any model may be imported.
    from platform_core.identity.audience import Audience  # noqa: PLC0415
    from platform_core.identity.principals import current_principal  # noqa: PLC0415
    from platform_core.tenancy.context import current_context  # noqa: PLC0415

    context, principal = current_context(), current_principal.get()
    if context.platform is not None:
        event.setdefault("platform", context.platform.code)
    if context.vendor is not None:
        event.setdefault("vendor", context.vendor.code)
    elif context.vendor_id is not None:
        event.setdefault("vendor_id", context.vendor_id)
    if principal is not None:
        whose = "customer_id" if principal.audience is Audience.CUSTOMER else "user_id"
        event.setdefault(whose, principal.account.pk)
    return event


def add_extra(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """What the caller of `logging` gave as `extra`."""
    given = vars(event["_record"])
    for name, value in given.get("request_fields", given).items():
        if name not in _OF_LOGGING and name not in _OBJECTS and not name.startswith("_"):
            event.setdefault(name, value)
    return event


def remove_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The last step before the line is written: nothing passes it unscrubbed, tracebacks included."""
    return {name: scrub(value, name) for name, value in event.items()}


def order_fields(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A line begins with when, how grave and what, wherever it comes from."""
    return {name: event[name] for name in ("at", "level", "event") if name in event} | dict(event)


_FOR_ALL: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    add_place,
)


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """structlog's formatter, with a shorter way to the same line for requests: each page served writes one.

    Their fields come scrubbed (`describe` in middleware.py) and with their place.
    """

    _encode = json.JSONEncoder(ensure_ascii=False).encode

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "request_fields", None)
        if fields is None:
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        level = record.levelname.lower()
        return self._encode({"at": at, "level": level, "event": record.msg, "logger": record.name, **fields})


def formatter(kind: str) -> logging.Formatter:
    """The formatter that LOGGING names. `kind` is json, console or auto: console at a terminal, else json."""
    at_terminal = sys.stderr.isatty()
    is_console = kind == "console" or (kind == "auto" and at_terminal)
    if is_console:
        renderers: tuple[Any, ...] = (
            structlog.dev.ConsoleRenderer(
                colors=at_terminal, timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
            ),
        )
    else:
        renderers = (order_fields, structlog.processors.JSONRenderer(ensure_ascii=False))
    structlog.configure(
        processors=[
            *_FOR_ALL,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    kind_of_line = structlog.stdlib.ProcessorFormatter if is_console else JsonFormatter
    return kind_of_line(
        foreign_pre_chain=[*_FOR_ALL, add_extra],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.StackInfoRenderer(),
            remove_secrets,
            *renderers,
        ],
    )


def logging_config(*, level: str, kind: str) -> dict[str, Any]:
    """The value of LOGGING: everything goes to standard error through one formatter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": {"()": "platform_core.observability.logging.formatter", "kind": kind}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's defaults would write a second line, in another form.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # The request's own line says the status; the traceback of a 500 is worth a line of its own.
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": False},
            "django.db.backends": {"level": "INFO"},
            "PIL": {"level": "INFO"},
        },
    }
