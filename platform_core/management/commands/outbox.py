"""`manage.py outbox list|retry`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar
from uuid import UUID

from django.core.management.base import CommandError

from platform_core.management.operator import FAILED, OperatorCommand
from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import try_again, try_all_again

STATES = [str(state) for state in OutboxMessage.State]


class Command(OperatorCommand):
    """What is to happen outside the database, on all platforms."""

    help = "List the messages of the outbox, and try again what was given up."
    changes: ClassVar[frozenset[str]] = frozenset({"retry"})

    def actions(self, subparsers: Any) -> dict[str, ArgumentParser]:
        parsers = {
            "list": subparsers.add_parser("list", help="list messages, by default those that were given up"),
            "retry": subparsers.add_parser("retry", help="try again what was given up"),
        }
        parsers["list"].add_argument("--state", choices=STATES, default=str(OutboxMessage.State.DEAD))
        parsers["list"].add_argument("--platform", metavar="CODE")
        parsers["list"].add_argument("--limit", type=int, default=50, help="at most so many, latest first")
        which = parsers["retry"].add_mutually_exclusive_group(required=True)
        which.add_argument("id", nargs="?", type=UUID, help="the message's id, as in outbox list")
        which.add_argument("--all", action="store_true", help="everything that was given up")
        return parsers

    def do_list(self, *, state: str, platform: str | None, limit: int, **_rest: Any) -> None:
        messages = OutboxMessage.objects.filter(state=state).select_related("platform")
        if platform is not None:
            messages = messages.filter(platform=self.platform(platform))
        rows = [
            (
                str(message.pk),
                message.platform.code if message.platform else "–",
                message.kind,
                message.attempts,
                message.created_at.isoformat(timespec="seconds"),
                message.last_error,
            )
            for message in messages[: max(1, limit)]
        ]
        columns = ("id", "platform", "kind", "attempts", "written", "last_error")
        self.table(columns, rows, empty=f"Nothing is {state}.")

    def do_retry(self, *, id: UUID | None, **_rest: Any) -> None:
        if id is None:
            count = try_all_again()
        elif not try_again(id):
            raise CommandError(f"No message {id} was given up.", returncode=FAILED)
        else:
            count = 1
        self.tell(f"Trying again: {count}.", count=count)
