"""Connections of the pool: how long they wait, and what they leave behind. Imported by the settings: no Django here."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, OperationalError, errors
from psycopg.abc import RV, PQGen

# Not RESET ALL: it would leave the role, which has no reset, and take the time zone that Django sets once.
WITHOUT_TENANT = (
    "SELECT set_config('role', 'none', false), set_config('search_path', 'public', false),"
    " set_config('app.platform_id', '', false), set_config('app.vendor_id', '', false)"
)


# Just past the statement_timeout of role `app`, which only a server that still runs can keep.
ANSWER_SECONDS = 6.0


class BoundedConnection(Connection[Any]):
    """Gives a server up that does not answer for ANSWER_SECONDS: frozen, or behind a line that drops packets."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """psycopg's own wait, with a limit. Raises OperationalError and closes the connection past it."""
        try:
            return super().wait(gen, interval, ANSWER_SECONDS if timeout is None else timeout)
        except errors._WaitTimeout as error:
            # The server may still answer the statement: nobody else may be given this connection.
            self.pgconn.finish()
            raise OperationalError(f"PostgreSQL did not answer for {ANSWER_SECONDS} s.") from error


def reset_connection(connection: Connection[Any]) -> None:
    """Take every tenant's trace off the connection: role, search path and the ids the policies read."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_TENANT)
    if not connection.autocommit:
        connection.commit()
