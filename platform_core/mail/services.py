"""Writing a mail down, and sending what was written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation

from platform_core.extensions import ExtensionPoint
from platform_core.languages import LANGUAGE_CODES
from platform_core.mail.kinds import MailKind, kind_of
from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled_here
from platform_core.outbox.consumers import NotNow, consumes
from platform_core.outbox.models import OutboxMessage
from platform_core.outbox.services import write_down
from platform_core.tenancy.context import current_context
from platform_core.tenancy.links import public_origin

MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name a mail goes out: its name, its address in the web, who answers, and its legal line."""

    name: str
    url: str
    reply_to: str = ""
    legal: str = ""


# tenancy answers: the vendor of the context as a sender.
sender_of_vendor: ExtensionPoint[[], Sender | None] = ExtensionPoint("sender_of_vendor")

# core answers: the time zone in which the vendor of the context tells moments.
time_zone_of_vendor: ExtensionPoint[[], tzinfo] = ExtensionPoint("time_zone_of_vendor")


def write_mail(code: str, *, to: str, language: str, key: str | None = None, **ids: Any) -> None:
    """Write down a mail in the caller's transaction, to be sent in the name of the context's vendor or platform.

    `ids` are handed to the mail's `values`; they hold no secrets. Under one `key` a mail is sent once. Raises
    LookupError for an unknown mail, ValidationError for an address that is none.
    """
    kind_of(code)
    validate_email(to)
    payload = {
        "mail": code,
        "to": to,
        "language": language if language in LANGUAGE_CODES else "en",
        "ids": ids,
    }
    write_down(MAIL, payload, key=f"{code}:{key}" if key is not None else None)


@consumes(MAIL, leaves_the_house=True)
def send_mail(message: OutboxMessage) -> None:
    """Make the mail as things stand now and hand it to the mail server.

    Whoever gets it twice, since a process ended between sending and marking, gets it under one Message-ID.
    """
    kind = kind_of(message.payload["mail"])
    owner = registry().owner_of(kind.values.__module__)
    if owner is not None and not is_module_enabled_here(owner):
        raise NotNow
    mail = make_mail(kind, message.payload["to"], message.payload["language"], message.payload["ids"])
    if mail is None:
        return
    mail.extra_headers["Message-ID"] = f"<{message.pk}@{settings.BASE_DOMAIN}>"
    mail.send()


def make_mail(kind: MailKind, to: str, language: str, ids: dict[str, Any]) -> EmailMultiAlternatives | None:
    """The mail of the context in force; None when there is nothing to say any more."""
    sender = _sender()
    with translation.override(language), _vendors_time():
        values = kind.values(**ids)
        if values is None:
            return None
        shown = {**values, "sender": sender, "language": language}
        # A line break in a name would begin another header; Django refuses it, and the mail would never go.
        subject = " ".join((str(kind.subject) % shown).split())
        text = render_to_string(f"{kind.template}.txt", shown).strip() + "\n"
        html = render_to_string(f"{kind.template}.html", {**shown, "subject": subject})
    mail = EmailMultiAlternatives(
        subject,
        text,
        formataddr((sender.name, settings.DEFAULT_FROM_EMAIL)),
        [to],
        reply_to=[sender.reply_to] if sender.reply_to else None,
        # No answering machine is to answer.
        headers={"Auto-Submitted": "auto-generated", "Content-Language": language},
    )
    mail.attach_alternative(html, "text/html")
    return mail


@contextmanager
def _vendors_time() -> Iterator[None]:
    """Moments as the context's vendor tells them; without a vendor, as the installation does."""
    zone = time_zone_of_vendor.first() if current_context().vendor_id is not None else None
    with timezone.override(zone or timezone.get_default_timezone()):
        yield


def _sender() -> Sender:
    context = current_context()
    if context.vendor_id is not None:
        found = sender_of_vendor.first()
        if found is not None:
            return found
    if context.platform is not None:
        return Sender(context.platform.name, f"{public_origin(context.platform.domain)}/")
    return Sender("Wizamart", f"{public_origin(settings.BASE_DOMAIN)}/")
