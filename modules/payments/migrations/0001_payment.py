import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tenancy", "0002_grants"),
    ]

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("public_id", models.CharField(max_length=40, verbose_name="id")),
                ("gateway", models.CharField(max_length=40, verbose_name="payment method")),
                (
                    "amount_minor",
                    models.BigIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="amount"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("reference", models.CharField(max_length=64, verbose_name="reference")),
                ("description", models.CharField(blank=True, max_length=140, verbose_name="description")),
                (
                    "provider_reference",
                    models.CharField(blank=True, max_length=255, verbose_name="payment reference"),
                ),
                (
                    "instructions",
                    models.JSONField(blank=True, default=dict, verbose_name="told to the buyer"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("pending", "Awaiting payment"),
                            ("requires_action", "Buyer must act"),
                            ("authorised", "Authorised"),
                            ("partially_captured", "Partly paid"),
                            ("captured", "Paid"),
                            ("partially_refunded", "Partly refunded"),
                            ("refunded", "Refunded"),
                            ("voided", "Voided"),
                            ("failed", "Failed"),
                        ],
                        default="created",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                (
                    "captured_minor",
                    models.BigIntegerField(default=0, editable=False, verbose_name="received"),
                ),
                (
                    "refunded_minor",
                    models.BigIntegerField(default=0, editable=False, verbose_name="refunded"),
                ),
                (
                    "refund_pending_minor",
                    models.BigIntegerField(default=0, editable=False, verbose_name="owed back"),
                ),
                (
                    "expected_minor",
                    models.BigIntegerField(default=0, editable=False, verbose_name="still expected"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="created at"),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(
                        models.F("vendor_id"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="payments_payment_newest_ix",
                    ),
                    models.Index(
                        models.F("vendor_id"),
                        models.F("status"),
                        models.OrderBy(models.F("created_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="payments_payment_status_ix",
                    ),
                    models.Index(
                        models.F("vendor_id"), models.F("reference"), name="payments_payment_reference_ix"
                    ),
                    models.Index(
                        models.F("vendor_id"),
                        models.F("id"),
                        condition=models.Q(
                            ("expected_minor__gt", 0), ("refund_pending_minor__gt", 0), _connector="OR"
                        ),
                        name="payments_payment_open_ix",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("vendor_id", "public_id"), name="payments_payment_public_id_uq"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("provider_reference", ""), _negated=True),
                        fields=("vendor_id", "gateway", "provider_reference"),
                        name="payments_payment_provider_reference_uq",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="payments_payment_amount_ck"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "captured_minor__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("refunded_minor"), "+", models.F("refund_pending_minor")
                                ),
                            ),
                            ("refund_pending_minor__gte", 0),
                            ("refunded_minor__gte", 0),
                        ),
                        name="payments_payment_refunds_ck",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentMethod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("gateway", models.CharField(max_length=40, verbose_name="payment method")),
                ("is_active", models.BooleanField(default=False, verbose_name="offered to buyers")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="place")),
                ("config", models.JSONField(blank=True, default=dict, verbose_name="settings")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
            ],
            options={
                "verbose_name": "payment method",
                "verbose_name_plural": "payment methods",
                "ordering": ("position", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("vendor_id", "gateway"), name="payments_method_gateway_uq"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("pending", "Money expected"),
                            ("action_required", "Buyer must act"),
                            ("authorised", "Authorised"),
                            ("captured", "Money received"),
                            ("voided", "Voided"),
                            ("failed", "Failed"),
                            ("refund_requested", "Refund requested"),
                            ("refunded", "Refund paid back"),
                            ("refund_failed", "Refund not made"),
                        ],
                        max_length=20,
                        verbose_name="event",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(default=0, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("refund_id", models.CharField(blank=True, max_length=40, verbose_name="refund")),
                ("provider", models.CharField(max_length=40, verbose_name="payment method")),
                (
                    "provider_event_id",
                    models.CharField(blank=True, max_length=255, verbose_name="provider's event"),
                ),
                (
                    "idempotency_key",
                    models.CharField(blank=True, max_length=255, verbose_name="idempotency key"),
                ),
                ("payload", models.JSONField(blank=True, default=dict, verbose_name="raw data")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "at",
                    models.DateTimeField(auto_now_add=True, verbose_name="at"),
                ),
                (
                    "payment",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="payments.payment",
                        verbose_name="payment",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment event",
                "verbose_name_plural": "payment events",
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("provider_event_id", ""), _negated=True),
                        fields=("vendor_id", "provider", "provider_event_id"),
                        name="payments_event_provider_event_uq",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key", ""), _negated=True),
                        fields=("vendor_id", "payment", "idempotency_key"),
                        name="payments_event_idempotency_key_uq",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0)), name="payments_event_amount_ck"
                    ),
                ],
            },
        ),
        Wall("payment"),
        Wall("paymentmethod"),
        Wall("paymentevent"),
        # A ledger is added to and never changed; no payment disappears.
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON payments_paymentevent FROM vendor, staff",
            "GRANT UPDATE, DELETE ON payments_paymentevent TO vendor, staff",
        ),
        migrations.RunSQL(
            "REVOKE DELETE ON payments_payment FROM vendor, staff",
            "GRANT DELETE ON payments_payment TO vendor, staff",
        ),
    ]
