"""A mail that a worker of the proofs knows, and nobody else: `celery worker --include tests.faults.mails`."""

from __future__ import annotations

from typing import Any

from platform_core.mail.kinds import MailKind, register_mail


def values() -> dict[str, Any]:
    return {}


register_mail(MailKind(code="proof.mail", subject="A proof", template="mail/base", values=values))
