"""Connections of the pool: how long they wait, and what they leave behind. Imported by the settings: no Django here."""

from __future__ import annotations

import select
import time
from collections.abc import Generator
from typing import Any, Self

from psycopg import Connection, OperationalError, errors
from psycopg.abc import RV, PQGen
from psycopg_pool import ConnectionPool

from platform_core.tenancy.watch import SUSPECT_SECONDS, server_watch

# Not RESET ALL: it would leave the role, which has no reset, and take the time zone that Django sets once.
WITHOUT_TENANT = (
    "SELECT set_config('role', 'none', false), set_config('search_path', 'public', false),"
    " set_config('app.platform_id', '', false), set_config('app.vendor_id', '', false)"
)


# Just past the statement_timeout of role `app`, which only a server that still runs can keep.
ANSWER_SECONDS = 6.0
# How long a request waits for a connection, in slices of TURN_SECONDS: between them it looks whether the
# server is there.
POOL_SECONDS = 4.0
TURN_SECONDS = 0.5


class BoundedConnection(Connection[Any]):
    """Gives up a server that is silent, or a statement that takes longer than ANSWER_SECONDS.

    After SUSPECT_SECONDS without an answer the server is asked on another connection: a long statement goes
    on as long as it answers there. So a frozen server, or one behind a line that drops packets, costs a
    request SUSPECT_SECONDS and the connect_timeout.
    """

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        """psycopg's own connect. The watch learns from it where the server is."""
        server_watch.learn(lambda: Connection.connect(conninfo, **options).close())
        try:
            return super().connect(conninfo, **options)
        except OperationalError:
            server_watch.suspect()
            raise

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """psycopg's own wait, with limits. Raises OperationalError and closes the connection past them."""
        try:
            return super().wait(_given_up(gen), interval, ANSWER_SECONDS if timeout is None else timeout)
        except (errors._WaitTimeout, _Silence) as error:
            # The server may still answer the statement: nobody else may be given this connection.
            self.pgconn.finish()
            raise OperationalError("PostgreSQL did not answer in time.") from error


class _Silence(Exception):
    """The server answers nobody."""


def _given_up(gen: PQGen[RV]) -> Generator[Any, Any, RV]:
    """The same waiting, which ends with _Silence once the server is known to be silent."""
    suspicious_at = time.monotonic() + SUSPECT_SECONDS
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            # psycopg comes by every tenth of a second with nothing in its hands.
            if not ready and time.monotonic() > suspicious_at:
                server_watch.suspect()
                if server_watch.is_silent:
                    raise _Silence
            wanted = gen.send(ready)
    except StopIteration as end:
        result: RV = end.value
        return result


def is_usable(connection: Connection[Any]) -> bool:
    """Whether a connection that has rested in the pool still stands.

    PostgreSQL says nothing to one that rests, unless it ends it or ends itself: only one with something to
    read is asked, which saves every request a statement.
    """
    if connection.closed:
        return False
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    if not heard.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        return False
    return True


def reset_connection(connection: Connection[Any]) -> None:
    """Take every tenant's trace off the connection: role, search path and the ids the policies read."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_TENANT)
    if not connection.autocommit:
        connection.commit()
