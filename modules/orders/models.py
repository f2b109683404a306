"""Ways to ship, carts, and orders with their lines, timeline and fulfilments.

Amounts are gross unless they say otherwise, in minor units of the row's currency. An order keeps what was sold as it
was then: a product that is changed or removed later changes no order.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from modules.orders.machine import ENDED, Event, State, may
from platform_core.languages import LANGUAGE_CHOICES
from platform_core.money import from_minor
from platform_core.tenancy.models import VendorForeignKey, VendorOwned

MAX_QUANTITY = 999
MAX_LINES = 100
MAX_NOTE_LENGTH = 1000
# A gram above it is a lorry's business.
MAX_SHIPPING_MINOR = 100_000_00

validate_method_code = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
    _("Use lower-case letters, digits and single hyphens, as in “home-delivery”."),
)


class ShippingMethod(VendorOwned):
    """A way in which goods reach their buyer, and what it costs."""

    class Kind(models.TextChoices):
        FLAT = "flat", _("One price")
        WEIGHT = "weight", _("By weight")
        COLLECTION = "collection", _("Collection at the shop")

    code = models.CharField(_("code"), max_length=40, validators=[validate_method_code])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.FLAT)
    # By language: {"en": "Home delivery"}.
    names = models.JSONField(_("names"), default=dict)
    descriptions = models.JSONField(_("descriptions"), default=dict, blank=True)
    price_minor = models.BigIntegerField(_("price"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    # By weight: [[2000, 490], [10000, 990]], (up to so many grams, price), lightest first; above the last: no offer.
    rates = models.JSONField(_("prices by weight"), default=list, blank=True)
    # From goods of this value on it costs nothing.
    free_from_minor = models.BigIntegerField(_("free from"), null=True, blank=True)
    # ISO 3166-1 alpha-2; empty: everywhere.
    countries = ArrayField(
        models.CharField(max_length=2), verbose_name=_("countries"), default=list, blank=True
    )
    position = models.PositiveIntegerField(_("place"), default=0)
    is_active = models.BooleanField(_("offered to buyers"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("shipping method")
        verbose_name_plural = _("shipping methods")
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "code"), name="orders_shipping_code_uq"),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0, price_minor__lte=MAX_SHIPPING_MINOR),
                name="orders_shipping_price_ck",
            ),
        )

    def __str__(self) -> str:
        return self.code


class Cart(VendorOwned):
    """What somebody means to buy, and what they have said of delivery and payment so far."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ORDERED = "ordered", _("Ordered")
        # Its lines went into the cart of the account that was signed in to.
        MERGED = "merged", _("Merged")

    public_id = models.CharField(max_length=40)
    customer = VendorForeignKey(
        "customers.Customer", models.CASCADE, null=True, related_name="+", verbose_name=_("customer")
    )
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=2, choices=LANGUAGE_CHOICES, default="en")
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    # {"name", "line1", "line2", "postal_code", "city", "country"}; empty until they are given.
    shipping_address = models.JSONField(default=dict, blank=True)
    billing_address = models.JSONField(default=dict, blank=True)
    shipping_method = VendorForeignKey(ShippingMethod, models.SET_NULL, null=True, related_name="+")
    payment_method = models.CharField(max_length=40, blank=True)
    # The total that was answered when everything had been said at once; none since the cart has changed.
    agreed_minor = models.BigIntegerField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "public_id"), name="orders_cart_public_id_uq"),
            models.UniqueConstraint(
                fields=("vendor_id", "customer"),
                condition=Q(state="open", customer__isnull=False),
                name="orders_cart_customer_uq",
            ),
        )
        indexes = (models.Index("vendor_id", "updated_at", name="orders_cart_updated_ix"),)

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class CartLine(VendorOwned):
    """So many of one variant. `seen_price_minor` is the price that the buyer was shown last."""

    cart = VendorForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = VendorForeignKey("catalog.Variant", models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    seen_price_minor = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("line of a cart")
        verbose_name_plural = _("lines of carts")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("vendor_id", "cart", "variant"), name="orders_cartline_variant_uq"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY), name="orders_cartline_quantity_ck"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class OrderCounter(VendorOwned):
    """The number of the shop's next order. Taken in the transaction that places it, so that none is left out."""

    next_number = models.BigIntegerField(default=1001)

    class Meta:
        verbose_name = _("counter of orders")
        verbose_name_plural = _("counters of orders")
        constraints = (models.UniqueConstraint(fields=("vendor_id",), name="orders_counter_vendor_uq"),)

    def __str__(self) -> str:
        return str(self.next_number)


class Order(VendorOwned):
    """What was bought. Never deleted; its amounts never change."""

    public_id = models.CharField(max_length=40)
    number = models.BigIntegerField(_("number"))
    cart = VendorForeignKey(Cart, models.PROTECT, null=True, related_name="+")
    # The form's token or the request's Idempotency-Key: the same one again is the same order.
    completion_key = models.CharField(max_length=255, blank=True)
    customer = VendorForeignKey(
        "customers.Customer", models.SET_NULL, null=True, related_name="orders", verbose_name=_("customer")
    )
    state = models.CharField(_("status"), max_length=20, choices=State, default=State.PLACED)
    email = models.EmailField(_("e-mail address"), max_length=254)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGE_CHOICES)
    currency = models.CharField(_("currency"), max_length=3)
    shipping_address = models.JSONField(_("delivery address"), default=dict)
    billing_address = models.JSONField(_("billing address"), default=dict)
    shipping_code = models.CharField(max_length=40)
    shipping_name = models.CharField(_("shipping method"), max_length=200)
    is_collected = models.BooleanField(_("collected at the shop"), default=False)
    payment = VendorForeignKey(
        "payments.Payment", models.PROTECT, null=True, related_name="+", verbose_name=_("payment")
    )
    goods_minor = models.BigIntegerField(_("goods"))
    shipping_minor = models.BigIntegerField(_("shipping"))
    shipping_net_minor = models.BigIntegerField()
    shipping_tax_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField(_("total"))
    net_minor = models.BigIntegerField(_("net"))
    tax_minor = models.BigIntegerField(_("VAT"))
    # [{"percent": "17", "gross_minor": …, "net_minor": …, "tax_minor": …}], from high to low.
    rates = models.JSONField(_("VAT by rate"), default=list)
    # Its buyer reads it too.
    cancel_reason = models.CharField(_("reason of the cancellation"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-placed_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("vendor_id", "number"), name="orders_order_number_uq"),
            models.UniqueConstraint(fields=("vendor_id", "public_id"), name="orders_order_public_id_uq"),
            # However often and by however many a cart is completed.
            models.UniqueConstraint(fields=("vendor_id", "cart"), name="orders_order_cart_uq"),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor"))
                & Q(gross_minor=F("goods_minor") + F("shipping_minor"))
                & Q(shipping_minor=F("shipping_net_minor") + F("shipping_tax_minor")),
                name="orders_order_total_ck",
            ),
        )
        indexes = (
            models.Index("vendor_id", F("placed_at").desc(), F("id").desc(), name="orders_order_newest_ix"),
            models.Index(
                "vendor_id", "state", F("placed_at").desc(), F("id").desc(), name="orders_order_state_ix"
            ),
            models.Index("vendor_id", "customer", F("placed_at").desc(), name="orders_order_customer_ix"),
            models.Index("vendor_id", "email", name="orders_order_email_ix"),
        )

    def __str__(self) -> str:
        return str(self.number)

    def money(self, minor: int) -> Money:
        """So many minor units in the order's currency."""
        return from_minor(minor, self.currency)

    @property
    def gross(self) -> Money:
        return self.money(self.gross_minor)

    @property
    def is_ended(self) -> bool:
        return State(self.state) in ENDED

    @property
    def is_cancellable(self) -> bool:
        return may(self.state, Event.CANCEL)

    @property
    def is_shippable(self) -> bool:
        return may(self.state, Event.FULFIL_REST)


class OrderLine(VendorOwned):
    """So many of something that was sold, as it was then."""

    order = VendorForeignKey(Order, models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    variant = VendorForeignKey("catalog.Variant", models.SET_NULL, null=True, related_name="+")
    sku = models.CharField("SKU", max_length=64)
    title = models.CharField(_("title"), max_length=200)
    label = models.CharField(_("version"), max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    fulfilled_quantity = models.PositiveIntegerField(_("sent"), default=0)
    cancelled_quantity = models.PositiveIntegerField(_("cancelled"), default=0)
    unit_price_minor = models.BigIntegerField(_("price"))
    gross_minor = models.BigIntegerField(_("total"))
    net_minor = models.BigIntegerField(_("net"))
    tax_minor = models.BigIntegerField(_("VAT"))
    tax_category = models.CharField(max_length=16)
    tax_percent = models.DecimalField(_("VAT rate"), max_digits=7, decimal_places=4)
    weight_grams = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("line of an order")
        verbose_name_plural = _("lines of orders")
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("vendor_id", "order", "position"), name="orders_orderline_position_uq"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("fulfilled_quantity") + F("cancelled_quantity")),
                name="orders_orderline_fulfilled_ck",
            ),
            models.CheckConstraint(
                condition=Q(gross_minor=F("net_minor") + F("tax_minor"))
                & Q(gross_minor=F("unit_price_minor") * F("quantity")),
                name="orders_orderline_total_ck",
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def open_quantity(self) -> int:
        """How many are still to be sent."""
        return self.quantity - self.fulfilled_quantity - self.cancelled_quantity


class Fulfilment(VendorOwned):
    """A parcel that has left, or goods that were handed over."""

    order = VendorForeignKey(Order, models.PROTECT, related_name="fulfilments")
    carrier = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    tracking_url = models.URLField(_("tracking page"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("fulfilment")
        verbose_name_plural = _("fulfilments")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.tracking_number or str(self.pk)


class FulfilmentLine(VendorOwned):
    """So many of an order's line within one parcel."""

    fulfilment = VendorForeignKey(Fulfilment, models.PROTECT, related_name="lines")
    line = VendorForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a fulfilment")
        verbose_name_plural = _("lines of fulfilments")
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gte=1), name="orders_fulfilmentline_quantity_ck"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class OrderEvent(VendorOwned):
    """One entry of an order's timeline. The roles that serve requests may add one, and change or delete none."""

    class Kind(models.TextChoices):
        PLACED = "placed", _("Order placed")
        CONFIRMED = "confirmed", _("Order confirmed")
        PAYMENT_RECEIVED = "payment_received", _("Payment received")
        SENT = "sent", _("Goods sent")
        COLLECTED = "collected", _("Goods collected")
        COMPLETED = "completed", _("Order completed")
        REOPENED = "reopened", _("Waiting for payment again")
        CANCELLED = "cancelled", _("Order cancelled")
        REFUND_OWED = "refund_owed", _("Refund owed")
        NOTE = "note", _("Note")

    order = VendorForeignKey(Order, models.PROTECT, related_name="events")
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    # Facts of it, such as {"amount_minor": 8410} or {"tracking_number": "…"}.
    details = models.JSONField(default=dict)
    note = models.CharField(_("note"), max_length=MAX_NOTE_LENGTH, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("event of an order")
        verbose_name_plural = _("events of orders")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.get_kind_display()
