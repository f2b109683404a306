"""Questions of payments that other modules may answer, and what they need to answer them."""

from __future__ import annotations

from modules.payments.gateways.protocol import (
    AuthoriseRequest,
    Capabilities,
    CaptureRequest,
    ConfigField,
    Gateway,
    GatewayEvent,
    GatewayResult,
    Outcome,
    RefundRequest,
    StatusRequest,
    Told,
    ToldLine,
    VoidRequest,
    WebhookRequest,
)
from platform_core.extensions import ExtensionPoint

__all__ = [
    "AuthoriseRequest",
    "Capabilities",
    "CaptureRequest",
    "ConfigField",
    "Gateway",
    "GatewayEvent",
    "GatewayResult",
    "Outcome",
    "RefundRequest",
    "StatusRequest",
    "Told",
    "ToldLine",
    "VoidRequest",
    "WebhookRequest",
    "gateways",
    "payment_gateways",
]

# A gateway's class is an answer: () -> the gateway. Those of a module that is off are not there.
payment_gateways: ExtensionPoint[[], Gateway] = ExtensionPoint("payment_gateways")


def gateways() -> dict[str, Gateway]:
    """Every gateway there is, by its code, in the order of registration."""
    found = (make() for make in payment_gateways.all())
    return {gateway.code: gateway for gateway in found}
