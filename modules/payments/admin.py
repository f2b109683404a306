"""Payments of every shop, to look at: money is between a shop and its buyers, and its team records it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from moneyed import Money
from unfold.decorators import display

from modules.payments import selectors
from modules.payments.extensions import gateways
from modules.payments.models import Payment, PaymentEvent
from platform_core.admin_site.home import Panel, Tile, platform_home
from platform_core.admin_site.owned import OwnedAdmin, ShownInline, VendorFilter
from platform_core.admin_site.sites import platform_site
from platform_core.languages import locale_of
from platform_core.tenancy.requests import SiteRequest
from platform_core.ui.numbers import format_money

STATUS_TONES = {
    "created": "info",
    "pending": "info",
    "requires_action": "warning",
    "authorised": "info",
    "partially_captured": "warning",
    "captured": "success",
    "partially_refunded": "warning",
    "refunded": "success",
    "voided": "info",
    "failed": "danger",
}


def shown(money: Money) -> str:
    """An amount as the reader writes it."""
    return format_money(money, locale_of(get_language()))


class LedgerInline(ShownInline):
    """What happened, the first event first. Raw data of providers stays in the database."""

    model = PaymentEvent
    fields = ("at", "kind", "amount", "refund_id", "reason")
    readonly_fields = fields
    ordering = ("id",)
    verbose_name_plural = gettext_lazy("Ledger")

    @display(description=gettext_lazy("amount"))
    def amount(self, event: PaymentEvent) -> str:
        return shown(event.amount)


class WaitingFilter(SimpleListFilter):
    """Payments that still wait for money, one way or the other."""

    title = gettext_lazy("what they wait for")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(selectors.OPEN_FILTER, gettext_lazy("Money expected or owed back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        value = self.value()
        if not value:
            return queryset
        # What is no filter matches nothing.
        is_known = value == selectors.OPEN_FILTER
        return queryset.filter(selectors.with_status(value)) if is_known else queryset.none()


@admin.register(Payment, site=platform_site)
class PaymentAdmin(OwnedAdmin):
    """Every vendor's payments, each with its ledger."""

    menu_section, menu_icon, menu_order = gettext_lazy("Money"), "banknote", 56
    list_display = ("reference", "vendor", "method", "shown_status", "shown_amount", "created_at")
    list_filter = (VendorFilter, WaitingFilter, "status", "gateway")
    search_fields = ("reference", "public_id", "provider_reference")
    ordering = ("-created_at", "-pk")
    fields: ClassVar[Any] = (
        "reference",
        "vendor",
        "public_id",
        "description",
        "method",
        "provider_reference",
        "status",
        "shown_amount",
        "shown_captured",
        "shown_refunded",
        "shown_owed",
        "shown_expected",
        "created_at",
        "updated_at",
    )
    readonly_fields = fields
    inlines = (LedgerInline,)

    @display(description=gettext_lazy("payment method"), ordering="gateway")
    def method(self, payment: Payment) -> str:
        gateway = gateways().get(payment.gateway)
        return str(gateway.name) if gateway else payment.gateway

    @display(description=gettext_lazy("status"), label=STATUS_TONES, ordering="status")
    def shown_status(self, payment: Payment) -> tuple[str, str]:
        return payment.status, payment.get_status_display()

    @display(description=gettext_lazy("amount"), ordering="amount_minor")
    def shown_amount(self, payment: Payment) -> str:
        return shown(payment.amount)

    @display(description=gettext_lazy("received"))
    def shown_captured(self, payment: Payment) -> str:
        return shown(payment.captured)

    @display(description=gettext_lazy("refunded"))
    def shown_refunded(self, payment: Payment) -> str:
        return shown(payment.refunded)

    @display(description=gettext_lazy("owed back"))
    def shown_owed(self, payment: Payment) -> str:
        return shown(payment.refund_pending)

    @display(description=gettext_lazy("still expected"))
    def shown_expected(self, payment: Payment) -> str:
        return shown(payment.expected)


@platform_home.register
def payments_at_a_glance(request: SiteRequest) -> Sequence[Tile | Panel]:
    """How many payments of the platform's shops wait for money, one way or the other."""
    count = selectors.open_payments().count()
    href = f"{platform_site.address(Payment)}?{WaitingFilter.parameter_name}={selectors.OPEN_FILTER}"
    hint = _("money expected or owed back")
    return [Tile(_("Open payments"), count, hint, href, icon="banknote", order=27)]
