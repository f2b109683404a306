"""The one tenant context: which platform, which vendor, which database role.

Middleware, tasks, commands and tests enter it with `platform_context`. The database backend reads it at the
first query and tells PostgreSQL, so entering costs nothing when no query follows.
Source: docs/adr/0002-tenancy.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.conf import settings
from django.db import connection, transaction

from platform_core.exceptions import TenancyError

Role = Literal["vendor", "staff", "operator", "gatekeeper"]

PUBLIC_SCHEMA = "public"
EXTENSIONS_SCHEMA = "extensions"


@dataclass(frozen=True, slots=True)
class PlatformRef:
    """What a request needs to know of its platform, without a query."""

    id: int
    code: str
    name: str
    schema_name: str
    domain: str
    default_language: str = "en"
    status: str = "active"


@dataclass(frozen=True, slots=True)
class VendorRef:
    """What the ground floor knows of a vendor: an id, and what a page needs to dress itself."""

    id: int
    platform_id: int
    code: str
    name: str
    default_language: str = "en"
    languages: tuple[str, ...] = ("en", "fr", "de", "lb")
    currency: str = "EUR"
    country: str = "LU"
    theme: str = "atelier"
    status: str = "active"
    canonical_host: str = ""
    taglines: tuple[tuple[str, str], ...] = ()


class HasRef(Protocol):
    @property
    def ref(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Context:
    """One tenant context. `vendor_id` may be set where `vendor` is not: tasks carry ids only."""

    platform: PlatformRef | None = None
    vendor: VendorRef | None = None
    vendor_id: int | None = None
    role: Role = "vendor"
    database_settings: tuple[str, str, str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        schema = f'"{self.platform.schema_name}", ' if self.platform else ""
        object.__setattr__(
            self,
            "database_settings",
            (
                self.role,
                f"{schema}{PUBLIC_SCHEMA}, {EXTENSIONS_SCHEMA}",
                str(self.platform.id) if self.platform else "",
                str(self.vendor_id) if self.vendor_id else "",
            ),
        )

    @property
    def schema_name(self) -> str:
        return self.platform.schema_name if self.platform else PUBLIC_SCHEMA

    @property
    def key_prefix(self) -> str:
        """Leads every cache key and file name made in this context."""
        return f"{self.platform.id if self.platform else 0}:{self.vendor_id or 0}"


NO_CONTEXT = Context()
_current: ContextVar[Context] = ContextVar("tenant_context", default=NO_CONTEXT)


def current_context() -> Context:
    """The context in force; without one, role `vendor` with no vendor: no rows and no writes."""
    return _current.get()


@contextmanager
def platform_context(
    platform: PlatformRef | HasRef | None = None,
    vendor: VendorRef | HasRef | int | None = None,
    role: Role = "vendor",
) -> Iterator[Context]:
    """Work for one platform and, in role `vendor`, one vendor. The context before it returns on leaving.

    `platform` and `vendor` are references or the models that carry them; `vendor` may be a bare id.
    Raises TenancyError when a vendor is named without its platform, or one of another platform.
    """
    platform_ref = platform if isinstance(platform, PlatformRef) or platform is None else platform.ref
    vendor_ref: VendorRef | None
    if isinstance(vendor, int):
        vendor_ref, vendor_id = None, vendor
    elif vendor is None:
        vendor_ref, vendor_id = None, None
    else:
        vendor_ref = vendor if isinstance(vendor, VendorRef) else vendor.ref
        vendor_id = vendor_ref.id
    if vendor_id is not None and platform_ref is None:
        raise TenancyError("A vendor's context needs its platform: platform_context(platform, vendor).")
    if vendor_ref is not None and platform_ref is not None and vendor_ref.platform_id != platform_ref.id:
        raise TenancyError(f"Vendor {vendor_ref.code} does not belong to platform {platform_ref.code}.")
    context = Context(platform=platform_ref, vendor=vendor_ref, vendor_id=vendor_id, role=role)
    token = _current.set(context)
    try:
        with ExitStack() as stack:
            if settings.TENANCY_SET_LOCAL and not connection.in_atomic_block:
                stack.enter_context(transaction.atomic())
            yield context
    finally:
        _current.reset(token)
