"""Whether PostgreSQL answers, so that nobody waits for a server that does not. Imported by the settings: no Django here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from psycopg import Error, OperationalError, errors

# Longer than almost every statement takes; whoever waits so long asks whether the server is there at all.
SUSPECT_SECONDS = 1.0
RETRY_SECONDS = 0.5


class ServerWatch:
    """What this process knows of its server: it answers, it refuses, or it is silent.

    Nothing is asked while all is well. After a `suspect` a thread of its own connects again and again until
    the server answers; meanwhile everybody else is turned away at once, so that no request waits in vain and
    the threads stay free for what needs no database.
    """

    def __init__(self) -> None:
        self.is_away = False
        # Away without a word, as when frozen or cut off: statements under way will not come back either.
        self.is_silent = False
        self._connect: Callable[[], object] | None = None
        self._lock = threading.Lock()
        self._is_asking = False

    def learn(self, connect: Callable[[], object]) -> None:
        """Take note of how to connect. `connect` raises psycopg's errors, ConnectionTimeout for silence."""
        self._connect = connect

    def forget(self) -> None:
        """Know nothing: a forked process has the findings of its parent, but not the thread that renews them."""
        self._lock = threading.Lock()
        self._is_asking = self.is_away = self.is_silent = False

    def suspect(self) -> None:
        """Find out whether the server answers, without waiting for it."""
        with self._lock:
            if self._is_asking or self._connect is None:
                return
            self._is_asking = True
        threading.Thread(target=self._ask, name="server-watch", daemon=True).start()

    def refuse_while_away(self) -> None:
        """Raise OperationalError while the server is known to be away."""
        if self.is_away:
            raise OperationalError("PostgreSQL is away; it is asked again twice a second.")

    def _ask(self) -> None:
        pause = threading.Event()
        try:
            while not self._answers():
                pause.wait(RETRY_SECONDS)
        finally:
            with self._lock:
                self._is_asking = self.is_away = self.is_silent = False

    def _answers(self) -> bool:
        assert self._connect is not None
        try:
            self._connect()
        except Error as error:
            self.is_silent = isinstance(error, errors.ConnectionTimeout)
            self.is_away = True
            return False
        return True


server_watch = ServerWatch()
os.register_at_fork(after_in_child=server_watch.forget)
