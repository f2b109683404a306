import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import PlatformTable, Wall


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_grants")]

    operations = [
        migrations.CreateModel(
            name="DefaultPage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        max_length=60,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*\\Z",
                                "Use lower-case letters, digits and single hyphens, as in “delivery-times”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("imprint", "Imprint"),
                            ("terms", "Terms and conditions"),
                            ("privacy", "Privacy"),
                            ("returns", "Returns"),
                            ("other", "Information"),
                        ],
                        default="other",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("is_published", models.BooleanField(default=False, verbose_name="published")),
                (
                    "show_in_footer",
                    models.BooleanField(default=True, verbose_name="shown at the foot of every page"),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Lower numbers come first.", verbose_name="position"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
            ],
            options={
                "verbose_name": "page of the platform",
                "verbose_name_plural": "pages of the platform",
                "ordering": ("position", "slug"),
                "constraints": [models.UniqueConstraint(fields=("slug",), name="cms_default_slug_uq")],
            },
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                (
                    "slug",
                    models.CharField(
                        max_length=60,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*\\Z",
                                "Use lower-case letters, digits and single hyphens, as in “delivery-times”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("imprint", "Imprint"),
                            ("terms", "Terms and conditions"),
                            ("privacy", "Privacy"),
                            ("returns", "Returns"),
                            ("other", "Information"),
                        ],
                        default="other",
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("is_published", models.BooleanField(default=False, verbose_name="published")),
                (
                    "show_in_footer",
                    models.BooleanField(default=True, verbose_name="shown at the foot of every page"),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Lower numbers come first.", verbose_name="position"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
            ],
            options={
                "verbose_name": "page",
                "verbose_name_plural": "pages",
                "ordering": ("position", "slug"),
                "constraints": [
                    models.UniqueConstraint(fields=("vendor_id", "slug"), name="cms_page_slug_uq")
                ],
            },
        ),
        migrations.CreateModel(
            name="DefaultPageTranslation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("body_html", models.TextField(blank=True, verbose_name="text")),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="translations",
                        to="cms.defaultpage",
                        verbose_name="page of the platform",
                    ),
                ),
            ],
            options={
                "verbose_name": "text of the platform",
                "verbose_name_plural": "texts of the platform",
                "ordering": ("language",),
                "constraints": [
                    models.UniqueConstraint(fields=("page", "language"), name="cms_default_language_uq")
                ],
            },
        ),
        migrations.CreateModel(
            name="PageTranslation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                (
                    "language",
                    models.CharField(
                        choices=[
                            ("en", "English"),
                            ("fr", "Français"),
                            ("de", "Deutsch"),
                            ("lb", "Lëtzebuergesch"),
                        ],
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("body_html", models.TextField(blank=True, verbose_name="text")),
                (
                    "page",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="translations",
                        to="cms.page",
                        verbose_name="page",
                    ),
                ),
            ],
            options={
                "verbose_name": "page text",
                "verbose_name_plural": "page texts",
                "ordering": ("language",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("vendor_id", "page", "language"), name="cms_page_language_uq"
                    )
                ],
            },
        ),
        Wall("page"),
        Wall("pagetranslation"),
        PlatformTable("defaultpage"),
        PlatformTable("defaultpagetranslation"),
    ]
