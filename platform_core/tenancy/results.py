"""Celery results in the public schema, each with its platform.

A result is written after the task's context is gone, so the table cannot stand in a platform's schema.
"""

from __future__ import annotations

from typing import Any

from django_celery_results.backends.database import DatabaseBackend

from platform_core.tenancy.context import platform_context
from platform_core.tenancy.tasks import HEADER


class TenantDatabaseBackend(DatabaseBackend):
    """django-celery-results under the operator's role; `meta` names platform and vendor."""

    def _get_meta_from_request(self, request: Any = None) -> dict[str, Any]:
        tenant = getattr(request, HEADER, None) or {}
        return {**super()._get_meta_from_request(request), "tenant": tenant}

    def _store_result(self, *args: Any, **kwargs: Any) -> Any:
        with platform_context(role="operator"):
            return super()._store_result(*args, **kwargs)

    def _get_task_meta_for(self, task_id: str) -> Any:
        with platform_context(role="operator"):
            return super()._get_task_meta_for(task_id)

    def _forget(self, task_id: str) -> Any:
        with platform_context(role="operator"):
            return super()._forget(task_id)
