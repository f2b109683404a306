"""Companies and vendors count their changes, so that no form overwrites what somebody else has saved."""

from django.db import migrations, models

from platform_core.tenancy.migrations import GrantTables


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_vendor_rights")]

    operations = [
        migrations.AddField(
            model_name=model_name,
            name="version",
            field=models.PositiveIntegerField(
                db_default=1, default=1, editable=False, verbose_name="version"
            ),
        )
        for model_name in ("company", "vendor")
    ] + [
        # A vendor reads its row column by column.
        GrantTables({"tenancy_vendor": {"vendor": "SELECT (version)"}}),
    ]
