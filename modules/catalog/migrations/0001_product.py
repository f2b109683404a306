import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import platform_core.tenancy.fields
from platform_core.tenancy.migrations import Wall, WallForeignKey


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_grants")]

    operations = [
        migrations.CreateModel(
            name="Product",
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
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*\\Z",
                                "Use lower-case letters, digits and single hyphens, as in “blue-mug”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("archived", "Archived")],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "tax_category",
                    models.CharField(
                        choices=[
                            ("standard", "Standard"),
                            ("intermediate", "Intermediate"),
                            ("reduced", "Reduced"),
                            ("super_reduced", "Super-reduced"),
                        ],
                        default="standard",
                        max_length=16,
                        verbose_name="VAT category",
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published at")),
                (
                    "min_price_minor",
                    models.BigIntegerField(editable=False, null=True, verbose_name="lowest price"),
                ),
                (
                    "max_price_minor",
                    models.BigIntegerField(editable=False, null=True, verbose_name="highest price"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
                "ordering": ("-created_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Category",
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
                        max_length=80,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*\\Z",
                                "Use lower-case letters, digits and single hyphens, as in “blue-mug”.",
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_visible", models.BooleanField(default=True, verbose_name="visible in the shop")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "parent",
                    platform_core.tenancy.fields.VendorForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.category",
                        verbose_name="parent",
                    ),
                ),
            ],
            options={
                "verbose_name": "category",
                "verbose_name_plural": "categories",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="CategoryTranslation",
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
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("description", models.TextField(blank=True, max_length=20000, verbose_name="description")),
                (
                    "category",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="translations",
                        to="catalog.category",
                    ),
                ),
            ],
            options={
                "verbose_name": "category text",
                "verbose_name_plural": "category texts",
            },
        ),
        migrations.CreateModel(
            name="ProductCategory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "category",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="product_links",
                        to="catalog.category",
                    ),
                ),
                (
                    "product",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="category_links",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "category of a product",
                "verbose_name_plural": "categories of products",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="ProductImage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                ("file", models.FileField(max_length=200, upload_to="", verbose_name="file")),
                ("width", models.PositiveIntegerField(verbose_name="width")),
                ("height", models.PositiveIntegerField(verbose_name="height")),
                ("renditions", models.JSONField(blank=True, default=list, verbose_name="renditions")),
                ("alt", models.JSONField(blank=True, default=dict, verbose_name="alternative text")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("credit", models.CharField(blank=True, max_length=200, verbose_name="credit")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "product",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="images",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "product image",
                "verbose_name_plural": "product images",
                "ordering": ("position", "id"),
            },
        ),
        # A product's cover and an image's product point at each other: both tables get their walls first.
        Wall("category"),
        Wall("product"),
        Wall("productimage"),
        migrations.AddField(
            model_name="product",
            name="cover",
            field=platform_core.tenancy.fields.VendorForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="catalog.productimage",
                verbose_name="cover image",
            ),
        ),
        WallForeignKey("product", "cover"),
        migrations.CreateModel(
            name="ProductTranslation",
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
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("description", models.TextField(blank=True, max_length=20000, verbose_name="description")),
                (
                    "product",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="translations",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "product text",
                "verbose_name_plural": "product texts",
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vendor_id", platform_core.tenancy.fields.VendorIdField(editable=False)),
                (
                    "sku",
                    models.CharField(
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9][A-Za-z0-9._/-]*\\Z",
                                "Use letters, digits, full stops, hyphens, underscores and slashes, as in “MUG-01”.",
                            )
                        ],
                        verbose_name="SKU",
                    ),
                ),
                ("options", models.JSONField(blank=True, default=dict, verbose_name="options")),
                (
                    "price_minor",
                    models.BigIntegerField(
                        validators=[django.core.validators.MinValueValidator(0)], verbose_name="price"
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="on sale")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                (
                    "product",
                    platform_core.tenancy.fields.VendorForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variants",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "verbose_name": "variant",
                "verbose_name_plural": "variants",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="VatRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        max_length=2,
                        validators=[
                            django.core.validators.RegexValidator("^[A-Z]{2}\\Z", "Two letters, as in LU.")
                        ],
                        verbose_name="country",
                    ),
                ),
                (
                    "tax_category",
                    models.CharField(
                        choices=[
                            ("standard", "Standard"),
                            ("intermediate", "Intermediate"),
                            ("reduced", "Reduced"),
                            ("super_reduced", "Super-reduced"),
                        ],
                        max_length=16,
                        verbose_name="VAT category",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=4,
                        max_digits=7,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="per cent",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="first day")),
                (
                    "valid_to",
                    models.DateField(
                        blank=True,
                        help_text="Empty: until further notice.",
                        null=True,
                        verbose_name="last day",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="source")),
            ],
            options={
                "verbose_name": "VAT rate",
                "verbose_name_plural": "VAT rates",
                "ordering": ("country", "tax_category", "-valid_from"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "tax_category", "valid_from"), name="catalog_vatrate_start_uq"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent__gte", 0), ("percent__lte", 100)),
                        name="catalog_vatrate_percent_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="catalog_vatrate_span",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.UniqueConstraint(fields=("vendor_id", "slug"), name="catalog_category_slug_uq"),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent", None), models.Q(("parent", models.F("id")), _negated=True), _connector="OR"
                ),
                name="catalog_category_not_own_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="categorytranslation",
            constraint=models.UniqueConstraint(
                fields=("vendor_id", "category", "language"), name="catalog_category_language_uq"
            ),
        ),
        migrations.AddConstraint(
            model_name="productcategory",
            constraint=models.UniqueConstraint(
                fields=("vendor_id", "category", "product"), name="catalog_product_category_uq"
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                models.F("vendor_id"),
                models.OrderBy(models.F("published_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("status", "active")),
                name="catalog_product_newest_ix",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                models.F("vendor_id"),
                models.F("min_price_minor"),
                models.F("id"),
                condition=models.Q(("status", "active")),
                name="catalog_product_price_ix",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                models.F("vendor_id"),
                models.OrderBy(models.F("updated_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="catalog_product_updated_ix",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                models.F("vendor_id"),
                models.F("status"),
                models.OrderBy(models.F("updated_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="catalog_product_status_ix",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                models.F("vendor_id"),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="catalog_product_created_ix",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(fields=("vendor_id", "slug"), name="catalog_product_slug_uq"),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "active"), _negated=True),
                    models.Q(
                        ("max_price_minor__isnull", False),
                        ("min_price_minor__isnull", False),
                        ("published_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="catalog_product_active_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("min_price_minor", None),
                    ("max_price_minor__gte", models.F("min_price_minor")),
                    _connector="OR",
                ),
                name="catalog_product_price_span",
            ),
        ),
        migrations.AddConstraint(
            model_name="producttranslation",
            constraint=models.UniqueConstraint(
                fields=("vendor_id", "product", "language"), name="catalog_product_language_uq"
            ),
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.UniqueConstraint(
                deferrable=models.Deferrable.IMMEDIATE,
                fields=("vendor_id", "sku"),
                name="catalog_variant_sku_uq",
            ),
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__gte", 0), ("price_minor__lte", 1000000000)),
                name="catalog_variant_price_range",
            ),
        ),
        Wall("categorytranslation"),
        Wall("producttranslation"),
        Wall("productcategory"),
        Wall("variant"),
        # VAT rates are the platform's: its vendors read them.
        migrations.RunSQL(
            "REVOKE INSERT, UPDATE, DELETE ON catalog_vatrate FROM vendor",
            "GRANT INSERT, UPDATE, DELETE ON catalog_vatrate TO vendor",
        ),
    ]
