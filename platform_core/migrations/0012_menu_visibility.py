"""What a platform, one of its roles or a person has decided about items of menus.

A person's own rows are written by the gatekeeper, as the person's own name is: the role of shops has no right here.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from platform_core.tenancy.migrations import EVERY_RIGHT, PublicTable


class Migration(migrations.Migration):
    dependencies = [("platform_core", "0011_module_config_version")]

    operations = [
        migrations.CreateModel(
            name="MenuVisibility",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("frontend", models.CharField(max_length=8)),
                ("role", models.CharField(db_default="", default="", max_length=32)),
                ("item_id", models.CharField(max_length=100)),
                ("is_visible", models.BooleanField(default=True)),
                ("order", models.IntegerField(null=True)),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="menu_rows",
                        to="platform_core.platform",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "menu visibility",
                "verbose_name_plural": "menu visibility",
                "db_table": "platform_menu_visibility",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("platform", "user", "frontend", "role", "item_id"),
                        name="platform_menu_visibility_uq",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role", ""), ("user", None), _connector="OR"),
                        name="platform_menu_visibility_one_ck",
                    ),
                ],
            },
        ),
        PublicTable(
            "menuvisibility",
            {"staff": EVERY_RIGHT, "operator": EVERY_RIGHT, "gatekeeper": EVERY_RIGHT},
            platform_column="platform_id",
        ),
    ]
