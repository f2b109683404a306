import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from platform_core.tenancy.migrations import CONTEXT_VENDOR, EVERY_RIGHT, PublicTable


class Migration(migrations.Migration):
    dependencies = [
        ("platform_core", "0008_outbox_message"),
        ("tenancy", "0005_code_is_a_host_label"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("platform_admin", "Platform admin"),
                            ("vendor_owner", "Owner"),
                            ("vendor_clerk", "Clerk"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
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
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="invited on")),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="platform_core.platform",
                        verbose_name="platform",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.vendor",
                        verbose_name="vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ("email",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("platform", "vendor", "email"),
                        name="tenancy_invitation_uq",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="tenancy_invitation_email_ck",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role__in", ["platform_admin"]), ("vendor", None)),
                            models.Q(
                                ("role__in", ["vendor_owner", "vendor_clerk"]), ("vendor__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="tenancy_invitation_role_ck",
                    ),
                ],
            },
        ),
        PublicTable(
            "invitation",
            {"vendor": EVERY_RIGHT, "staff": EVERY_RIGHT, "operator": EVERY_RIGHT, "gatekeeper": "SELECT"},
            platform_column="platform_id",
            using={"vendor": f"vendor_id = {CONTEXT_VENDOR}"},
        ),
        # An invitation of one platform cannot name another platform's vendor.
        migrations.RunSQL(
            "ALTER TABLE tenancy_invitation ADD CONSTRAINT tenancy_invitation_vendor_wall"
            " FOREIGN KEY (platform_id, vendor_id) REFERENCES tenancy_vendor (platform_id, id)",
            "ALTER TABLE tenancy_invitation DROP CONSTRAINT tenancy_invitation_vendor_wall",
        ),
    ]
