"""The mails of an order: to its buyer in the order's language, and to the shop."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from modules.orders.models import Fulfilment, Order
from modules.orders.selectors import token_of
from modules.payments.selectors import transfer_of
from platform_core.languages import best_text
from platform_core.mail.kinds import MailKind, register_mail
from platform_core.tenancy.context import current_context
from platform_core.tenancy.links import public_origin


def order_values(*, order_id: int) -> dict[str, Any] | None:
    """What the mails about an order show. 3 queries."""
    order = Order.objects.select_related("payment").filter(pk=order_id).first()
    vendor, platform = current_context().vendor, current_context().platform
    if order is None or vendor is None or platform is None:
        return None
    payment, language_now = order.payment, get_language() or order.language
    told = payment.instructions if payment is not None and payment.expected_minor else {}
    hint = best_text(told.get("hint") or {}, language_now, vendor.default_language)
    language = "" if order.language == vendor.default_language else f"/{order.language}"
    return {
        "order": order,
        "number": order.number,
        "shop": vendor.name,
        "lines": list(order.lines.all()),
        "payment": payment,
        "transfer": transfer_of(payment) if payment is not None else None,
        "place": told.get("place", ""),
        "hint": hint[1] if hint else "",
        "owed": payment.refund_pending if payment is not None and payment.refund_pending_minor else None,
        "is_billed_elsewhere": order.billing_address != order.shipping_address,
        "order_url": f"{public_origin(vendor.canonical_host)}{language}/orders/{token_of(order)}/",
        "dashboard_url": f"{public_origin(platform.domain)}/vendor/orders/{order.number}/",
    }


def sent_values(*, order_id: int, fulfilment_id: int) -> dict[str, Any] | None:
    """Of a parcel, besides."""
    values = order_values(order_id=order_id)
    fulfilment = Fulfilment.objects.filter(pk=fulfilment_id).first()
    if values is None or fulfilment is None:
        return None
    contents = fulfilment.lines.select_related("line")
    return {**values, "fulfilment": fulfilment, "contents": list(contents)}


KINDS = (
    ("confirmation", _("Your order %(number)s at %(shop)s"), order_values),
    ("new_order", _("New order %(number)s"), order_values),
    ("payment_received", _("We have received your payment for order %(number)s"), order_values),
    ("sent", _("Your order %(number)s is on its way"), sent_values),
    ("cancelled", _("Your order %(number)s was cancelled"), order_values),
)
for _name, _subject, _values in KINDS:
    register_mail(
        MailKind(code=f"orders.{_name}", subject=_subject, template=f"orders/email/{_name}", values=_values)
    )
