"""An order as its buyer sees it: the confirmation at first, later how far it is. Whoever has the link may look."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from modules.orders.machine import State
from modules.orders.models import Order
from modules.orders.selectors import buyer_timeline, order_by_token
from modules.payments.selectors import transfer_of
from platform_core.identity.policy import Audience, policy
from platform_core.languages import best_text
from platform_core.tenancy.requests import VendorRequest

# What a status says at a glance, beside its word.
TONES = {State.CANCELLED: "bad", State.COMPLETED: "good", State.FULFILLED: "good", State.CONFIRMED: "info"}


@policy(Audience.PUBLIC)
@never_cache
@require_safe
def order(request: VendorRequest, token: str) -> HttpResponse:
    found = order_by_token(token)
    if found is None:
        raise Http404(_("There is no such order."))
    response = render(request, "orders/storefront/order.html", order_context(found))
    # The address opens the order: no other site, and no search engine, is to learn it.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def order_context(found: Order) -> dict[str, Any]:
    """What the page of an order shows. 6 queries."""
    fulfilments = list(found.fulfilments.prefetch_related("lines__line"))
    payment = found.payment
    hints = payment.instructions.get("hint") or {} if payment is not None else {}
    hint = best_text(hints, get_language() or found.language, found.language)
    return {
        "order": found,
        "tone": TONES.get(State(found.state), "neutral"),
        "lines": list(found.lines.all()),
        "payment": payment,
        "transfer": transfer_of(payment) if payment is not None else None,
        "place": payment.instructions.get("place", "") if payment is not None else "",
        "hint": hint[1] if hint else "",
        "is_billed_elsewhere": found.billing_address != found.shipping_address,
        "fulfilments": fulfilments,
        "timeline": buyer_timeline(found),
        "is_cancelled": found.state == State.CANCELLED,
        "is_new": found.state == State.PLACED,
    }
