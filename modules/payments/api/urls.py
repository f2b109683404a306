"""Payments, for the portal vendor."""

from __future__ import annotations

from django.urls import path

from modules.payments.api import vendor_views

ONE = "payments/<str:public_id>"

vendor_urlpatterns = [
    path("payments/", vendor_views.Payments.as_view(), name="payments"),
    path(f"{ONE}/", vendor_views.PaymentDetail.as_view(), name="payment"),
    path(f"{ONE}/receipts/", vendor_views.Receipts.as_view(), name="receipts"),
    path(
        f"{ONE}/receipts/<int:event_id>/reversals/",
        vendor_views.ReceiptReversals.as_view(),
        name="receipt-reversals",
    ),
    path(f"{ONE}/refunds/", vendor_views.Refunds.as_view(), name="refunds"),
    path(
        f"{ONE}/refunds/<str:refund_id>/completions/",
        vendor_views.RefundCompletions.as_view(),
        name="refund-completions",
    ),
    path(
        f"{ONE}/refunds/<str:refund_id>/withdrawals/",
        vendor_views.RefundWithdrawals.as_view(),
        name="refund-withdrawals",
    ),
    path(f"{ONE}/voids/", vendor_views.Voids.as_view(), name="voids"),
]
