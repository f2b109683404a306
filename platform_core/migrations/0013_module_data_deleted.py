"""A module's history tells of data that was deleted. The database sees no difference."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platform_core", "0012_menu_visibility"),
    ]

    operations = [
        migrations.AlterField(
            model_name="modulechange",
            name="action",
            field=models.CharField(
                choices=[
                    ("enabled", "Switched on"),
                    ("disabled", "Switched off"),
                    ("configured", "Configured"),
                    ("purged", "Data deleted"),
                    ("refused", "Refused"),
                ],
                max_length=16,
                verbose_name="what",
            ),
        ),
    ]
