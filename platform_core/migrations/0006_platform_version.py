"""A platform counts the changes of its name and languages, so that no form overwrites what somebody else has saved."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform_core", "0005_platform_module")]

    operations = [
        migrations.AddField(
            model_name="platform",
            name="version",
            field=models.PositiveIntegerField(
                db_default=1, default=1, editable=False, verbose_name="version"
            ),
        ),
    ]
