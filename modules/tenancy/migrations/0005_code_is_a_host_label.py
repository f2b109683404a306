"""A new code is a label of host names. Rows of before keep theirs; the database is not touched."""

import django.core.validators
from django.db import migrations, models

import modules.tenancy.models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_versions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="vendor",
            name="code",
            field=models.CharField(
                max_length=40,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(?!..--)[a-z][a-z0-9-]{0,38}[a-z0-9]\\Z",
                        "Use 2 to 40 lower-case letters, digits and hyphens, as in “my-shop”: a letter first, no hyphen last, and no two hyphens in the third and fourth place.",
                    ),
                    modules.tenancy.models.validate_not_reserved,
                ],
                verbose_name="code",
            ),
        ),
    ]
