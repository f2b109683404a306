"""Sessions in the database behind a cache: a warm request costs no query, and without Redis nothing is lost.

A session signs somebody in, so its table is open to the gatekeeper alone: no page's role reads or writes it.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.cached_db import SessionStore as CachedDatabaseStore

from platform_core.tenancy.context import current_context, platform_context
from platform_core.trouble import is_database_trouble


def _at_the_door() -> Any:
    """The gatekeeper's context, in the schema of the platform at hand or the hub's."""
    return platform_context(current_context().platform, role="gatekeeper")


class SessionStore(CachedDatabaseStore):
    """The store that SESSION_ENGINE names."""

    cache_key_prefix = "session:"

    @classmethod
    def get_model_class(cls) -> Any:
        # The model names this store as its own.
        return apps.get_model("browser_sessions", "Session")

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.audience = data.get("audience", "")
        row.vendor_id = data.get("vendor_id") or data.get("site_vendor_id")
        row.account_id = data.get("account_id")
        return row

    def _get_session_from_db(self) -> Any:
        with _at_the_door():
            return super()._get_session_from_db()  # type: ignore[misc]

    def exists(self, session_key: str) -> bool:
        with _at_the_door():
            return bool(super().exists(session_key))

    def save(self, must_create: bool = False) -> None:
        """Django's own. It takes a database that is away for a session that is gone, and answers 400."""
        try:
            with _at_the_door():
                super().save(must_create)
        except UpdateError as error:
            if error.__context__ is not None and is_database_trouble(error.__context__):
                raise error.__context__ from None
            raise

    def delete(self, session_key: str | None = None) -> None:
        with _at_the_door():
            super().delete(session_key)

    @classmethod
    def clear_expired(cls) -> None:
        with _at_the_door():
            super().clear_expired()
