"""Settings of vendors over their platform's, and a history that is added to and never changed."""

import django.utils.timezone
from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_grants")]

    operations = [
        migrations.CreateModel(
            name="SettingsChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("module_code", models.CharField(max_length=64, verbose_name="module")),
                ("before", models.JSONField(verbose_name="before")),
                ("after", models.JSONField(verbose_name="after")),
                (
                    "source",
                    models.CharField(
                        choices=[("dashboard", "Dashboard"), ("api", "API"), ("system", "System")],
                        max_length=16,
                        verbose_name="source",
                    ),
                ),
                ("user_id", models.BigIntegerField(null=True, verbose_name="by")),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
            ],
            options={
                "verbose_name": "change of settings",
                "verbose_name_plural": "changes of settings",
                "db_table": "core_settingschange",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["vendor_id", "-id"], name="core_settingschange_ix")],
            },
        ),
        migrations.CreateModel(
            name="VendorSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("module_code", models.CharField(max_length=64, verbose_name="module")),
                ("config", models.JSONField(default=dict, verbose_name="configuration")),
                ("config_version", models.PositiveIntegerField(default=1)),
                ("version", models.PositiveIntegerField(default=0, editable=False, verbose_name="version")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
            ],
            options={
                "verbose_name": "settings of a vendor",
                "verbose_name_plural": "settings of vendors",
                "db_table": "core_vendorsettings",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("vendor_id", "module_code"), name="core_vendorsettings_uq"
                    )
                ],
            },
        ),
        Wall("vendorsettings"),
        Wall("settingschange"),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON core_settingschange FROM vendor, staff",
            "GRANT UPDATE, DELETE ON core_settingschange TO vendor, staff",
        ),
    ]
