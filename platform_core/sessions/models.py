from __future__ import annotations

from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models

from platform_core.sessions.store import SessionStore


class Session(AbstractBaseSession):
    """A browser's session. Who it signs in stands in columns too, so that all of a person's can be ended."""

    audience = models.CharField(max_length=16, blank=True, default="")
    vendor_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)

    objects: ClassVar[BaseSessionManager[Session]] = BaseSessionManager()  # type: ignore[assignment]

    class Meta:
        db_table = "browser_session"
        indexes = (models.Index(fields=("audience", "account_id"), name="browser_session_account_ix"),)

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore
