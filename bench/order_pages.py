"""The pages of carts, orders and payments, in the demo's shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.buyers import EMAIL, review_by_forms
from bench.ground import BUYER, SHOP_HOST
from bench.steps import CountedShop
from bench.visitors import Visitor
from modules.catalog.models import Variant
from modules.orders.models import Cart, Order
from modules.orders.selectors import token_of
from platform_core.sessions.store import SessionStore
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.hosts import host_directory

STEPS = ("contact", "delivery", "payment", "review")


@dataclass(frozen=True)
class Sale:
    """A buyer who has said everything and looks at the review, and an order of the demo's with its payment."""

    buyer: Visitor
    cart_id: str
    order_id: int
    number: int
    buyers_number: int
    token: str
    payment_pk: int
    payment_id: str

    @property
    def shop_pages(self) -> dict[str, str]:
        """Pages of whoever has the cart, by name."""
        steps = {f"checkout, {step}": f"/checkout/{step}/" for step in STEPS}
        return {"cart": "/cart/", **steps, "confirmation": f"/orders/{self.token}/"}

    @property
    def account_pages(self) -> dict[str, str]:
        """Pages of the demo's customer."""
        return {
            "account's orders": "/account/orders/",
            "account's order": f"/account/orders/{self.buyers_number}/",
        }

    @property
    def dashboard_paths(self) -> tuple[str, ...]:
        return (
            "orders/",
            "orders/?q=anna",
            f"orders/{self.number}/",
            f"orders/{self.number}/packing-slip/",
            "shipping/",
            "payments/",
            f"payments/{self.payment_id}/",
            "payment-methods/",
        )

    @property
    def admin_paths(self) -> tuple[str, ...]:
        return (
            "orders/order/",
            "orders/order/?q=anna",
            f"orders/order/{self.order_id}/change/",
            "orders/shippingmethod/",
            "payments/payment/",
            f"payments/payment/{self.payment_pk}/change/",
        )

    @property
    def storefront_calls(self) -> tuple[str, ...]:
        return (f"carts/{self.cart_id}/", f"carts/{self.cart_id}/checkout/", f"orders/{self.token}/")

    @property
    def vendor_calls(self) -> tuple[str, ...]:
        return (
            "orders/?limit=20",
            "orders/?limit=20&q=anna",
            f"orders/{self.number}/",
            "shipping-methods/",
            "payments/?limit=20",
            f"payments/{self.payment_id}/",
        )


@contextmanager
def sale(product_path: str) -> Iterator[Sale]:
    """Somebody puts a product of the demo's shop into a cart and says everything; both are gone after the block."""
    site = host_directory.find(SHOP_HOST)
    assert site is not None
    shop = CountedShop(SHOP_HOST)
    try:
        with platform_context(site.platform, site.vendor):
            variants = Variant.objects.filter(product__slug=product_path.split("/")[2], is_active=True)
            sku = variants.values_list("sku", flat=True).order_by("position", "id")[0]
        review_by_forms(shop, product_path, sku)
        with platform_context(site.platform, site.vendor):
            cart = Cart.objects.filter(email=EMAIL).latest("pk")
            theirs = Order.objects.filter(email=BUYER, customer__isnull=False).latest("pk")
            order = Order.objects.select_related("payment").filter(payment__isnull=False).latest("pk")
            assert order.payment is not None
            found = Sale(
                shop.visitor,
                cart.public_id,
                order.pk,
                order.number,
                theirs.number,
                token_of(order),
                order.payment.pk,
                order.payment.public_id,
            )
        yield found
    finally:
        with platform_context(site.platform, site.vendor):
            Cart.objects.filter(email=EMAIL, state=Cart.State.OPEN).delete()
            SessionStore(shop.session_key).delete()
