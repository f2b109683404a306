"""The table of what shops write, behind each shop's wall."""

from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_grants")]

    operations = [
        migrations.CreateModel(
            name="${model_class}",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("body", models.TextField(blank=True, max_length=2000, verbose_name="text")),
                ("is_published", models.BooleanField(default=False, verbose_name="published")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
            ],
            options={
                "verbose_name": "entry",
                "verbose_name_plural": "entries",
                "ordering": ("-created_at", "-pk"),
                "indexes": [models.Index(fields=["vendor_id", "-created_at"], name="${index}")],
            },
        ),
        Wall("${model_lower}"),
    ]
