"""What happens to a connection on its way back to the pool. Imported by the settings: no Django here."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

# Not RESET ALL: it would leave the role, which has no reset, and take the time zone that Django sets once.
WITHOUT_TENANT = (
    "SELECT set_config('role', 'none', false), set_config('search_path', 'public', false),"
    " set_config('app.platform_id', '', false), set_config('app.vendor_id', '', false)"
)


def reset_connection(connection: Connection[Any]) -> None:
    """Take every tenant's trace off the connection: role, search path and the ids the policies read."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_TENANT)
    if not connection.autocommit:
        connection.commit()
