"""A version for categories, as products have one. With a default in the database: older code still writes rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_search_functions")]

    operations = [
        migrations.AddField(
            model_name="category",
            name="version",
            field=models.PositiveIntegerField(
                db_default=1, default=1, editable=False, verbose_name="version"
            ),
        ),
    ]
