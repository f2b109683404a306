from django.urls import path

from modules.payments.dashboard import methods, views

ONE = "payments/<str:public_id>"
REFUND = f"{ONE}/refunds/<str:refund_id>"

app_name = "payments"
urlpatterns = [
    path("payments/", views.payment_list, name="list"),
    path(f"{ONE}/", views.payment_detail, name="detail"),
    path(f"{ONE}/receipts/new/", views.receipt, name="receipt"),
    path(f"{ONE}/receipts/<int:event_id>/reversal/", views.receipt_reversal, name="receipt-reversal"),
    path(f"{ONE}/refunds/new/", views.refund, name="refund"),
    path(f"{REFUND}/completion/", views.refund_completion, name="refund-completion"),
    path(f"{REFUND}/withdrawal/", views.refund_withdrawal, name="refund-withdrawal"),
    path(f"{ONE}/void/", views.void, name="void"),
    path("payment-methods/", methods.method_list, name="methods"),
    path("payment-methods/<str:gateway>/", methods.method_edit, name="method"),
]
