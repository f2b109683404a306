"""django-tenants' backend, driven by the tenant context instead of by `set_tenant`.

At the first query after a change of context one statement sets role, search_path and the two ids that the
policies read. What was set is remembered per connection and forgotten wherever PostgreSQL forgets it: a
rollback and a rollback to a savepoint revert `set_config`, and a remembered value would then serve the wrong
tenant.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.utils.asyncio import async_unsafe
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantsWrapper
from django_tenants.postgresql_backend.base import FakeTenant
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from platform_core.exceptions import TenancyError
from platform_core.tenancy.context import PUBLIC_SCHEMA, current_context
from platform_core.tenancy.pool import POOL_SECONDS, is_usable
from platform_core.tenancy.watch import server_watch

_SETTINGS = (
    "SELECT set_config('role', %s, {local}), set_config('search_path', %s, {local}),"
    " set_config('app.platform_id', %s, {local}), set_config('app.vendor_id', %s, {local})"
)
SET_FOR_SESSION = _SETTINGS.format(local="false")
SET_FOR_TRANSACTION = _SETTINGS.format(local="true")


class DatabaseWrapper(TenantsWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._applied: tuple[str, str, str, str] | None = None
        super().__init__(*args, **kwargs)

    # django-tenants' own code (its router, `Platform.save`) asks the connection for these two.
    @property
    def schema_name(self) -> str:
        return current_context().schema_name

    @schema_name.setter
    def schema_name(self, value: str | None) -> None:
        if value not in (None, PUBLIC_SCHEMA):
            raise TenancyError("Enter platform_context() instead of setting a schema.")

    @property
    def tenant(self) -> Any:
        return current_context().platform or FakeTenant(schema_name=PUBLIC_SCHEMA)

    @tenant.setter
    def tenant(self, value: Any) -> None:
        if value is not None and value.schema_name != PUBLIC_SCHEMA:
            raise TenancyError("Enter platform_context() instead of setting a tenant.")

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        self.tenant = tenant

    def connect(self) -> None:
        self._applied = None
        super().connect()

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool. Raises at once while the server is away, PoolTimeout after POOL_SECONDS."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        deadline = time.monotonic() + POOL_SECONDS
        while True:
            server_watch.refuse_while_away()
            try:
                connection = super().get_new_connection(conn_params)
            except PoolTimeout:
                server_watch.suspect()
                if time.monotonic() > deadline:
                    raise
                continue
            if is_usable(connection):
                return connection
            # The pool makes another in the place of one that comes back closed.
            connection.close()
            self.pool.putconn(connection)

    def close(self) -> None:
        self._applied = None
        super().close()

    @async_unsafe
    def rollback(self) -> None:
        self._applied = None
        super().rollback()

    @async_unsafe
    def savepoint_rollback(self, sid: str) -> None:
        try:
            super().savepoint_rollback(sid)
        finally:
            self._applied = None

    @async_unsafe
    def commit(self) -> None:
        if settings.TENANCY_SET_LOCAL:
            self._applied = None
        super().commit()

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if settings.TENANCY_SET_LOCAL:
            self._applied = None
        super().set_autocommit(autocommit, *args, **kwargs)

    def _cursor(self, name: str | None = None) -> Any:
        self.ensure_connection()
        self._apply_context()
        return super(TenantsWrapper, self)._cursor(name)

    def _apply_context(self) -> None:
        wanted = current_context().database_settings
        if wanted == self._applied or self.connection is None:
            return
        # In a failed transaction only a rollback can follow, and it asks for no tenant.
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return
        local = settings.TENANCY_SET_LOCAL
        if local and not self.in_atomic_block:
            raise TenancyError("With TENANCY_SET_LOCAL every query runs inside platform_context().")
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(SET_FOR_TRANSACTION if local else SET_FOR_SESSION, wanted)
        self._applied = wanted
