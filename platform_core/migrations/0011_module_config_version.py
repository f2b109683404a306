"""Settings say for which version of the module's schema they were written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform_core", "0010_module_locked_off")]

    operations = [
        migrations.AddField(
            model_name="platformmodule",
            name="config_version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
    ]
