"""The table of days, behind each shop's wall."""

from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_grants")]

    operations = [
        migrations.CreateModel(
            name="Day",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("day", models.DateField(verbose_name="day")),
                ("payment_count", models.PositiveIntegerField(default=0, verbose_name="payments")),
            ],
            options={
                "verbose_name": "day",
                "verbose_name_plural": "days",
                "ordering": ("-day",),
                "constraints": [models.UniqueConstraint(fields=("vendor_id", "day"), name="digest_day_uq")],
            },
        ),
        Wall("day"),
    ]
