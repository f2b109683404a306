"""Orders and ways to ship of every shop, to look at: what is done with them is their shops' affair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import display

from modules.orders.machine import UNSENT
from modules.orders.models import Order, OrderLine, ShippingMethod
from modules.orders.selectors import found_by_team, people_of, timeline
from modules.payments.extensions import gateways
from platform_core.admin_site.home import Panel, Tile, platform_home
from platform_core.admin_site.owned import OwnedAdmin, ShownInline, VendorFilter
from platform_core.admin_site.sites import platform_site
from platform_core.languages import best_text, locale_of
from platform_core.money import from_minor
from platform_core.tenancy.requests import SiteRequest
from platform_core.ui.countries import country_name
from platform_core.ui.moments import format_moment
from platform_core.ui.numbers import format_money, format_per_cent

SALES = gettext_lazy("Sales")
STATE_TONES = {
    "placed": "info",
    "confirmed": "info",
    "partially_fulfilled": "info",
    "fulfilled": "info",
    "completed": "success",
    "cancelled": "warning",
}


def shown(minor: int | None, currency: str) -> str:
    """An amount as the reader writes it."""
    return "–" if minor is None else format_money(from_minor(minor, currency), locale_of(get_language()))


def _lines(rows: Sequence[str]) -> SafeString:
    """Each row on a line of its own."""
    return format_html_join(SafeString("<br>"), "{}", ((row,) for row in rows if row))


def _address(address: Mapping[str, str]) -> SafeString:
    if not address:
        return SafeString("–")
    city = f"{address.get('postal_code', '')} {address.get('city', '')}"
    country = country_name(address.get("country", ""), get_language())
    return _lines(
        [address.get("name", ""), address.get("line1", ""), address.get("line2", ""), city, country]
    )


def _history(order: Order) -> SafeString:
    entries = timeline(order)
    people, locale = people_of(entries), locale_of(get_language())
    rows = []
    for entry in entries:
        moment = format_moment(timezone.localtime(entry.at), locale)
        amount = shown(entry.amount_minor, order.currency) if entry.amount_minor else ""
        parts = [moment, str(entry.label), amount, entry.note, people.get(entry.user_id or 0, "")]
        rows.append(" · ".join(part for part in parts if part))
    return _lines(rows)


class LineInline(ShownInline):
    model = OrderLine
    fields = (
        "sku",
        "title",
        "label",
        "price",
        "quantity",
        "fulfilled_quantity",
        "cancelled_quantity",
        "total",
    )
    readonly_fields = ("price", "total")
    verbose_name_plural = gettext_lazy("Goods")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("order")

    @display(description=gettext_lazy("price"))
    def price(self, line: OrderLine) -> str:
        return shown(line.unit_price_minor, line.order.currency)

    @display(description=gettext_lazy("total"))
    def total(self, line: OrderLine) -> str:
        return shown(line.gross_minor, line.order.currency)


@admin.register(Order, site=platform_site)
class OrderAdmin(OwnedAdmin):
    """Every vendor's orders."""

    menu_section, menu_icon, menu_order = SALES, "shopping-bag", 55
    list_display = ("number", "vendor", "shown_state", "shown_payment", "total", "email", "placed_at")
    list_filter = (VendorFilter, "state", "placed_at")
    search_fields = ("number", "email")
    ordering = ("-placed_at", "-pk")
    fieldsets = (
        (None, {"fields": ("number", "vendor", "status", "cancel_reason", "placed_at", "updated_at")}),
        (gettext_lazy("Amounts"), {"fields": ("goods", "shipping", "total", "net", "rates_shown")}),
        (
            gettext_lazy("Payment"),
            {"fields": ("shown_payment", "way_to_pay", "reference", "received", "expected")},
        ),
        (
            gettext_lazy("Buyer"),
            {"fields": ("email", "language", "shipping_name", "delivery_address", "invoice_address")},
        ),
        (gettext_lazy("History"), {"fields": ("history",)}),
    )
    readonly_fields = tuple(name for _title, part in fieldsets for name in part["fields"])
    inlines = (LineInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("payment")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """As the shops' teams search; `search_fields` only make the field appear."""
        return queryset.filter(found_by_team(search_term)), False

    @display(description=gettext_lazy("status"), label=STATE_TONES, ordering="state")
    def shown_state(self, order: Order) -> tuple[str, str]:
        return order.state, order.get_state_display()

    @display(description=gettext_lazy("status"))
    def status(self, order: Order) -> str:
        return order.get_state_display()

    @display(description=gettext_lazy("payment"), ordering="payment__status")
    def shown_payment(self, order: Order) -> str:
        return order.payment.get_status_display() if order.payment is not None else _("Nothing to pay")

    @display(description=gettext_lazy("way to pay"))
    def way_to_pay(self, order: Order) -> str:
        if order.payment is None:
            return "–"
        known = gateways().get(order.payment.gateway)
        return str(known.name) if known is not None else order.payment.gateway

    @display(description=gettext_lazy("payment reference"))
    def reference(self, order: Order) -> str:
        return (order.payment.provider_reference if order.payment is not None else "") or "–"

    @display(description=gettext_lazy("received"))
    def received(self, order: Order) -> str:
        return shown(order.payment.captured_minor if order.payment is not None else None, order.currency)

    @display(description=gettext_lazy("still expected"))
    def expected(self, order: Order) -> str:
        return shown(order.payment.expected_minor if order.payment is not None else None, order.currency)

    @display(description=gettext_lazy("total"), ordering="gross_minor")
    def total(self, order: Order) -> str:
        return shown(order.gross_minor, order.currency)

    @display(description=gettext_lazy("goods"))
    def goods(self, order: Order) -> str:
        return shown(order.goods_minor, order.currency)

    @display(description=gettext_lazy("shipping"))
    def shipping(self, order: Order) -> str:
        return shown(order.shipping_minor, order.currency)

    @display(description=gettext_lazy("net"))
    def net(self, order: Order) -> str:
        return shown(order.net_minor, order.currency)

    @display(description=gettext_lazy("VAT by rate"))
    def rates_shown(self, order: Order) -> SafeString:
        locale = locale_of(get_language())
        return _lines(
            [
                _("%(percent)s: %(tax)s, contained in %(gross)s")
                % {
                    "percent": format_per_cent(Decimal(rate["percent"]), locale),
                    "tax": shown(rate["tax_minor"], order.currency),
                    "gross": shown(rate["gross_minor"], order.currency),
                }
                for rate in order.rates
            ]
        )

    @display(description=gettext_lazy("delivery address"))
    def delivery_address(self, order: Order) -> SafeString:
        return _address(order.shipping_address)

    @display(description=gettext_lazy("billing address"))
    def invoice_address(self, order: Order) -> SafeString:
        return _address(order.billing_address)

    @display(description=gettext_lazy("history"))
    def history(self, order: Any) -> SafeString:
        """What has happened to the order and to its payment, with people."""
        # The page asks for each of its fields several times.
        if not hasattr(order, "shown_history"):
            order.shown_history = _history(order)
        return order.shown_history


@admin.register(ShippingMethod, site=platform_site)
class ShippingMethodAdmin(OwnedAdmin):
    """How every vendor ships."""

    menu_section, menu_icon, menu_order = SALES, "truck", 57
    list_display = ("name", "vendor", "kind", "price", "is_active", "position")
    list_filter = (VendorFilter, "kind", "is_active")
    search_fields = ("code",)
    fields: ClassVar[Any] = (
        "name",
        "vendor",
        "code",
        "kind",
        "price",
        "steps",
        "free_from",
        "destinations",
        "is_active",
        "position",
        "updated_at",
    )
    readonly_fields = fields

    @display(description=gettext_lazy("shipping method"))
    def name(self, method: ShippingMethod) -> str:
        found = best_text(method.names, get_language() or "en", "en")
        return found[1] if found else method.code

    @display(description=gettext_lazy("price"), ordering="price_minor")
    def price(self, method: ShippingMethod) -> str:
        if method.kind == ShippingMethod.Kind.WEIGHT:
            lowest = min((price for _limit, price in method.rates), default=0)
            return _("from %(price)s") % {"price": shown(lowest, method.currency)}
        return shown(method.price_minor, method.currency)

    @display(description=gettext_lazy("prices by weight"))
    def steps(self, method: ShippingMethod) -> SafeString:
        rows = [
            _("up to %(grams)d g: %(price)s") % {"grams": limit, "price": shown(price, method.currency)}
            for limit, price in method.rates
        ]
        return _lines(rows or ["–"])

    @display(description=gettext_lazy("free from"))
    def free_from(self, method: ShippingMethod) -> str:
        return shown(method.free_from_minor, method.currency)

    @display(description=gettext_lazy("countries"))
    def destinations(self, method: ShippingMethod) -> str:
        names = [country_name(code, get_language()) for code in method.countries]
        return ", ".join(names) or _("everywhere")


@platform_home.register
def orders_at_a_glance(request: SiteRequest) -> Sequence[Tile | Panel]:
    """How many orders the platform's shops have had, and how many they have not sent yet."""
    counts = Order.objects.aggregate(total=Count("pk"), open=Count("pk", filter=Q(state__in=UNSENT)))
    href = platform_site.address(Order)
    unsent = f"{href}?state__in={','.join(UNSENT)}"
    return [
        Tile(_("Orders"), counts["total"], _("in all shops"), href, icon="shopping-bag", order=22),
        Tile(_("Orders not sent"), counts["open"], _("in all shops"), unsent, icon="truck", order=23),
    ]
