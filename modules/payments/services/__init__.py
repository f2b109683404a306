"""Commands on payments: every write, in one transaction, in the shop's context. Other modules call these.

Each reads the payment again under a lock, adds events to its ledger, and stores what the ledger comes to.
"""

from modules.payments.services.book import Recording
from modules.payments.services.methods import save_method
from modules.payments.services.payments import (
    begin_payment,
    record_provider_event,
    record_received,
    void_payment,
)
from modules.payments.services.refunds import record_refund, request_refund, withdraw_refund
from modules.payments.services.reversals import reverse_receipt

__all__ = [
    "Recording",
    "begin_payment",
    "record_provider_event",
    "record_received",
    "record_refund",
    "request_refund",
    "reverse_receipt",
    "save_method",
    "void_payment",
    "withdraw_refund",
]
