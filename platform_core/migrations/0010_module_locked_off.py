"""A glue module that somebody has switched off does not come on by itself any more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platform_core", "0009_held_modules"),
    ]

    operations = [
        migrations.AddField(
            model_name="platformmodule",
            name="locked_off",
            field=models.BooleanField(db_default=False, default=False, verbose_name="stays off"),
        ),
    ]
