"""Writing down what is to happen, handing it to the workers, and doing it. The only writer of OutboxMessage."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from platform_core.exceptions import TenancyError
from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled
from platform_core.outbox.consumers import Consumer, NotNow, consumer_of
from platform_core.outbox.models import OutboxMessage
from platform_core.request_id import current_request_id
from platform_core.tenancy.context import VendorRef, current_context, platform_context
from platform_core.tenancy.tasks import vendor_by_id

logger = logging.getLogger(__name__)

MAX_PAYLOAD_BYTES = 16 * 1024
# How long somebody who has taken a message may be at it before another one tries.
CLAIM_SECONDS = 60
# How long a message that was handed to the workers may lie in their queue before it is handed over again.
HAND_OVER_SECONDS = 60
# After each failure, with as much as a fifth more or less: about 15 hours in all.
RETRY_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)
MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
# A module is off, or the consumer says that its time has not come.
POSTPONE_SECONDS = 300
KEEP_DAYS = 30

Outcome = Literal["done", "taken", "postponed", "failed", "dead"]


def write_down(
    kind: str, payload: dict[str, Any], *, key: str | None = None, delay: timedelta | None = None
) -> None:
    """Write down something that is to happen, within the caller's transaction and in the context in force.

    `payload` is small and holds ids, no secrets. Under one `key` a kind happens once in a context; without
    one it happens each time. It is due at once, or after `delay`. Raises TenancyError outside a transaction,
    and where a vendor is at hand without its platform; ValueError for a payload of more than 16 KiB.
    """
    if not connection.in_atomic_block:
        raise TenancyError("Write down what is to happen in the transaction that it follows from.")
    if len(json.dumps(payload).encode()) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"The payload of a message of kind {kind} is above {MAX_PAYLOAD_BYTES} bytes.")
    context, now = current_context(), timezone.now()
    message = OutboxMessage(
        platform_id=context.platform.id if context.platform is not None else None,
        vendor_id=context.vendor_id,
        kind=kind,
        key=key if key is not None else str(uuid4()),
        payload=payload,
        due_at=now + delay if delay is not None else now,
        created_at=now,
        request_id=current_request_id.get(),
    )
    # A second one under the same key is passed over, which needs no right to read.
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)


def hand_over(send: Callable[[UUID], object], limit: int = 100) -> int:
    """Give up to `limit` messages that are due to the workers; returns how many. 2 queries.

    Several may do it at once: each takes others. Whoever ends after sending and before the commit has sent
    what is sent again, and the worker that comes second finds it taken or done.
    """
    now = timezone.now()
    with platform_context(role="operator"), transaction.atomic():
        due = list(
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(state=OutboxMessage.State.WAITING, due_at__lte=now)
            .order_by("due_at")
            .values_list("pk", flat=True)[:limit]
        )
        for pk in due:
            send(pk)
        if due:
            OutboxMessage.objects.filter(pk__in=due).update(due_at=now + timedelta(seconds=HAND_OVER_SECONDS))
    return len(due)


def do(pk: UUID) -> Outcome:
    """Do what one message says, unless it is done or somebody is at it."""
    message = _claim(pk)
    if message is None:
        return "taken"
    if message.attempts > MAX_ATTEMPTS:
        return _fail(message, RuntimeError("Every worker that tried it ended before it was done."))
    consumer = consumer_of(message.kind)
    if consumer is not None and _is_off(consumer, message):
        _postpone(message)
        return "postponed"
    try:
        if consumer is None:
            raise LookupError(f"Nobody consumes messages of kind {message.kind}.")
        _consume(consumer, message)
    except NotNow:
        _postpone(message)
        return "postponed"
    except Exception as error:
        logger.warning(
            "outbox_message_failed",
            extra={"message_id": str(pk), "message_kind": message.kind, "attempts": message.attempts},
            exc_info=True,
        )
        return _fail(message, error)
    return "done"


def _claim(pk: UUID) -> OutboxMessage | None:
    """Take it for CLAIM_SECONDS. None when it has ended, or somebody has it."""
    now = timezone.now()
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    waiting = OutboxMessage.objects.filter(free, pk=pk, state=OutboxMessage.State.WAITING)
    until = now + timedelta(seconds=CLAIM_SECONDS)
    with platform_context(role="operator"):
        if not waiting.update(claimed_until=until, due_at=until, attempts=F("attempts") + 1):
            return None
        return (
            OutboxMessage.objects.select_related("platform").prefetch_related("platform__domains").get(pk=pk)
        )


def _is_off(consumer: Consumer, message: OutboxMessage) -> bool:
    """Whether the consumer belongs to a module that is off there: it waits until the module is on again."""
    owner = registry().owner_of(consumer.consume.__module__)
    if owner is None or owner in registry().core_codes:
        return False
    return message.platform_id is None or not is_module_enabled(message.platform_id, owner)


def _consume(consumer: Consumer, message: OutboxMessage) -> None:
    role: Any = "operator" if message.platform is None else "staff" if message.vendor_id is None else "vendor"
    with nullcontext() if consumer.leaves_the_house else transaction.atomic():
        with platform_context(message.platform, _vendor_of(message), role):
            consumer.consume(message)
        _end(message)


def _vendor_of(message: OutboxMessage) -> VendorRef | None:
    """Raises LookupError when the vendor is gone."""
    if message.platform_id is None or message.vendor_id is None:
        return None
    with platform_context(role="gatekeeper"):
        vendor = vendor_by_id.first(message.platform_id, message.vendor_id)
    if vendor is None:
        raise LookupError(f"There is no vendor {message.vendor_id} any more.")
    return vendor


def _end(message: OutboxMessage) -> None:
    with platform_context(role="operator"):
        OutboxMessage.objects.filter(pk=message.pk).update(
            state=OutboxMessage.State.DONE, ended_at=timezone.now(), claimed_until=None, last_error=""
        )


def _claimed(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    """The message, unless somebody else has taken it or ended it since: whoever was too slow has no say in it."""
    return OutboxMessage.objects.filter(
        pk=message.pk, state=OutboxMessage.State.WAITING, claimed_until=message.claimed_until
    )


def _postpone(message: OutboxMessage) -> None:
    """Try again in a while, as if it had not been tried."""
    with platform_context(role="operator"):
        _claimed(message).update(
            due_at=timezone.now() + timedelta(seconds=POSTPONE_SECONDS),
            claimed_until=None,
            attempts=F("attempts") - 1,
        )


def _fail(message: OutboxMessage, error: Exception) -> Outcome:
    is_last = message.attempts >= MAX_ATTEMPTS
    now, facts = timezone.now(), {}
    if is_last:
        facts = {"state": OutboxMessage.State.DEAD, "ended_at": now}
    else:
        wait_seconds = RETRY_SECONDS[message.attempts - 1] * random.uniform(0.8, 1.2)
        facts = {"due_at": now + timedelta(seconds=wait_seconds)}
    with platform_context(role="operator"):
        _claimed(message).update(
            claimed_until=None, last_error=f"{type(error).__name__}: {error}"[:500], **facts
        )
    return "dead" if is_last else "failed"


def try_again(pk: UUID) -> bool:
    """Let a message that was given up be tried anew; whether there was one, in the context in force."""
    return bool(_try_again(OutboxMessage.objects.filter(pk=pk)))


def try_all_again() -> int:
    """Let all that was given up be tried anew, as far as the context sees it; returns how many."""
    return _try_again(OutboxMessage.objects.all())


def _try_again(messages: QuerySet[OutboxMessage]) -> int:
    return messages.filter(state=OutboxMessage.State.DEAD).update(
        state=OutboxMessage.State.WAITING, attempts=0, due_at=timezone.now(), ended_at=None
    )


@dataclass(frozen=True, slots=True)
class Backlog:
    """How the outbox stands. `overdue_seconds` is the age of the oldest message that nobody has taken in time."""

    waiting: int
    dead: int
    overdue_seconds: float


def backlog() -> Backlog:
    """How the outbox of the whole installation stands. 1 query."""
    state, now = OutboxMessage.State, timezone.now()
    with platform_context(role="operator"):
        found = OutboxMessage.objects.exclude(state=state.DONE).aggregate(
            waiting=Count("pk", filter=Q(state=state.WAITING)),
            dead=Count("pk", filter=Q(state=state.DEAD)),
            oldest=Min("due_at", filter=Q(state=state.WAITING)),
        )
    late = max(0.0, (now - found["oldest"]).total_seconds()) if found["oldest"] else 0.0
    return Backlog(found["waiting"], found["dead"], round(late, 1))


def clear_done() -> int:
    """Drop what was done more than KEEP_DAYS ago; what was given up stays until somebody looks after it."""
    before = timezone.now() - timedelta(days=KEEP_DAYS)
    with platform_context(role="operator"):
        return OutboxMessage.objects.filter(state=OutboxMessage.State.DONE, ended_at__lt=before).delete()[0]
