from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.tenancy.models import Platform


class OutboxMessage(models.Model):
    """One thing that is to happen outside the database, and what has become of it.

    It stands in the public schema, so that one query finds what is due on every platform. A vendor's code may
    add rows of its own context and read none; staff see those of their platform.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        # Tried so often that it needs a person.
        DEAD = "dead", _("Given up")

    # Made here rather than by the database, which would have to hand it back to a role that may not read.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    platform = models.ForeignKey(
        Platform, models.CASCADE, null=True, related_name="+", verbose_name=_("platform")
    )
    # The ground floor knows a vendor only as an id.
    vendor_id = models.BigIntegerField(null=True)
    kind = models.CharField(_("kind"), max_length=64)
    # Written twice under one key, it happens once.
    key = models.CharField(_("key"), max_length=128)
    payload = models.JSONField(_("payload"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    # Until then somebody is at it.
    claimed_until = models.DateTimeField(null=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        db_table = "outbox_message"
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("platform", "vendor_id", "kind", "key"),
                name="outbox_message_key_uq",
                nulls_distinct=False,
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",), condition=models.Q(state="waiting"), name="outbox_message_due_ix"
            ),
            models.Index(fields=("platform", "-created_at"), name="outbox_message_platform_ix"),
            models.Index(
                fields=("ended_at",), condition=models.Q(state="done"), name="outbox_message_done_ix"
            ),
            models.Index(fields=("state",), condition=~models.Q(state="done"), name="outbox_message_open_ix"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
