import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_grants")]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("full_name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "language",
                    models.CharField(
                        choices=[
                            ("en", "English"),
                            ("fr", "Français"),
                            ("de", "Deutsch"),
                            ("lb", "Lëtzebuergesch"),
                        ],
                        default="en",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="customer since"
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "ordering": ("-created_at", "-pk"),
                "indexes": [
                    models.Index(fields=["vendor_id", "-created_at"], name="customers_customer_new_ix")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("vendor_id", "email"), name="customers_customer_email_uq"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="customers_customer_email_ck",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Address",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("line1", models.CharField(max_length=200, verbose_name="street and number")),
                (
                    "line2",
                    models.CharField(blank=True, max_length=200, verbose_name="floor, building or care of"),
                ),
                ("postal_code", models.CharField(max_length=16, verbose_name="postal code")),
                ("city", models.CharField(max_length=100, verbose_name="town")),
                (
                    "country",
                    models.CharField(
                        default="LU",
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{2}\\Z", "Choose a country from the list."
                            )
                        ],
                        verbose_name="country",
                    ),
                ),
                ("is_default", models.BooleanField(default=False, verbose_name="used first")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "customer",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "address",
                "verbose_name_plural": "addresses",
                "ordering": ("-is_default", "pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("vendor_id", "customer"),
                        name="customers_address_default_uq",
                    )
                ],
            },
        ),
        Wall("customer"),
        Wall("address"),
    ]
