"""Sessions in the database behind a cache: a warm request costs no query, and without Redis nothing is lost."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.cached_db import SessionStore as CachedDatabaseStore


class SessionStore(CachedDatabaseStore):
    """The store that SESSION_ENGINE names."""

    cache_key_prefix = "session:"

    @classmethod
    def get_model_class(cls) -> Any:
        # The model names this store as its own, so neither can import the other at the top.
        from platform_core.sessions.models import Session  # noqa: PLC0415

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.audience = data.get("audience", "")
        row.vendor_id = data.get("vendor_id")
        row.account_id = data.get("account_id")
        return row
