"""The relay: hands what is due in the outbox to the workers, on every platform, until it is stopped."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import connections
from kombu.exceptions import OperationalError

from platform_core.modules.lifecycle import startup
from platform_core.outbox.services import hand_over
from platform_core.tasks import do_message
from platform_core.tenancy.start import refuse_unsafe_start
from platform_core.trouble import is_database_trouble

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
TROUBLE_SECONDS = 2.0
AT_ONCE = 100


class Command(BaseCommand):
    """Looks for due messages twice a second. Any number of relays may run; each takes others."""

    help = "Hand what is due in the outbox to the workers, until it is stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="hand over what is due now, and end")
        parser.add_argument("--heartbeat", type=Path, help="a file to touch at each look, for a supervisor")

    def handle(self, *args: Any, once: bool, heartbeat: Path | None, **options: Any) -> None:
        try:
            refuse_unsafe_start()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if once:
            self._look_once()
            return
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: stopped.set())
        startup("relay")
        while not stopped.is_set():
            if heartbeat is not None:
                heartbeat.touch()
            stopped.wait(self._look())

    def _look_once(self) -> None:
        count = 0
        while handed := hand_over(_send, AT_ONCE):
            count += handed
        self.stdout.write(f"Handed over: {count}.")

    @staticmethod
    def _look() -> float:
        """Hand over once; returns the seconds to wait. Trouble of the servers is logged and outlived."""
        try:
            return 0.0 if hand_over(_send, AT_ONCE) == AT_ONCE else LOOK_SECONDS
        except OperationalError as error:
            # What was sent before stays sent; all of it is due again, and whoever comes second finds it done.
            logger.warning("outbox_not_handed_over", extra={"error": type(error).__name__})
        except DatabaseError as error:
            if not is_database_trouble(error):
                raise
            logger.warning("outbox_not_read", extra={"error": type(error).__name__})
            connections.close_all()
        return TROUBLE_SECONDS


def _send(message_id: UUID) -> None:
    do_message.apply_async((str(message_id),))
