"""Commands on ways to ship, carts and orders: every write, in one transaction, in the shop's context."""

from modules.orders.services.carts import (
    Added,
    acknowledge,
    add_line,
    adopt_cart,
    create_cart,
    put_in,
    remove_line,
    set_quantity,
    tell_total,
    use_language,
)
from modules.orders.services.checkout import (
    CheckoutSaid,
    Completion,
    complete_cart,
    set_checkout,
    set_contact,
    set_delivery,
    set_payment,
)
from modules.orders.services.orders import (
    add_note,
    cancel_order,
    confirm_order,
    follow_payment,
    record_payment,
    send_order,
    wait_again,
)
from modules.orders.services.shipping import remove_shipping_method, save_shipping_method

__all__ = [
    "Added",
    "CheckoutSaid",
    "Completion",
    "acknowledge",
    "add_line",
    "add_note",
    "adopt_cart",
    "cancel_order",
    "complete_cart",
    "confirm_order",
    "create_cart",
    "follow_payment",
    "put_in",
    "record_payment",
    "remove_line",
    "remove_shipping_method",
    "save_shipping_method",
    "send_order",
    "set_checkout",
    "set_contact",
    "set_delivery",
    "set_payment",
    "set_quantity",
    "tell_total",
    "use_language",
    "wait_again",
]
