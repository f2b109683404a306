"""The table of parcels, behind each shop's wall."""

from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_grants")]

    operations = [
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("reference", models.CharField(max_length=40, verbose_name="reference")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="delivered at")),
            ],
            options={
                "verbose_name": "parcel",
                "verbose_name_plural": "parcels",
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(fields=("vendor_id", "reference"), name="lockers_parcel_uq")
                ],
            },
        ),
        Wall("parcel"),
    ]
