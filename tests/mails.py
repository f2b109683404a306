"""Mails as their readers get them: what waits in the outbox is sent, and the link is found in the text."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.signing import TimestampSigner, b62_encode

from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import do
from platform_core.tenancy.context import platform_context


def written_down() -> list[dict[str, Any]]:
    """The payloads of all messages of the outbox, oldest first."""
    with platform_context(role="operator"):
        return list(OutboxMessage.objects.order_by("created_at").values_list("payload", flat=True))


def sent() -> list[Any]:
    """Send what waits; returns the mails that went out by it."""
    before = len(mail.outbox)
    with platform_context(role="operator"):
        waiting = OutboxMessage.objects.filter(state="waiting").order_by("created_at")
        keys = list(waiting.values_list("pk", flat=True))
    assert {do(key) for key in keys} <= {"done"}
    return mail.outbox[before:]


def link_in(message: Any) -> str:
    """The address below its host of the link that a mail is about, which both of its parts name."""
    (link,) = re.findall(r"^https?://\S+/\S+/$", message.body, re.MULTILINE)
    assert f'href="{link}"' in message.alternatives[0][0]
    return urlsplit(link).path


def host_in(message: Any) -> str:
    """The host of the link that a mail is about."""
    (link,) = re.findall(r"^https?://\S+/\S+/$", message.body, re.MULTILINE)
    return urlsplit(link).netloc


@contextmanager
def made_earlier(**span: int) -> Iterator[None]:
    """Links that are made meanwhile are that old."""
    at = int(time.time() - timedelta(**span).total_seconds())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TimestampSigner, "timestamp", lambda self: b62_encode(at))
        yield
