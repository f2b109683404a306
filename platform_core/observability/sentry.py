"""Error reports to Sentry, or to anything that speaks its protocol, by SENTRY_DSN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import ignore_logger
from sentry_sdk.types import Event, Hint

from platform_core.modules.registry import registry
from platform_core.observability.logging import REQUEST_LOGGER
from platform_core.observability.scrub import scrub
from platform_core.request_id import current_request_id
from platform_core.tenancy.context import current_context


def tenant_tags() -> dict[str, str]:
    """The tags every report carries: platform, vendor and request id, as far as there are any."""
    context = current_context()
    tags = {
        "platform": context.platform.code if context.platform else "",
        "vendor": context.vendor.code if context.vendor else str(context.vendor_id or ""),
        "request_id": current_request_id.get(),
    }
    return {name: value for name, value in tags.items() if value}


def module_tag(stacks: Sequence[Mapping[str, Any] | None]) -> dict[str, str]:
    """The tag `module`: the code of the module that stands nearest to where the error was raised, if one does."""
    for stack in reversed(stacks):
        for frame in reversed((stack or {}).get("frames", ())):
            code = registry().owner_of(frame.get("module") or "")
            if code is not None:
                return {"module": code}
    return {}


def before_send(event: Event, _hint: Hint) -> Event:
    """The report without secrets and people: no path, query, headers, cookies, form data, user or variables.

    The route stands in `transaction`, and the tag request_id leads to the log line with the rest.
    """
    parts: dict[str, Any] = dict(event)
    request = parts.pop("request", {})
    for name in ("user", "server_name"):
        parts.pop(name, None)
    # Frames hold source lines and names of functions: both are needed as they are, and neither is data.
    stacks = [entry.pop("stacktrace", None) for entry in parts.get("exception", {}).get("values", ())]
    for stack in stacks:
        for frame in (stack or {}).get("frames", ()):
            frame.pop("vars", None)
    kept = {name: parts.pop(name) for name in ("event_id", "sdk", "modules") if name in parts}
    clean = scrub(parts)
    for entry, stack in zip(clean.get("exception", {}).get("values", ()), stacks, strict=True):
        if stack is not None:
            entry["stacktrace"] = stack
    address = urlsplit(str(request.get("url", "")))
    if address.hostname:
        clean["request"] = {"method": request.get("method"), "url": f"{address.scheme}://{address.hostname}"}
    clean["tags"] = {**dict(clean.get("tags") or {}), **tenant_tags(), **module_tag(stacks)}
    return clean | kept  # type: ignore[no-any-return]


def before_breadcrumb(crumb: dict[str, Any], _hint: Hint) -> dict[str, Any] | None:
    """What happened before the error, scrubbed. SQL is left out: its parameters are people's data."""
    return None if crumb.get("category") == "query" else scrub(crumb)


def start_sentry(*, dsn: str, environment: str, release: str, traces_sample_rate: float) -> None:
    """Send errors, and of the requests the given share, to `dsn`."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release or None,
        traces_sample_rate=traces_sample_rate or None,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=30,
        shutdown_timeout=2,
        before_send=before_send,
        before_send_transaction=before_send,
        before_breadcrumb=before_breadcrumb,
        integrations=[
            DjangoIntegration(cache_spans=False),
            CeleryIntegration(propagate_traces=False),
        ],
    )
    # A failed request is reported by its exception; its line in the log would be a second report.
    ignore_logger(REQUEST_LOGGER)
