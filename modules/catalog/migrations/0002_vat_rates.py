"""The VAT rates of Luxembourg, France, Germany and Belgium.

Where a country has no rate of a kind, its goods fall under the next higher one, and the row says so: wine is
"intermediate" in Luxembourg and taxed at the standard rate in Germany.
Source: European Commission, Taxes in Europe Database (TEDB), rates of 2026-09-29.
"""

from datetime import date
from decimal import Decimal

from django.db import migrations

KINDS = ("standard", "intermediate", "reduced", "super_reduced")
TEDB = "TEDB 2026-09-29"
# country, first day, last day, the four rates, source
RATES = (
    ("LU", date(2023, 1, 1), date(2023, 12, 31), ("16", "13", "7", "3"), "Temporary reduction of 2023"),
    ("LU", date(2024, 1, 1), None, ("17", "14", "8", "3"), TEDB),
    ("FR", date(2014, 1, 1), None, ("20", "10", "5.5", "2.1"), TEDB),
    ("DE", date(2021, 1, 1), None, ("19", "19", "7", "7"), TEDB),
    ("BE", date(2000, 1, 1), None, ("21", "12", "6", "6"), TEDB),
)


def add_rates(apps, schema_editor):
    rows = apps.get_model("catalog", "VatRate").objects.using(schema_editor.connection.alias)
    for country, first_day, last_day, percents, source in RATES:
        for kind, percent in zip(KINDS, percents, strict=True):
            rows.get_or_create(
                country=country,
                tax_category=kind,
                valid_from=first_day,
                defaults={"percent": Decimal(percent), "valid_to": last_day, "source": source},
            )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_product")]

    operations = [migrations.RunPython(add_rates, migrations.RunPython.noop)]
