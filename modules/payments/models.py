"""Payment methods of a shop, its payments, and the ledger of what happened to each."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from modules.payments.ledger import Kind, Status
from platform_core.money import from_minor
from platform_core.tenancy.models import VendorForeignKey, VendorOwned

__all__ = ["Kind", "Payment", "PaymentEvent", "PaymentMethod", "Status"]

MAX_GATEWAY_LENGTH = 40
MAX_REFERENCE_LENGTH = 64
MAX_DESCRIPTION_LENGTH = 140
MAX_REASON_LENGTH = 500
MAX_KEY_LENGTH = 255
# 10,000,000,000.00 of a currency with two decimals: far above any payment, far below what sums can overflow.
MAX_AMOUNT_MINOR = 1_000_000_000_000


class PaymentMethod(VendorOwned):
    """A way to pay that the shop has set up; `config` is what its gateway has accepted."""

    gateway = models.CharField(_("payment method"), max_length=MAX_GATEWAY_LENGTH)
    is_active = models.BooleanField(_("offered to buyers"), default=False)
    position = models.PositiveIntegerField(_("place"), default=0)
    config = models.JSONField(_("settings"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "gateway"), name="payments_method_gateway_uq"),
        )

    def __str__(self) -> str:
        return self.gateway


class Payment(VendorOwned):
    """What one buyer is asked to pay for one thing. Never deleted.

    Status and figures are copies of what the ledger comes to, for lists to filter by: `services` writes them in
    the transaction that adds the event.
    """

    public_id = models.CharField(_("id"), max_length=40)
    gateway = models.CharField(_("payment method"), max_length=MAX_GATEWAY_LENGTH)
    amount_minor = models.BigIntegerField(_("amount"), validators=[MinValueValidator(1)])
    currency = models.CharField(_("currency"), max_length=3)
    # What the payment is for, as the module that began it names it: an order's number.
    reference = models.CharField(_("reference"), max_length=MAX_REFERENCE_LENGTH)
    description = models.CharField(_("description"), max_length=MAX_DESCRIPTION_LENGTH, blank=True)
    # What the buyer writes into the bank transfer, or a provider's own id: how money is matched to its payment.
    provider_reference = models.CharField(_("payment reference"), max_length=255, blank=True)
    # What the buyer was told, as it was then: a change of the method's settings changes no payment.
    instructions = models.JSONField(_("told to the buyer"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.CREATED)
    captured_minor = models.BigIntegerField(_("received"), default=0, editable=False)
    refunded_minor = models.BigIntegerField(_("refunded"), default=0, editable=False)
    refund_pending_minor = models.BigIntegerField(_("owed back"), default=0, editable=False)
    expected_minor = models.BigIntegerField(_("still expected"), default=0, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "public_id"), name="payments_payment_public_id_uq"),
            models.UniqueConstraint(
                fields=("vendor_id", "gateway", "provider_reference"),
                condition=~Q(provider_reference=""),
                name="payments_payment_provider_reference_uq",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_payment_amount_ck"),
            # The second guard, behind the lock and the check of the services.
            models.CheckConstraint(
                condition=Q(
                    captured_minor__gte=F("refunded_minor") + F("refund_pending_minor"),
                    refunded_minor__gte=0,
                    refund_pending_minor__gte=0,
                ),
                name="payments_payment_refunds_ck",
            ),
        )
        indexes = (
            models.Index(
                "vendor_id", F("created_at").desc(), F("id").desc(), name="payments_payment_newest_ix"
            ),
            models.Index(
                "vendor_id",
                "status",
                F("created_at").desc(),
                F("id").desc(),
                name="payments_payment_status_ix",
            ),
            models.Index("vendor_id", "reference", name="payments_payment_reference_ix"),
            models.Index(
                "vendor_id",
                "id",
                name="payments_payment_open_ix",
                condition=Q(expected_minor__gt=0) | Q(refund_pending_minor__gt=0),
            ),
        )

    def __str__(self) -> str:
        return self.reference or self.public_id

    def money(self, minor: int) -> Money:
        """So many minor units in the payment's currency."""
        return from_minor(minor, self.currency)

    @property
    def amount(self) -> Money:
        return self.money(self.amount_minor)

    @property
    def captured(self) -> Money:
        return self.money(self.captured_minor)

    @property
    def refunded(self) -> Money:
        return self.money(self.refunded_minor)

    @property
    def refund_pending(self) -> Money:
        return self.money(self.refund_pending_minor)

    @property
    def expected(self) -> Money:
        return self.money(self.expected_minor)

    @property
    def refundable_minor(self) -> int:
        return self.captured_minor - self.refunded_minor - self.refund_pending_minor

    @property
    def refundable(self) -> Money:
        """What can still be given back."""
        return self.money(self.refundable_minor)

    @property
    def overpaid(self) -> Money:
        """What came in beyond the amount and neither went back nor is owed back."""
        return self.money(max(0, self.refundable_minor - self.amount_minor))

    @property
    def is_open(self) -> bool:
        """Whether money is expected or owed back."""
        return self.expected_minor > 0 or self.refund_pending_minor > 0


class PaymentEvent(VendorOwned):
    """One line of a payment's ledger. The roles that serve requests may add one, and change or delete none."""

    payment = VendorForeignKey(Payment, models.PROTECT, related_name="events", verbose_name=_("payment"))
    kind = models.CharField(_("event"), max_length=20, choices=Kind)
    amount_minor = models.BigIntegerField(_("amount"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    # The refund it belongs to, `rfd_…`; empty for what is no refund.
    refund_id = models.CharField(_("refund"), max_length=40, blank=True)
    provider = models.CharField(_("payment method"), max_length=MAX_GATEWAY_LENGTH)
    provider_event_id = models.CharField(_("provider's event"), max_length=255, blank=True)
    # What made it, so that a repeated request finds its first answer.
    idempotency_key = models.CharField(_("idempotency key"), max_length=MAX_KEY_LENGTH, blank=True)
    # As the gateway or the provider sent it.
    payload = models.JSONField(_("raw data"), default=dict, blank=True)
    reason = models.CharField(_("note"), max_length=MAX_REASON_LENGTH, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("vendor_id", "provider", "provider_event_id"),
                condition=~Q(provider_event_id=""),
                name="payments_event_provider_event_uq",
            ),
            models.UniqueConstraint(
                fields=("vendor_id", "payment", "idempotency_key"),
                condition=~Q(idempotency_key=""),
                name="payments_event_idempotency_key_uq",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payments_event_amount_ck"),
        )

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def amount(self) -> Money:
        return from_minor(self.amount_minor, self.currency)
